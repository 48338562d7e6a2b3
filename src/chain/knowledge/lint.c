#include "chain/knowledge/knowledge.h"

/* Fields of a risk source whose origin a reader must be able to see. */
static const char *const confident_fields[] = {"incident", "threat", "vulnerability", "measures",
                                               "mapping"};

static void problem_free(gpointer data) {
  AkChainLintProblem *self = data;
  g_free(self->subject);
  g_free(self->hint);
  g_free(self);
}

GPtrArray *ak_chain_lint_problems(void) {
  return g_ptr_array_new_with_free_func(problem_free);
}

void ak_chain_lint_say(GPtrArray *problems, const json_t *row, const char *member, char *subject,
                       const char *id, const char *hint) {
  AkChainLintProblem *problem = g_new(AkChainLintProblem, 1);
  *problem = (AkChainLintProblem){row, member, subject, id, g_strdup(hint != NULL ? hint : "")};
  g_ptr_array_add(problems, problem);
}

static void lint_sources(const AkChainKnowledge *self, GPtrArray *problems) {
  for (guint i = 0; i < self->sources->len; i++) {
    const AkChainRiskSource *source = self->sources->pdata[i];
    const json_t *confidence = json_object_get(source->row, "confidence");
    if (source->measures->len == 0)
      ak_chain_lint_say(problems, source->row, "measures", g_strdup(source->id), "untreated", NULL);
    for (gsize f = 0; f < G_N_ELEMENTS(confident_fields); f++)
      if (ak_json_string_or(confidence, confident_fields[f], NULL) == NULL)
        ak_chain_lint_say(problems, source->row, "confidence", g_strdup(source->id), "no-confidence",
                          confident_fields[f]);
  }
}

static void lint_requirements(const AkChainKnowledge *self, GPtrArray *problems) {
  for (guint i = 0; i < self->requirements->len; i++) {
    const AkChainRequirement *requirement = self->requirements->pdata[i];
    const json_t *confidence = json_object_get(requirement->row, "confidence");
    if (requirement->used == 0)
      ak_chain_lint_say(problems, requirement->row, NULL, g_strdup(requirement->id), "treats-nothing", NULL);
    if (ak_json_string_or(confidence, "text", NULL) == NULL)
      ak_chain_lint_say(problems, requirement->row, "confidence", g_strdup(requirement->id), "no-confidence",
                        "text");
  }
}

static void lint_tests(const AkChainKnowledge *self, GPtrArray *problems) {
  for (guint i = 0; i < self->tests->len; i++) {
    const AkChainTestLink *link = self->tests->pdata[i];
    if (ak_json_string_or(link->row, "confidence", NULL) == NULL)
      ak_chain_lint_say(problems, link->row, "confidence", g_strdup(link->id), "no-confidence", "tests");
  }
}

/* The row that says why a cell is empty, in both languages; NULL: none does. */
static const json_t *reason_of(const AkChainKnowledge *self, guint layer, const char *element) {
  const json_t *cells = json_object_get(self->document, "empty");
  for (gsize i = 0; i < json_array_size(cells); i++) {
    const json_t *cell = json_array_get(cells, i), *reason = json_object_get(cell, "reason");
    if (json_integer_value(json_object_get(cell, "layer")) == (json_int_t)layer &&
        g_strcmp0(ak_json_string_or(cell, "element", NULL), element) == 0)
      return ak_json_string_or(reason, "en", NULL) != NULL && ak_json_string_or(reason, "ja", NULL) != NULL
                 ? cell
                 : NULL;
  }
  return NULL;
}

static void lint_cells(const AkChainKnowledge *self, GPtrArray *problems) {
  guint filled[AK_CHAIN_LAYERS + 1][AK_CHAIN_ELEMENTS] = {{0}};
  for (guint i = 0; i < self->sources->len; i++) {
    const AkChainRiskSource *source = self->sources->pdata[i];
    filled[source->incident->function->layer][source->element]++;
  }
  for (guint layer = 1; layer <= AK_CHAIN_LAYERS; layer++)
    for (guint element = 0; element < AK_CHAIN_ELEMENTS; element++) {
      const json_t *reason = reason_of(self, layer, ak_chain_elements[element]);
      g_autofree char *count = g_strdup_printf("%u", filled[layer][element]);
      char *cell = g_strdup_printf("%u/%s", layer, ak_chain_elements[element]);
      if (filled[layer][element] == 0 && reason == NULL)
        ak_chain_lint_say(problems, NULL, NULL, g_steal_pointer(&cell), "cell-unsaid", NULL);
      else if (filled[layer][element] > 0 && reason != NULL)
        ak_chain_lint_say(problems, reason, NULL, g_steal_pointer(&cell), "cell-filled", count);
      g_free(cell);
    }
}

GPtrArray *ak_chain_knowledge_lint(const AkChainKnowledge *self) {
  GPtrArray *problems = ak_chain_lint_problems();
  lint_sources(self, problems);
  lint_requirements(self, problems);
  lint_tests(self, problems);
  lint_cells(self, problems);
  return problems;
}
