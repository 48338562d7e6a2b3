/* What is wrong in rules although they can be read. */
#include <string.h>

#include "chain/model/model.h"

static const char *const origins[] = {"model", "measured", "cited", "user", "assumed", NULL};

/* Facts that model.c makes of the chain, beside one predicate a relation, and of the knowledge. */
static const char *const facts[] = {"kind",   "function", "owned",         "exposed",
                                    "source", "treats",   "gives_control", "layer", NULL};

static bool is_given(const char *predicate) {
  if (g_strv_contains(facts, predicate))
    return true;
  for (guint i = 0; ak_chain_relation_names[i] != NULL; i++) {
    g_autofree char *name = g_strdelimit(g_strdup(ak_chain_relation_names[i]), "-", '_');
    if (strcmp(name, predicate) == 0)
      return true;
  }
  return false;
}

static void lint_row(const json_t *row, GPtrArray *problems) {
  const char *id = ak_json_string_or(row, "id", ""), *origin = ak_json_string_or(row, "origin", "");
  const json_t *title = json_object_get(row, "title");
  if (ak_json_string_or(title, "en", NULL) == NULL || ak_json_string_or(title, "ja", NULL) == NULL)
    ak_chain_lint_say(problems, row, "title", g_strdup(id), "no-title", NULL);
  if (!g_strv_contains(origins, origin))
    ak_chain_lint_say(problems, row, "origin", g_strdup(id), "no-origin", origin);
}

/* A premise whose predicate nothing ever gives: the rule never works. */
static void lint_premises(const AkChainRuleBook *self, const AkChainRule *rule, GPtrArray *problems) {
  for (guint i = 0; i < rule->premise_count; i++) {
    const AkChainPredicate *predicate =
        ak_chain_rules_predicate_at(self->rules, rule->premises[i].predicate);
    const json_t *row = ak_chain_rule_book_row(self, rule->index);
    if (predicate->kind == AK_CHAIN_FACT && !is_given(predicate->name))
      ak_chain_lint_say(problems, row, "rule", g_strdup(ak_json_string_or(row, "id", "")), "never-given",
                        predicate->name);
  }
}

void ak_chain_rule_book_lint(const AkChainRuleBook *self, const AkChainKnowledge *knowledge,
                             GPtrArray *problems) {
  const json_t *giving = json_object_get(self->document, "gives_control");
  for (guint i = 0; i < self->rules->rules->len; i++) {
    lint_row(ak_chain_rule_book_row(self, i), problems);
    lint_premises(self, ak_chain_rules_at(self->rules, i), problems);
  }
  for (gsize i = 0; i < json_array_size(giving); i++) {
    const char *id = json_string_value(json_array_get(giving, i));
    if (id == NULL || ak_chain_knowledge_incident(knowledge, id) == NULL)
      ak_chain_lint_say(problems, NULL, NULL, g_strdup("gives_control"), "no-incident", id);
  }
}
