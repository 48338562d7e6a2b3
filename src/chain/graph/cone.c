#include "chain/graph/cone.h"

#include <string.h>

#include "chain/graph/component.h"
#include "chain/graph/cone-join.h"
#include "chain/graph/reverse.h"

#define NONE AK_CHAIN_GRAPH_NONE
#define CLOSED 0xff /* of a way's missing premises */

typedef struct {
  const AkChainGraph *graph;
  const AkChainConeSpec *spec;
  guint8 *missing;  /* [ways] premises that are not reached; CLOSED */
  guint8 *state;    /* [atoms] bits below */
  guint32 *reached; /* atoms in the order in which they are reached, the nearest first */
  guint32 reached_count;
  AkChainConeWay *instances; /* by head, then by rule */
  guint32 instance_count;
  AkChainCone *cone;
} Building;

enum { IS_REACHED = 1, IS_NEEDED = 2 };

static bool is_initial(const Building *self, guint32 atom) {
  return atom < self->graph->initial_count && (self->spec->initial == NULL || self->spec->initial[atom]);
}

/* --- what can be reached ---------------------------------------------------------------------------------------- */

static void reach(Building *self, guint32 atom) {
  if (self->state[atom] & IS_REACHED)
    return;
  self->state[atom] |= IS_REACHED;
  self->reached[self->reached_count++] = atom;
}

static void count_missing(Building *self) {
  const AkChainGraph *graph = self->graph;
  for (guint32 way = 0; way < graph->way_count; way++) {
    self->missing[way] = (guint8)(graph->way_premise_start[way + 1] - graph->way_premise_start[way]);
    for (guint32 i = graph->way_measure_start[way]; self->spec->closing != NULL && i < graph->way_measure_start[way + 1]; i++)
      if (self->spec->closing[graph->way_measures[i]])
        self->missing[way] = CLOSED;
    if (self->missing[way] == 0)
      reach(self, graph->way_head[way]);
  }
}

static void reach_all(Building *self) {
  const AkChainGraph *graph = self->graph;
  for (guint32 i = 0; i < graph->initial_count; i++)
    if (is_initial(self, i))
      reach(self, i);
  count_missing(self);
  for (guint32 at = 0; at < self->reached_count; at++) {
    guint32 atom = self->reached[at];
    for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++)
      reach(self, graph->edge_head[i]);
    for (guint32 i = graph->way_of_start[atom]; i < graph->way_of_start[atom + 1]; i++)
      if (self->missing[graph->way_of[i]] != CLOSED && --self->missing[graph->way_of[i]] == 0)
        reach(self, graph->way_head[graph->way_of[i]]);
  }
}

/* --- what is needed --------------------------------------------------------------------------------------------- */

typedef struct {
  guint32 *atoms; /* each at most once */
  guint32 count;
} Todo;

static void need(Building *self, Todo *todo, guint32 atom) {
  if (self->state[atom] != IS_REACHED)
    return;
  self->state[atom] |= IS_NEEDED;
  todo->atoms[todo->count++] = atom;
}

/* Backwards from the goals; a way whose premises are all reached has none missing. */
static void need_all(Building *self) {
  const AkChainGraph *graph = self->graph;
  g_auto(AkChainReverse) to = {NULL};
  g_autofree guint32 *atoms = g_new(guint32, (gsize)self->reached_count + 1);
  Todo todo = {atoms, 0};
  ak_chain_reverse_init(&to, graph);
  for (guint i = 0; i < self->spec->goal_count; i++)
    need(self, &todo, self->spec->goals[i]);
  while (todo.count > 0) {
    guint32 atom = todo.atoms[--todo.count];
    if (is_initial(self, atom))
      continue;
    for (guint32 i = to.edge_start[atom]; i < to.edge_start[atom + 1]; i++)
      need(self, &todo, to.edge_from[i]);
    for (guint32 i = to.way_start[atom]; i < to.way_start[atom + 1]; i++)
      for (guint32 p = graph->way_premise_start[to.way[i]];
           self->missing[to.way[i]] == 0 && p < graph->way_premise_start[to.way[i] + 1]; p++)
        need(self, &todo, graph->way_premises[p]);
  }
}

static bool is_needed(const Building *self, guint32 atom) {
  return self->state[atom] & IS_NEEDED;
}

/* --- places ----------------------------------------------------------------------------------------------------- */

