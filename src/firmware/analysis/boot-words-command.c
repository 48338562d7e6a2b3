/* One simple command: what its words set, or what it runs. */
#include "firmware/analysis/boot-words-state.h"

#include <string.h>

/* "read X", "config_get X …": what a command is given the name of may have another value. "eval"
 * and its like set what they are given as text. */
static void forget_named(AkBootLine *line) {
  static const char *const others[] = {"eval", "let", "declare", "typeset", NULL};
  line->self->is_open = line->self->is_open || g_strv_contains(others, line->words->pdata[0]);
  for (guint i = 1; i < line->words->len; i++) {
    const char *word = line->words->pdata[i];
    gsize size = ak_boot_words_name_length(word);
    if (size > 0 && word[size] == '\0' && ak_boot_words_value_of(line->self, word, size) != NULL)
      ak_boot_words_set(line->self, word, size, NULL, false);
  }
}

static void add_command(AkBootLine *line) {
  bool is_unknown = false;
  g_auto(GStrv) needs = ak_boot_words_needs(line, &is_unknown);
  for (guint n = 0; n < ak_boot_words_count_values(line->words); n++) {
    AkSimpleCommand *command = g_new0(AkSimpleCommand, 1);
    GPtrArray *words = g_ptr_array_new();
    for (guint i = 0; i < line->words->len; i++)
      g_ptr_array_add(words, ak_boot_words_pick(line->words->pdata[i], n));
    g_ptr_array_add(words, NULL);
    command->words = (GStrv)g_ptr_array_free(words, FALSE);
    command->is_conditional = is_unknown || *needs != NULL;
    command->needs = is_unknown || *needs == NULL ? NULL : g_strdupv(needs);
    for (char **path = command->needs; path != NULL && *path != NULL; path++) {
      char *own = ak_boot_words_pick(*path, n);
      g_free(*path);
      *path = own;
    }
    command->function = g_strdup(line->self->function);
    command->is_never = ak_boot_words_is_behind_never(line);
    g_ptr_array_add(line->commands, command);
  }
  forget_named(line);
}

/* "for x in a b", and "for x in $(ls a/S*)", of which the ls is the next command. */
static bool take_for(AkBootLine *line) {
  const char *const *w = (const char *const *)line->words->pdata;
  bool is_for = line->words->len >= 3 && strcmp(w[0], "for") == 0 && strcmp(w[2], "in") == 0;
  if (!is_for)
    return line->words->len > 0 && strcmp(w[0], "for") == 0;
  bool is_listed = line->words->len == 3 || (line->words->len == 4 && strcmp(w[3], "$") == 0);
  g_free(line->self->loop);
  line->self->loop = is_listed ? g_strdup(w[1]) : NULL;
  if (!is_listed)
    ak_boot_words_set_each(line->self, w[1], line->words, 3);
  return true;
}

static void take_listed(AkBootLine *line) {
  g_autofree char *name = g_steal_pointer(&line->self->loop);
  if (name == NULL)
    return;
  guint from = 1;
  while (from < line->words->len && *(const char *)line->words->pdata[from] == '-')
    from++;
  bool is_ls = line->words->len > from && strcmp(line->words->pdata[0], "ls") == 0;
  ak_boot_words_set_each(line->self, name, line->words, is_ls ? from : line->words->len);
}

bool ak_boot_words_take_case(AkBootLine *line) {
  if (line->words->len == 0 || strcmp(line->words->pdata[0], "case") != 0)
    return line->words->len == 1 && strcmp(line->words->pdata[0], "in") == 0;
  guint from = 1;
  while (from < line->words->len && strcmp(line->words->pdata[from], "in") != 0)
    from++;
  ak_boot_words_push(line->self, (AkBootBlock){.is_case = true, .in_label = true});
  g_ptr_array_remove_range(line->words, 0, MIN(from + 1, line->words->len));
  return true;
}

static bool take_assignments(AkBootLine *line) {
  bool assigns = line->words->len > 0, is_unknown = false;
  g_auto(GStrv) needs = ak_boot_words_needs(line, &is_unknown);
  for (guint i = 0; i < line->words->len; i++) {
    const char *word = line->words->pdata[i];
    gsize size = ak_boot_words_name_length(word);
    assigns = assigns && (word[size] == '=' || strcmp(word, "export") == 0 ||
                          strcmp(word, "local") == 0 || strcmp(word, "readonly") == 0);
    if (size > 0 && word[size] == '=' && assigns)
      ak_boot_words_set(line->self, word, size, word + size + 1, is_unknown || *needs != NULL);
  }
  return assigns;
}

void ak_boot_words_end_command(AkBootLine *line) {
  if (line->words->len == 0)
    return;
  g_free(line->tested);
  line->tested = g_strdup(ak_boot_words_tested_path(line->words));
  if (!line->is_never) /* what is left out leaves the list as it was */
    line->holds = ak_boot_words_held(line->self, line->words);
  if (line->self->in_condition) {
    line->self->holds = line->holds;
    g_free(line->self->test);
    line->self->test = g_strdup(line->tested);
    line->self->tests++;
  }
  if (!take_for(line) && !ak_boot_words_take_case(line) && !take_assignments(line)) {
    take_listed(line);
    add_command(line);
  }
  g_ptr_array_set_size(line->words, 0);
}
