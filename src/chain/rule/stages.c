#include "chain/rule/stages.h"

#include <string.h>

#include "chain/graph/graph.h"

enum { PREMISE = AK_CHAIN_SLOTS }; /* first column of atoms */

typedef struct {
  const AkChainPlan *plan;
  const AkChainRules *rules;
  AkChainStages *out;
  bool varies[AK_CHAIN_SLOTS]; /* the others are constants, plan->values */
  bool wanted[AK_CHAIN_DEPTHS][AK_CHAIN_TUPLE_COLUMNS];
  guint8 at[AK_CHAIN_DEPTHS][AK_CHAIN_TUPLE_COLUMNS]; /* AK_CHAIN_NOWHERE where not wanted */
} Layout;

static guint arity_of(const Layout *self, guint32 predicate) {
  return ak_chain_rules_predicate_at(self->rules, predicate)->arity;
}

static const AkChainAtom *premise_of(const Layout *self, guint premise) {
  return &self->plan->rule->premises[premise];
}

/* --- what is asked for at each depth
 * --------------------------------------------------------------------------------------------------------------------------------- */

static void find_varying(Layout *self) {
  const AkChainPlan *plan = self->plan;
  for (guint i = 0; plan->fresh >= 0 && i < AK_CHAIN_ARITY_MAX; i++)
    if (plan->fresh_binds >> i & 1)
      self->varies[plan->fresh_slots[i]] = true;
  for (guint s = 0; s < plan->step_count; s++) {
    const AkChainStep *step = &plan->steps[s];
    for (guint i = 0; i < step->bind_count; i++)
      self->varies[step->bind_slots[i]] = true;
    for (guint i = 0; step->kind == AK_CHAIN_STEP_ATOMS && i < AK_CHAIN_ARITY_MAX; i++)
      if (step->binds >> i & 1)
        self->varies[step->slots[i]] = true;
  }
}

static void want(const Layout *self, bool *wanted, const guint8 *slots, guint count) {
  for (guint i = 0; i < count; i++)
    if (self->varies[slots[i]])
      wanted[slots[i]] = true;
}

/* Slots that are known before the step, of those that a derived premise has. */
static void want_known(const Layout *self, bool *wanted, const AkChainStep *step) {
  guint known = step->kind == AK_CHAIN_STEP_ATOM ? G_MAXUINT : step->list->known;
  for (guint i = 0; i < arity_of(self, premise_of(self, step->premise)->predicate); i++)
    if (known >> i & 1)
      want(self, wanted, &step->slots[i], 1);
}

static void want_behind(Layout *self, bool *wanted) {
  const AkChainPlan *plan = self->plan;
  want(self, wanted, plan->head_slots, arity_of(self, plan->rule->head.predicate));
  for (guint m = 0; m < plan->rule->measure_count; m++)
    if (plan->measure_is_known[m])
      want(self, wanted, plan->measure_slots[m], arity_of(self, plan->rule->measures[m].predicate));
  for (guint i = 0; i < plan->derived_count; i++)
    wanted[PREMISE + plan->derived[i]] = true;
}

static void want_before(Layout *self, guint depth) {
  const AkChainStep *step = &self->plan->steps[depth];
  bool *wanted = self->wanted[depth];
  memcpy(wanted, self->wanted[depth + 1], sizeof self->wanted[depth]);
  if (step->kind == AK_CHAIN_STEP_ROWS) {
    for (guint i = 0; i < step->bind_count; i++)
      wanted[step->bind_slots[i]] = false;
    want(self, wanted, step->key_slots, step->index->column_count);
    want(self, wanted, step->filter_slots, step->filter_count);
    return;
  }
  wanted[PREMISE + step->premise] = false;
  for (guint i = 0; i < AK_CHAIN_ARITY_MAX; i++)
    if (step->binds >> i & 1)
      wanted[step->slots[i]] = false;
  want_known(self, wanted, step);
  wanted[PREMISE + self->plan->fresh] = true;
}

