/* Lines of a script, joined, and the words of one. */
#include "firmware/analysis/boot-words-state.h"

#include <string.h>

#define MAX_LINE_BYTES 8192

gsize ak_boot_words_line_length(const guint8 *data, gsize size) {
  gsize at = 0;
  while (at < size) {
    const guint8 *end = memchr(data + at, '\n', size - at);
    gsize stop = end != NULL ? (gsize)(end - data) : size;
    bool goes_on = end != NULL && stop > 0 && data[stop - 1] == '\\' && stop < MAX_LINE_BYTES;
    if (!goes_on)
      return stop;
    at = stop + 1;
  }
  return size;
}

char *ak_boot_words_join(const guint8 *data, gsize size) {
  if (size > MAX_LINE_BYTES || memchr(data, '\0', size) != NULL)
    return NULL;
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < size; i++) {
    if (data[i] == '\\' && i + 1 < size && data[i + 1] == '\n') {
      g_string_append_c(text, ' ');
      i++;
    } else {
      g_string_append_c(text, (char)data[i]);
    }
  }
  char *line = g_string_free(text, FALSE);
  return g_strstrip(line);
}

gsize ak_boot_words_take_word(const AkBootWords *self, const char *text, const char *separators,
                              GString *word, bool *has_quotes) {
  char quote = 0;
  gsize at = 0;
  while (text[at] != '\0' && word->len < AK_BOOT_MAX_WORD_BYTES) {
    char c = text[at];
    gsize filled = c == '$' && quote != '\'' && self != NULL
                       ? ak_boot_words_fill_in(self, text + at, quote != 0, word)
                       : 0;
    if (filled > 0) {
      at += filled;
      continue;
    }
    bool is_escaped = c == '\\' && self != NULL && quote != '\'' && text[at + 1] != '\0' &&
                      (quote == 0 || strchr("\\\"$`", text[at + 1]) != NULL);
    if (quote == 0 && !is_escaped && (g_ascii_isspace(c) || strchr(separators, c) != NULL))
      break;
    if (is_escaped)
      g_string_append_c(word, text[++at]);
    else if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
    else if (c == quote)
      quote = 0;
    else
      g_string_append_c(word, c);
    *has_quotes = *has_quotes || quote != 0;
    at++;
  }
  return at;
}

GStrv ak_boot_words_split(const char *text) {
  GPtrArray *words = g_ptr_array_new();
  while (*text != '\0') {
    g_autoptr(GString) word = g_string_new(NULL);
    bool has_quotes = false;
    gsize length = ak_boot_words_take_word(NULL, text, "", word, &has_quotes);
    if (length == 0) {
      text++;
      continue;
    }
    g_ptr_array_add(words, g_strdup(word->str));
    text += length;
  }
  g_ptr_array_add(words, NULL);
  return (GStrv)g_ptr_array_free(words, FALSE);
}
