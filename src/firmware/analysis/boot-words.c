/* The reader of shell lines: from the first character to the last, word by word. */
#include "firmware/analysis/boot-words-state.h"

#include <string.h>

AkBootWords *ak_boot_words_new(void) {
  AkBootWords *self = g_new0(AkBootWords, 1);
  self->variables = ak_boot_words_variables();
  return self;
}

void ak_boot_words_free(AkBootWords *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->variables);
  for (guint i = 0; i < AK_BOOT_MAX_BLOCKS; i++)
    g_free(self->blocks[i].path);
  g_free(self->test);
  g_free(self->loop);
  g_free(self->function);
  g_free(self->pending);
  g_free(self->text_end);
  g_free(self);
}

void ak_simple_command_free(AkSimpleCommand *self) {
  if (self == NULL)
    return;
  g_strfreev(self->words);
  g_strfreev(self->needs);
  g_free(self->function);
  g_free(self);
}

/* "name()" and what may stand before its brace. */
static bool begins_function(const AkBootLine *line, const char *text, gsize at) {
  gsize next = at + 1;
  while (text[next] == ' ' || text[next] == '\t')
    next++;
  return line->words->len == 1 && text[at] == '(' && text[next] == ')';
}

static void take_separator(AkBootLine *line, const char *text, gsize *at) {
  bool is_double = (text[*at] == '&' || text[*at] == '|') && text[*at + 1] == text[*at];
  guint before = line->commands->len;
  if (begins_function(line, text, *at)) {
    g_free(line->self->pending);
    line->self->pending = g_strdup(line->words->pdata[0]);
    g_ptr_array_set_size(line->words, 0);
    *at += strcspn(text + *at, ")") + 1;
    return;
  }
  if (line->words->len > 0 && strcmp(line->words->pdata[0], "case") == 0)
    ak_boot_words_take_case(line);
  if (ak_boot_words_take_label(line, text, at))
    return;
  ak_boot_words_end_command(line);
  if (text[*at] == '&' && !is_double)
    for (guint i = before; i < line->commands->len; i++)
      ((AkSimpleCommand *)line->commands->pdata[i])->is_background = true;
  if (text[*at] == '{' || text[*at] == '}')
    ak_boot_words_take_brace(line, text[*at]);
  if (strchr("(){}", text[*at]) != NULL)
    line->holds = AK_BOOT_MAYBE;
  ak_boot_words_chain(line, text + *at, is_double);
  *at += 1 + is_double;
}

/* "2>&1" and "&>file" are no ends of commands. */
static bool is_redirection(const char *text, gsize at) {
  return text[at] == '&' && ((at > 0 && text[at - 1] == '>') || text[at + 1] == '>');
}

/* What a word's variables held outside of quotes is words of its own; an assignment takes it whole.
 */
static void add_word(AkBootLine *line, GString *word, bool has_quotes) {
  gsize size = ak_boot_words_name_length(word->str);
  bool assigns = size > 0 && word->str[size] == '=' &&
                 (line->words->len == 0 || strchr(line->words->pdata[0], '=') != NULL);
  if (assigns)
    g_strdelimit(word->str, "\x1f", ' ');
  g_auto(GStrv) parts = g_strsplit(word->str, "\x1f", -1);
  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0')
      g_ptr_array_add(line->words, g_strdup(*part));
  if (word->len == 0 && has_quotes)
    g_ptr_array_add(line->words, g_strdup(""));
}

/* "$((X+=1))" sets X. */
static bool sets_by_sum(const char *text) {
  const char *sum = strstr(text, "((");
  return sum != NULL &&
         (strchr(sum, '=') != NULL || strstr(sum, "++") != NULL || strstr(sum, "--") != NULL);
}

GPtrArray *ak_boot_words_line(AkBootWords *self, const char *text) {
  AkBootLine line = {.self = self,
                     .commands =
                         g_ptr_array_new_with_free_func((GDestroyNotify)ak_simple_command_free),
                     .words = g_ptr_array_new_with_free_func(g_free),
                     .chain = g_ptr_array_new_with_free_func(g_free)};
  if (ak_boot_words_take_text(self, text))
    text = "";
  self->is_open = self->is_open || sets_by_sum(text);
  for (gsize at = 0; text[at] != '\0';) {
    g_autoptr(GString) word = g_string_new(NULL);
    bool has_quotes = false;
    if (text[at] == '#' && (at == 0 || g_ascii_isspace(text[at - 1])))
      break;
    gsize length = ak_boot_words_take_word(self, text + at, ";&|(){}`", word, &has_quotes);
    if (length > 0 && (has_quotes || !ak_boot_words_take_keyword(&line, word->str)))
      add_word(&line, word, has_quotes);
    at += length;
    if (is_redirection(text, at))
      at++;
    else if (text[at] != '\0' && strchr(";&|(){}`", text[at]) != NULL)
      take_separator(&line, text, &at);
    else if (length == 0 && text[at] != '\0')
      at++;
  }
  ak_boot_words_end_command(&line);
  if (self->text_end == NULL)
    ak_boot_words_note_text(self, text);
  g_ptr_array_unref(line.words);
  g_ptr_array_unref(line.chain);
  g_free(line.tested);
  return line.commands;
}
