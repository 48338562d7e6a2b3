#include "chain/rule/rule.h"

#include <string.h>

static void predicate_free(gpointer data) {
  g_free(((AkChainPredicate *)data)->name);
  g_free(data);
}

AkChainRules *ak_chain_rules_new(void) {
  AkChainRules *self = g_new0(AkChainRules, 1);
  self->predicates = g_ptr_array_new_with_free_func(predicate_free);
  self->rules = g_ptr_array_new_with_free_func(g_free);
  self->constants = g_ptr_array_new_with_free_func(g_free);
  return self;
}

void ak_chain_rules_free(AkChainRules *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->predicates);
  g_ptr_array_unref(self->rules);
  g_ptr_array_unref(self->constants);
  g_free(self);
}

gint ak_chain_rules_predicate(const AkChainRules *self, const char *name) {
  for (guint i = 0; i < self->predicates->len; i++)
    if (strcmp(ak_chain_rules_predicate_at(self, i)->name, name) == 0)
      return (gint)i;
  return -1;
}

const AkChainPredicate *ak_chain_rules_predicate_at(const AkChainRules *self, guint32 number) {
  return self->predicates->pdata[number];
}

const AkChainRule *ak_chain_rules_at(const AkChainRules *self, guint number) {
  return self->rules->pdata[number];
}

guint32 ak_chain_rules_add_predicate(AkChainRules *self, const char *name, guint arity,
                                     AkChainPredicateKind kind) {
  AkChainPredicate *predicate = g_new0(AkChainPredicate, 1);
  predicate->name = g_strdup(name);
  predicate->arity = arity;
  predicate->kind = kind;
  g_ptr_array_add(self->predicates, predicate);
  return self->predicates->len - 1;
}

void ak_chain_rules_add(AkChainRules *self, const AkChainRule *rule) {
  g_ptr_array_add(self->rules, g_memdup2(rule, sizeof *rule));
}
