#include "chain/graph/cheapest.h"

#include <string.h>

#include "chain/graph/live.h"
#include "chain/graph/reach.h"
#include "chain/graph/reduce.h"
#include "chain/graph/sat.h"

#define NOTHING G_MAXUINT32
#define CONFLICTS_AT_ONCE 2000 /* before it is asked whether to stop */
#define CONFLICTS_MAX 20000000 /* then lower and upper bound stay apart */

/* At least one of `members` is true, and `weight` of each of them has been counted for that. */
typedef struct {
  guint32 *members;
  guint32 count;
  guint64 weight;
} Core;

typedef struct {
  const AkChainGraph *graph;
  const AkChainCheapestSpec *spec;
  AkChainCheapest *out;
  AkChainReduced reduced;
  AkSat *sat;
  guint32 *measure_variable; /* [measures] NOTHING: does not matter, or cannot be taken */
  GArray *weights; /* of guint64, by variable: what it costs that it is true; 0: nothing */
  GArray *cores;   /* of Core, not replaced yet */
  guint64 stratum; /* variables that weigh less may be true for now */
  guint rounds;
  bool is_proven;
} Finding;

/* --- the problem as clauses ---------------------------------------------------------------------
 */

static guint32 add_variable(Finding *self, guint64 weight) {
  guint32 variable = ak_sat_add_variable(self->sat);
  g_array_append_val(self->weights, weight);
  return variable;
}

static bool is_held(const Finding *self, guint32 measure) {
  return self->spec->held != NULL && self->spec->held[measure];
}

static guint32 variable_of(Finding *self, guint32 *variables, guint32 number, guint64 weight) {
  if (variables[number] == NOTHING)
    variables[number] = add_variable(self, weight);
  return variables[number];
}

/* A set of atoms that holds what an attacker begins with, and with all premises of a way its head
 * unless a measure of it is taken, holds all that is reached: so that no goal is in some such set
 * is the same as that none is reached. */
static void add_row(Finding *self, const guint32 *row, guint32 *atom_variables) {
  guint32 literals[1 + 6 + 6], count = 0, premises = row[0], measures = row[1];
  literals[count++] = 2 * variable_of(self, atom_variables, row[2], 0);
  for (guint32 i = 0; i < premises; i++)
    literals[count++] = AK_SAT_NOT(2 * variable_of(self, atom_variables, row[3 + i], 0));
  for (guint32 i = 0; i < measures; i++) {
    guint32 measure = row[3 + premises + i];
    guint64 cost = self->spec->costs[measure];
    if (cost != AK_CHAIN_COST_NEVER)
      literals[count++] = 2 * variable_of(self, self->measure_variable, measure, cost);
  }
  ak_sat_add_clause(self->sat, literals, count);
}

static void add_problem(Finding *self) {
  g_autofree guint32 *atom_variables = g_new(guint32, (gsize)self->graph->atom_count + 1);
  const guint32 *rows = self->reduced.rows.data;
  for (guint32 i = 0; i <= self->graph->atom_count; i++)
    atom_variables[i] = NOTHING;
  for (guint32 i = 0; i <= self->graph->measure_count; i++)
    self->measure_variable[i] = NOTHING;
  for (guint32 at = 0; at < self->reduced.rows.count; at += 3 + rows[at] + rows[at + 1])
    add_row(self, &rows[at], atom_variables);
  for (guint i = 0; i < self->spec->goal_count; i++) {
    guint32 goal = self->reduced.class_of[self->spec->goals[i]];
    if (goal == AK_CHAIN_REDUCED_NONE)
      continue;
    guint32 literal = AK_SAT_NOT(2 * variable_of(self, atom_variables, goal, 0));
    ak_sat_add_clause(self->sat, &literal, 1);
  }
}

/* --- cores --------------------------------------------------------------------------------------
 */

static guint64 *weight_at(const Finding *self, guint32 variable) {
  return &g_array_index(self->weights, guint64, variable);
}

