#include "chain/rule/plan.h"

#include <string.h>

/* Rows of derived atoms, which nobody knows beforehand: a quarter of what could be, at most these */
#define MANY 1e7
#define DERIVED_OF_POSSIBLE 0.25

typedef struct {
  AkChainPlans *plans;
  AkChainPlan *plan;
  guint8 slots[AK_CHAIN_PREMISES_MAX][AK_CHAIN_ARITY_MAX]; /* of the premises' terms */
  bool is_bound[AK_CHAIN_SLOTS];
  guint slot_count;
  AkChainView *views[AK_CHAIN_PREMISES_MAX];
  bool is_done[AK_CHAIN_PREMISES_MAX];
} Planner;

void ak_chain_plans_free(AkChainPlans *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->views);
  g_ptr_array_unref(self->lists);
  g_ptr_array_unref(self->plans);
  g_free(self);
}

static const AkChainPredicate *predicate_of(const AkChainPlans *self, const AkChainAtom *atom) {
  return ak_chain_rules_predicate_at(ak_chain_facts_rules(self->facts), atom->predicate);
}

static bool is_derived(const AkChainPlans *self, const AkChainAtom *atom) {
  AkChainPredicateKind kind = predicate_of(self, atom)->kind;
  return kind == AK_CHAIN_DERIVED || kind == AK_CHAIN_INITIAL;
}

/* --- slots: a value for each variable, and one for each constant in its column's type ------------
 */

/* False where a constant stands in no fact: nothing can match. */
static bool give_slots(Planner *self, const AkChainAtom *atom, guint8 *slots) {
  const AkChainFacts *facts = self->plans->facts;
  bool is_known = true;
  for (guint i = 0; i < predicate_of(self->plans, atom)->arity; i++) {
    const AkChainTerm *term = &atom->terms[i];
    if (term->kind == AK_CHAIN_TERM_VARIABLE) {
      slots[i] = (guint8)term->number;
      continue;
    }
    slots[i] = (guint8)self->slot_count++;
    if (term->kind == AK_CHAIN_TERM_ANY)
      continue;
    guint32 type = ak_chain_facts_type(facts, atom->predicate, i);
    guint32 value = ak_chain_facts_constant(facts, type, term->number);
    self->plan->values[slots[i]] = value;
    self->is_bound[slots[i]] = true;
    is_known = is_known && value != G_MAXUINT32;
  }
  return is_known;
}

/* --- views and lists, shared by all plans --------------------------------------------------------
 */

static AkChainView *known_view(const AkChainPlans *self, const AkChainAtom *premise) {
  for (guint i = 0; i < self->views->len; i++)
    if (ak_chain_view_is_for(self->views->pdata[i], self->facts, premise))
      return self->views->pdata[i];
  return NULL;
}

const AkChainView *ak_chain_plans_view(const AkChainPlans *self, const AkChainAtom *premise) {
  return known_view(self, premise);
}

static AkChainView *view_for(AkChainPlans *self, const AkChainAtom *premise, GError **error) {
  AkChainView *view = known_view(self, premise);
  if (view != NULL)
    return view;
  view = ak_chain_view_new(self->facts, premise, error);
  if (view != NULL)
    g_ptr_array_add(self->views, view);
  return view;
}

static AkChainList *list_for(AkChainPlans *self, guint32 predicate, guint known, GError **error) {
  for (guint i = 0; i < self->lists->len; i++) {
    AkChainList *list = self->lists->pdata[i];
    if (list->predicate == predicate && list->known == known)
      return list;
  }
  AkChainList *list = ak_chain_list_new(self->facts, predicate, known);
  if (list != NULL)
    g_ptr_array_add(self->lists, list);
  else
    ak_error_set(error, AK_ERROR_LIMIT, "no memory for lists of derived atoms");
  return list;
}

/* --- the order of premises
 * -------------------------------------------------------------------------- */

static guint known_columns(const Planner *self, guint premise) {
  const AkChainAtom *atom = &self->plan->rule->premises[premise];
  guint known = 0;
  if (is_derived(self->plans, atom)) {
    for (guint i = 0; i < predicate_of(self->plans, atom)->arity; i++)
      known |= self->is_bound[self->slots[premise][i]] ? 1u << i : 0;
    return known;
  }
  const AkChainView *view = self->views[premise];
  for (guint i = 0; i < ak_chain_view_width(view); i++)
    known |= (guint)self->is_bound[self->slots[premise][ak_chain_view_term(view, i)]] << i;
  return known;
}

