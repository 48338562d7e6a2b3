#include "chain/knowledge/knowledge.h"

/* Fields of a risk source whose origin a reader must be able to see. */
static const char *const confident_fields[] = {"incident", "threat", "vulnerability", "measures",
                                               "mapping"};

static void say(GPtrArray *problems, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(GPtrArray *problems, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_ptr_array_add(problems, g_strdup_vprintf(format, arguments));
  va_end(arguments);
}

static void lint_sources(const AkChainKnowledge *self, GPtrArray *problems) {
  for (guint i = 0; i < self->sources->len; i++) {
    const AkChainRiskSource *source = self->sources->pdata[i];
    const json_t *confidence = json_object_get(source->row, "confidence");
    if (source->measures->len == 0)
      say(problems, "%s: no measure treats it", source->id);
    for (gsize f = 0; f < G_N_ELEMENTS(confident_fields); f++)
      if (ak_json_string_or(confidence, confident_fields[f], NULL) == NULL)
        say(problems, "%s: the confidence of \"%s\" is not said", source->id, confident_fields[f]);
  }
}

static void lint_requirements(const AkChainKnowledge *self, GPtrArray *problems) {
  for (guint i = 0; i < self->requirements->len; i++) {
    const AkChainRequirement *requirement = self->requirements->pdata[i];
    if (requirement->used == 0)
      say(problems, "%s: it treats no risk source", requirement->id);
    if (ak_json_string_or(json_object_get(requirement->row, "confidence"), "text", NULL) == NULL)
      say(problems, "%s: the confidence of its text is not said", requirement->id);
  }
}

static void lint_tests(const AkChainKnowledge *self, GPtrArray *problems) {
  for (guint i = 0; i < self->tests->len; i++) {
    const AkChainTestLink *link = self->tests->pdata[i];
    if (ak_json_string_or(link->row, "confidence", NULL) == NULL)
      say(problems, "%s: its confidence is not said", link->id);
  }
}

static bool has_reason(const AkChainKnowledge *self, guint layer, const char *element) {
  const json_t *cells = json_object_get(self->document, "empty");
  for (gsize i = 0; i < json_array_size(cells); i++) {
    const json_t *cell = json_array_get(cells, i), *reason = json_object_get(cell, "reason");
    if (json_integer_value(json_object_get(cell, "layer")) == (json_int_t)layer &&
        g_strcmp0(ak_json_string_or(cell, "element", NULL), element) == 0)
      return ak_json_string_or(reason, "en", NULL) != NULL &&
             ak_json_string_or(reason, "ja", NULL) != NULL;
  }
  return false;
}

static void lint_cells(const AkChainKnowledge *self, GPtrArray *problems) {
  guint filled[AK_CHAIN_LAYERS + 1][AK_CHAIN_ELEMENTS] = {{0}};
  for (guint i = 0; i < self->sources->len; i++) {
    const AkChainRiskSource *source = self->sources->pdata[i];
    filled[source->incident->function->layer][source->element]++;
  }
  for (guint layer = 1; layer <= AK_CHAIN_LAYERS; layer++)
    for (guint element = 0; element < AK_CHAIN_ELEMENTS; element++) {
      bool has = has_reason(self, layer, ak_chain_elements[element]);
      if (filled[layer][element] == 0 && !has)
        say(problems, "layer %u, %s: neither a risk source nor a reason why there is none", layer,
            ak_chain_elements[element]);
      if (filled[layer][element] > 0 && has)
        say(problems, "layer %u, %s: said to be empty, and %u risk sources are there", layer,
            ak_chain_elements[element], filled[layer][element]);
    }
}

GPtrArray *ak_chain_knowledge_lint(const AkChainKnowledge *self) {
  GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
  lint_sources(self, problems);
  lint_requirements(self, problems);
  lint_tests(self, problems);
  lint_cells(self, problems);
  return problems;
}
