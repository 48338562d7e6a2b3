#include "chain/rule/ground.h"

#include "chain/graph/builder.h"
#include "chain/rule/ground-parts.h"
#include "chain/rule/plan.h"

#define CANCEL_EVERY 4096 /* atoms */
enum { WAITING = 32, FEW_ROWS = 16 };

/* An instance whose head is still to be looked up. Tables of atoms are larger than the caches: until the turn comes, memory has
 * brought what is read then. */
typedef struct {
  const AkChainRule *rule; /* NULL: what is behind it has the next premise */
  guint64 key;             /* of the head */
  AkChainWay way;
} Waiting;

typedef struct {
  const AkChainFacts *facts;
  const AkChainRules *rules;
  AkChainAtoms *atoms, *measures;
  AkChainPlans *plans;
  GPtrArray **by_predicate; /* plans whose fresh premise is of it */
  AkChainBuilder builder;
  guint64 ways_left;
  Waiting waiting[WAITING]; /* a ring */
  guint first, count;
  guint32 fresh; /* the atom at hand */
  guint32 *values; /* of the plan at hand */
  guint32 premises[AK_CHAIN_PREMISES_MAX]; /* atoms of the derived premises */
} Grounder;

/* --- what a rule gives
 * ----------------------------------------------------------------------------- */

static bool add_once(guint32 *list, guint *count, guint32 value) {
  for (guint i = 0; i < *count; i++)
    if (list[i] == value)
      return false;
  list[(*count)++] = value;
  return true;
}

/* The measures that are known for these values; what nobody listed cannot be taken. */
static void collect_measures(Grounder *self, const AkChainPlan *plan, AkChainWay *way) {
  for (guint m = 0; m < plan->rule->measure_count; m++) {
    guint32 predicate = plan->rule->measures[m].predicate, values[AK_CHAIN_ARITY_MAX];
    guint arity = ak_chain_rules_predicate_at(self->rules, predicate)->arity;
    if (!plan->measure_is_known[m])
      continue;
    for (guint i = 0; i < arity; i++)
      values[i] = self->values[plan->measure_slots[m][i]];
    guint32 measure = ak_chain_atoms_find(self->measures, predicate,
                                          ak_chain_atoms_key(self->measures, predicate, values));
    if (measure != AK_CHAIN_ATOM_NONE)
      add_once(way->measures, &way->measure_count, measure);
  }
}

static bool settle(Grounder *self, const Waiting *waiting) {
  const AkChainRule *rule = waiting->rule;
  const AkChainWay *way = &waiting->way;
  if (rule == NULL)
    return ak_chain_builder_next_premise(&self->builder);
  guint32 head = ak_chain_atoms_add(self->atoms, rule->head.predicate, waiting->key);
  if (head == AK_CHAIN_ATOM_NONE || self->ways_left == 0)
    return false;
  for (guint i = 0; i < way->premise_count; i++)
    if (way->premises[i] == head)
      return true; /* what follows from itself says nothing */
  guint32 number = rule->index | (rule->is_helper ? AK_CHAIN_RULE_HELPER : 0);
  bool is_edge = way->premise_count == 1 && way->measure_count == 0;
  if (is_edge && ak_chain_builder_has_said(&self->builder, head, number))
    return true;
  self->ways_left--;
  if (is_edge)
    return ak_chain_builder_add_edge(&self->builder, head, number);
  return ak_chain_builder_add_way(&self->builder, head, number, way);
}

static bool settle_first(Grounder *self) {
  const Waiting *waiting = &self->waiting[self->first];
  self->first = (self->first + 1) % WAITING;
  self->count--;
  return settle(self, waiting);
}

/* In the order in which they came: atoms are numbered as if each had been looked up at once. */
static bool settle_all(Grounder *self) {
  while (self->count > 0)
    if (!settle_first(self))
      return false;
  return true;
}