/* Circle by circle, and within one as they are reached. */
static void lay_atoms(Building *self) {
  const AkChainGraph *graph = self->graph;
  AkChainCone *cone = self->cone;
  guint32 components = 0;
  g_autofree guint32 *component = ak_chain_components(graph, &components);
  g_autofree guint32 *next = g_new0(guint32, (gsize)components + 2);
  cone->places = g_new(guint32, (gsize)graph->atom_count + 1);
  memset(cone->places, 0xff, ((gsize)graph->atom_count + 1) * sizeof *cone->places);
  for (guint32 i = 0; i < self->reached_count; i++)
    if (is_needed(self, self->reached[i])) {
      next[component[self->reached[i]] + 1]++;
      cone->count++;
    }
  for (guint32 i = 1; i <= components; i++)
    next[i] += next[i - 1];
  cone->atoms = g_new(guint32, (gsize)cone->count + 1);
  cone->circle_starts = g_new(guint32, (gsize)cone->count + 1);
  cone->circle_ends = g_new(guint32, (gsize)cone->count + 1);
  cone->is_initial = g_new0(guint8, (gsize)cone->count + 1);
  for (guint32 i = 0; i < self->reached_count; i++) {
    guint32 atom = self->reached[i];
    if (!is_needed(self, atom))
      continue;
    guint32 place = next[component[atom]]++;
    cone->atoms[place] = atom;
    cone->places[atom] = place;
    cone->is_initial[place] = is_initial(self, atom);
  }
  for (guint32 place = 0; place < cone->count; place++) {
    bool is_first = place == 0 || cone->circle_ends[place - 1] == place;
    cone->circle_starts[place] = is_first ? place : cone->circle_starts[place - 1];
    cone->circle_ends[place] = next[component[cone->atoms[place]]]; /* by now where its last one ends */
  }
}

/* --- ways ------------------------------------------------------------------------------------------------------- */

static bool leads(const Building *self, guint32 head) {
  return is_needed(self, head) && !is_initial(self, head);
}

/* Counts (`out` NULL) or makes those to needed atoms. */
static guint32 instances_of(const Building *self, AkChainConeWay *out) {
  const AkChainGraph *graph = self->graph;
  guint32 count = 0;
  for (guint32 at = 0; at < self->reached_count; at++) {
    guint32 atom = self->reached[at];
    for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++) {
      if (!leads(self, graph->edge_head[i]))
        continue;
      if (out != NULL)
        out[count] = (AkChainConeWay){self->cone->places[graph->edge_head[i]], graph->edge_rule[i],
                                       self->cone->places[atom], NONE};
      count++;
    }
  }
  for (guint32 way = 0; way < graph->way_count; way++) {
    if (self->missing[way] != 0 || !leads(self, graph->way_head[way]))
      continue;
    if (out != NULL)
      out[count] = (AkChainConeWay){self->cone->places[graph->way_head[way]], graph->way_rule[way], NONE, way};
    count++;
  }
  return count;
}

static guint32 head_of(const AkChainConeWay *instance) {
  return instance->head;
}

/* Helpers of a rule are a rule of their own. */
static guint32 rule_of(const AkChainConeWay *instance) {
  return (instance->rule & ~AK_CHAIN_RULE_HELPER) << 1 | (instance->rule & AK_CHAIN_RULE_HELPER ? 1 : 0);
}

/* By counting, which keeps the order of what is equal. */
static void sort_by(const AkChainConeWay *from, guint32 count, guint32 (*key_of)(const AkChainConeWay *instance), AkChainConeWay *to) {
  guint32 most = 0;
  for (guint32 i = 0; i < count; i++)
    most = MAX(most, key_of(&from[i]));
  g_autofree guint32 *next = g_new0(guint32, (gsize)most + 2);
  for (guint32 i = 0; i < count; i++)
    next[key_of(&from[i]) + 1]++;
  for (guint32 key = 1; key <= most; key++)
    next[key] += next[key - 1];
  for (guint32 i = 0; i < count; i++)
    to[next[key_of(&from[i])]++] = from[i];
}

/* By head, and then by rule. */
static void lay_instances(Building *self) {
  self->instance_count = instances_of(self, NULL);
  self->instances = g_new(AkChainConeWay, (gsize)self->instance_count + 1);
  g_autofree AkChainConeWay *by_rule = g_new(AkChainConeWay, (gsize)self->instance_count + 1);
  instances_of(self, self->instances);
  sort_by(self->instances, self->instance_count, rule_of, by_rule);
  sort_by(by_rule, self->instance_count, head_of, self->instances);
}

/* The cone's own number of a measure; `numbers`: + 1, by the graph's. */
static guint32 measure_number(AkChainCone *cone, guint32 *numbers, guint32 measure) {
  if (numbers[measure] == 0) {
    cone->measure_numbers[cone->measure_count] = measure;
    numbers[measure] = ++cone->measure_count;
  }
  return numbers[measure] - 1;
}

/* Room for all premises and measures. */
static void make_room(const Building *self) {
  const AkChainGraph *graph = self->graph;
  AkChainCone *cone = self->cone;
  gsize premises = 0, measures = 0;
  for (guint32 i = 0; i < self->instance_count; i++) {
    guint32 way = self->instances[i].way;
    premises += way == NONE ? 1 : graph->way_premise_start[way + 1] - graph->way_premise_start[way];
    measures += way == NONE ? 0 : graph->way_measure_start[way + 1] - graph->way_measure_start[way];
  }
  cone->way_count = self->instance_count;
  cone->step_start = g_new0(guint32, (gsize)cone->count + 2);
  cone->step_rules = g_new(guint32, (gsize)cone->way_count + 1);
  cone->way_start = g_new(guint32, (gsize)cone->way_count + 1);
  cone->way_heads = g_new(guint32, (gsize)cone->way_count + 1);
  cone->way_steps = g_new(guint32, (gsize)cone->way_count + 1);
  cone->premise_start = g_new0(guint32, (gsize)cone->way_count + 1);
  cone->measure_start = g_new0(guint32, (gsize)cone->way_count + 1);
  cone->premises = g_new(guint32, premises + 1);
  cone->measures = g_new(guint32, measures + 1);
  cone->measure_numbers = g_new(guint32, MIN(measures, graph->measure_count) + 1);
}

