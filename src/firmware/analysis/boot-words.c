#include "firmware/analysis/boot-words.h"

#include <string.h>

#define MAX_LINE_BYTES 8192
#define MAX_VARIABLES 200
#define MAX_WORD_BYTES 4096

typedef struct {
  char *name, *value;
} Variable;

struct _AkBootWords {
  GPtrArray *variables; /* of Variable */
  guint depth;          /* of if … fi */
  char *text_end;       /* the word that ends the text of a <<, or NULL */
};

static void variable_free(Variable *self) {
  g_free(self->name);
  g_free(self->value);
  g_free(self);
}

AkBootWords *ak_boot_words_new(void) {
  AkBootWords *self = g_new0(AkBootWords, 1);
  self->variables = g_ptr_array_new_with_free_func((GDestroyNotify)variable_free);
  return self;
}

void ak_boot_words_free(AkBootWords *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->variables);
  g_free(self->text_end);
  g_free(self);
}

void ak_simple_command_free(AkSimpleCommand *self) {
  if (self == NULL)
    return;
  g_strfreev(self->words);
  g_free(self);
}

/* --- lines -------------------------------------------------------------------------------------
 */

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

/* --- variables ---------------------------------------------------------------------------------
 */

static const char *value_of(const AkBootWords *self, const char *name, gsize size) {
  for (guint i = 0; i < self->variables->len; i++) {
    const Variable *variable = self->variables->pdata[i];
    if (strlen(variable->name) == size && memcmp(variable->name, name, size) == 0)
      return variable->value;
  }
  return NULL;
}

static void set(AkBootWords *self, const char *name, gsize size, const char *value) {
  for (guint i = 0; i < self->variables->len; i++) {
    Variable *variable = self->variables->pdata[i];
    if (strlen(variable->name) != size || memcmp(variable->name, name, size) != 0)
      continue;
    g_free(variable->value);
    variable->value = g_strdup(value);
    return;
  }
  if (self->variables->len >= MAX_VARIABLES)
    return;
  Variable *variable = g_new0(Variable, 1);
  variable->name = g_strndup(name, size);
  variable->value = g_strdup(value);
  g_ptr_array_add(self->variables, variable);
}

static gsize name_length(const char *text) {
  gsize length = 0;
  while (g_ascii_isalnum(text[length]) || text[length] == '_')
    length++;
  return length > 0 && !g_ascii_isdigit(text[0]) ? length : 0;
}

/* Writes "$NAME" or "${NAME}" at `text` filled in, if its value is known, and returns how long it
 * is; 0 where it is nothing of the kind. */
static gsize fill_in(const AkBootWords *self, const char *text, GString *word) {
  bool has_brace = text[1] == '{';
  const char *name = text + 1 + has_brace;
  gsize size = name_length(name);
  if (size == 0 || (has_brace && name[size] != '}'))
    return 0;
  const char *value = value_of(self, name, size);
  gsize whole = 1 + has_brace + size + has_brace;
  if (value != NULL && word->len + strlen(value) <= MAX_WORD_BYTES)
    g_string_append(word, value);
  else
    g_string_append_len(word, text, (gssize)whole);
  return whole;
}

/* --- words -------------------------------------------------------------------------------------
 */

/* One word at `text` up to white space or, in shell lines, a separator; returns its length. */
static gsize take_word(const AkBootWords *self, const char *text, const char *separators,
                       GString *word) {
  char quote = 0;
  gsize at = 0;
  while (text[at] != '\0') {
    char c = text[at];
    gsize filled = c == '$' && quote != '\'' && self != NULL ? fill_in(self, text + at, word) : 0;
    if (filled > 0) {
      at += filled;
      continue;
    }
    if (quote == 0 && (g_ascii_isspace(c) || strchr(separators, c) != NULL))
      break;
    if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
    else if (c == quote)
      quote = 0;
    else
      g_string_append_c(word, c);
    at++;
  }
  return at;
}

