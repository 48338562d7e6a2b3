/* An estimate by covers: what a rule's instances differ in are its variables of large types that
 * stand more than once; they are at most as many as the rows of tables that hold all these
 * variables, multiplied. A table of facts counts as the power 1, a derived predicate as the largest
 * of its rules, at most its number of large columns. Source: A. Atserias, M. Grohe, D. Marx, Size
 * bounds and query plans for relational joins, FOCS 2008 (here with whole covers). */
#include "chain/rule/growth.h"

#include <string.h>

#include "chain/rule/facts.h"

#define LINEAR 1

typedef struct {
  const AkChainRules *rules;
  AkChainFacts *facts;
  guint8 *is_large; /* [types] */
  guint8 *powers;   /* [predicates] */
} Growth;

static guint arity_of(const AkChainRules *rules, const AkChainAtom *atom) {
  return ak_chain_rules_predicate_at(rules, atom->predicate)->arity;
}

static bool column_is_large(const Growth *self, guint32 predicate, guint column) {
  return self->is_large[ak_chain_facts_type(self->facts, predicate, column)];
}

/* --- powers -------------------------------------------------------------------------------------
 */

/* Mask of an atom's variables; of large types alone where `self` is given. */
static guint32 variables_of(const AkChainRules *rules, const Growth *self,
                            const AkChainAtom *atom) {
  guint32 mask = 0;
  for (guint i = 0; i < arity_of(rules, atom); i++)
    if (atom->terms[i].kind == AK_CHAIN_TERM_VARIABLE &&
        (self == NULL || column_is_large(self, atom->predicate, i)))
      mask |= 1u << atom->terms[i].number;
  return mask;
}

/* Variables that stand in more than one place of the rule. */
static guint32 asked_twice(const AkChainRules *rules, const AkChainRule *rule) {
  guint32 once = variables_of(rules, NULL, &rule->head), twice = 0;
  for (guint i = 0; i < rule->premise_count + rule->measure_count; i++) {
    const AkChainAtom *atom =
        i < rule->premise_count ? &rule->premises[i] : &rule->measures[i - rule->premise_count];
    guint32 mask = variables_of(rules, NULL, atom);
    twice |= once & mask;
    once |= mask;
  }
  return twice;
}

static guint power_of_rule(const Growth *self, const AkChainRule *rule) {
  guint32 masks[AK_CHAIN_PREMISES_MAX], wanted = asked_twice(self->rules, rule), all = 0;
  for (guint i = 0; i < rule->premise_count; i++) {
    masks[i] = variables_of(self->rules, self, &rule->premises[i]);
    all |= masks[i];
  }
  wanted &= all;
  guint least = (guint)__builtin_popcount(wanted);
  for (guint set = 0; set < 1u << rule->premise_count; set++) {
    guint32 covered = 0;
    guint power = 0;
    for (guint i = 0; i < rule->premise_count; i++)
      if (set >> i & 1) {
        covered |= masks[i];
        power += self->powers[rule->premises[i].predicate];
      }
    if ((wanted & ~covered) == 0)
      least = MIN(least, power);
  }
  return least;
}

static guint large_columns(const Growth *self, guint32 predicate) {
  guint count = 0;
  for (guint i = 0; i < ak_chain_rules_predicate_at(self->rules, predicate)->arity; i++)
    count += column_is_large(self, predicate, i);
  return count;
}

/* Upwards, until no predicate's power rises any more. */
static void find_powers(Growth *self) {
  bool is_new = true;
  for (guint32 p = 0; p < self->rules->predicates->len; p++)
    if (ak_chain_rules_predicate_at(self->rules, p)->kind != AK_CHAIN_DERIVED)
      self->powers[p] = MIN(large_columns(self, p), LINEAR);
  while (is_new) {
    is_new = false;
    for (guint i = 0; i < self->rules->rules->len; i++) {
      const AkChainRule *rule = ak_chain_rules_at(self->rules, i);
      guint32 head = rule->head.predicate;
      guint power = MIN(power_of_rule(self, rule), large_columns(self, head));
      is_new = is_new || power > self->powers[head];
      self->powers[head] = (guint8)MAX(self->powers[head], power);
    }
  }
}