/* The next one to be filled; NULL where an older one could not be settled. */
static Waiting *wait_for(Grounder *self, const AkChainRule *rule, guint64 key) {
  if (self->count == WAITING && !settle_first(self))
    return NULL;
  Waiting *waiting = &self->waiting[(self->first + self->count++) % WAITING];
  const Waiting *before = &self->waiting[(self->first + self->count / 2) % WAITING];
  waiting->rule = rule;
  waiting->key = key;
  waiting->way.premise_count = waiting->way.measure_count = 0;
  if (rule != NULL)
    ak_chain_atoms_prefetch(self->atoms, rule->head.predicate, key);
  if (before->rule != NULL && self->count > WAITING / 2)
    ak_chain_atoms_prefetch_further(self->atoms, before->rule->head.predicate, before->key);
  return waiting;
}

static bool emit(Grounder *self, const AkChainPlan *plan) {
  const AkChainRule *rule = plan->rule;
  guint32 values[AK_CHAIN_ARITY_MAX] = {0};
  for (guint i = 0; i < AK_CHAIN_ARITY_MAX; i++)
    values[i] = self->values[plan->head_slots[i]];
  Waiting *waiting = wait_for(self, rule, ak_chain_atoms_key(self->atoms, rule->head.predicate, values));
  if (waiting == NULL)
    return false;
  for (guint i = 0; i < plan->derived_count; i++)
    add_once(waiting->way.premises, &waiting->way.premise_count, self->premises[plan->derived[i]]);
  collect_measures(self, plan, &waiting->way);
  return true;
}

/* --- joining
 * --------------------------------------------------------------------------------------- */

static bool join(Grounder *self, const AkChainPlan *plan, guint at);

/* The head's key, as a sum: what is known, and columns of the rows times their weights. */
typedef struct {
  guint64 known, weights[AK_CHAIN_ARITY_MAX];
  const guint32 *columns[AK_CHAIN_ARITY_MAX];
  guint count;
} HeadKey;

static HeadKey head_key(const Grounder *self, const AkChainPlan *plan, const AkChainStep *step) {
  guint64 weights[AK_CHAIN_ARITY_MAX], of_column[AK_CHAIN_ARITY_MAX] = {0};
  HeadKey out = {.known = 0};
  guint32 predicate = plan->rule->head.predicate;
  ak_chain_atoms_direct(self->atoms, predicate, weights);
  for (guint i = 0; i < ak_chain_rules_predicate_at(self->rules, predicate)->arity; i++) {
    guint b = 0;
    while (b < step->bind_count && step->bind_slots[b] != plan->head_slots[i])
      b++;
    if (b < step->bind_count)
      of_column[b] += weights[i];
    else
      out.known += weights[i] * self->values[plan->head_slots[i]];
  }
  for (guint b = 0; b < step->bind_count; b++) {
    if (of_column[b] == 0)
      continue;
    out.weights[out.count] = of_column[b];
    out.columns[out.count++] = step->index->values[step->bind_columns[b]];
  }
  return out;
}

static guint64 key_of_row(const HeadKey *head_key, guint32 row) {
  guint64 key = head_key->known;
  for (guint i = 0; i < head_key->count; i++)
    key += head_key->weights[i] * head_key->columns[i][row];
  return key;
}

static bool wait_for_edges(Grounder *self, const AkChainPlan *plan, const HeadKey *head_key, guint32 row, guint32 end) {
  for (; row < end; row++) {
    Waiting *waiting = wait_for(self, plan->rule, key_of_row(head_key, row));
    if (waiting == NULL)
      return false;
    waiting->way.premises[waiting->way.premise_count++] = self->fresh;
  }
  return true;
}

/* Each row an edge from the fresh atom: what most rows of most chains are. */
static bool join_edges(Grounder *self, const AkChainPlan *plan, const HeadKey *head_key,
                       guint32 row, guint32 end) {
  const AkChainRule *rule = plan->rule;
  guint32 number = rule->index | (rule->is_helper ? AK_CHAIN_RULE_HELPER : 0);
  if (end - row < FEW_ROWS)
    return wait_for_edges(self, plan, head_key, row, end);
  if (!settle_all(self) || !ak_chain_builder_reserve_edges(&self->builder, end - row))
    return false;
  const guint32 *atoms = ak_chain_atoms_direct(self->atoms, rule->head.predicate, NULL); /* settling may have moved it */
  for (; row < end; row++) {
    guint64 key = key_of_row(head_key, row);
    guint32 head = atoms != NULL ? atoms[key] - 1 : AK_CHAIN_ATOM_NONE;
    if (head == AK_CHAIN_ATOM_NONE) {
      head = ak_chain_atoms_add(self->atoms, rule->head.predicate, key);
      atoms = ak_chain_atoms_direct(self->atoms, rule->head.predicate, NULL);
    }
    if (head == AK_CHAIN_ATOM_NONE)
      return false;
    if (head == self->fresh || ak_chain_builder_has_said(&self->builder, head, number)) /* what follows from itself says nothing */
      continue;
    self->ways_left--;
    ak_chain_builder_add_edge(&self->builder, head, number);
  }
  return true;
}