GStrv ak_boot_words_split(const char *text) {
  GPtrArray *words = g_ptr_array_new();
  while (*text != '\0') {
    g_autoptr(GString) word = g_string_new(NULL);
    gsize length = take_word(NULL, text, "", word);
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

/* --- simple commands ---------------------------------------------------------------------------
 */

typedef struct {
  AkBootWords *self;
  GPtrArray *commands;
  GPtrArray *words;
  bool is_chained; /* behind && or || */
} Line;

/* Ends the command that the words so far make. Words alone that assign are no command. */
static void end_command(Line *line) {
  bool assigns = line->words->len > 0;
  for (guint i = 0; i < line->words->len; i++) {
    const char *word = line->words->pdata[i];
    gsize size = name_length(word);
    assigns = assigns && (word[size] == '=' || strcmp(word, "export") == 0 ||
                          strcmp(word, "local") == 0 || strcmp(word, "readonly") == 0);
    if (size > 0 && word[size] == '=' && assigns)
      set(line->self, word, size, word + size + 1);
  }
  if (line->words->len > 0 && !assigns) {
    AkSimpleCommand *command = g_new0(AkSimpleCommand, 1);
    command->is_conditional = line->is_chained || line->self->depth > 0;
    g_ptr_array_add(line->words, NULL);
    command->words = (GStrv)g_ptr_array_free(line->words, FALSE);
    g_ptr_array_add(line->commands, command);
  } else {
    g_ptr_array_unref(line->words);
  }
  line->words = g_ptr_array_new_with_free_func(g_free);
}

/* "if", "fi" and their like change the depth and begin a new command. */
static bool is_keyword(Line *line, const char *word) {
  static const char *const plain[] = {"then", "do", "else", "elif", "done", "esac", NULL};
  if (line->words->len > 0)
    return false;
  if (strcmp(word, "if") == 0)
    line->self->depth++;
  else if (strcmp(word, "fi") == 0)
    line->self->depth -= line->self->depth > 0;
  else if (!g_strv_contains(plain, word))
    return false;
  return true;
}

static void take_separator(Line *line, const char *text, gsize *at) {
  bool is_double = (text[*at] == '&' || text[*at] == '|') && text[*at + 1] == text[*at];
  guint before = line->commands->len;
  end_command(line);
  if (text[*at] == '&' && !is_double && line->commands->len > before)
    ((AkSimpleCommand *)line->commands->pdata[before])->is_background = true;
  if (is_double)
    line->is_chained = true;
  else if (text[*at] == ';')
    line->is_chained = false;
  *at += 1 + is_double;
}

/* "<<END", "<<-'END'": the lines up to END are a text. */
static void note_text(AkBootWords *self, const char *line) {
  const char *mark = strstr(line, "<<");
  if (mark == NULL || mark[2] == '<')
    return;
  const char *word = mark + 2 + (mark[2] == '-');
  word += strspn(word, " '\"\\");
  gsize length = name_length(word);
  if (length > 0)
    self->text_end = g_strndup(word, length);
}

/* "2>&1" and "&>file" are no ends of commands. */
static bool is_redirection(const char *text, gsize at) {
  return text[at] == '&' && ((at > 0 && text[at - 1] == '>') || text[at + 1] == '>');
}

/* True where `text` is a line of a text, its end included. */
static bool is_in_text(AkBootWords *self, const char *text) {
  if (self->text_end == NULL)
    return false;
  if (strcmp(self->text_end, text) == 0)
    g_clear_pointer(&self->text_end, g_free);
  return true;
}

GPtrArray *ak_boot_words_line(AkBootWords *self, const char *text) {
  Line line = {self, g_ptr_array_new_with_free_func((GDestroyNotify)ak_simple_command_free),
               g_ptr_array_new_with_free_func(g_free), false};
  if (is_in_text(self, text))
    text = "";
  for (gsize at = 0; text[at] != '\0';) {
    g_autoptr(GString) word = g_string_new(NULL);
    if (text[at] == '#' && (at == 0 || g_ascii_isspace(text[at - 1])))
      break;
    gsize length = take_word(self, text + at, ";&|(){}`", word);
    if (length > 0 && !is_keyword(&line, word->str))
      g_ptr_array_add(line.words, g_strdup(word->str));
    at += length;
    if (is_redirection(text, at))
      at++;
    else if (text[at] != '\0' && strchr(";&|(){}`", text[at]) != NULL)
      take_separator(&line, text, &at);
    else if (length == 0 && text[at] != '\0')
      at++;
  }
  end_command(&line);
  note_text(self, text);
  g_ptr_array_unref(line.words);
  return line.commands;
}
