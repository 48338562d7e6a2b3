#include "probe/banner.h"

/* Reads "1.36.0" at `at`; the number of its parts and where it ends. */
static guint dotted(const char *at, const char **end) {
  guint parts = 0;
  while (g_ascii_isdigit(*at)) {
    while (g_ascii_isdigit(*at))
      at++;
    parts++;
    if (*at != '.' || !g_ascii_isdigit(at[1]))
      break;
    at++;
  }
  *end = at;
  return parts;
}

bool ak_banner_tells_version(const char *text) {
  for (const char *at = text; *at != '\0';) {
    if (!g_ascii_isdigit(*at)) {
      at++;
      continue;
    }
    const char *end = at;
    guint parts = dotted(at, &end);
    if (parts >= 2 && parts != 4)
      return true;
    at = end;
  }
  return false;
}