static bool join_rows(Grounder *self, const AkChainPlan *plan, const AkChainStep *step, guint at) {
  const AkChainIndex *index = step->index;
  guint64 key = 0;
  for (guint i = 0; i < index->column_count; i++)
    key = key * index->radix[i] + self->values[step->key_slots[i]];
  bool is_last = at + 1 == plan->step_count;
  guint32 begin = index->start[key], end = index->start[key + 1];
  if (begin == end)
    return true;
  if (step->is_once && step->filter_count == 0)
    end = begin + 1;
  if (is_last && plan->ends_in_edges && end - begin <= self->ways_left) {
    HeadKey edges = head_key(self, plan, step);
    return join_edges(self, plan, &edges, begin, end);
  }
  for (guint32 row = begin; row < end; row++) {
    guint f = 0;
    while (f < step->filter_count &&
           index->values[step->filter_columns[f]][row] == self->values[step->filter_slots[f]])
      f++;
    if (f < step->filter_count)
      continue;
    for (guint b = 0; b < step->bind_count; b++)
      self->values[step->bind_slots[b]] = index->values[step->bind_columns[b]][row];
    if (!(is_last ? emit(self, plan) : join(self, plan, at + 1)))
      return false;
    if (step->is_once)
      break;
  }
  return true;
}

/* A premise before the fresh one is older than it; one behind it may be the same: so each way is
 * found once. */
static bool may_be(const Grounder *self, const AkChainPlan *plan, guint premise, guint32 atom) {
  return atom < self->fresh || (atom == self->fresh && (gint)premise > plan->fresh);
}

static bool join_atom(Grounder *self, const AkChainPlan *plan, const AkChainStep *step, guint at) {
  guint32 predicate = plan->rule->premises[step->premise].predicate, values[AK_CHAIN_ARITY_MAX];
  for (guint i = 0; i < AK_CHAIN_ARITY_MAX; i++)
    values[i] = self->values[step->slots[i]];
  guint32 atom = ak_chain_atoms_find(self->atoms, predicate,
                                     ak_chain_atoms_key(self->atoms, predicate, values));
  if (atom == AK_CHAIN_ATOM_NONE || !may_be(self, plan, step->premise, atom))
    return true;
  self->premises[step->premise] = atom;
  return join(self, plan, at + 1);
}

static bool join_atoms(Grounder *self, const AkChainPlan *plan, const AkChainStep *step, guint at) {
  const AkChainList *list = step->list;
  guint arity = ak_chain_rules_predicate_at(self->rules, list->predicate)->arity;
  guint32 values[AK_CHAIN_ARITY_MAX];
  for (guint i = 0; i < AK_CHAIN_ARITY_MAX; i++)
    values[i] = self->values[step->slots[i]];
  guint32 entry = ak_chain_list_last(list, values);
  for (; entry != 0; entry = list->before.data[entry - 1]) {
    guint32 atom = list->atoms.data[entry - 1];
    bool fits = may_be(self, plan, step->premise, atom);
    ak_chain_atoms_values(self->atoms, list->predicate, ak_chain_atoms_key_of(self->atoms, atom),
                          values);
    for (guint i = 0; fits && i < arity; i++) {
      if (step->binds >> i & 1)
        self->values[step->slots[i]] = values[i];
      else
        fits = self->values[step->slots[i]] == values[i];
    }
    self->premises[step->premise] = atom;
    if (fits && !join(self, plan, at + 1))
      return false;
  }
  return true;
}

