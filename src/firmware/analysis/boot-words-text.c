/* The text of a <<, line by line. */
#include "firmware/analysis/boot-words-state.h"

#include <string.h>

/* The first "<<" outside of quotes, remarks and "$((1 << 2))"; NULL where there is none. */
static const char *text_mark(const char *line) {
  guint sums = 0;
  char quote = 0;
  for (const char *c = line; *c != '\0'; c++) {
    bool is_plain = quote == 0 && sums == 0;
    if (*c == '\\' && quote != '\'' && c[1] != '\0')
      c++;
    else if (quote == 0 ? *c == '"' || *c == '\'' : *c == quote)
      quote = quote == 0 ? *c : 0;
    else if (is_plain && *c == '#' && (c == line || g_ascii_isspace(c[-1])))
      return NULL;
    else if (strncmp(c, "((", 2) == 0 || (sums > 0 && strncmp(c, "))", 2) == 0))
      sums += *c == '(' ? 1 : -1u;
    else if (is_plain && strncmp(c, "<<<", 3) == 0)
      c += 2;
    else if (is_plain && strncmp(c, "<<", 2) == 0)
      return c;
  }
  return NULL;
}

void ak_boot_words_note_text(AkBootWords *self, const char *line) {
  const char *mark = text_mark(line);
  if (mark == NULL)
    return;
  const char *word = mark + 2 + (mark[2] == '-');
  word += strspn(word, " \t");
  g_autoptr(GString) end = g_string_new(NULL);
  bool has_quotes = false;
  ak_boot_words_take_word(NULL, word + strspn(word, "\\"), ";&|(){}<>`", end, &has_quotes);
  if (end->len == 0)
    return;
  g_free(self->text_end);
  self->text_end = g_string_free(g_steal_pointer(&end), FALSE);
  self->text_began = self->text_is_script = false;
}

bool ak_boot_words_take_text(AkBootWords *self, const char *text) {
  if (self->text_end == NULL)
    return false;
  if (strcmp(self->text_end, text) == 0) {
    g_clear_pointer(&self->text_end, g_free);
    self->text_is_script = false;
    return true;
  }
  self->text_is_script =
      self->text_is_script || (!self->text_began && g_str_has_prefix(text, "#!"));
  self->text_began = true;
  return !self->text_is_script;
}
