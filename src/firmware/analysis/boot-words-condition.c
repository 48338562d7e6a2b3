/* What has to hold for a command to be run: tests, && and ||, and the blocks round about. */
#include "firmware/analysis/boot-words-state.h"

#include <string.h>

bool ak_boot_words_is_start(const char *text) {
  static const char *const starts[] = {"start", "boot", "S", "--start", "-start", "up", NULL};
  return g_strv_contains(starts, text);
}

static bool is_one_of(const char *word, const char *one, const char *other) {
  return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

const char *ak_boot_words_tested_path(const GPtrArray *words) {
  static const char *const there[] = {"-x", "-f", "-e", "-r", "-s", "-d", NULL};
  const char *const *w = (const char *const *)words->pdata;
  bool is_bracket = words->len == 4 && is_one_of(w[0], "[", "[[");
  bool is_test = is_bracket || (words->len == 3 && strcmp(w[0], "test") == 0);
  return is_test && g_strv_contains(there, w[1]) && (w[2][0] == '/' || w[2][0] == AK_BOOT_EACH) &&
                 strchr(w[2], '$') == NULL
             ? w[2]
             : NULL;
}

/* "$1" = start, and "x$1" = "xstart": the same as a case of starting. A function's first argument
 * is its own. */
static bool is_start_test(const AkBootWords *self, const char *argument, const char *sign,
                          const char *text) {
  bool is_marked = g_ascii_isalpha(*argument) && *argument == *text && text[1] != '\0';
  const char *own = argument + is_marked;
  return self->function == NULL && is_one_of(sign, "=", "==") && is_one_of(own, "$1", "${1}") &&
         ak_boot_words_is_start(text + is_marked);
}

/* The words of "[ … ]" or "test …" between its ends, from the second word on; 0 where it is no
 * test. */
static guint count_operands(const GPtrArray *words) {
  const char *const *w = (const char *const *)words->pdata;
  if (words->len > 2 && is_one_of(w[0], "[", "[[") && *w[words->len - 1] == ']')
    return words->len - 2;
  return words->len > 0 && strcmp(w[0], "test") == 0 ? words->len - 1 : 0;
}

/* "a = b", "1 -ne 2": false where the sign is none of these. */
static bool compare(const char *left, const char *sign, const char *right, bool *is_true) {
  bool is_number = *sign == '-', is_other = is_one_of(sign, "!=", "-ne");
  bool is_equal = is_number ? g_ascii_strtoll(left, NULL, 10) == g_ascii_strtoll(right, NULL, 10)
                            : strcmp(left, right) == 0;
  *is_true = is_equal != is_other;
  return is_other || is_one_of(sign, "=", "==") || strcmp(sign, "-eq") == 0;
}

AkBootHolds ak_boot_words_held(const AkBootWords *self, const GPtrArray *words) {
  const char *const *w = (const char *const *)words->pdata;
  guint count = count_operands(words);
  bool is_true = false;
  if (count == 3 && is_start_test(self, w[1], w[2], w[3]))
    return AK_BOOT_ALWAYS;
  for (guint i = 1; i <= count; i++)
    if (strpbrk(w[i], "$`\x1e*?[") != NULL)
      return AK_BOOT_MAYBE;
  if (words->len == 1 && (is_one_of(w[0], "true", ":") || strcmp(w[0], "false") == 0))
    is_true = *w[0] != 'f';
  else if (count == 2 && is_one_of(w[1], "-n", "-z"))
    is_true = (w[1][1] == 'n') == (*w[2] != '\0');
  else if (count != 3 || !compare(w[1], w[2], w[3], &is_true))
    return AK_BOOT_MAYBE;
  return is_true ? AK_BOOT_ALWAYS : self->is_open ? AK_BOOT_MAYBE : AK_BOOT_NEVER;
}

GStrv ak_boot_words_needs(const AkBootLine *line, bool *is_unknown) {
  g_autoptr(GStrvBuilder) needs = g_strv_builder_new();
  const AkBootWords *self = line->self;
  *is_unknown = line->is_chained || self->depth > AK_BOOT_MAX_BLOCKS || self->text_is_script;
  for (guint i = 0; i < MIN(self->depth, AK_BOOT_MAX_BLOCKS); i++) {
    *is_unknown = *is_unknown || self->blocks[i].is_unknown;
    if (self->blocks[i].path != NULL)
      g_strv_builder_add(needs, self->blocks[i].path);
  }
  for (guint i = 0; i < line->chain->len; i++)
    g_strv_builder_add(needs, line->chain->pdata[i]);
  return g_strv_builder_end(needs);
}

bool ak_boot_words_is_behind_never(const AkBootLine *line) {
  bool never = line->is_never;
  for (guint i = 0; i < MIN(line->self->depth, AK_BOOT_MAX_BLOCKS); i++)
    never = never || line->self->blocks[i].holds == AK_BOOT_NEVER;
  return never;
}

void ak_boot_words_chain(AkBootLine *line, const char *separator, bool is_double) {
  if (!is_double && *separator != ';' && *separator != '&')
    return;
  bool is_and = is_double && *separator == '&';
  if (is_and && line->tested != NULL) {
    g_ptr_array_add(line->chain, g_steal_pointer(&line->tested));
    return;
  }
  /* "&&" behind what holds, "||" behind what does not, change nothing */
  if (is_double && line->holds != AK_BOOT_MAYBE && !line->is_chained) {
    line->is_never = is_and == (line->holds == AK_BOOT_NEVER);
    return;
  }
  g_ptr_array_set_size(line->chain, 0);
  line->is_chained = is_double;
  line->is_never = line->is_never && is_double;
}