static void place(Layout *self) {
  guint count = self->plan->step_count;
  want_behind(self, self->wanted[count]);
  for (guint depth = count; depth-- > 0;)
    want_before(self, depth);
  for (guint depth = 0; depth <= count; depth++)
    for (guint i = 0; i < AK_CHAIN_TUPLE_COLUMNS; i++)
      self->at[depth][i] = self->wanted[depth][i] ? self->out->widths[depth]++ : AK_CHAIN_NOWHERE;
}

/* --- sums
 * --------------------------------------------------------------------------------------------------------------------------------- */

static void add_term(const Layout *self, AkChainSum *sum, guint depth, guint8 slot, guint64 weight) {
  if (!self->varies[slot]) {
    sum->known += weight * self->plan->values[slot];
    return;
  }
  sum->from[sum->count] = self->at[depth][slot];
  sum->weights[sum->count++] = weight;
}

static AkChainSum sum_of(const Layout *self, guint depth, const guint8 *slots, const guint64 *weights, guint count) {
  AkChainSum sum = {.count = 0};
  for (guint i = 0; i < count; i++)
    if (weights[i] != 0)
      add_term(self, &sum, depth, slots[i], weights[i]);
  return sum;
}

static AkChainSum index_key(const Layout *self, guint depth, const AkChainStep *step) {
  guint64 weights[AK_CHAIN_ARITY_MAX], weight = 1;
  for (guint i = step->index->column_count; i-- > 0; weight *= step->index->radix[i])
    weights[i] = weight;
  return sum_of(self, depth, step->key_slots, weights, step->index->column_count);
}

/* --- stages
 * --------------------------------------------------------------------------------------------------------------------------------- */

static void lay_rows(const Layout *self, guint depth, AkChainStage *stage) {
  const AkChainStep *step = stage->step;
  stage->key = index_key(self, depth, step);
  for (guint i = 0; i < step->filter_count; i++) {
    guint8 slot = step->filter_slots[i];
    stage->filters[stage->filter_count++] = (AkChainFilter){.rows = step->index->values[step->filter_columns[i]],
                                                            .from = self->varies[slot] ? self->at[depth][slot] : AK_CHAIN_NOWHERE,
                                                            .constant = self->plan->values[slot]};
  }
  for (guint i = 0; i < step->bind_count; i++) {
    guint8 to = self->at[depth + 1][step->bind_slots[i]];
    if (to == AK_CHAIN_NOWHERE)
      continue;
    stage->bind_rows[stage->bind_count] = step->index->values[step->bind_columns[i]];
    stage->bind_to[stage->bind_count++] = to;
  }
}

static guint8 first_with(const guint8 *slots, guint8 slot) {
  guint8 i = 0;
  while (slots[i] != slot)
    i++;
  return i;
}

/* `known`: columns that need not be compared any more, as the key has them. */
static AkChainAtomValue atom_value(const Layout *self, guint depth, const guint8 *slots, guint column, guint binds, guint known) {
  AkChainAtomValue value = {.to = AK_CHAIN_NOWHERE, .same = AK_CHAIN_NOWHERE};
  guint8 slot = slots[column];
  if (binds >> column & 1) {
    value.to = self->at[depth][slot];
  } else if (known >> column & 1) {
    return value;
  } else if (self->varies[slot]) {
    value.same = first_with(slots, slot);
  } else {
    value.is_constant = true;
    value.constant = self->plan->values[slot];
  }
  return value;
}