/* The least weight of its members must be paid: it is counted, and taken from each of them. */
static void count_core(Finding *self, const AkChainVector *literals) {
  Core core = {g_new(guint32, (gsize)literals->count + 1), literals->count, G_MAXUINT64};
  for (guint32 i = 0; i < literals->count; i++) {
    core.members[i] = literals->data[i] >> 1;
    core.weight = MIN(core.weight, *weight_at(self, core.members[i]));
  }
  for (guint32 i = 0; i < core.count; i++)
    *weight_at(self, core.members[i]) -= core.weight;
  self->out->lower += core.weight;
  self->out->attacks++;
  g_array_append_val(self->cores, core);
}

/* One member is paid for; what is new costs for each further one. Source: N. Narodytska, F.
 * Bacchus, Maximum satisfiability using core-guided MaxSAT resolution, AAAI 2014. */
static void replace_core(Finding *self, const Core *core) {
  g_autofree guint32 *clause = g_new(guint32, (gsize)core->count + 1);
  for (guint32 i = 0; i < core->count; i++)
    clause[i] = 2 * core->members[i];
  ak_sat_add_clause(self->sat, clause, core->count);
  guint32 rest = clause[core->count - 1]; /* one of those from here on */
  for (guint32 i = core->count - 1; i-- > 0;) {
    guint32 both = 2 * add_variable(self, core->weight);
    ak_sat_add_clause(self->sat, (guint32[]){AK_SAT_NOT(clause[i]), AK_SAT_NOT(rest), both}, 3);
    if (i == 0)
      return;
    guint32 either = 2 * add_variable(self, 0);
    ak_sat_add_clause(self->sat, (guint32[]){AK_SAT_NOT(clause[i]), either}, 2);
    ak_sat_add_clause(self->sat, (guint32[]){AK_SAT_NOT(rest), either}, 2);
    rest = either;
  }
}

static bool replace_cores(Finding *self) {
  bool any = self->cores->len > 0;
  for (guint i = 0; i < self->cores->len; i++) {
    Core *core = &g_array_index(self->cores, Core, i);
    replace_core(self, core);
    g_free(core->members);
  }
  g_array_set_size(self->cores, 0);
  return any;
}

/* --- bounds -------------------------------------------------------------------------------------
 */