/* About how many derived atoms there are for the values that are known. */
static double atoms_expected(const Planner *self, const AkChainAtom *atom, guint known) {
  const AkChainFacts *facts = self->plans->facts;
  double possible = DERIVED_OF_POSSIBLE;
  for (guint i = 0; i < predicate_of(self->plans, atom)->arity; i++)
    if (!(known >> i & 1))
      possible *= ak_chain_facts_domain(facts, ak_chain_facts_type(facts, atom->predicate, i));
  return MIN(possible, MANY / (1 << (4 * __builtin_popcount(known))));
}

/* About how many rows a premise has for the values that are known. */
static double rows_expected(const Planner *self, guint premise) {
  const AkChainAtom *atom = &self->plan->rule->premises[premise];
  const AkChainFacts *facts = self->plans->facts;
  guint known = known_columns(self, premise), arity = predicate_of(self->plans, atom)->arity;
  if (is_derived(self->plans, atom))
    return known == (1u << arity) - 1 ? 0.5 : atoms_expected(self, atom, known);
  const AkChainView *view = self->views[premise];
  double rows = ak_chain_view_rows(view);
  for (guint i = 0; i < ak_chain_view_width(view); i++) {
    guint32 type = ak_chain_facts_type(facts, atom->predicate, ak_chain_view_term(view, i));
    if (known >> i & 1)
      rows /= MAX(1, ak_chain_facts_domain(facts, type));
  }
  return rows;
}

static guint next_premise(const Planner *self) {
  guint best = AK_CHAIN_PREMISES_MAX;
  double least = 0;
  for (guint i = 0; i < self->plan->rule->premise_count; i++) {
    if (self->is_done[i])
      continue;
    double rows = rows_expected(self, i);
    if (best == AK_CHAIN_PREMISES_MAX || rows < least) {
      best = i;
      least = rows;
    }
  }
  return best;
}

/* --- steps
 * -------------------------------------------------------------------------------------------- */

static bool is_key(const AkChainIndex *index, guint column) {
  for (guint i = 0; i < index->column_count; i++)
    if (index->columns[i] == column)
      return true;
  return false;
}

static bool add_rows_step(Planner *self, guint premise, AkChainStep *step, GError **error) {
  AkChainView *view = self->views[premise];
  guint known = known_columns(self, premise);
  step->kind = AK_CHAIN_STEP_ROWS;
  step->index = ak_chain_view_index(view, known, error);
  if (step->index == NULL)
    return false;
  for (guint i = 0; i < step->index->column_count; i++)
    step->key_slots[i] = self->slots[premise][ak_chain_view_term(view, step->index->columns[i])];
  for (guint i = 0; i < ak_chain_view_width(view); i++) {
    guint8 slot = self->slots[premise][ak_chain_view_term(view, i)];
    if (is_key(step->index, i))
      continue;
    if (step->index->values[i] == NULL) /* the one value that its type has: 0 */
      continue;
    if (known >> i & 1) {
      step->filter_columns[step->filter_count] = (guint8)i;
      step->filter_slots[step->filter_count++] = slot;
    } else {
      step->bind_columns[step->bind_count] = (guint8)i;
      step->bind_slots[step->bind_count++] = slot;
    }
  }
  return true;
}

static bool add_atom_step(Planner *self, guint premise, AkChainStep *step, GError **error) {
  const AkChainAtom *atom = &self->plan->rule->premises[premise];
  guint arity = predicate_of(self->plans, atom)->arity, known = known_columns(self, premise);
  bool is_whole = known == (1u << arity) - 1;
  step->kind = is_whole ? AK_CHAIN_STEP_ATOM : AK_CHAIN_STEP_ATOMS;
  step->list = is_whole ? NULL : list_for(self->plans, atom->predicate, known, error);
  if (!is_whole && step->list == NULL)
    return false;
  memcpy(step->slots, self->slots[premise], sizeof step->slots);
  for (guint i = 0; i < arity; i++) {
    bool is_first = !(known >> i & 1);
    for (guint before = 0; before < i; before++)
      is_first = is_first && step->slots[before] != step->slots[i];
    step->binds |= (guint)is_first << i;
  }
  return true;
}

static bool add_step(Planner *self, guint premise, GError **error) {
  AkChainStep *step = &self->plan->steps[self->plan->step_count++];
  step->premise = premise;
  self->is_done[premise] = true;
  bool is_atom = is_derived(self->plans, &self->plan->rule->premises[premise]);
  if (!(is_atom ? add_atom_step : add_rows_step)(self, premise, step, error))
    return false;
  for (guint i = 0; i < AK_CHAIN_ARITY_MAX; i++)
    self->is_bound[self->slots[premise][i]] = true;
  return true;
}

/* --- values that nobody asks for: those of measures that nobody listed
 * ------------------------------------------------------------------------------------------ */

static void ask_for(const guint8 *slots, guint count, bool *is_asked) {
  for (guint i = 0; i < count; i++)
    is_asked[slots[i]] = true;
}