static void lay_way(const Building *self, guint32 number, guint32 *numbers) {
  const AkChainGraph *graph = self->graph;
  const AkChainConeWay *instance = &self->instances[number];
  AkChainCone *cone = self->cone;
  guint32 premises = cone->premise_start[number], measures = cone->measure_start[number], way = instance->way;
  if (way == NONE)
    cone->premises[premises++] = instance->from;
  for (guint32 i = 0; way != NONE && i < graph->way_premise_start[way + 1] - graph->way_premise_start[way]; i++)
    cone->premises[premises++] = cone->places[graph->way_premises[graph->way_premise_start[way] + i]];
  for (guint32 i = 0; way != NONE && i < graph->way_measure_start[way + 1] - graph->way_measure_start[way]; i++) {
    guint32 measure = graph->way_measures[graph->way_measure_start[way] + i];
    if (self->spec->watched != NULL && self->spec->watched[measure])
      cone->measures[measures++] = measure_number(cone, numbers, measure);
  }
  cone->premise_start[number + 1] = premises;
  cone->measure_start[number + 1] = measures;
}

static void lay_ways(Building *self) {
  AkChainCone *cone = self->cone;
  g_autofree guint32 *numbers = g_new0(guint32, (gsize)self->graph->measure_count + 1);
  make_room(self);
  for (guint32 i = 0; i < self->instance_count; i++) {
    const AkChainConeWay *instance = &self->instances[i];
    if (i == 0 || instance->head != instance[-1].head || instance->rule != instance[-1].rule) {
      cone->step_rules[cone->step_count] = instance->rule;
      cone->way_start[cone->step_count++] = i;
      cone->step_start[instance->head + 1]++;
    }
    cone->way_heads[i] = instance->head;
    cone->way_steps[i] = cone->step_count - 1;
    lay_way(self, i, numbers);
  }
  cone->way_start[cone->step_count] = cone->way_count;
  for (guint32 place = 0; place < cone->count; place++)
    cone->step_start[place + 1] += cone->step_start[place];
}

/* --- what follows from what ------------------------------------------------------------------------------------- */

/* Ways by what they name (premises, or measures). */
static void invert(const Building *self, const guint32 *starts, const guint32 *named, guint32 count, guint32 **start,
                   guint32 **out) {
  guint32 ways = self->cone->way_count;
  *start = g_new0(guint32, (gsize)count + 2);
  *out = g_new(guint32, (gsize)starts[ways] + 1);
  for (guint32 i = 0; i < starts[ways]; i++)
    (*start)[named[i] + 2]++;
  for (guint32 i = 2; i < count + 2; i++)
    (*start)[i] += (*start)[i - 1];
  for (guint32 way = 0; way < ways; way++) /* by rising heads */
    for (guint32 i = starts[way]; i < starts[way + 1]; i++)
      (*out)[(*start)[named[i] + 1]++] = way;
}

AkChainCone *ak_chain_cone_new(const AkChainGraph *graph, const AkChainConeSpec *spec) {
  Building self = {.graph = graph, .spec = spec, .cone = g_new0(AkChainCone, 1)};
  g_autofree guint8 *missing = g_new(guint8, (gsize)graph->way_count + 1);
  g_autofree guint8 *state = g_new0(guint8, (gsize)graph->atom_count + 1);
  g_autofree guint32 *reached = g_new(guint32, (gsize)graph->atom_count + 1);
  AkChainCone *cone = self.cone;
  self.missing = missing;
  self.state = state;
  self.reached = reached;
  reach_all(&self);
  need_all(&self);
  lay_atoms(&self);
  lay_instances(&self);
  if (spec->is_joined)
    ak_chain_cone_join(cone, &self.instances, &self.instance_count);
  lay_ways(&self);
  invert(&self, cone->premise_start, cone->premises, cone->count, &cone->use_start, &cone->uses);
  invert(&self, cone->measure_start, cone->measures, cone->measure_count, &cone->closes_start, &cone->closes);
  g_free(self.instances);
  return cone;
}

void ak_chain_cone_free(AkChainCone *self) {
  if (self == NULL)
    return;
  gpointer all[] = {self->atoms,      self->places,   self->is_initial,    self->circle_starts, self->circle_ends, self->step_start,
                    self->step_rules, self->way_start, self->premise_start, self->premises,    self->measure_start,
                    self->measures,   self->measure_numbers, self->closes_start, self->closes, self->use_start, self->uses, self->way_heads, self->way_steps};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    g_free(all[i]);
  g_free(self);
}