/* The measures of the assignment at hand, if they cost less than the best so far. */
static void take_upper(Finding *self) {
  g_auto(AkChainVector) chosen = {0};
  guint64 cost = 0;
  for (guint32 m = 0; m < self->graph->measure_count; m++) {
    if (self->measure_variable[m] == NOTHING ||
        !ak_sat_value(self->sat, self->measure_variable[m]) || is_held(self, m))
      continue;
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

/* What weighs as much as the bounds lie apart, or more, is true in no better set. */
static void harden(Finding *self) {
  for (guint32 i = 0; i < self->weights->len; i++) {
    guint32 literal = AK_SAT_NOT(2 * i);
    if (*weight_at(self, i) == 0 || *weight_at(self, i) < self->out->upper - self->out->lower)
      continue;
    *weight_at(self, i) = 0;
    ak_sat_add_clause(self->sat, &literal, 1);
  }
}

/* The next stratum: about half of this one, or what weighs most below it. */
static void lower_stratum(Finding *self) {
  guint64 half = 0, most = 0;
  for (guint32 i = 0; i < self->weights->len; i++) {
    guint64 weight = *weight_at(self, i);
    if (weight < self->stratum)
      most = MAX(most, weight);
    if (weight <= self->stratum / 2)
      half = MAX(half, weight);
  }
  self->stratum = MAX(1, half > 0 ? half : most);
}

/* --- searching ----------------------------------------------------------------------------------
 */

static AkSatAnswer solve(Finding *self, const AkChainVector *assumptions, GError **error) {
  AkSatAnswer answer = AK_SAT_BROKEN_OFF;
  while (answer == AK_SAT_BROKEN_OFF && ak_sat_conflicts(self->sat) < CONFLICTS_MAX) {
    if (self->spec->cancelled != NULL && self->spec->cancelled(self->spec->cancelled_data)) {
      ak_error_set(error, AK_ERROR_CANCELLED, "stopped");
      return AK_SAT_BROKEN_OFF;
    }
    answer = ak_sat_solve(self->sat, assumptions->data, assumptions->count, CONFLICTS_AT_ONCE);
  }
  self->out->rounds++;
  return answer;
}

/* What weighs enough is assumed to be false. */
static void assume(const Finding *self, AkChainVector *out) {
  for (guint32 i = 0; i < self->weights->len; i++)
    if (*weight_at(self, i) >= self->stratum)
      ak_chain_vector_add(out, AK_SAT_NOT(2 * i));
}

/* An assignment was found: true if there is more to do. */
static bool after_yes(Finding *self) {
  take_upper(self);
  if (self->out->lower >= self->out->upper)
    return false;
  harden(self);
  /* where nothing is left to assume, the next answer is as good as the lower bound, or there is
   * none */
  if (!replace_cores(self))
    lower_stratum(self);
  return true;
}

/* The assumptions contradict one another: true if there is more to do. */
static bool after_no(Finding *self) {
  const AkChainVector *core = ak_sat_core(self->sat);
  if (core->count == 0) { /* nothing is better than the best so far */
    self->out->lower = self->out->upper;
    return false;
  }
  count_core(self, core);
  return self->out->lower < self->out->upper;
}

static bool search(Finding *self, GError **error) {
  for (bool goes_on = true; goes_on && self->out->rounds < self->rounds;) {
    g_auto(AkChainVector) assumptions = {0};
    g_autoptr(GError) stopped = NULL;
    assume(self, &assumptions);
    AkSatAnswer answer = solve(self, &assumptions, &stopped);
    if (stopped != NULL) {
      g_propagate_error(error, g_steal_pointer(&stopped));
      return false;
    }
    goes_on = answer == AK_SAT_YES ? after_yes(self) : answer == AK_SAT_NO && after_no(self);
  }
  return true;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

/* The first goal that is reached; AK_CHAIN_GRAPH_NONE: none is. */
static guint32 reached_goal(const Finding *self, const guint8 *reached) {
  for (guint i = 0; i < self->spec->goal_count; i++)
    if (reached[self->spec->goals[i]])
      return self->spec->goals[i];
  return AK_CHAIN_GRAPH_NONE;
}

/* What holds, and all that can be taken. */
static guint8 *everything(const Finding *self) {
  guint8 *on = g_new0(guint8, (gsize)self->graph->measure_count + 1);
  for (guint32 m = 0; m < self->graph->measure_count; m++)
    on[m] = is_held(self, m) || self->spec->costs[m] != AK_CHAIN_COST_NEVER;
  return on;
}

static bool no_memory(GError **error) {
  return ak_error_set(error, AK_ERROR_LIMIT, "no memory for what can be reached");
}

/* The chosen measures on top of those that hold, without each in turn that is not needed. */
static bool finish(Finding *self, GError **error) {
  g_autofree guint8 *on = g_new0(guint8, (gsize)self->graph->measure_count + 1);
  AkChainVector *chosen = &self->out->chosen;
  guint32 kept = 0;
  for (guint32 m = 0; m < self->graph->measure_count; m++)
    on[m] = is_held(self, m);
  for (guint32 i = 0; i < chosen->count; i++)
    on[chosen->data[i]] = 1;
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(self->graph);
  if (reach == NULL)
    return no_memory(error);
  ak_chain_reach_run(reach, self->spec->initial, on);
  if (reached_goal(self, ak_chain_reach_atoms(reach)) != AK_CHAIN_GRAPH_NONE)
    return ak_error_set(error, AK_ERROR_INTERNAL, "the measures that were found do not suffice");
  self->out->upper = 0;
  bool is_needed = self->out->lower > 0; /* all of it: what is the cheapest and costs something */
  for (guint32 i = 0; i < chosen->count; i++)
    is_needed = is_needed && self->is_proven && self->spec->costs[chosen->data[i]] > 0;
  g_autoptr(AkChainLive) live =
      is_needed ? NULL : ak_chain_live_new(self->graph, self->spec->initial, on);
  for (guint32 i = 0; i < chosen->count; i++) {
    guint32 m = chosen->data[i];
    if (live != NULL) {
      ak_chain_live_set_measure(live, m, false);
      if (reached_goal(self, ak_chain_live_atoms(live)) == AK_CHAIN_GRAPH_NONE)
        continue;
      ak_chain_live_set_measure(live, m, true);
    }
    self->out->upper += self->spec->costs[m];
    chosen->data[kept++] = m;
  }
  chosen->count = kept;
  /* what was ruled out because the best so far is no worse may have raised the other bound above */
  self->out->lower = MIN(self->out->lower, self->out->upper);
  return true;
}

static void finding_clear(Finding *self) {
  for (guint i = 0; self->cores != NULL && i < self->cores->len; i++)
    g_free(g_array_index(self->cores, Core, i).members);
  g_clear_pointer(&self->cores, g_array_unref);
  g_clear_pointer(&self->weights, g_array_unref);
  g_clear_pointer(&self->measure_variable, g_free);
  g_clear_pointer(&self->sat, ak_sat_free);
  ak_chain_reduced_clear(&self->reduced);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Finding, finding_clear)

/* Everything that can be taken is a set to begin with, unless it does not work: out->is_possible. */
static bool begin(Finding *self, GError **error) {
  g_autofree guint8 *on = everything(self);
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(self->graph);
  if (reach == NULL)
    return no_memory(error);
  ak_chain_reach_run(reach, self->spec->initial, on);
  self->out->unstoppable = reached_goal(self, ak_chain_reach_atoms(reach));
  self->out->is_possible = self->out->unstoppable == AK_CHAIN_GRAPH_NONE;
  if (!self->out->is_possible)
    return true;
  ak_chain_reach_run(reach, self->spec->initial, self->spec->held);
  ak_chain_reduced_init(&self->reduced, self->graph, self->spec->initial, self->spec->held,
                        ak_chain_reach_atoms(reach), self->spec->goals, self->spec->goal_count);
  add_problem(self);
  return true;
}

static void begin_upper(Finding *self) {
  self->out->upper = 0;
  self->stratum = 1;
  for (guint32 m = 0; m < self->graph->measure_count; m++) {
    guint32 variable = self->measure_variable[m];
    if (variable == NOTHING)
      continue;
    ak_chain_vector_add(&self->out->chosen, m);
    self->out->upper += self->spec->costs[m];
    self->stratum = MAX(self->stratum, self->spec->costs[m]);
  }
  self->out->upper++; /* so that the same set is found again where it is the best */
}

bool ak_chain_cheapest_find(const AkChainGraph *graph, const AkChainCheapestSpec *spec,
                            AkChainCheapest *out, GError **error) {
  g_auto(Finding) self = {.graph = graph, .spec = spec, .out = out};
  self.rounds = spec->rounds > 0 ? spec->rounds : AK_CHAIN_CHEAPEST_ROUNDS;
  self.sat = ak_sat_new();
  self.weights = g_array_new(FALSE, FALSE, sizeof(guint64));
  self.cores = g_array_new(FALSE, FALSE, sizeof(Core));
  self.measure_variable = g_new(guint32, (gsize)graph->measure_count + 1);
  *out = (AkChainCheapest){
      .is_possible = true, .unstoppable = AK_CHAIN_GRAPH_NONE, .upper = G_MAXUINT64};
  if (!begin(&self, error))
    return false;
  if (!out->is_possible)
    return true;
  begin_upper(&self);
  if (!search(&self, error))
    return false;
  self.is_proven = out->lower >= out->upper;
  return finish(&self, error);
}

void ak_chain_cheapest_clear(AkChainCheapest *self) {
  ak_chain_vector_clear(&self->chosen);
}
