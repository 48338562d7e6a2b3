#include "exchange/problem.h"

#include <string.h>

#define MAX_VALUE_CHARACTERS 60

static void problem_free(AkProblem *self) {
  g_free(self->member);
  g_free(self->value);
  g_free(self->id);
  g_free(self->hint);
  g_free(self);
}

GPtrArray *ak_problems_new(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)problem_free);
}

/* One line of at most MAX_VALUE_CHARACTERS, whatever the file held. */
static char *shorten(const char *text) {
  GString *line = g_string_new(NULL);
  const char *at = text;
  for (guint n = 0; *at != '\0' && n < MAX_VALUE_CHARACTERS; n++, at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    g_string_append_unichar(line, g_unichar_isprint(c) ? c : ' ');
  }
  if (*at != '\0')
    g_string_append(line, "…");
  return g_string_free(line, FALSE);
}

void ak_problems_add(GPtrArray *problems, guint line, guint column, const char *member,
                     const char *value, const char *id, const char *hint) {
  if (problems->len >= AK_PROBLEMS_MAX)
    return;
  AkProblem *problem = g_new0(AkProblem, 1);
  problem->line = line;
  problem->column = column;
  problem->member = shorten(member);
  problem->value = value != NULL ? shorten(value) : NULL;
  problem->id = g_strdup(id);
  problem->hint = g_strdup(hint);
  g_ptr_array_add(problems, problem);
}

static int compare_places(gconstpointer a, gconstpointer b) {
  const AkProblem *first = *(AkProblem *const *)a, *second = *(AkProblem *const *)b;
  if (first->line != second->line)
    return first->line < second->line ? -1 : 1;
  if (first->column != second->column)
    return first->column < second->column ? -1 : 1;
  return strcmp(first->member, second->member);
}

void ak_problems_sort(GPtrArray *problems) { g_ptr_array_sort(problems, compare_places); }

char *ak_problem_format(const AkProblem *self, const char *where, AkLang lang) {
  g_autofree char *id = g_strdup_printf("problem.%s", self->id);
  g_autofree char *what = ak_text_format(lang, id, self->hint);
  g_autofree char *value =
      self->value != NULL ? g_strdup_printf("\"%s\": ", self->value) : g_strdup("");
  return g_strdup_printf("%s:%u:%u: %s: %s%s", where, self->line, self->column, self->member,
                         value, what);
}

char *ak_problems_format(const GPtrArray *problems, const char *where, AkLang lang) {
  GString *all = g_string_new(NULL);
  for (guint i = 0; i < problems->len; i++) {
    g_autofree char *line = ak_problem_format(problems->pdata[i], where, lang);
    g_string_append_printf(all, "%s%s", i > 0 ? "\n" : "", line);
  }
  if (problems->len >= AK_PROBLEMS_MAX)
    g_string_append_printf(all, "\n%s: %s", where, ak_text(lang, "problem.more"));
  return g_string_free(all, FALSE);
}