static void lay_atoms(const Layout *self, guint depth, AkChainStage *stage, const AkChainAtoms *atoms) {
  const AkChainStep *step = stage->step;
  stage->predicate = premise_of(self, step->premise)->predicate;
  stage->arity = arity_of(self, stage->predicate);
  bool is_whole = step->kind == AK_CHAIN_STEP_ATOM;
  stage->key = sum_of(self, depth, step->slots, is_whole ? ak_chain_atoms_weights(atoms, stage->predicate) : step->list->weights,
                      stage->arity);
  stage->fresh = self->at[depth][PREMISE + self->plan->fresh];
  stage->may_be_fresh = (gint)step->premise > self->plan->fresh;
  stage->atom_to = self->at[depth + 1][PREMISE + step->premise];
  for (guint i = 0; !is_whole && i < stage->arity; i++) {
    stage->values[i] = atom_value(self, depth + 1, step->slots, i, step->binds, step->list->known);
    stage->is_compared = stage->is_compared || stage->values[i].same != AK_CHAIN_NOWHERE;
    stage->is_read = stage->is_read || stage->is_compared || stage->values[i].to != AK_CHAIN_NOWHERE;
  }
}

/* What is asked for behind the step and was there before it. */
static void lay_carried(const Layout *self, guint depth, AkChainStage *stage) {
  for (guint i = 0; i < AK_CHAIN_TUPLE_COLUMNS; i++) {
    if (self->at[depth + 1][i] == AK_CHAIN_NOWHERE || self->at[depth][i] == AK_CHAIN_NOWHERE)
      continue;
    stage->carried_from[stage->carried_count] = self->at[depth][i];
    stage->carried_to[stage->carried_count++] = self->at[depth + 1][i];
  }
}

static void lay_fresh(const Layout *self) {
  const AkChainPlan *plan = self->plan;
  AkChainStages *out = self->out;
  if (plan->fresh < 0)
    return;
  out->fresh_arity = arity_of(self, premise_of(self, (guint)plan->fresh)->predicate);
  out->fresh_to = self->at[0][PREMISE + plan->fresh];
  for (guint i = 0; i < out->fresh_arity; i++) {
    out->fresh[i] = atom_value(self, 0, plan->fresh_slots, i, plan->fresh_binds, 0);
    out->is_compared = out->is_compared || out->fresh[i].is_constant || out->fresh[i].same != AK_CHAIN_NOWHERE;
  }
}

static void lay_what_follows(const Layout *self, const AkChainAtoms *atoms, const AkChainAtoms *measures) {
  const AkChainPlan *plan = self->plan;
  const AkChainRule *rule = plan->rule;
  AkChainStages *out = self->out;
  guint depth = plan->step_count;
  out->rule = rule->index | (rule->is_helper ? AK_CHAIN_RULE_HELPER : 0);
  out->head = sum_of(self, depth, plan->head_slots, ak_chain_atoms_weights(atoms, rule->head.predicate),
                     arity_of(self, rule->head.predicate));
  for (guint i = 0; i < plan->derived_count; i++)
    out->premises[i] = self->at[depth][PREMISE + plan->derived[i]];
  for (guint m = 0; m < rule->measure_count; m++) {
    guint32 predicate = rule->measures[m].predicate;
    if (!plan->measure_is_known[m])
      continue;
    out->measure_predicates[out->measure_count] = predicate;
    out->measures[out->measure_count++] =
        sum_of(self, depth, plan->measure_slots[m], ak_chain_atoms_weights(measures, predicate), arity_of(self, predicate));
  }
}

AkChainStages *ak_chain_stages_new(const AkChainPlan *plan, const AkChainRules *rules, const AkChainAtoms *atoms, const AkChainAtoms *measures) {
  AkChainStages *out = g_new0(AkChainStages, 1);
  Layout self = {.plan = plan, .rules = rules, .out = out};
  out->plan = plan;
  out->count = plan->step_count;
  find_varying(&self);
  place(&self);
  lay_fresh(&self);
  for (guint depth = 0; depth < plan->step_count; depth++) {
    AkChainStage *stage = &out->stages[depth];
    stage->step = &plan->steps[depth];
    if (stage->step->kind == AK_CHAIN_STEP_ROWS)
      lay_rows(&self, depth, stage);
    else
      lay_atoms(&self, depth, stage, atoms);
    lay_carried(&self, depth, stage);
  }
  lay_what_follows(&self, atoms, measures);
  return out;
}