static bool join(Grounder *self, const AkChainPlan *plan, guint at) {
  if (at == plan->step_count)
    return emit(self, plan);
  const AkChainStep *step = &plan->steps[at];
  switch (step->kind) {
  case AK_CHAIN_STEP_ROWS:
    return join_rows(self, plan, step, at);
  case AK_CHAIN_STEP_ATOM:
    return join_atom(self, plan, step, at);
  default:
    return join_atoms(self, plan, step, at);
  }
}

/* --- one new atom
 * ------------------------------------------------------------------------------------ */

static bool start_plan(Grounder *self, AkChainPlan *plan, const guint32 *values,
                       guint arity) {
  self->values = plan->values;
  for (guint i = 0; i < arity; i++) {
    if (plan->fresh_binds >> i & 1)
      self->values[plan->fresh_slots[i]] = values[i];
    else if (self->values[plan->fresh_slots[i]] != values[i])
      return true;
  }
  if (plan->fresh >= 0)
    self->premises[plan->fresh] = self->fresh;
  return join(self, plan, 0);
}

/* The atom can be looked up by some of its columns from now on. */
static bool add_to_lists(Grounder *self, guint32 predicate, const guint32 *values) {
  for (guint i = 0; i < self->plans->lists->len; i++) {
    AkChainList *list = self->plans->lists->pdata[i];
    if (list->predicate == predicate && !ak_chain_list_add(list, self->fresh, values))
      return false;
  }
  return true;
}

static bool take_atom(Grounder *self) {
  guint32 predicate = ak_chain_atoms_predicate(self->atoms, self->fresh);
  guint32 values[AK_CHAIN_ARITY_MAX] = {0};
  guint arity = ak_chain_rules_predicate_at(self->rules, predicate)->arity;
  const GPtrArray *plans = self->by_predicate[predicate];
  ak_chain_atoms_values(self->atoms, predicate, ak_chain_atoms_key_of(self->atoms, self->fresh),
                        values);
  if (wait_for(self, NULL, 0) == NULL || !add_to_lists(self, predicate, values))
    return false;
  for (guint i = 0; i < plans->len; i++)
    if (!start_plan(self, plans->pdata[i], values, arity))
      return false;
  return true;
}

/* --- all of it
 * ------------------------------------------------------------------------------------------ */

/* Rows of what is switched on and off become atoms before everything else. */
static bool add_switched(AkChainAtoms *atoms, const AkChainFacts *facts,
                         AkChainPredicateKind kind) {
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  for (guint32 p = 0; p < rules->predicates->len; p++) {
    const AkChainTable *table = ak_chain_facts_table(facts, p);
    const AkChainPredicate *predicate = ak_chain_rules_predicate_at(rules, p);
    if (predicate->kind != kind)
      continue;
    for (guint32 row = 0; row < table->rows; row++) {
      guint32 values[AK_CHAIN_ARITY_MAX] = {0};
      for (guint c = 0; c < predicate->arity; c++)
        values[c] = table->columns[c][row];
      if (ak_chain_atoms_add(atoms, p, ak_chain_atoms_key(atoms, p, values)) == AK_CHAIN_ATOM_NONE)
        return false;
    }
  }
  return true;
}

/* Is the fresh atom there? The last ones may still have to be settled. */
static bool is_left(Grounder *self, bool *has_room) {
  if (self->fresh >= ak_chain_atoms_count(self->atoms))
    *has_room = settle_all(self);
  return *has_room && self->fresh < ak_chain_atoms_count(self->atoms);
}

static bool run(Grounder *self, const AkChainGroundLimits *limits, GError **error) {
  bool has_room = true;
  self->fresh = AK_CHAIN_ATOM_NONE; /* rules on facts alone have no fresh atom */
  for (guint i = 0; has_room && i < self->plans->plans->len; i++) {
    AkChainPlan *plan = self->plans->plans->pdata[i];
    if (plan->fresh < 0)
      has_room = start_plan(self, plan, NULL, 0);
  }
  for (self->fresh = 0; has_room && is_left(self, &has_room); self->fresh++) {
    has_room = take_atom(self);
    if (self->fresh % CANCEL_EVERY == 0 && limits->cancelled != NULL &&
        limits->cancelled(limits->cancelled_data))
      return ak_error_set(error, AK_ERROR_CANCELLED, "stopped");
  }
  return has_room || ak_error_set(error, AK_ERROR_LIMIT,
                                  "more atoms or ways than there is room for (%u atoms so far): give it more memory, or fewer elements",
                                  ak_chain_atoms_count(self->atoms));
}

