#include "chain/graph/budget.h"

#include <string.h>

#define NODES_MAX 2000000 /* of one search for what to give up; then bounds stay apart */
#define TRIALS_MAX 20000

typedef struct {
  const AkChainGraph *graph;
  const AkChainBudgetSpec *spec;
  AkChainBudget *out;
  guint count;       /* goals */
  GPtrArray *groups; /* of guint8[count]: goals that cannot all be kept */
  guint8 *given_up;  /* [count] */
  guint8 *best;      /* [count] likewise, of the search for what to give up */
  guint64 best_weight;
  guint nodes;
  GError *failure;
} Budgeting;

/* --- can it be afforded?
 * ---------------------------------------------------------------------------------- */

/* Are the goals that `kept` marks out of reach within the budget? `found` may be NULL. */
static bool is_affordable(Budgeting *self, const guint8 *kept, AkChainCheapest *found) {
  g_auto(AkChainVector) goals = {0};
  g_auto(AkChainCheapest) mine = {.rounds = 0};
  AkChainCheapest *out = found != NULL ? found : &mine;
  AkChainCheapestSpec spec = self->spec->cheapest;
  for (guint i = 0; i < self->count; i++)
    if (kept[i])
      ak_chain_vector_add(&goals, spec.goals[i]);
  spec.goals = goals.data;
  spec.goal_count = goals.count;
  self->out->trials++;
  if (goals.count == 0) {
    out->is_possible = true;
    return true;
  }
  if (self->failure != NULL || !ak_chain_cheapest_find(self->graph, &spec, out, &self->failure))
    return false;
  return out->is_possible && out->upper <= self->spec->budget;
}

/* What cannot be afforded, without each goal in turn that is not needed for that. */
static void add_group(Budgeting *self, const guint8 *kept) {
  guint8 *group = g_memdup2(kept, self->count + 1);
  for (guint i = 0; i < self->count && self->failure == NULL; i++) {
    if (!group[i])
      continue;
    group[i] = 0;
    if (is_affordable(self, group, NULL))
      group[i] = 1;
  }
  g_ptr_array_add(self->groups, group);
}

/* --- what to give up
 * ----------------------------------------------------------------------------------------- */

static const guint8 *first_whole(const Budgeting *self) {
  for (guint g = 0; g < self->groups->len; g++) {
    const guint8 *group = self->groups->pdata[g];
    bool is_whole = true;
    for (guint i = 0; i < self->count && is_whole; i++)
      is_whole = !group[i] || !self->given_up[i];
    if (is_whole)
      return group;
  }
  return NULL;
}

/* The least weight so that no group is left whole: one of a whole group has to go, whichever it is. */
static void give_up(Budgeting *self, guint64 weight) {
  const guint8 *group = first_whole(self);
  if (weight >= self->best_weight || ++self->nodes > NODES_MAX)
    return;
  if (group == NULL) {
    self->best_weight = weight;
    memcpy(self->best, self->given_up, self->count);
    return;
  }
  for (guint i = 0; i < self->count; i++) {
    if (!group[i])
      continue;
    self->given_up[i] = 1;
    give_up(self, weight + self->spec->weights[i]);
    self->given_up[i] = 0;
  }
}

/* False: the search was cut off, so that it proves nothing. */
static bool choose(Budgeting *self, guint8 *kept) {
  self->best_weight = G_MAXUINT64;
  self->nodes = 0;
  memset(self->given_up, 0, self->count + 1);
  give_up(self, 0);
  for (guint i = 0; i < self->count; i++)
    kept[i] = !self->best[i];
  return self->nodes <= NODES_MAX;
}

/* --- all of it
 * ------------------------------------------------------------------------------------------------ */

static void take(Budgeting *self, const guint8 *kept, AkChainCheapest *found) {
  self->out->cost = found->upper;
  self->out->value = 0;
  ak_chain_vector_clear(&self->out->kept);
  for (guint i = 0; i < self->count; i++)
    if (kept[i]) {
      ak_chain_vector_add(&self->out->kept, i);
      self->out->value += self->spec->weights[i];
    }
  ak_chain_vector_clear(&self->out->chosen);
  self->out->chosen = found->chosen;
  found->chosen = (AkChainVector){0};
}

static void search(Budgeting *self, guint64 total) {
  g_autofree guint8 *kept = g_new0(guint8, self->count + 1);
  bool is_done = false;
  while (!is_done && self->failure == NULL) {
    g_auto(AkChainCheapest) found = {.rounds = 0};
    bool is_proof = choose(self, kept);
    if (is_proof)
      self->out->bound = total - self->best_weight;
    is_done = is_affordable(self, kept, &found);
    if (is_done)
      take(self, kept, &found);
    else if (self->out->trials < TRIALS_MAX)
      add_group(self, kept);
    else
      is_done = true; /* nothing is kept, and the bound says how much it might be */
  }
}

bool ak_chain_budget_find(const AkChainGraph *graph, const AkChainBudgetSpec *spec, AkChainBudget *out,
                          GError **error) {
  guint count = spec->cheapest.goal_count;
  guint64 total = 0;
  for (guint i = 0; i < count; i++)
    total += spec->weights[i];
  g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(g_free);
  g_autofree guint8 *given_up = g_new0(guint8, count + 1), *best = g_new0(guint8, count + 1);
  Budgeting self = {.graph = graph,
                    .spec = spec,
                    .out = out,
                    .count = count,
                    .groups = groups,
                    .given_up = given_up,
                    .best = best};
  out->bound = total;
  search(&self, total);
  if (self.failure == NULL)
    return true;
  g_propagate_error(error, self.failure);
  return false;
}

void ak_chain_budget_clear(AkChainBudget *self) {
  ak_chain_vector_clear(&self->kept);
  ak_chain_vector_clear(&self->chosen);
}