static Growth growth_of(const AkChainRules *rules, const char *const *small) {
  Growth self = {.rules = rules, .facts = ak_chain_facts_new(rules)};
  guint32 types = ak_chain_facts_types(self.facts);
  self.is_large = g_malloc((gsize)types + 1);
  self.powers = g_malloc0((gsize)rules->predicates->len + 1);
  memset(self.is_large, 1, types);
  for (gsize i = 0; small[i] != NULL; i++) {
    gint predicate = ak_chain_rules_predicate(rules, small[i]);
    for (guint c = 0;
         predicate >= 0 && c < ak_chain_rules_predicate_at(rules, (guint32)predicate)->arity; c++)
      self.is_large[ak_chain_facts_type(self.facts, (guint32)predicate, c)] = 0;
  }
  find_powers(&self);
  return self;
}

static void growth_clear(Growth *self) {
  g_clear_pointer(&self->facts, ak_chain_facts_free);
  g_clear_pointer(&self->is_large, g_free);
  g_clear_pointer(&self->powers, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Growth, growth_clear)

/* --- the factored form --------------------------------------------------------------------------
 */

/* What of the rule holds a variable that only `chosen` premises know, and what the others need of
 * them. */
static guint32 needed_outside(const AkChainRules *rules, const AkChainRule *rule, guint chosen) {
  guint32 inside = 0, outside = variables_of(rules, NULL, &rule->head);
  for (guint i = 0; i < rule->premise_count; i++)
    *(chosen >> i & 1 ? &inside : &outside) |= variables_of(rules, NULL, &rule->premises[i]);
  for (guint i = 0; i < rule->measure_count; i++)
    outside |= variables_of(rules, NULL, &rule->measures[i]);
  return inside & outside;
}

/* Premises that hold the variable; 0 where the head or a measure needs it, or all premises hold it.
 */
static guint premises_with(const AkChainRules *rules, const AkChainRule *rule, guint variable) {
  guint chosen = 0;
  for (guint i = 0; i < rule->premise_count; i++)
    chosen |= (variables_of(rules, NULL, &rule->premises[i]) >> variable & 1) << i;
  bool is_needed = needed_outside(rules, rule, chosen) >> variable & 1;
  return is_needed || chosen == (1u << rule->premise_count) - 1 ? 0 : chosen;
}

/* The premises whose join leaves the fewest variables to the rest; 0: there are none. */
static guint best_premises(const AkChainRules *rules, const AkChainRule *rule) {
  guint best = 0, fewest = AK_CHAIN_ARITY_MAX + 1;
  for (guint v = 0; v < rule->variable_count; v++) {
    guint chosen = premises_with(rules, rule, v);
    guint left = (guint)__builtin_popcount(needed_outside(rules, rule, chosen));
    if (__builtin_popcount(chosen) < 2 || left >= fewest)
      continue;
    best = chosen;
    fewest = left;
  }
  return best;
}

/* Takes the premises out of the rule into one of their own, whose head stands for them. */
static void split(AkChainRules *out, AkChainRule *rule, guint chosen, guint number) {
  AkChainRule part = {
      .variable_count = rule->variable_count, .line = rule->line, .index = rule->index};
  guint32 needed = needed_outside(out, rule, chosen);
  g_autofree char *name = g_strdup_printf(
      "%s_step%u", ak_chain_rules_predicate_at(out, rule->head.predicate)->name, number);
  part.head.predicate =
      ak_chain_rules_add_predicate(out, name, (guint)__builtin_popcount(needed), AK_CHAIN_DERIVED);
  for (guint v = 0, at = 0; v < rule->variable_count; v++)
    if (needed >> v & 1)
      part.head.terms[at++] = (AkChainTerm){AK_CHAIN_TERM_VARIABLE, v};
  guint kept = 0;
  for (guint i = 0; i < rule->premise_count; i++) {
    if (chosen >> i & 1)
      part.premises[part.premise_count++] = rule->premises[i];
    else
      rule->premises[kept++] = rule->premises[i];
  }
  rule->premises[kept++] = part.head;
  rule->premise_count = kept;
  ak_chain_rules_add(out, &part);
}

static AkChainRules *copy_without(const AkChainRules *rules, guint left_out) {
  AkChainRules *out = ak_chain_rules_new();
  for (guint i = 0; i < rules->predicates->len; i++) {
    const AkChainPredicate *predicate = ak_chain_rules_predicate_at(rules, i);
    ak_chain_rules_add_predicate(out, predicate->name, predicate->arity, predicate->kind);
  }
  for (guint i = 0; i < rules->constants->len; i++)
    g_ptr_array_add(out->constants, g_strdup(rules->constants->pdata[i]));
  for (guint i = 0; i < rules->rules->len; i++)
    if (i != left_out)
      ak_chain_rules_add(out, ak_chain_rules_at(rules, i));
  return out;
}

/* --- telling ------------------------------------------------------------------------------------
 */

static void add_atom(const AkChainRules *rules, const AkChainAtom *atom, GString *out) {
  g_string_append(out, ak_chain_rules_predicate_at(rules, atom->predicate)->name);
  for (guint i = 0; i < arity_of(rules, atom); i++) {
    const AkChainTerm *term = &atom->terms[i];
    g_string_append(out, i == 0 ? "(" : ", ");
    if (term->kind == AK_CHAIN_TERM_VARIABLE)
      g_string_append_printf(out, term->number < 26 ? "%c" : "V%u",
                             term->number < 26 ? 'A' + term->number : term->number);
    else if (term->kind == AK_CHAIN_TERM_ANY)
      g_string_append_c(out, '_');
    else
      g_string_append(out, rules->constants->pdata[term->number]);
  }
  g_string_append(out, arity_of(rules, atom) > 0 ? ")" : "");
}

static void add_rule_text(const AkChainRules *rules, const AkChainRule *rule, GString *out) {
  g_string_append(out, "\n  ");
  add_atom(rules, &rule->head, out);
  for (guint i = 0; i < rule->premise_count + rule->measure_count; i++) {
    bool is_premise = i < rule->premise_count;
    g_string_append(out, i == 0 ? " :- " : ", ");
    g_string_append(out, is_premise ? "" : "not ");
    add_atom(rules, is_premise ? &rule->premises[i] : &rule->measures[i - rule->premise_count],
             out);
  }
  g_string_append_c(out, '.');
}

/* Rules that say the same in linear steps; NULL: none are known. */
static char *factored(const AkChainRules *rules, guint number, const char *const *small) {
  g_autoptr(AkChainRules) out = copy_without(rules, number);
  AkChainRule rule = *ak_chain_rules_at(rules, number);
  guint first = out->rules->len, chosen = best_premises(out, &rule);
  for (guint step = 1; chosen != 0 && step < AK_CHAIN_PREMISES_MAX; step++) {
    split(out, &rule, chosen, step);
    chosen = best_premises(out, &rule);
  }
  ak_chain_rules_add(out, &rule);
  g_auto(Growth) growth = growth_of(out, small);
  GString *text = g_string_new(NULL);
  bool is_linear = true;
  for (guint i = first; i < out->rules->len; i++) {
    is_linear = is_linear && power_of_rule(&growth, ak_chain_rules_at(out, i)) <= LINEAR;
    add_rule_text(out, ak_chain_rules_at(out, i), text);
  }
  return g_string_free(text, !is_linear);
}

bool ak_chain_rules_check_growth(const AkChainRules *rules, const char *const *small,
                                 const char *where, GError **error) {
  g_auto(Growth) growth = growth_of(rules, small);
  for (guint i = 0; i < rules->rules->len; i++) {
    const AkChainRule *rule = ak_chain_rules_at(rules, i);
    guint power = power_of_rule(&growth, rule);
    if (power <= LINEAR)
      continue;
    g_autofree char *better = factored(rules, i, small);
    return ak_error_set(
        error, AK_ERROR_INVALID_DATA,
        "%s:%u: the instances of this rule may grow with power %u of the chain; %s%s", where,
        rule->line, power,
        better != NULL ? "in steps that say the same they do not:"
                       : "no steps that say the same are known to avoid it: ask for less "
                         "in one premise",
        better != NULL ? better : "");
  }
  return true;
}
