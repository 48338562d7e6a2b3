#include "chain/rule/ground.h"

#include "chain/rule/ground-parts.h"
#include "chain/rule/gather.h"
#include "chain/rule/join.h"
#include "chain/rule/single.h"

/* Edges and ways of a window, about: they and what is looked up for them stay in the caches. */
#define WINDOW_WAYS 16384
enum { WINDOW_FIRST = 64 };

/* New atoms that are taken together, those of one predicate behind one another. */
typedef struct {
  guint32 first, end;
  guint32 atoms[AK_CHAIN_WINDOW_MAX];
  guint32 values[AK_CHAIN_ARITY_MAX][AK_CHAIN_WINDOW_MAX];
} Window;

/* Where a predicate's atoms stand in the window, and which plans begin with one of them. */
typedef struct {
  guint32 begin, end;
  GPtrArray *plans; /* of AkChainStages, borrowed */
} Turn;

typedef struct {
  const AkChainFacts *facts;
  const AkChainRules *rules;
  AkChainAtoms *atoms, *measures;
  AkChainPlans *plans;
  GPtrArray *stages; /* of AkChainStages */
  AkChainInstances instances;
  AkChainJoin *join;
  Window *window;
  Turn *turns;      /* [predicates]; every `end` is 0 between windows */
  guint32 *present; /* predicates of the window, [predicates] */
  guint32 present_count;
} Grounder;

/* --- a window of new atoms
 * --------------------------------------------------------------------------------------------------------------------------------- */

static void take_one_predicate(Grounder *self, guint32 predicate) {
  Window *window = self->window;
  for (guint32 i = 0; i < window->end - window->first; i++)
    window->atoms[i] = window->first + i;
  self->present[self->present_count++] = predicate;
  self->turns[predicate].begin = 0;
  self->turns[predicate].end = window->end - window->first;
}

static bool is_of_one_predicate(const Window *window, const guint16 *predicates) {
  guint differing = 0;
  for (guint32 atom = window->first; atom < window->end; atom++)
    differing |= predicates[atom] ^ predicates[window->first];
  return differing == 0;
}

/* Counting sort by predicate. */
static void sort_window(Grounder *self) {
  Window *window = self->window;
  const guint16 *predicates = ak_chain_atoms_predicates(self->atoms);
  self->present_count = 0;
  if (is_of_one_predicate(window, predicates)) {
    take_one_predicate(self, predicates[window->first]);
    return;
  }
  for (guint32 atom = window->first; atom < window->end; atom++)
    if (self->turns[predicates[atom]].end++ == 0)
      self->present[self->present_count++] = predicates[atom];
  guint32 begin = 0;
  for (guint32 i = 0; i < self->present_count; i++) {
    Turn *turn = &self->turns[self->present[i]];
    turn->begin = begin;
    begin += turn->end;
    turn->end = turn->begin;
  }
  for (guint32 atom = window->first; atom < window->end; atom++)
    window->atoms[self->turns[predicates[atom]].end++] = atom;
}

static void read_values(Grounder *self, guint32 predicate, guint32 **columns) {
  Window *window = self->window;
  const Turn *turn = &self->turns[predicate];
  for (guint c = 0; c < AK_CHAIN_ARITY_MAX; c++)
    columns[c] = window->values[c] + turn->begin;
  ak_chain_atoms_columns(self->atoms, predicate, window->atoms + turn->begin, turn->end - turn->begin, columns);
}

/* The atoms can be looked up by some of their columns from now on. */
static bool add_to_lists(Grounder *self, guint32 predicate, guint32 *const *columns) {
  const Turn *turn = &self->turns[predicate];
  for (guint i = 0; i < self->plans->lists->len; i++) {
    AkChainList *list = self->plans->lists->pdata[i];
    if (list->predicate == predicate &&
        !ak_chain_list_add_all(list, self->window->atoms + turn->begin, columns, turn->end - turn->begin))
      return false;
  }
  return true;
}

static bool join_window(Grounder *self) {
  Window *window = self->window;
  for (guint32 i = 0; i < self->present_count; i++) {
    const Turn *turn = &self->turns[self->present[i]];
    guint32 *columns[AK_CHAIN_ARITY_MAX];
    for (guint c = 0; c < AK_CHAIN_ARITY_MAX; c++)
      columns[c] = window->values[c] + turn->begin;
    for (guint p = 0; p < turn->plans->len; p++)
      if (!ak_chain_join_run(self->join, turn->plans->pdata[p], window->atoms + turn->begin, columns, turn->end - turn->begin))
        return false;
  }
  return true;
}

/* Lists get all atoms of the window before any is joined: what is newer than the atom at hand is passed over. */
static bool take_window(Grounder *self) {
  bool has_room = true;
  sort_window(self);
  for (guint32 i = 0; has_room && i < self->present_count; i++) {
    guint32 *columns[AK_CHAIN_ARITY_MAX];
    read_values(self, self->present[i], columns);
    has_room = add_to_lists(self, self->present[i], columns);
  }
  has_room = has_room && join_window(self) && ak_chain_instances_end_window(&self->instances, self->window->first, self->window->end);
  for (guint32 i = 0; i < self->present_count; i++)
    self->turns[self->present[i]].end = 0;
  return has_room;
}

