#include "effect/corpus/variant.h"

#include <string.h>

#include "util/random.h"

/* Either a change of the value, or a mark in the style. */
typedef struct {
  const char *name;
  void (*change)(GString *value, guint64 seed);
  gsize style; /* offset of a bool in AkDraftStyle */
} Variant;

static void replace_spaces(GString *value, const char *by) {
  g_string_replace(value, " ", by, 0);
}

static void with_comments(GString *value, guint64 seed) {
  replace_spaces(value, "/**/");
}

static void with_tabs(GString *value, guint64 seed) {
  replace_spaces(value, "\t");
}

static void with_newlines(GString *value, guint64 seed) {
  replace_spaces(value, "\n");
}

/* ${IFS} is white space to a shell. */
static void with_ifs(GString *value, guint64 seed) {
  replace_spaces(value, "${IFS}");
}

static void with_case(GString *value, guint64 seed) {
  for (gsize i = 0; i < value->len; i++) {
    char letter = value->str[i];
    if (g_ascii_isalpha(letter))
      value->str[i] = ak_random_at(seed, i) & 1 ? g_ascii_toupper(letter) : g_ascii_tolower(letter);
  }
}

/* A pair of quotes inside a word changes nothing for a shell: /etc/pa''sswd. */
static void with_quotes(GString *value, guint64 seed) {
  for (gsize i = value->len; i > 2; i--)
    if (g_ascii_isalpha(value->str[i - 1]) && g_ascii_isalpha(value->str[i - 2])) {
      g_string_insert(value, (gssize)i - 1, "''");
      i -= 2;
    }
}

/* ../ as ././../ */
static void with_dots(GString *value, guint64 seed) {
  g_string_replace(value, "../", "././../", 0);
}

#define STYLE(field) G_STRUCT_OFFSET(AkDraftStyle, field)

static const Variant variants[] = {
    {"case", with_case, 0},
    {"comment-space", with_comments, 0},
    {"tab-space", with_tabs, 0},
    {"newline-space", with_newlines, 0},
    {"ifs-space", with_ifs, 0},
    {"quote-split", with_quotes, 0},
    {"dot-segments", with_dots, 0},
    {"percent-all", NULL, STYLE(percent_all)},
    {"multipart", NULL, STYLE(multipart)},
    {"chunked", NULL, STYLE(chunked)},
    {"json-unicode", NULL, STYLE(json_unicode)},
    {"padding", NULL, STYLE(padding)},
};

const char *const ak_variant_names[] = {
    "case",         "comment-space", "tab-space",   "newline-space", "ifs-space",
    "quote-split",  "dot-segments",  "percent-all", "multipart",     "chunked",
    "json-unicode", "padding",       NULL};

GString *ak_variant_make(const char *name, const char *value, gsize size, guint64 seed,
                         AkDraftStyle *style, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(variants); i++) {
    if (strcmp(variants[i].name, name) != 0)
      continue;
    g_autoptr(GString) made = g_string_new_len(value, (gssize)size);
    if (variants[i].change == NULL) {
      G_STRUCT_MEMBER(bool, style, variants[i].style) = true;
      return g_steal_pointer(&made);
    }
    variants[i].change(made, seed);
    bool is_same = made->len == size && memcmp(made->str, value, size) == 0;
    return is_same ? NULL : g_steal_pointer(&made);
  }
  ak_error_set(error, AK_ERROR_CONFIG, "%s: no way to write a value", name);
  return NULL;
}
