/* The same rules in a form that grounds in fewer steps.
 *
 * - A variable that stands once in a rule is not asked for: `_`.
 * - A derived premise with `_` is asked through a helper that keeps the other columns, so that a
 * step is taken once for a host, not once for each way to reach it.
 * - Where measures speak of the head alone and the head follows in many ways, they are asked once
 * for the head, not once for each way.
 *
 * Neither changes what follows from what. */
#include <string.h>

#include "chain/rule/simplify.h"

/* --- variables that stand once ------------------------------------------------------------------
 */

static void count_uses(const AkChainAtom *atom, guint arity, guint *uses) {
  for (guint i = 0; i < arity; i++)
    if (atom->terms[i].kind == AK_CHAIN_TERM_VARIABLE)
      uses[atom->terms[i].number]++;
}

static guint arity_of(const AkChainRules *rules, const AkChainAtom *atom) {
  return ak_chain_rules_predicate_at(rules, atom->predicate)->arity;
}

static void forget_single_variables(const AkChainRules *rules, AkChainRule *rule) {
  guint uses[AK_CHAIN_VARIABLES_MAX] = {0};
  count_uses(&rule->head, arity_of(rules, &rule->head), uses);
  for (guint i = 0; i < rule->premise_count; i++)
    count_uses(&rule->premises[i], arity_of(rules, &rule->premises[i]), uses);
  for (guint i = 0; i < rule->measure_count; i++)
    count_uses(&rule->measures[i], arity_of(rules, &rule->measures[i]), uses);
  for (guint i = 0; i < rule->premise_count; i++)
    for (guint t = 0; t < arity_of(rules, &rule->premises[i]); t++) {
      AkChainTerm *term = &rule->premises[i].terms[t];
      if (term->kind == AK_CHAIN_TERM_VARIABLE && uses[term->number] == 1)
        *term = (AkChainTerm){AK_CHAIN_TERM_ANY, 0};
    }
}

/* --- helpers -------------------------------------------------------------------------------------
 */

typedef struct {
  AkChainRules *rules;
  GHashTable *known; /* name of a helper → its number + 1 */
} Simplifier;

static guint32 helper_predicate(Simplifier *self, const char *name, guint arity, bool *is_new) {
  guint known = GPOINTER_TO_UINT(g_hash_table_lookup(self->known, name));
  *is_new = known == 0;
  if (known > 0)
    return known - 1;
  guint32 number = ak_chain_rules_add_predicate(self->rules, name, arity, AK_CHAIN_DERIVED);
  g_hash_table_insert(self->known, g_strdup(name), GUINT_TO_POINTER(number + 1));
  return number;
}

/* helper(kept columns) :- predicate(all columns). */
static void add_projection(Simplifier *self, const AkChainAtom *asked, guint32 helper, guint arity,
                           guint index) {
  AkChainRule rule = {.premise_count = 1, .index = index, .is_helper = true};
  rule.head.predicate = helper;
  rule.premises[0].predicate = asked->predicate;
  guint kept = 0;
  for (guint i = 0; i < arity; i++) {
    rule.premises[0].terms[i] = (AkChainTerm){AK_CHAIN_TERM_ANY, 0};
    if (asked->terms[i].kind == AK_CHAIN_TERM_ANY)
      continue;
    AkChainTerm variable = {AK_CHAIN_TERM_VARIABLE, rule.variable_count++};
    rule.premises[0].terms[i] = rule.head.terms[kept++] = variable;
  }
  ak_chain_rules_add(self->rules, &rule);
}

