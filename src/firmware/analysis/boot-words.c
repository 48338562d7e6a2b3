#include "firmware/analysis/boot-words.h"

#include <string.h>

#define MAX_LINE_BYTES 8192
#define MAX_VARIABLES 200
#define MAX_WORD_BYTES 4096

#define MAX_BLOCKS 16
#define MAX_VALUES 64 /* of a for's variable; of more none is known */
#define SPLIT '\x1f' /* within a word: white space of a variable's value, where the word ends */
#define EACH '\x1e'  /* within a word: the next value of a for's variable */

typedef struct {
  char *name, *value; /* value NULL: one of several */
} Variable;

typedef enum { MAYBE, ALWAYS, NEVER } Holds;

typedef struct {
  bool is_case, in_label; /* of a case: its labels come next */
  bool is_unknown;        /* whether it is gone into */
  Holds holds;            /* of an if: what its condition is known to be */
  char *path;             /* has to be there, or NULL */
} Block;

struct _AkBootWords {
  GPtrArray *variables; /* of Variable */
  Block blocks[MAX_BLOCKS];
  guint depth;              /* blocks in which it is; those above MAX_BLOCKS are not kept */
  bool in_condition;        /* between if and then */
  guint tests;              /* commands that were there */
  char *test;               /* the path of the only one, or NULL */
  Holds holds;              /* of the only one */
  bool is_open;             /* variables may have other values */
  char *loop;               /* variable of a for whose words a command gives, or NULL */
  char *function, *pending; /* in which it is; which begins */
  guint braces, function_braces;
  guint64 groups; /* a bit a brace, the innermost last: it began a block */
  char *text_end; /* the word that ends the text of a <<, or NULL */
  bool text_began, text_is_script;
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
  for (guint i = 0; i < MAX_BLOCKS; i++)
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

void ak_boot_words_open(AkBootWords *self) {
  self->is_open = true;
}

const char *ak_boot_words_value(const AkBootWords *self, const char *name) {
  const char *value = value_of(self, name, strlen(name));
  return value != NULL && strchr(value, EACH) == NULL ? value : NULL;
}

/* On a condition, a variable that has another value has one of the two. */
static void set(AkBootWords *self, const char *name, gsize size, const char *value, bool is_conditional) {
  for (guint i = 0; i < self->variables->len; i++) {
    Variable *variable = self->variables->pdata[i];
    if (strlen(variable->name) != size || memcmp(variable->name, name, size) != 0)
      continue;
    bool is_other = is_conditional && g_strcmp0(variable->value, value) != 0;
    g_free(variable->value);
    variable->value = is_other ? NULL : g_strdup(value);
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

static void append_value(GString *word, const char *value, bool is_quoted) {
  for (; *value != '\0' && word->len < MAX_WORD_BYTES; value++)
    g_string_append_c(word, !is_quoted && g_ascii_isspace(*value) ? SPLIT : *value);
}

/* "${NAME:-text}" and its like: the text counts where NAME is not set, or not known. Source: POSIX.1, Shell Command Language,
 * 2.6.2. */
static gsize default_length(const char *rest) {
  gsize sign = strspn(rest, ":") == 1 ? 1 : 0;
  gsize length = strcspn(rest, "}$`");
  return (rest[sign] == '-' || rest[sign] == '=') && rest[length] == '}' ? length + 1 : 0;
}

/* Writes "$NAME" or "${NAME}" at `text` filled in, if its value is known, and returns how long it
 * is; 0 where it is nothing of the kind. */
static gsize fill_in(const AkBootWords *self, const char *text, bool is_quoted, GString *word) {
  bool has_brace = text[1] == '{';
  const char *name = text + 1 + has_brace;
  gsize size = name_length(name), other = has_brace && size > 0 ? default_length(name + size) : 0;
  if (size == 0 || (has_brace && name[size] != '}' && other == 0))
    return 0;
  const char *value = value_of(self, name, size);
  gsize whole = 1 + has_brace + size + (other > 0 ? other : has_brace);
  if (other > 0 && (value == NULL || (*value == '\0' && name[size] == ':'))) {
    const char *from = name + size + strcspn(name + size, "-=") + 1;
    g_autofree char *text_of = g_strndup(from, (gsize)(text + whole - 1 - from));
    append_value(word, text_of, is_quoted);
  } else if (value != NULL) {
    append_value(word, value, is_quoted);
  } else {
    g_string_append_len(word, text, (gssize)whole);
  }
  return whole;
}

/* --- words -------------------------------------------------------------------------------------
 */

/* One word at `text` up to white space or, in shell lines, a separator; returns its length. `self` NULL: no shell line. */
static gsize take_word(const AkBootWords *self, const char *text, const char *separators, GString *word, bool *has_quotes) {
  char quote = 0;
  gsize at = 0;
  while (text[at] != '\0' && word->len < MAX_WORD_BYTES) {
    char c = text[at];
    gsize filled = c == '$' && quote != '\'' && self != NULL ? fill_in(self, text + at, quote != 0, word) : 0;
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
    gsize length = take_word(NULL, text, "", word, &has_quotes);
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

/* --- blocks ------------------------------------------------------------------------------------
 */

static Block *top(AkBootWords *self) {
  return self->depth > 0 && self->depth <= MAX_BLOCKS ? &self->blocks[self->depth - 1] : NULL;
}

static void push(AkBootWords *self, Block block) {
  if (self->depth++ >= MAX_BLOCKS) {
    g_free(block.path);
    return;
  }
  g_free(top(self)->path);
  *top(self) = block;
}

static void pop(AkBootWords *self, bool is_case) {
  Block *block = top(self);
  if (self->depth > 0 && (block == NULL || block->is_case == is_case))
    self->depth--;
}

static void forget_path(Block *block) {
  if (block != NULL) {
    g_clear_pointer(&block->path, g_free);
    block->is_unknown = true;
  }
}

/* Where one test alone of a path stood behind the if, that is its condition. */
static void begin_then(AkBootWords *self) {
  Block *block = top(self);
  if (block != NULL && self->in_condition && self->tests == 1 && (self->test != NULL || self->holds != MAYBE)) {
    block->path = g_steal_pointer(&self->test);
    block->holds = self->holds;
    block->is_unknown = false;
  }
  self->in_condition = false;
}

/* Behind an else that is gone into where the condition does not hold; behind an elif nobody knows. */
static void begin_else(AkBootWords *self, bool is_last) {
  Block *block = top(self);
  Holds before = block != NULL ? block->holds : MAYBE;
  forget_path(block);
  if (block == NULL)
    return;
  block->holds = before == ALWAYS ? NEVER : before == NEVER && is_last ? ALWAYS : MAYBE;
  block->is_unknown = block->holds == MAYBE;
}

static const char *const starts[] = {"start", "boot", "S", "--start", "-start", "up", NULL};

/* The case of starting is always gone into. Source: LSB, init script actions; OpenWrt, rc.common. */
static bool is_start_label(const GPtrArray *labels) {
  for (guint i = 0; i < labels->len; i++)
    if (g_strv_contains(starts, labels->pdata[i]) || *(const char *)labels->pdata[i] == '\0')
      return true;
  return false;
}

/* --- simple commands ---------------------------------------------------------------------------
 */

typedef struct {
  AkBootWords *self;
  GPtrArray *commands;
  GPtrArray *words;
  bool is_chained;   /* behind && or ||, and not behind tests of paths alone */
  GPtrArray *chain;  /* of char *: paths that were tested before && */
  char *tested;      /* the path that the last command tested, or NULL */
  Holds holds;       /* whether what the last command tested holds */
  bool is_never;     /* behind such a test that does not */
} Line;

static void clear_words(Line *line) {
  g_ptr_array_set_size(line->words, 0);
}

/* "[ -x PATH ]", "test -f PATH": the path, or NULL. */
static const char *tested_path(const GPtrArray *words) {
  static const char *const there[] = {"-x", "-f", "-e", "-r", "-s", "-d", NULL};
  const char *const *w = (const char *const *)words->pdata;
  bool is_bracket = words->len == 4 && (strcmp(w[0], "[") == 0 || strcmp(w[0], "[[") == 0);
  bool is_test = is_bracket || (words->len == 3 && strcmp(w[0], "test") == 0);
  return is_test && g_strv_contains(there, w[1]) && (w[2][0] == '/' || w[2][0] == EACH) && strchr(w[2], '$') == NULL
             ? w[2]
             : NULL;
}

/* "$1" = start, and "x$1" = "xstart": the same as a case of starting. A function's first argument is its own. */
static bool is_start_test(const AkBootWords *self, const char *argument, const char *sign, const char *text) {
  bool is_marked = g_ascii_isalpha(*argument) && *argument == *text && text[1] != '\0';
  const char *own = argument + is_marked;
  return self->function == NULL && (strcmp(sign, "=") == 0 || strcmp(sign, "==") == 0) &&
         (strcmp(own, "$1") == 0 || strcmp(own, "${1}") == 0) && g_strv_contains(starts, text + is_marked);
}

/* "[ yes = yes ]", "test -n text": known where no variable in it is not. */
static Holds held(const AkBootWords *self, const GPtrArray *words) {
  const char *const *w = (const char *const *)words->pdata;
  guint last = words->len > 0 ? words->len - 1 : 0;
  bool is_bracket = words->len > 2 && (strcmp(w[0], "[") == 0 || strcmp(w[0], "[[") == 0) && *w[last] == ']';
  guint count = is_bracket ? words->len - 2 : words->len > 0 && strcmp(w[0], "test") == 0 ? words->len - 1 : 0;
  bool is_true = false, is_number = count == 3 && *w[2] == '-';
  if (count == 3 && is_start_test(self, w[1], w[2], w[3]))
    return ALWAYS;
  for (guint i = 1; i <= count; i++)
    if (strpbrk(w[i], "$`\x1e*?[") != NULL)
      return MAYBE;
  if (words->len == 1 && (strcmp(w[0], "true") == 0 || strcmp(w[0], ":") == 0 || strcmp(w[0], "false") == 0))
    is_true = *w[0] != 'f';
  else if (count == 3 && (strcmp(w[2], "=") == 0 || strcmp(w[2], "==") == 0 || strcmp(w[2], "-eq") == 0))
    is_true = is_number ? g_ascii_strtoll(w[1], NULL, 10) == g_ascii_strtoll(w[3], NULL, 10) : strcmp(w[1], w[3]) == 0;
  else if (count == 3 && (strcmp(w[2], "!=") == 0 || strcmp(w[2], "-ne") == 0))
    is_true = is_number ? g_ascii_strtoll(w[1], NULL, 10) != g_ascii_strtoll(w[3], NULL, 10) : strcmp(w[1], w[3]) != 0;
  else if (count == 2 && (strcmp(w[1], "-n") == 0 || strcmp(w[1], "-z") == 0))
    is_true = (w[1][1] == 'n') == (*w[2] != '\0');
  else
    return MAYBE;
  return is_true ? ALWAYS : self->is_open ? MAYBE : NEVER;
}

/* Paths that have to be there; `is_unknown` gets whether there is another condition. */
static GStrv needs_of(const Line *line, bool *is_unknown) {
  g_autoptr(GStrvBuilder) needs = g_strv_builder_new();
  const AkBootWords *self = line->self;
  *is_unknown = line->is_chained || self->depth > MAX_BLOCKS || self->text_is_script;
  for (guint i = 0; i < MIN(self->depth, MAX_BLOCKS); i++) {
    *is_unknown = *is_unknown || self->blocks[i].is_unknown;
    if (self->blocks[i].path != NULL)
      g_strv_builder_add(needs, self->blocks[i].path);
  }
  for (guint i = 0; i < line->chain->len; i++)
    g_strv_builder_add(needs, line->chain->pdata[i]);
  return g_strv_builder_end(needs);
}

/* The `number`th of the values that a word holds for a for's variable, the only one of others. */
static char *value_for(const char *word, guint number) {
  g_autofree char *copy = g_strdup(word);
  char *first = strchr(copy, EACH), *last = strrchr(copy, EACH);
  if (first == last)
    return g_strdup(word);
  *first = *last = '\0';
  g_auto(GStrv) parts = g_strsplit(first + 1, "\x1e", -1);
  return g_strconcat(copy, number < g_strv_length(parts) ? parts[number] : "", last + 1, NULL);
}

static guint count_values(const GPtrArray *words) {
  guint most = 1;
  for (guint i = 0; i < words->len; i++) {
    guint marks = 0;
    for (const char *c = words->pdata[i]; *c != '\0'; c++)
      marks += *c == EACH;
    most = MAX(most, marks > 2 ? marks - 1 : 1);
  }
  return most;
}

static bool is_never(const Line *line) {
  bool never = line->is_never;
  for (guint i = 0; i < MIN(line->self->depth, MAX_BLOCKS); i++)
    never = never || line->self->blocks[i].holds == NEVER;
  return never;
}

/* "read X", "config_get X …": what a command is given the name of may have another value. */
static void forget_named(Line *line) {
  static const char *const others[] = {"eval", "let", "declare", "typeset", NULL}; /* they set what they are given as text */
  line->self->is_open = line->self->is_open || g_strv_contains(others, line->words->pdata[0]);
  for (guint i = 1; i < line->words->len; i++) {
    const char *word = line->words->pdata[i];
    gsize size = name_length(word);
    if (size > 0 && word[size] == '\0' && value_of(line->self, word, size) != NULL)
      set(line->self, word, size, NULL, false);
  }
}

static void add_command(Line *line) {
  bool is_unknown = false;
  g_auto(GStrv) needs = needs_of(line, &is_unknown);
  for (guint n = 0; n < count_values(line->words); n++) {
    AkSimpleCommand *command = g_new0(AkSimpleCommand, 1);
    GPtrArray *words = g_ptr_array_new();
    for (guint i = 0; i < line->words->len; i++)
      g_ptr_array_add(words, value_for(line->words->pdata[i], n));
    g_ptr_array_add(words, NULL);
    command->words = (GStrv)g_ptr_array_free(words, FALSE);
    command->is_conditional = is_unknown || *needs != NULL;
    command->needs = is_unknown || *needs == NULL ? NULL : g_strdupv(needs);
    for (char **path = command->needs; path != NULL && *path != NULL; path++) {
      char *own = value_for(*path, n);
      g_free(*path);
      *path = own;
    }
    command->function = g_strdup(line->self->function);
    command->is_never = is_never(line);
    g_ptr_array_add(line->commands, command);
  }
  forget_named(line);
}

/* The values of a for's variable: one of them stands wherever it is used. */
static void set_loop(AkBootWords *self, const char *name, const GPtrArray *words, guint from) {
  g_autoptr(GString) values = g_string_new(NULL);
  bool is_known = words->len > from && words->len - from <= MAX_VALUES;
  g_string_append_c(values, EACH);
  for (guint i = from; i < words->len && is_known; i++) {
    const char *word = words->pdata[i];
    is_known = strpbrk(word, "$\x1e") == NULL && values->len + strlen(word) < MAX_WORD_BYTES / 2;
    g_string_append_printf(values, "%s%c", word, EACH);
  }
  set(self, name, strlen(name), is_known ? values->str : NULL, false);
}

/* "for x in a b", and "for x in $(ls a/S*)", of which the ls is the next command. */
static bool take_for(Line *line) {
  const char *const *w = (const char *const *)line->words->pdata;
  bool is_for = line->words->len >= 3 && strcmp(w[0], "for") == 0 && strcmp(w[2], "in") == 0;
  if (!is_for)
    return line->words->len > 0 && strcmp(w[0], "for") == 0;
  bool is_listed = line->words->len == 3 || (line->words->len == 4 && strcmp(w[3], "$") == 0);
  g_free(line->self->loop);
  line->self->loop = is_listed ? g_strdup(w[1]) : NULL;
  if (!is_listed)
    set_loop(line->self, w[1], line->words, 3);
  return true;
}

static void take_listed(Line *line) {
  g_autofree char *name = g_steal_pointer(&line->self->loop);
  if (name == NULL)
    return;
  guint from = 1;
  while (from < line->words->len && *(const char *)line->words->pdata[from] == '-')
    from++;
  bool is_ls = line->words->len > from && strcmp(line->words->pdata[0], "ls") == 0;
  set_loop(line->self, name, line->words, is_ls ? from : line->words->len);
}

/* "case X in", perhaps with the first labels behind it. */
static bool take_case(Line *line) {
  if (line->words->len == 0 || strcmp(line->words->pdata[0], "case") != 0)
    return line->words->len == 1 && strcmp(line->words->pdata[0], "in") == 0;
  guint from = 1;
  while (from < line->words->len && strcmp(line->words->pdata[from], "in") != 0)
    from++;
  push(line->self, (Block){.is_case = true, .in_label = true});
  g_ptr_array_remove_range(line->words, 0, MIN(from + 1, line->words->len));
  return true;
}

static bool take_assignments(Line *line) {
  bool assigns = line->words->len > 0, is_unknown = false;
  g_auto(GStrv) needs = needs_of(line, &is_unknown);
  for (guint i = 0; i < line->words->len; i++) {
    const char *word = line->words->pdata[i];
    gsize size = name_length(word);
    assigns = assigns && (word[size] == '=' || strcmp(word, "export") == 0 ||
                          strcmp(word, "local") == 0 || strcmp(word, "readonly") == 0);
    if (size > 0 && word[size] == '=' && assigns)
      set(line->self, word, size, word + size + 1, is_unknown || *needs != NULL);
  }
  return assigns;
}

/* Ends the command that the words so far make. Words alone that assign are no command. */
static void end_command(Line *line) {
  if (line->words->len == 0)
    return;
  g_free(line->tested);
  line->tested = g_strdup(tested_path(line->words));
  line->holds = line->is_never ? line->holds : held(line->self, line->words); /* what is left out leaves the list as it was */
  if (line->self->in_condition) {
    line->self->holds = line->holds;
    g_free(line->self->test);
    line->self->test = g_strdup(line->tested);
    line->self->tests++;
  }
  if (!take_for(line) && !take_case(line) && !take_assignments(line)) {
    take_listed(line);
    add_command(line);
  }
  clear_words(line);
}

/* "if", "fi" and their like begin and end blocks and begin a new command. */
static bool is_keyword(Line *line, const char *word) {
  static const char *const plain[] = {"do", "done", NULL};
  AkBootWords *self = line->self;
  if (line->words->len > 0)
    return false;
  Holds before = line->holds;
  line->holds = MAYBE; /* what a block ends with is not followed */
  if (strcmp(word, "if") == 0) {
    push(self, (Block){.is_unknown = true});
    self->in_condition = true;
    self->tests = 0;
    g_clear_pointer(&self->test, g_free);
  } else if (strcmp(word, "then") == 0) {
    begin_then(self);
  } else if (strcmp(word, "else") == 0 || strcmp(word, "elif") == 0) {
    begin_else(self, word[2] == 's');
  } else if (strcmp(word, "fi") == 0 || strcmp(word, "esac") == 0) {
    pop(self, *word == 'e');
  } else if (!g_strv_contains(plain, word)) {
    line->holds = before;
    return false;
  }
  return true;
}

/* "name()" and what may stand before its brace. */
static bool begins_function(const Line *line, const char *text, gsize at) {
  gsize next = at + 1;
  while (text[next] == ' ' || text[next] == '\t')
    next++;
  return line->words->len == 1 && text[at] == '(' && text[next] == ')';
}

/* A group behind && or || is a block, and a function's body. */
static void take_brace(Line *line, char brace) {
  AkBootWords *self = line->self;
  if (brace == '{') {
    bool is_block = line->is_chained || line->is_never || line->chain->len > 0;
    if (is_block)
      push(self, (Block){.is_unknown = line->is_chained, .holds = line->is_never ? NEVER : MAYBE,
                         .path = line->chain->len > 0 ? g_strdup(line->chain->pdata[line->chain->len - 1]) : NULL});
    self->groups = self->groups << 1 | is_block;
    if (self->pending != NULL) {
      g_free(self->function);
      self->function = g_steal_pointer(&self->pending);
      self->function_braces = self->braces;
    }
    self->braces++;
    return;
  }
  if ((self->groups & 1) != 0)
    pop(self, false);
  self->groups >>= 1;
  if (self->braces > 0 && --self->braces <= self->function_braces)
    g_clear_pointer(&self->function, g_free);
}

/* Of a case: "a|b)" before commands, ";;" behind them. True where it was one of these. */
static bool take_label(Line *line, const char *text, gsize *at) {
  Block *block = top(line->self);
  if (block == NULL || !block->is_case)
    return false;
  if (text[*at] == ';' && text[*at + 1] == ';') {
    end_command(line);
    block->in_label = true;
    *at += 2;
    return true;
  }
  if (!block->in_label || strchr("()|", text[*at]) == NULL)
    return false;
  if (text[*at] == ')') {
    block->is_unknown = !is_start_label(line->words);
    block->in_label = false;
    clear_words(line);
  }
  (*at)++;
  return true;
}

/* What a separator means for what follows it. */
static void chain(Line *line, const char *separator, bool is_double) {
  if (!is_double && *separator != ';' && *separator != '&')
    return;
  bool is_and = is_double && *separator == '&';
  if (is_and && line->tested != NULL) {
    g_ptr_array_add(line->chain, g_steal_pointer(&line->tested));
    return;
  }
  if (is_double && line->holds != MAYBE && !line->is_chained) { /* "&&" behind what holds, "||" behind what does not, change nothing */
    line->is_never = is_and == (line->holds == NEVER);
    return;
  }
  g_ptr_array_set_size(line->chain, 0);
  line->is_chained = is_double;
  line->is_never = line->is_never && is_double;
}

static void take_separator(Line *line, const char *text, gsize *at) {
  bool is_double = (text[*at] == '&' || text[*at] == '|') && text[*at + 1] == text[*at];
  guint before = line->commands->len;
  if (begins_function(line, text, *at)) {
    g_free(line->self->pending);
    line->self->pending = g_strdup(line->words->pdata[0]);
    clear_words(line);
    *at += strcspn(text + *at, ")") + 1;
    return;
  }
  if (line->words->len > 0 && strcmp(line->words->pdata[0], "case") == 0)
    take_case(line);
  if (take_label(line, text, at))
    return;
  end_command(line);
  if (text[*at] == '&' && !is_double)
    for (guint i = before; i < line->commands->len; i++)
      ((AkSimpleCommand *)line->commands->pdata[i])->is_background = true;
  if (text[*at] == '{' || text[*at] == '}')
    take_brace(line, text[*at]);
  if (strchr("(){}", text[*at]) != NULL)
    line->holds = MAYBE;
  chain(line, text + *at, is_double);
  *at += 1 + is_double;
}

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

/* "<<END", "<<-'END'": the lines up to END are a text. */
static void note_text(AkBootWords *self, const char *line) {
  const char *mark = text_mark(line);
  if (mark == NULL)
    return;
  const char *word = mark + 2 + (mark[2] == '-');
  word += strspn(word, " \t");
  g_autoptr(GString) end = g_string_new(NULL);
  bool has_quotes = false;
  take_word(NULL, word + strspn(word, "\\"), ";&|(){}<>`", end, &has_quotes);
  if (end->len == 0)
    return;
  g_free(self->text_end);
  self->text_end = g_string_free(g_steal_pointer(&end), FALSE);
  self->text_began = self->text_is_script = false;
}

/* "2>&1" and "&>file" are no ends of commands. */
static bool is_redirection(const char *text, gsize at) {
  return text[at] == '&' && ((at > 0 && text[at - 1] == '>') || text[at + 1] == '>');
}

/* True where `text` is a line of a text, its end included. A text that is a script is written to be run. */
static bool is_in_text(AkBootWords *self, const char *text) {
  if (self->text_end == NULL)
    return false;
  if (strcmp(self->text_end, text) == 0) {
    g_clear_pointer(&self->text_end, g_free);
    self->text_is_script = false;
    return true;
  }
  self->text_is_script = self->text_is_script || (!self->text_began && g_str_has_prefix(text, "#!"));
  self->text_began = true;
  return !self->text_is_script;
}

/* What a word's variables held outside of quotes is words of its own; an assignment takes it whole. */
static void add_word(Line *line, GString *word, bool has_quotes) {
  gsize size = name_length(word->str);
  bool assigns = size > 0 && word->str[size] == '=' && (line->words->len == 0 || strchr(line->words->pdata[0], '=') != NULL);
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
  return sum != NULL && (strchr(sum, '=') != NULL || strstr(sum, "++") != NULL || strstr(sum, "--") != NULL);
}

GPtrArray *ak_boot_words_line(AkBootWords *self, const char *text) {
  Line line = {.self = self,
               .commands = g_ptr_array_new_with_free_func((GDestroyNotify)ak_simple_command_free),
               .words = g_ptr_array_new_with_free_func(g_free),
               .chain = g_ptr_array_new_with_free_func(g_free)};
  if (is_in_text(self, text))
    text = "";
  self->is_open = self->is_open || sets_by_sum(text);
  for (gsize at = 0; text[at] != '\0';) {
    g_autoptr(GString) word = g_string_new(NULL);
    bool has_quotes = false;
    if (text[at] == '#' && (at == 0 || g_ascii_isspace(text[at - 1])))
      break;
    gsize length = take_word(self, text + at, ";&|(){}`", word, &has_quotes);
    if (length > 0 && (has_quotes || !is_keyword(&line, word->str)))
      add_word(&line, word, has_quotes);
    at += length;
    if (is_redirection(text, at))
      at++;
    else if (text[at] != '\0' && strchr(";&|(){}`", text[at]) != NULL)
      take_separator(&line, text, &at);
    else if (length == 0 && text[at] != '\0')
      at++;
  }
  end_command(&line);
  if (self->text_end == NULL)
    note_text(self, text);
  g_ptr_array_unref(line.words);
  g_ptr_array_unref(line.chain);
  g_free(line.tested);
  return line.commands;
}