static void sort_plans(Grounder *self) {
  self->by_predicate = g_new(GPtrArray *, MAX(self->rules->predicates->len, 1));
  for (guint i = 0; i < self->rules->predicates->len; i++)
    self->by_predicate[i] = g_ptr_array_new();
  for (guint i = 0; i < self->plans->plans->len; i++) {
    AkChainPlan *plan = self->plans->plans->pdata[i];
    if (plan->fresh >= 0)
      g_ptr_array_add(self->by_predicate[plan->rule->premises[plan->fresh].predicate], plan);
  }
}

static void grounder_clear(Grounder *self) {
  for (guint i = 0; self->by_predicate != NULL && i < self->rules->predicates->len; i++)
    g_ptr_array_unref(self->by_predicate[i]);
  g_free(self->by_predicate);
  g_clear_pointer(&self->plans, ak_chain_plans_free);
  g_clear_pointer(&self->atoms, ak_chain_atoms_free);
  g_clear_pointer(&self->measures, ak_chain_atoms_free);
  ak_chain_builder_clear(&self->builder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Grounder, grounder_clear)

AkChainGround *ak_chain_ground_new(const AkChainFacts *facts, const AkChainGroundLimits *limits,
                                   GError **error) {
  static const AkChainGroundLimits usual = {0};
  g_auto(Grounder) self = {.facts = facts, .rules = ak_chain_facts_rules(facts)};
  limits = limits != NULL ? limits : &usual;
  self.ways_left = limits->ways > 0 ? limits->ways : AK_CHAIN_WAYS_MAX;
  self.atoms = ak_chain_atoms_new(facts, 1u << AK_CHAIN_DERIVED | 1u << AK_CHAIN_INITIAL, error);
  self.measures =
      self.atoms != NULL ? ak_chain_atoms_new(facts, 1u << AK_CHAIN_MEASURE, error) : NULL;
  self.plans = self.measures != NULL ? ak_chain_plans_new(facts, error) : NULL;
  if (self.plans == NULL)
    return NULL;
  sort_plans(&self);
  bool has_room = add_switched(self.atoms, facts, AK_CHAIN_INITIAL) &&
                  add_switched(self.measures, facts, AK_CHAIN_MEASURE);
  guint32 initial_count = ak_chain_atoms_count(self.atoms);
  if (has_room && !run(&self, limits, error))
    return NULL;
  g_autoptr(AkChainGraph) graph =
      has_room
          ? ak_chain_builder_end(&self.builder, initial_count, ak_chain_atoms_count(self.measures))
          : NULL;
  if (graph == NULL) {
    ak_error_set(error, AK_ERROR_LIMIT, "no memory for the graph of the chain: give it more, or fewer elements");
    return NULL;
  }
  AkChainGround *ground = g_new0(AkChainGround, 1);
  ground->facts = facts;
  ground->atoms = g_steal_pointer(&self.atoms);
  ground->measures = g_steal_pointer(&self.measures);
  ground->graph = g_steal_pointer(&graph);
  return ground;
}

void ak_chain_ground_free(AkChainGround *self) {
  if (self == NULL)
    return;
  ak_chain_atoms_free(self->atoms);
  ak_chain_atoms_free(self->measures);
  ak_chain_graph_free(self->graph);
  g_free(self);
}

/* --- asking
 * -----------------------------------------------------------------------------------------------
 */

const AkChainGraph *ak_chain_ground_graph(const AkChainGround *self) {
  return self->graph;
}

guint32 ak_chain_ground_count(const AkChainGround *self, guint32 predicate) {
  guint32 count = 0;
  for (guint32 i = 0; i < ak_chain_atoms_count(self->atoms); i++)
    count += ak_chain_atoms_predicate(self->atoms, i) == predicate;
  return count;
}

guint32 ak_chain_ground_predicate(const AkChainGround *self, guint32 atom) {
  return ak_chain_atoms_predicate(self->atoms, atom);
}

static const AkChainAtoms *atoms_of(const AkChainGround *self, guint32 predicate) {
  const AkChainPredicate *known =
      ak_chain_rules_predicate_at(ak_chain_facts_rules(self->facts), predicate);
  if (known->kind == AK_CHAIN_FACT)
    return NULL;
  return known->kind == AK_CHAIN_MEASURE ? self->measures : self->atoms;
}

guint32 ak_chain_ground_find(const AkChainGround *self, guint32 predicate,
                             const char *const *values) {
  const AkChainRules *rules = ak_chain_facts_rules(self->facts);
  const AkChainAtoms *atoms = atoms_of(self, predicate);
  guint32 numbers[AK_CHAIN_ARITY_MAX] = {0};
  for (guint i = 0; i < ak_chain_rules_predicate_at(rules, predicate)->arity; i++) {
    guint32 type = ak_chain_facts_type(self->facts, predicate, i);
    numbers[i] = ak_chain_facts_value(self->facts, type, values[i]);
    if (numbers[i] == G_MAXUINT32)
      return AK_CHAIN_GRAPH_NONE;
  }
  return atoms != NULL ? ak_chain_ground_find_row(self, predicate, numbers) : AK_CHAIN_GRAPH_NONE;
}

guint32 ak_chain_ground_find_row(const AkChainGround *self, guint32 predicate, const guint32 *numbers) {
  const AkChainAtoms *atoms = atoms_of(self, predicate);
  return ak_chain_atoms_find(atoms, predicate, ak_chain_atoms_key(atoms, predicate, numbers));
}

void ak_chain_ground_row(const AkChainGround *self, guint32 atom, guint32 *numbers) {
  guint32 predicate = ak_chain_atoms_predicate(self->atoms, atom);
  ak_chain_atoms_values(self->atoms, predicate, ak_chain_atoms_key_of(self->atoms, atom), numbers);
}

static char *text_of(const AkChainGround *self, const AkChainAtoms *atoms, guint32 atom) {
  guint32 predicate = ak_chain_atoms_predicate(atoms, atom), values[AK_CHAIN_ARITY_MAX];
  const AkChainPredicate *known =
      ak_chain_rules_predicate_at(ak_chain_facts_rules(self->facts), predicate);
  GString *text = g_string_new(known->name);
  ak_chain_atoms_values(atoms, predicate, ak_chain_atoms_key_of(atoms, atom), values);
  for (guint i = 0; i < known->arity; i++) {
    g_autofree char *value =
        ak_chain_facts_text(self->facts, ak_chain_facts_type(self->facts, predicate, i), values[i]);
    g_string_append_printf(text, "%s%s", i == 0 ? "(" : ",", value);
  }
  if (known->arity > 0)
    g_string_append_c(text, ')');
  return g_string_free(text, FALSE);
}

GStrv ak_chain_ground_values(const AkChainGround *self, guint32 atom, guint32 *predicate) {
  guint32 values[AK_CHAIN_ARITY_MAX];
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
  *predicate = ak_chain_atoms_predicate(self->atoms, atom);
  ak_chain_atoms_values(self->atoms, *predicate, ak_chain_atoms_key_of(self->atoms, atom), values);
  guint arity = ak_chain_rules_predicate_at(ak_chain_facts_rules(self->facts), *predicate)->arity;
  for (guint i = 0; i < arity; i++) {
    g_autofree char *value = ak_chain_facts_text(
        self->facts, ak_chain_facts_type(self->facts, *predicate, i), values[i]);
    g_strv_builder_add(texts, value);
  }
  return g_strv_builder_end(texts);
}

char *ak_chain_ground_text(const AkChainGround *self, guint32 atom) {
  return text_of(self, self->atoms, atom);
}

char *ak_chain_ground_measure_text(const AkChainGround *self, guint32 measure) {
  return text_of(self, self->measures, measure);
}
