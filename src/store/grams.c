#include "store/grams.h"

#include <stdbool.h>

#define SHIFT 21 /* bits: a character has at most 21 (Unicode: U+10FFFF) */

char *ak_grams_fold(const char *text, gsize max_chars) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  g_autofree char *normal = g_utf8_normalize(valid, -1, G_NORMALIZE_NFKC);
  g_autofree char *folded = g_utf8_casefold(normal != NULL ? normal : valid, -1);
  g_autoptr(GString) out = g_string_new(NULL);
  bool gap = false;
  gsize count = 0;
  for (const char *at = folded; *at != '\0' && count < max_chars; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (g_unichar_isspace(c) || g_unichar_iscntrl(c)) {
      gap = out->len > 0;
      continue;
    }
    if (gap)
      g_string_append_c(out, ' ');
    gap = false;
    g_string_append_unichar(out, c);
    count++;
  }
  return g_string_free(g_steal_pointer(&out), FALSE);
}

static gint compare_grams(gconstpointer a, gconstpointer b) {
  const gint64 *one = a, *other = b;
  return *one < *other ? -1 : *one > *other;
}

static void sort_distinct(GArray *grams) {
  g_array_sort(grams, compare_grams);
  guint kept = 0;
  for (guint i = 0; i < grams->len; i++) {
    gint64 gram = g_array_index(grams, gint64, i);
    if (kept == 0 || g_array_index(grams, gint64, kept - 1) != gram)
      g_array_index(grams, gint64, kept++) = gram;
  }
  g_array_set_size(grams, kept);
}

static GArray *cut(const char *folded, bool with_single) {
  GArray *grams = g_array_new(FALSE, FALSE, sizeof(gint64));
  gunichar before = ' ';
  for (const char *at = folded; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    gint64 pair = (gint64)before << SHIFT | c, single = (gint64)c << SHIFT;
    if (c != ' ' && before != ' ')
      g_array_append_val(grams, pair);
    if (with_single && g_unichar_iswide(c))
      g_array_append_val(grams, single);
    before = c;
  }
  sort_distinct(grams);
  return grams;
}

GArray *ak_grams_of(const char *folded) {
  return cut(folded, true);
}

GArray *ak_grams_of_word(const char *folded_word) {
  return cut(folded_word, g_utf8_strlen(folded_word, -1) == 1);
}
