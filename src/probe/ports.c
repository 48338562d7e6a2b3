#include "probe/ports.h"

#include <string.h>

#define MAX_TEXT 65536
#define MAX_RANGES 65536

static bool parse_range(const char *text, AkPortRange *out) {
  g_auto(GStrv) ends = g_strsplit(text, "-", 3);
  guint count = g_strv_length(ends);
  guint64 first = 0, last = 0;
  if (count < 1 || count > 2 ||
      !g_ascii_string_to_unsigned(g_strstrip(ends[0]), 10, 1, 65535, &first, NULL) ||
      !g_ascii_string_to_unsigned(g_strstrip(ends[count - 1]), 10, 1, 65535, &last, NULL) ||
      last < first)
    return false;
  *out = (AkPortRange){.first = (guint16)first, .last = (guint16)last};
  return true;
}

static gint compare_ranges(gconstpointer a, gconstpointer b) {
  return (gint)((const AkPortRange *)a)->first - (gint)((const AkPortRange *)b)->first;
}

static GArray *merge(GArray *ranges) {
  GArray *merged = g_array_new(FALSE, FALSE, sizeof(AkPortRange));
  g_array_sort(ranges, compare_ranges);
  for (guint i = 0; i < ranges->len; i++) {
    AkPortRange next = g_array_index(ranges, AkPortRange, i);
    AkPortRange *before =
        merged->len > 0 ? &g_array_index(merged, AkPortRange, merged->len - 1) : NULL;
    if (before != NULL && next.first <= (guint)before->last + 1)
      before->last = MAX(before->last, next.last);
    else
      g_array_append_val(merged, next);
  }
  return merged;
}

GArray *ak_ports_parse(const char *text, GError **error) {
  g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(AkPortRange));
  if (strlen(text) > MAX_TEXT) {
    ak_error_set(error, AK_ERROR_LIMIT, "ports: more than %d bytes", MAX_TEXT);
    return NULL;
  }
  g_auto(GStrv) parts = g_strsplit(text, ",", MAX_RANGES);
  for (char **part = parts; *part != NULL; part++) {
    AkPortRange range;
    if (!parse_range(*part, &range)) {
      ak_error_set(error, AK_ERROR_CONFIG, "ports %s: \"%s\" is no range within 1-65535", text,
                   *part);
      return NULL;
    }
    g_array_append_val(ranges, range);
  }
  if (ranges->len == 0) {
    ak_error_set(error, AK_ERROR_CONFIG, "ports: none given");
    return NULL;
  }
  return merge(ranges);
}

void ak_ports_append_ranges(GPtrArray *texts, const char *prefix, const bool *flags) {
  for (guint port = 1; port <= 65535; port++) {
    guint first = port;
    if (!flags[port])
      continue;
    while (port < 65535 && flags[port + 1])
      port++;
    g_ptr_array_add(texts, first == port ? g_strdup_printf("%s:%u", prefix, port)
                                         : g_strdup_printf("%s:%u-%u", prefix, first, port));
  }
}