static void project(Simplifier *self, AkChainAtom *premise, guint index) {
  const AkChainPredicate *predicate = ak_chain_rules_predicate_at(self->rules, premise->predicate);
  guint arity = predicate->arity, kept = 0;
  g_autoptr(GString) name = g_string_new(predicate->name);
  AkChainAtom asked = {0};
  g_string_append_c(name, '[');
  for (guint i = 0; i < arity; i++) {
    bool is_kept = premise->terms[i].kind != AK_CHAIN_TERM_ANY;
    g_string_append_c(name, is_kept ? '*' : '_');
    if (is_kept)
      asked.terms[kept++] = premise->terms[i];
  }
  g_string_append_c(name, ']');
  bool is_derived = predicate->kind == AK_CHAIN_DERIVED || predicate->kind == AK_CHAIN_INITIAL;
  if (!is_derived || kept == arity)
    return;
  bool is_new = false;
  asked.predicate = helper_predicate(self, name->str, kept, &is_new);
  if (is_new)
    add_projection(self, premise, asked.predicate, arity, index);
  *premise = asked;
}

/* --- measures of the head alone
 * ------------------------------------------------------------------- */

static bool is_of_head(const AkChainRules *rules, const AkChainRule *rule,
                       const AkChainAtom *measure) {
  for (guint i = 0; i < arity_of(rules, measure); i++) {
    bool found = measure->terms[i].kind == AK_CHAIN_TERM_CONSTANT;
    for (guint h = 0; !found && h < arity_of(rules, &rule->head); h++)
      found = rule->head.terms[h].kind == AK_CHAIN_TERM_VARIABLE &&
              rule->head.terms[h].number == measure->terms[i].number;
    if (!found)
      return false;
  }
  return true;
}

/* Does the head follow in several ways: do premises hold a variable that it lacks? */
static bool has_many_ways(const AkChainRules *rules, const AkChainRule *rule) {
  guint in_head[AK_CHAIN_VARIABLES_MAX] = {0};
  count_uses(&rule->head, arity_of(rules, &rule->head), in_head);
  for (guint i = 0; i < rule->variable_count; i++) {
    guint in_premises[AK_CHAIN_VARIABLES_MAX] = {0};
    for (guint p = 0; p < rule->premise_count; p++)
      count_uses(&rule->premises[p], arity_of(rules, &rule->premises[p]), in_premises);
    if (in_premises[i] > 0 && in_head[i] == 0)
      return true;
  }
  return false;
}

/* head :- premises, not measures.  becomes  helper :- premises.  head :- helper, not measures. */
static void factor_measures(Simplifier *self, AkChainRule *rule) {
  if (rule->measure_count == 0 || !has_many_ways(self->rules, rule))
    return;
  for (guint i = 0; i < rule->measure_count; i++)
    if (!is_of_head(self->rules, rule, &rule->measures[i]))
      return;
  guint arity = arity_of(self->rules, &rule->head);
  g_autofree char *name = g_strdup_printf(
      "%s[rule %u]", ak_chain_rules_predicate_at(self->rules, rule->head.predicate)->name,
      rule->index + 1);
  bool is_new = false;
  guint32 helper = helper_predicate(self, name, arity, &is_new);
  AkChainRule last = *rule;
  last.premise_count = 1;
  last.premises[0] = rule->head;
  last.premises[0].predicate = helper;
  ak_chain_rules_add(self->rules, &last);
  rule->head.predicate = helper;
  rule->measure_count = 0;
  rule->is_helper = true;
}

AkChainRules *ak_chain_rules_simplify(const AkChainRules *rules) {
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  AkChainRules *out = ak_chain_rules_new();
  Simplifier self = {.rules = out, .known = known};
  for (guint i = 0; i < rules->predicates->len; i++) {
    const AkChainPredicate *predicate = ak_chain_rules_predicate_at(rules, i);
    ak_chain_rules_add_predicate(out, predicate->name, predicate->arity, predicate->kind);
  }
  for (guint i = 0; i < rules->constants->len; i++)
    g_ptr_array_add(out->constants, g_strdup(rules->constants->pdata[i]));
  for (guint i = 0; i < rules->rules->len; i++) {
    AkChainRule rule = *ak_chain_rules_at(rules, i);
    forget_single_variables(out, &rule);
    for (guint p = 0; p < rule.premise_count; p++)
      project(&self, &rule.premises[p], rule.index);
    factor_measures(&self, &rule);
    ak_chain_rules_add(out, &rule);
  }
  return out;
}