/* How many atoms the next window takes, so that it has about as many ways as wanted. */
static guint32 next_size(guint32 atoms, guint64 ways) {
  guint64 fitting = (guint64)WINDOW_WAYS * atoms / MAX(ways, 1);
  return (guint32)CLAMP(fitting, 1, AK_CHAIN_WINDOW_MAX);
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

/* Rules on facts alone have no new atom. */
static bool run_facts(Grounder *self) {
  for (guint i = 0; i < self->stages->len; i++) {
    const AkChainStages *stages = self->stages->pdata[i];
    if (stages->plan->fresh < 0 && !ak_chain_join_run(self->join, stages, NULL, NULL, 1))
      return false;
  }
  return true;
}

static bool run(Grounder *self, const AkChainGroundLimits *limits, GError **error) {
  guint32 initial = ak_chain_atoms_count(self->atoms);
  bool has_room = run_facts(self) && ak_chain_gather(&self->instances, initial);
  guint32 size = WINDOW_FIRST;
  Window *window = self->window;
  for (window->first = 0; has_room && window->first < ak_chain_atoms_count(self->atoms); window->first = window->end) {
    window->end = window->first + MIN(size, ak_chain_atoms_count(self->atoms) - window->first);
    guint64 left = self->instances.ways_left;
    has_room = take_window(self);
    size = next_size(window->end - window->first, left - self->instances.ways_left);
    if (limits->cancelled != NULL && limits->cancelled(limits->cancelled_data))
      return ak_error_set(error, AK_ERROR_CANCELLED, "stopped");
  }
  return has_room || ak_error_set(error, AK_ERROR_LIMIT,
                                  "more atoms or ways than there is room for (%u atoms so far): give it more memory, or fewer elements",
                                  ak_chain_atoms_count(self->atoms));
}

/* Tables of atoms that nobody looks up are not kept. */
static void find_single(Grounder *self) {
  guint32 predicates = self->rules->predicates->len;
  g_autofree bool *is_single = g_new(bool, predicates + 1);
  ak_chain_single_find(self->plans, is_single);
  for (guint32 i = 0; i < predicates; i++)
    if (is_single[i])
      ak_chain_atoms_expect_once(self->atoms, i);
}

static bool prepare(Grounder *self) {
  find_single(self);
  guint32 predicates = MAX(self->rules->predicates->len, 1);
  self->stages = g_ptr_array_new_with_free_func(g_free);
  self->turns = g_new0(Turn, predicates);
  self->present = g_new0(guint32, predicates);
  for (guint32 i = 0; i < self->rules->predicates->len; i++)
    self->turns[i].plans = g_ptr_array_new();
  for (guint i = 0; i < self->plans->plans->len; i++) {
    AkChainPlan *plan = self->plans->plans->pdata[i];
    AkChainStages *stages = ak_chain_stages_new(plan, self->rules, self->atoms, self->measures);
    g_ptr_array_add(self->stages, stages);
    if (plan->fresh >= 0)
      g_ptr_array_add(self->turns[plan->rule->premises[plan->fresh].predicate].plans, stages);
  }
  self->window = ak_large_new(1, sizeof *self->window);
  self->instances.atoms = self->atoms;
  self->join = ak_chain_join_new(self->stages, self->measures, &self->instances);
  return self->window != NULL && self->join != NULL;
}

static void grounder_clear(Grounder *self) {
  for (guint i = 0; self->turns != NULL && i < self->rules->predicates->len; i++)
    g_ptr_array_unref(self->turns[i].plans);
  g_free(self->turns);
  g_free(self->present);
  ak_large_free(self->window);
  g_clear_pointer(&self->join, ak_chain_join_free);
  g_clear_pointer(&self->stages, g_ptr_array_unref);
  g_clear_pointer(&self->plans, ak_chain_plans_free);
  g_clear_pointer(&self->atoms, ak_chain_atoms_free);
  g_clear_pointer(&self->measures, ak_chain_atoms_free);
  ak_chain_instances_clear(&self->instances);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Grounder, grounder_clear)

AkChainGround *ak_chain_ground_new(const AkChainFacts *facts, const AkChainGroundLimits *limits,
                                   GError **error) {
  static const AkChainGroundLimits usual = {0};
  g_auto(Grounder) self = {.facts = facts, .rules = ak_chain_facts_rules(facts)};
  limits = limits != NULL ? limits : &usual;
  self.instances.ways_left = limits->ways > 0 ? limits->ways : AK_CHAIN_WAYS_MAX;
  self.atoms = ak_chain_atoms_new(facts, 1u << AK_CHAIN_DERIVED | 1u << AK_CHAIN_INITIAL, error);
  self.measures =
      self.atoms != NULL ? ak_chain_atoms_new(facts, 1u << AK_CHAIN_MEASURE, error) : NULL;
  self.plans = self.measures != NULL ? ak_chain_plans_new(facts, error) : NULL;
  if (self.plans == NULL)
    return NULL;
  bool has_room = prepare(&self) && add_switched(self.atoms, facts, AK_CHAIN_INITIAL) &&
                  add_switched(self.measures, facts, AK_CHAIN_MEASURE);
  guint32 initial_count = ak_chain_atoms_count(self.atoms);
  if (has_room && !run(&self, limits, error))
    return NULL;
  ak_chain_instances_end(&self.instances);
  g_autoptr(AkChainGraph) graph =
      has_room
          ? ak_chain_builder_end(&self.instances.builder, initial_count, ak_chain_atoms_count(self.measures))
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
  return ak_chain_atoms_count_of(self->atoms, predicate);
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
