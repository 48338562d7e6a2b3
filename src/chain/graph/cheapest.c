#include "chain/graph/cheapest.h"

#include <string.h>

#include "chain/graph/effort.h"
#include "chain/graph/hitting.h"
#include "chain/graph/reach.h"

typedef struct {
  const AkChainGraph *graph;
  const AkChainCheapestSpec *spec;
  AkChainCheapest *out;
  GPtrArray *clauses; /* of AkChainVector */
  guint8 *on;         /* [measures] what is tried */
  guint32 *efforts;   /* by rule: rules with measures weigh, so that attacks have few of them */
  AkChainReach *reach;
} Finding;

static void clause_free(gpointer data) {
  ak_chain_vector_clear(data);
  g_free(data);
}

static void start_from_held(Finding *self) {
  if (self->spec->held != NULL)
    memcpy(self->on, self->spec->held, self->graph->measure_count);
  else
    memset(self->on, 0, self->graph->measure_count);
}

/* The first goal that is reached with what is on; AK_CHAIN_GRAPH_NONE: none is. */
static guint32 reached_goal(Finding *self) {
  ak_chain_reach_run(self->reach, self->spec->initial, self->on);
  const guint8 *reached = ak_chain_reach_atoms(self->reach);
  for (guint i = 0; i < self->spec->goal_count; i++)
    if (reached[self->spec->goals[i]])
      return self->spec->goals[i];
  return AK_CHAIN_GRAPH_NONE;
}

/* Measures on the steps of one attack on `goal` that can be taken, once each. */
static AkChainVector *clause_of(Finding *self, guint32 goal) {
  const AkChainGraph *graph = self->graph;
  AkChainEffortSpec spec = {self->efforts, self->spec->initial, self->on};
  g_autoptr(AkChainEffort) effort = ak_chain_effort_new(graph, &spec);
  g_autoptr(GArray) path = ak_chain_effort_path(effort, goal);
  g_autofree guint8 *seen = g_new0(guint8, (gsize)graph->measure_count + 1);
  AkChainVector *clause = g_new0(AkChainVector, 1);
  for (guint i = 0; i < path->len; i++) {
    guint32 way = g_array_index(path, AkChainStepTaken, i).way;
    if (way == AK_CHAIN_GRAPH_NONE)
      continue;
    for (guint32 m = graph->way_measure_start[way]; m < graph->way_measure_start[way + 1]; m++) {
      guint32 measure = graph->way_measures[m];
      if (seen[measure] || self->spec->costs[measure] == AK_CHAIN_COST_NEVER)
        continue;
      seen[measure] = 1;
      ak_chain_vector_add(clause, measure);
    }
  }
  return clause;
}

/* Attacks that have no measure in common, until all goals are out of reach; what was switched on
 * for that works. False: one of them cannot be stopped. */
static bool add_attacks(Finding *self) {
  for (guint32 goal = reached_goal(self); goal != AK_CHAIN_GRAPH_NONE; goal = reached_goal(self)) {
    AkChainVector *clause = clause_of(self, goal);
    self->out->attacks++;
    if (clause->count == 0) {
      clause_free(clause);
      self->out->unstoppable = goal;
      return false;
    }
    for (guint32 i = 0; i < clause->count; i++)
      self->on[clause->data[i]] = 1;
    g_ptr_array_add(self->clauses, clause);
  }
  return true;
}

/* A set that works, without each measure in turn that it does not need. */
static void take_upper(Finding *self) {
  g_auto(AkChainVector) chosen = {0};
  guint64 cost = 0;
  for (guint32 m = 0; m < self->graph->measure_count; m++) {
    bool is_new = self->on[m] && (self->spec->held == NULL || !self->spec->held[m]);
    if (!is_new)
      continue;
    self->on[m] = 0;
    if (reached_goal(self) == AK_CHAIN_GRAPH_NONE)
      continue;
    self->on[m] = 1;
    cost += self->spec->costs[m];
    ak_chain_vector_add(&chosen, m);
  }
  if (cost >= self->out->upper)
    return;
  self->out->upper = cost;
  ak_chain_vector_clear(&self->out->chosen);
  self->out->chosen = chosen;
  chosen = (AkChainVector){0};
}

/* One round: the cheapest set for the attacks so far; if it works, it is the answer. True: go on.
 */
static bool try_cheapest(Finding *self) {
  g_auto(AkChainHitting) hitting = {.cost = 0};
  ak_chain_hitting_solve(self->clauses, self->spec->costs, self->graph->measure_count, &hitting);
  self->out->lower = MAX(self->out->lower, hitting.lower);
  start_from_held(self);
  for (guint32 i = 0; i < hitting.chosen.count; i++)
    self->on[hitting.chosen.data[i]] = 1;
  if (reached_goal(self) == AK_CHAIN_GRAPH_NONE) {
    take_upper(self);
    return false;
  }
  self->out->is_possible = add_attacks(self);
  if (self->out->is_possible)
    take_upper(self);
  return self->out->is_possible && self->out->lower < self->out->upper;
}

static guint32 *efforts_of(const AkChainGraph *graph) {
  guint32 most = 0;
  for (guint32 way = 0; way < graph->way_count; way++)
    most = MAX(most, graph->way_rule[way] & ~AK_CHAIN_RULE_HELPER);
  for (guint32 edge = 0; edge < graph->edge_count; edge++)
    most = MAX(most, graph->edge_rule[edge] & ~AK_CHAIN_RULE_HELPER);
  guint32 *efforts = g_new0(guint32, (gsize)most + 1);
  for (guint32 way = 0; way < graph->way_count; way++)
    if (graph->way_measure_start[way] < graph->way_measure_start[way + 1])
      efforts[graph->way_rule[way] & ~AK_CHAIN_RULE_HELPER] = 1;
  return efforts;
}

bool ak_chain_cheapest_find(const AkChainGraph *graph, const AkChainCheapestSpec *spec,
                            AkChainCheapest *out, GError **error) {
  Finding self = {.graph = graph, .spec = spec, .out = out};
  guint rounds = spec->rounds > 0 ? spec->rounds : AK_CHAIN_CHEAPEST_ROUNDS;
  g_autoptr(GPtrArray) clauses = g_ptr_array_new_with_free_func(clause_free);
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  g_autofree guint8 *on = g_new0(guint8, (gsize)graph->measure_count + 1);
  g_autofree guint32 *efforts = efforts_of(graph);
  self.clauses = clauses;
  self.reach = reach;
  self.on = on;
  self.efforts = efforts;
  *out = (AkChainCheapest){
      .is_possible = true, .unstoppable = AK_CHAIN_GRAPH_NONE, .upper = G_MAXUINT64};
  for (bool goes_on = true; goes_on && out->rounds < rounds; out->rounds++) {
    if (spec->cancelled != NULL && spec->cancelled(spec->cancelled_data))
      return ak_error_set(error, AK_ERROR_CANCELLED, "stopped");
    goes_on = try_cheapest(&self);
  }
  return true;
}

void ak_chain_cheapest_clear(AkChainCheapest *self) {
  ak_chain_vector_clear(&self->chosen);
}
