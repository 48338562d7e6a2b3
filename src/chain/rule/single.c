#include "chain/rule/single.h"

/* What the values of a head say of the other values of its rule. */
typedef struct {
  const AkChainPlans *plans;
  const AkChainPlan *plan;
  bool is_known[AK_CHAIN_SLOTS];
} Head;

static guint arity_of(const AkChainPlans *plans, guint32 predicate) {
  return ak_chain_rules_predicate_at(ak_chain_facts_rules(plans->facts), predicate)->arity;
}

/* All that varies is unknown at first, and constants are not. */
static void know_head(Head *self) {
  const AkChainPlan *plan = self->plan;
  for (guint i = 0; i < AK_CHAIN_SLOTS; i++)
    self->is_known[i] = true;
  for (guint i = 0; plan->fresh >= 0 && i < AK_CHAIN_ARITY_MAX; i++)
    if (plan->fresh_binds >> i & 1)
      self->is_known[plan->fresh_slots[i]] = false;
  for (guint s = 0; s < plan->step_count; s++)
    for (guint i = 0; i < plan->steps[s].bind_count; i++)
      self->is_known[plan->steps[s].bind_slots[i]] = false;
  for (guint i = 0; i < arity_of(self->plans, plan->rule->head.predicate); i++)
    self->is_known[plan->head_slots[i]] = true;
}

static bool is_fresh_known(const Head *self) {
  const AkChainPlan *plan = self->plan;
  bool out = true;
  for (guint i = 0; plan->fresh >= 0 && i < arity_of(self->plans, plan->rule->premises[plan->fresh].predicate); i++)
    out = out && self->is_known[plan->fresh_slots[i]];
  return out;
}

/* Does the new premise's atom have all values of the head? Then all instances of a head come behind one another. */
static bool is_head_fresh(const Head *self) {
  const AkChainPlan *plan = self->plan;
  bool out = true;
  for (guint s = 0; s < plan->step_count; s++)
    for (guint b = 0; b < plan->steps[s].bind_count; b++)
      for (guint i = 0; i < arity_of(self->plans, plan->rule->head.predicate); i++)
        out = out && plan->head_slots[i] != plan->steps[s].bind_slots[b];
  return out;
}

/* Is there one row at most for what is known of a step's values? */
static bool is_row_known(const Head *self, const AkChainStep *step) {
  const AkChainAtom *premise = &self->plan->rule->premises[step->premise];
  const AkChainView *view = ak_chain_plans_view(self->plans, premise);
  guint known = 0;
  for (guint i = 0; i < ak_chain_view_width(view); i++)
    known |= 1u << i;
  for (guint i = 0; i < step->bind_count; i++)
    if (!self->is_known[step->bind_slots[i]])
      known &= ~(1u << step->bind_columns[i]);
  for (guint i = 0; i < step->index->column_count; i++)
    if (!self->is_known[step->key_slots[i]])
      known &= ~(1u << step->index->columns[i]);
  for (guint i = 0; i < step->filter_count; i++)
    if (!self->is_known[step->filter_slots[i]])
      known &= ~(1u << step->filter_columns[i]);
  return ak_chain_view_is_key(view, known);
}

static void know_row(Head *self, const AkChainStep *step) {
  for (guint i = 0; i < step->bind_count; i++)
    self->is_known[step->bind_slots[i]] = true;
  for (guint i = 0; i < step->index->column_count; i++)
    self->is_known[step->key_slots[i]] = true;
  for (guint i = 0; i < step->filter_count; i++)
    self->is_known[step->filter_slots[i]] = true;
}

/* Is each step's row known by the head, by itself or by what other rows say? Of a step that gives one row at most, none is asked for. */
static bool are_rows_known(Head *self) {
  const AkChainPlan *plan = self->plan;
  bool is_done[AK_CHAIN_PREMISES_MAX] = {false}, any = true;
  guint left = plan->step_count;
  while (any) {
    any = false;
    for (guint s = 0; s < plan->step_count; s++) {
      const AkChainStep *step = &plan->steps[s];
      if (is_done[s] || !(step->is_once || is_row_known(self, step)))
        continue;
      if (!step->is_once)
        know_row(self, step);
      is_done[s] = any = true;
      left--;
    }
  }
  return left == 0;
}

static bool is_single_by(const AkChainPlans *plans, const AkChainPlan *plan) {
  Head self = {.plans = plans, .plan = plan};
  if (plan->derived_count > 1)
    return false;
  know_head(&self);
  if (is_fresh_known(&self) && is_head_fresh(&self))
    return true;
  return are_rows_known(&self) && is_fresh_known(&self);
}

/* Heads of one rule alone. */
static void find_heads_of_one(const AkChainRules *rules, bool *is_single) {
  g_autofree guint *count = g_new0(guint, rules->predicates->len + 1);
  for (guint i = 0; i < rules->rules->len; i++)
    count[ak_chain_rules_at(rules, i)->head.predicate]++;
  for (guint32 p = 0; p < rules->predicates->len; p++)
    is_single[p] = count[p] == 1;
}

static void drop_looked_up(const AkChainPlan *plan, bool *is_single) {
  for (guint s = 0; s < plan->step_count; s++)
    if (plan->steps[s].kind == AK_CHAIN_STEP_ATOM)
      is_single[plan->rule->premises[plan->steps[s].premise].predicate] = false;
}

void ak_chain_single_find(const AkChainPlans *plans, bool *is_single) {
  find_heads_of_one(ak_chain_facts_rules(plans->facts), is_single);
  for (guint i = 0; i < plans->plans->len; i++)
    drop_looked_up(plans->plans->pdata[i], is_single);
  for (guint i = 0; i < plans->plans->len; i++) {
    const AkChainPlan *plan = plans->plans->pdata[i];
    bool *is_head_single = &is_single[plan->rule->head.predicate];
    *is_head_single = *is_head_single && is_single_by(plans, plan);
  }
}
