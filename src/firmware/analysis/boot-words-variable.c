/* Variables of a script, and what stands in their place. */
#include "firmware/analysis/boot-words-state.h"

#include <string.h>

#define MAX_VARIABLES 200
#define MAX_VALUES 64 /* of a for's variable; of more none is known */

typedef struct {
  char *name, *value; /* value NULL: one of several */
} Variable;

static void variable_free(Variable *self) {
  g_free(self->name);
  g_free(self->value);
  g_free(self);
}

GPtrArray *ak_boot_words_variables(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)variable_free);
}

const char *ak_boot_words_value_of(const AkBootWords *self, const char *name, gsize size) {
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
  const char *value = ak_boot_words_value_of(self, name, strlen(name));
  return value != NULL && strchr(value, AK_BOOT_EACH) == NULL ? value : NULL;
}

void ak_boot_words_set(AkBootWords *self, const char *name, gsize size, const char *value,
                       bool is_conditional) {
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

gsize ak_boot_words_name_length(const char *text) {
  gsize length = 0;
  while (g_ascii_isalnum(text[length]) || text[length] == '_')
    length++;
  return length > 0 && !g_ascii_isdigit(text[0]) ? length : 0;
}

static void append_value(GString *word, const char *value, bool is_quoted) {
  for (; *value != '\0' && word->len < AK_BOOT_MAX_WORD_BYTES; value++)
    g_string_append_c(word, !is_quoted && g_ascii_isspace(*value) ? AK_BOOT_SPLIT : *value);
}

/* "${NAME:-text}" and its like: the text counts where NAME is not set, or not known. Source:
 * POSIX.1, Shell Command Language, 2.6.2. */
static gsize default_length(const char *rest) {
  gsize sign = strspn(rest, ":") == 1 ? 1 : 0;
  gsize length = strcspn(rest, "}$`");
  return (rest[sign] == '-' || rest[sign] == '=') && rest[length] == '}' ? length + 1 : 0;
}

gsize ak_boot_words_fill_in(const AkBootWords *self, const char *text, bool is_quoted,
                            GString *word) {
  bool has_brace = text[1] == '{';
  const char *name = text + 1 + has_brace;
  gsize size = ak_boot_words_name_length(name),
        other = has_brace && size > 0 ? default_length(name + size) : 0;
  if (size == 0 || (has_brace && name[size] != '}' && other == 0))
    return 0;
  const char *value = ak_boot_words_value_of(self, name, size);
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

void ak_boot_words_set_each(AkBootWords *self, const char *name, const GPtrArray *words,
                            guint from) {
  g_autoptr(GString) values = g_string_new(NULL);
  bool is_known = words->len > from && words->len - from <= MAX_VALUES;
  g_string_append_c(values, AK_BOOT_EACH);
  for (guint i = from; i < words->len && is_known; i++) {
    const char *word = words->pdata[i];
    is_known =
        strpbrk(word, "$\x1e") == NULL && values->len + strlen(word) < AK_BOOT_MAX_WORD_BYTES / 2;
    g_string_append_printf(values, "%s%c", word, AK_BOOT_EACH);
  }
  ak_boot_words_set(self, name, strlen(name), is_known ? values->str : NULL, false);
}

char *ak_boot_words_pick(const char *word, guint number) {
  g_autofree char *copy = g_strdup(word);
  char *first = strchr(copy, AK_BOOT_EACH), *last = strrchr(copy, AK_BOOT_EACH);
  if (first == last)
    return g_strdup(word);
  *first = *last = '\0';
  g_auto(GStrv) parts = g_strsplit(first + 1, "\x1e", -1);
  return g_strconcat(copy, number < g_strv_length(parts) ? parts[number] : "", last + 1, NULL);
}

guint ak_boot_words_count_values(const GPtrArray *words) {
  guint most = 1;
  for (guint i = 0; i < words->len; i++) {
    guint marks = 0;
    for (const char *c = words->pdata[i]; *c != '\0'; c++)
      marks += *c == AK_BOOT_EACH;
    most = MAX(most, marks > 2 ? marks - 1 : 1);
  }
  return most;
}