static void ask_for_step(const AkChainStep *step, bool *is_asked) {
  ask_for(step->key_slots, step->kind == AK_CHAIN_STEP_ROWS ? step->index->column_count : 0, is_asked);
  ask_for(step->filter_slots, step->filter_count, is_asked);
  ask_for(step->slots, step->kind == AK_CHAIN_STEP_ROWS ? 0 : AK_CHAIN_ARITY_MAX, is_asked);
}

static bool is_any_asked(const AkChainStep *step, const bool *is_asked) {
  for (guint i = 0; i < step->bind_count; i++)
    if (is_asked[step->bind_slots[i]])
      return true;
  return false;
}

/* From the last step on: each row of such a step would give the same instances again. */
static void find_once(const AkChainPlans *plans, AkChainPlan *plan) {
  const AkChainRule *rule = plan->rule;
  bool is_asked[AK_CHAIN_SLOTS] = {false};
  ask_for(plan->head_slots, predicate_of(plans, &rule->head)->arity, is_asked);
  for (guint i = 0; i < rule->measure_count; i++)
    ask_for(plan->measure_slots[i], plan->measure_is_known[i] ? predicate_of(plans, &rule->measures[i])->arity : 0, is_asked);
  for (guint i = plan->step_count; i-- > 0;) {
    AkChainStep *step = &plan->steps[i];
    step->is_once = step->kind == AK_CHAIN_STEP_ROWS && !is_any_asked(step, is_asked);
    ask_for_step(step, is_asked);
  }
}

/* --- one plan
 * ------------------------------------------------------------------------------------------- */

static void take_fresh(Planner *self, guint premise) {
  const AkChainAtom *atom = &self->plan->rule->premises[premise];
  for (guint i = 0; i < predicate_of(self->plans, atom)->arity; i++) {
    guint8 slot = self->slots[premise][i];
    self->plan->fresh_slots[i] = slot;
    if (!self->is_bound[slot])
      self->plan->fresh_binds |= 1u << i;
    self->is_bound[slot] = true;
  }
  self->is_done[premise] = true;
}

/* False with an error; true without a plan where the rule can never apply. */
static bool add_plan(AkChainPlans *plans, const AkChainRule *rule, gint fresh, GError **error) {
  g_autofree AkChainPlan *plan = g_new0(AkChainPlan, 1);
  Planner self = {.plans = plans, .plan = plan, .slot_count = AK_CHAIN_VARIABLES_MAX};
  plan->rule = rule;
  plan->fresh = fresh;
  /* unused columns of a premise lead to a slot that is bound from the start */
  memset(self.slots, AK_CHAIN_SLOTS - 1, sizeof self.slots);
  self.is_bound[AK_CHAIN_SLOTS - 1] = true;
  for (guint i = 0; i < rule->premise_count; i++) {
    if (!give_slots(&self, &rule->premises[i], self.slots[i]))
      return true;
    if (is_derived(plans, &rule->premises[i]))
      plan->derived[plan->derived_count++] = i;
    else if ((self.views[i] = view_for(plans, &rule->premises[i], error)) == NULL)
      return false;
  }
  give_slots(&self, &rule->head, plan->head_slots);
  for (guint i = 0; i < rule->measure_count; i++)
    plan->measure_is_known[i] =
        give_slots(&self, &rule->measures[i], plan->measure_slots[i]) &&
        ak_chain_facts_table(plans->facts, rule->measures[i].predicate)->rows > 0;
  if (fresh >= 0)
    take_fresh(&self, (guint)fresh);
  for (guint i = next_premise(&self); i < AK_CHAIN_PREMISES_MAX; i = next_premise(&self))
    if (!add_step(&self, i, error))
      return false;
  find_once(plans, plan);
  g_ptr_array_add(plans->plans, g_steal_pointer(&plan));
  return true;
}

static bool add_rule(AkChainPlans *self, const AkChainRule *rule, GError **error) {
  bool any = false;
  for (guint i = 0; i < rule->premise_count; i++) {
    if (!is_derived(self, &rule->premises[i]))
      continue;
    any = true;
    if (!add_plan(self, rule, (gint)i, error))
      return false;
  }
  return any || add_plan(self, rule, -1, error);
}

AkChainPlans *ak_chain_plans_new(const AkChainFacts *facts, GError **error) {
  g_autoptr(AkChainPlans) self = g_new0(AkChainPlans, 1);
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  self->facts = facts;
  self->views = g_ptr_array_new_with_free_func((GDestroyNotify)ak_chain_view_free);
  self->lists = g_ptr_array_new_with_free_func((GDestroyNotify)ak_chain_list_free);
  self->plans = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < rules->rules->len; i++)
    if (!add_rule(self, ak_chain_rules_at(rules, i), error))
      return NULL;
  return g_steal_pointer(&self);
}
