#include "web/api/negotiate.h"

#include <string.h>

#define MAX_WEIGHT 1000 /* "1.000" */

/* --- members of a list ---------------------------------------------------------------------------- */

/* One member "TOKEN;q=0.5": the token and its weight in thousandths; -1 for one that cannot be read. */
typedef struct {
  char *token; /* owned */
  int weight;
} Member;

static void member_clear(Member *self) { g_clear_pointer(&self->token, g_free); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Member, member_clear)

/* "0", "0.5", "1.000"; -1 for anything else. */
static int weight_of(const char *text) {
  if ((text[0] != '0' && text[0] != '1') || (text[1] != '\0' && text[1] != '.'))
    return -1;
  int weight = (text[0] - '0') * MAX_WEIGHT, place = 100;
  for (const char *digit = text[1] == '.' ? text + 2 : text + 1; *digit != '\0'; digit++) {
    if (!g_ascii_isdigit(*digit) || place == 0)
      return -1;
    weight += (*digit - '0') * place;
    place /= 10;
  }
  return weight <= MAX_WEIGHT ? weight : -1;
}

static void read_member(const char *text, Member *out) {
  g_auto(GStrv) parts = g_strsplit(text, ";", -1);
  out->token = g_ascii_strdown(parts[0] != NULL ? g_strstrip(parts[0]) : "", -1);
  out->weight = *out->token != '\0' ? MAX_WEIGHT : -1;
  for (gsize i = 1; out->weight >= 0 && parts[0] != NULL && parts[i] != NULL; i++) {
    const char *parameter = g_strstrip(parts[i]);
    if (g_ascii_strncasecmp(parameter, "q=", 2) == 0)
      out->weight = weight_of(parameter + 2);
  }
}

/* The members; NULL for a field that was not sent. Caller frees. */
static GStrv members_of(const char *field) {
  if (field == NULL)
    return NULL;
  g_autofree char *bounded = g_strndup(field, AK_NEGOTIATE_MAX);
  return g_strsplit(bounded, ",", -1);
}

/* --- Accept ------------------------------------------------------------------------------------------ */

/* How closely a range names a type: 0 not at all, 1 all types, 2 all of a kind, 3 the type itself. */
static int closeness(const char *range, const char *type) {
  const char *slash = strchr(type, '/');
  gsize kind = slash != NULL ? (gsize)(slash - type) : strlen(type);
  if (strcmp(range, type) == 0)
    return 3;
  if (strlen(range) == kind + 2 && strncmp(range, type, kind) == 0 &&
      strcmp(range + kind, "/*") == 0)
    return 2;
  return strcmp(range, "*/*") == 0 ? 1 : 0;
}

bool ak_negotiate_media(const char *accept, const char *media_type) {
  g_auto(GStrv) members = members_of(accept);
  g_autofree char *type = g_ascii_strdown(media_type, (gssize)strcspn(media_type, "; "));
  int best = 0, weight = 0;
  bool is_read = false;
  for (char **text = members; text != NULL && *text != NULL; text++) {
    g_auto(Member) member = {0};
    read_member(*text, &member);
    if (member.weight < 0 || strchr(member.token, '/') == NULL)
      continue;
    is_read = true;
    int close = closeness(member.token, type);
    if (close > best)
      weight = member.weight;
    else if (close == best && close > 0)
      weight = MAX(weight, member.weight);
    best = MAX(best, close);
  }
  return !is_read || weight > 0;
}

/* --- Accept-Language ---------------------------------------------------------------------------------- */

static bool is_range_of(const char *range, const char *name) {
  gsize length = strlen(name);
  return strncmp(range, name, length) == 0 && (range[length] == '\0' || range[length] == '-');
}

AkLang ak_negotiate_lang(const char *accept_language, AkLang fallback) {
  g_auto(GStrv) members = members_of(accept_language);
  AkLang chosen = fallback;
  int best = 0;
  for (char **text = members; text != NULL && *text != NULL; text++) {
    g_auto(Member) member = {0};
    read_member(*text, &member);
    for (AkLang lang = 0; lang < AK_LANG_COUNT; lang++) {
      if (member.weight <= best || !is_range_of(member.token, ak_lang_name(lang)))
        continue;
      best = member.weight;
      chosen = lang;
    }
  }
  return chosen;
}

/* --- If-None-Match ------------------------------------------------------------------------------------- */

/* Reads one entity tag at `*at` and moves behind it; NULL where there is none. Borrowed from the field. */
static const char *next_tag(const char **at, gsize *length) {
  const char *text = *at + strspn(*at, " \t,");
  if (strncmp(text, "W/", 2) == 0)
    text += 2;
  if (*text != '"')
    return NULL;
  const char *end = strchr(text + 1, '"');
  if (end == NULL)
    return NULL;
  *length = (gsize)(end + 1 - text);
  *at = end + 1;
  return text;
}

bool ak_negotiate_none_match(const char *if_none_match, const char *etag) {
  if (if_none_match == NULL || etag == NULL)
    return false;
  g_autofree char *bounded = g_strndup(if_none_match, AK_NEGOTIATE_MAX);
  const char *at = g_strstrip(bounded);
  if (strcmp(at, "*") == 0)
    return true;
  gsize length = 0;
  for (const char *tag = NULL; (tag = next_tag(&at, &length)) != NULL;)
    if (length == strlen(etag) && strncmp(tag, etag, length) == 0)
      return true;
  return false;
}

/* --- fuzzing -------------------------------------------------------------------------------------------- */

/* A line "a…" is an Accept, "l…" an Accept-Language, "e…" an If-None-Match. Refused: other lines, and
 * fields that accept no JSON and name neither language nor the tag "x". */
bool ak_web_api_negotiate_fuzz(const guint8 *data, gsize size) {
  g_autofree char *field = g_strndup((const char *)data, size);
  if (*field == '\0')
    return false;
  const char *value = field + 1;
  bool accepts = ak_negotiate_media(value, "application/json");
  AkLang ja = ak_negotiate_lang(value, AK_LANG_JA), en = ak_negotiate_lang(value, AK_LANG_EN);
  bool names_tag = ak_negotiate_none_match(value, "\"x\"");
  g_assert(ja == en || (ja == AK_LANG_JA && en == AK_LANG_EN)); /* a choice, or both fallbacks */
  g_assert(!names_tag || strchr(value, '*') != NULL || strstr(value, "\"x\"") != NULL);
  switch (*field) {
  case 'a':
    return accepts;
  case 'l':
    return ja == en;
  case 'e':
    return names_tag;
  default:
    return false;
  }
}
