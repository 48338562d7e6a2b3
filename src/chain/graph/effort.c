#include <string.h>

#include "chain/graph/effort-parts.h"

enum { AHEAD = 24 }; /* edges, and ways */

/* What a way waits for: how many premises are not settled (at most six, or CLOSED), and above that
 * what the others cost together. So the premises need not be gone through when the last one comes.
 */
typedef guint32 Wait;
enum { MISSING = 7, CLOSED = 7, SUM_SHIFT = 3 };
G_STATIC_ASSERT(G_N_ELEMENTS(((AkChainStepTaken *)0)->premises) < CLOSED);
/* That, or more: the premises are to be gone through. */
#define SUM_MUCH (G_MAXUINT32 >> SUM_SHIFT)

/* --- settling
 * -------------------------------------------------------------------------------------- */

static guint64 effort_of(const AkChainEffort *self, guint32 rule) {
  return rule & AK_CHAIN_RULE_HELPER ? 0 : self->efforts[rule];
}

static guint64 effort_at(const AkChainEffort *self, guint32 atom) {
  guint32 effort = self->best[atom].effort;
  if (self->wide != NULL)
    return self->wide[atom];
  return effort != AK_CHAIN_EFFORT_MUCH ? effort : AK_CHAIN_EFFORT_NONE;
}

/* An effort does not fit: from now on all are read where there is room for it. */
static void widen(AkChainEffort *self) {
  guint64 *wide = g_new(guint64, (gsize)self->graph->atom_count + 1);
  for (guint32 i = 0; i < self->graph->atom_count; i++)
    wide[i] = effort_at(self, i);
  self->wide = wide;
}

/* What is settled costs no more than what is offered later. */
static void offer(AkChainEffort *self, guint32 atom, guint64 effort, guint32 by) {
  if (effort >= effort_at(self, atom))
    return;
  if (effort >= AK_CHAIN_EFFORT_MUCH && self->wide == NULL)
    widen(self);
  if (self->wide != NULL)
    self->wide[atom] = effort;
  self->best[atom] = (AkChainEffortBest){(guint32)MIN(effort, AK_CHAIN_EFFORT_MUCH), by};
  ak_chain_queue_add(self->queue, effort, atom);
}

/* Of a way whose premises are all settled. */
static guint64 sum_of(const AkChainEffort *self, guint32 way) {
  const AkChainGraph *graph = self->graph;
  guint64 sum = effort_of(self, graph->way_rule[way]);
  if (self->waits[way] >> SUM_SHIFT != SUM_MUCH)
    return ak_chain_effort_add(sum, self->waits[way] >> SUM_SHIFT);
  for (guint32 i = graph->way_premise_start[way]; i < graph->way_premise_start[way + 1]; i++)
    sum = ak_chain_effort_add(sum, effort_at(self, graph->way_premises[i]));
  return sum;
}

/* One premise more is settled; true where it was the last. */
static bool take_premise(Wait *wait, guint64 effort) {
  guint64 sum = (guint64)(*wait >> SUM_SHIFT) + MIN(effort, SUM_MUCH);
  if ((*wait & MISSING) == CLOSED)
    return false;
  *wait = (guint32)MIN(sum, SUM_MUCH) << SUM_SHIFT | ((*wait & MISSING) - 1);
  return (*wait & MISSING) == 0;
}

/* Most atoms are settled in the order of their numbers, and what follows from the next ones stands
 * behind what follows from this one: until their turn comes, memory has brought it. */
static inline void ask_ahead_of_edge(const AkChainEffort *self, guint32 edge) {
  const AkChainGraph *graph = self->graph;
  if (edge + AHEAD < graph->edge_count)
    __builtin_prefetch(&self->best[graph->edge_head[edge + AHEAD]], 1);
}

static inline void ask_ahead_of_way(const AkChainEffort *self, guint32 use) {
  const AkChainGraph *graph = self->graph;
  if (use + 2 * AHEAD >= graph->way_of_start[graph->atom_count])
    return;
  guint32 way = graph->way_of[use + 2 * AHEAD];
  __builtin_prefetch(&self->waits[way], 1);
  __builtin_prefetch(&graph->way_head[way]);
  __builtin_prefetch(&self->best[graph->way_head[graph->way_of[use + AHEAD]]], 1);
}

static void settle(AkChainEffort *self, guint32 atom) {
  const AkChainGraph *graph = self->graph;
  guint64 effort = effort_at(self, atom);
  self->settled[atom] = 1;
  if (self->ranks != NULL)
    self->ranks[atom] = ++self->rank;
  for (guint32 i = graph->edge_start[atom], end = graph->edge_start[atom + 1]; i < end; i++) {
    ask_ahead_of_edge(self, i);
    if (self->without == NULL || !self->without[i])
      offer(self, graph->edge_head[i],
            ak_chain_effort_add(effort, effort_of(self, graph->edge_rule[i])), i);
  }
  for (guint32 i = graph->way_of_start[atom], end = graph->way_of_start[atom + 1]; i < end; i++) {
    guint32 way = graph->way_of[i];
    ask_ahead_of_way(self, i);
    if (take_premise(&self->waits[way], effort))
      offer(self, graph->way_head[way], sum_of(self, way), graph->edge_count + way);
  }
}

static void begin(AkChainEffort *self, const AkChainEffortSpec *spec) {
  const AkChainGraph *graph = self->graph;
  for (guint32 way = 0; way < graph->way_count; way++) {
    guint32 wanted = graph->way_premise_start[way + 1] - graph->way_premise_start[way];
    self->waits[way] = wanted;
    for (guint32 i = graph->way_measure_start[way];
         spec->measures != NULL && i < graph->way_measure_start[way + 1]; i++)
      if (spec->measures[graph->way_measures[i]])
        self->waits[way] = CLOSED;
    if (spec->without != NULL && spec->without[(gsize)graph->edge_count + way])
      self->waits[way] = CLOSED;
    if (self->waits[way] == 0) {
      offer(self, graph->way_head[way], effort_of(self, graph->way_rule[way]),
            graph->edge_count + way);
      g_array_append_val(self->free_ways, way);
    }
  }
  for (guint32 i = 0; i < graph->initial_count; i++)
    if (spec->initial == NULL || spec->initial[i])
      offer(self, i, 0, AK_CHAIN_EFFORT_NO_WAY);
}

/* --- which of equals
 * -------------------------------------------------------------------------------------- */

#define FAR G_MAXUINT32 /* in `depths`: not come to yet */

typedef struct {
  AkChainEffort *effort;
  const guint64 *labels; /* of instances */
  guint8 *left;    /* [ways] premises that it waits for once more, and 1; 0: not come to yet */
  guint32 *depths; /* [atoms] steps one after the other in the shortest of the cheapest attacks */
  GArray *order;   /* of guint32, atoms */
} Choice;

/* A way that costs the least leads to an atom. Fewer steps come first, so that none goes round in a
 * circle; then the lower label. */
static void choose(Choice *self, guint32 atom, guint32 depth, guint32 by) {
  AkChainEffortBest *best = &self->effort->best[atom];
  guint32 *known = &self->depths[atom];
  if (depth > *known || (depth == *known && (best->by == AK_CHAIN_EFFORT_NO_WAY ||
                                             self->labels[by] >= self->labels[best->by])))
    return;
  if (*known == FAR)
    g_array_append_val(self->order, atom);
  *known = depth;
  best->by = by;
}

static bool is_least(const AkChainEffort *self, guint32 head, guint64 effort) {
  return self->settled[head] && effort_at(self, head) == effort;
}

static void choose_edge(Choice *self, guint32 edge, guint32 premise, guint32 depth) {
  const AkChainEffort *effort = self->effort;
  guint32 head = effort->graph->edge_head[edge];
  if ((effort->without == NULL || !effort->without[edge]) && self->depths[head] >= depth &&
      is_least(effort, head,
               ak_chain_effort_add(effort_at(effort, premise),
                                   effort_of(effort, effort->graph->edge_rule[edge]))))
    choose(self, head, depth, edge);
}

static void choose_way(Choice *self, guint32 way, guint32 depth) {
  const AkChainEffort *effort = self->effort;
  guint32 head = effort->graph->way_head[way];
  if (self->depths[head] >= depth && is_least(effort, head, sum_of(effort, way)))
    choose(self, head, depth, effort->graph->edge_count + way);
}

/* A way whose premises are all settled waits for them once more. Is this the last of them? */
static bool is_last(Choice *self, guint32 way) {
  const AkChainGraph *graph = self->effort->graph;
  if ((self->effort->waits[way] & MISSING) != 0)
    return false;
  if (self->left[way] == 0)
    self->left[way] =
        (guint8)(1 + (graph->way_premise_start[way + 1] - graph->way_premise_start[way]));
  return --self->left[way] == 1;
}

/* Efforts are known. Of all ways that cost as little, atoms get those that labels alone decide on:
 * the order in which they were found does not matter any more. All that needs fewer steps is chosen
 * before what needs more. */
static void choose_all(AkChainEffort *self, const AkChainEffortSpec *spec) {
  const AkChainGraph *graph = self->graph;
  gsize atoms = (gsize)graph->atom_count + 1;
  g_autofree guint32 *depths = g_new(guint32, atoms);
  g_autofree guint8 *left = g_new0(guint8, (gsize)graph->way_count + 1);
  g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(guint32));
  Choice choice = {.effort = self,
                   .labels = spec->labels->instances,
                   .left = left,
                   .depths = depths,
                   .order = order};
  memset(depths, 0xff, atoms * sizeof *depths);
  for (guint32 i = 0; i < graph->initial_count; i++)
    if (self->settled[i] && self->best[i].by == AK_CHAIN_EFFORT_NO_WAY)
      choose(&choice, i, 0, AK_CHAIN_EFFORT_NO_WAY);
  for (guint32 i = 0; i < self->free_ways->len; i++)
    choose_way(&choice, g_array_index(self->free_ways, guint32, i), 1);
  for (guint32 n = 0;
       n < order->len && !(spec->has_goal && g_array_index(order, guint32, n) == spec->goal); n++) {
    guint32 atom = g_array_index(order, guint32, n), depth = depths[atom] + 1;
    for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++)
      choose_edge(&choice, i, atom, depth);
    for (guint32 i = graph->way_of_start[atom]; i < graph->way_of_start[atom + 1]; i++)
      if (is_last(&choice, graph->way_of[i]))
        choose_way(&choice, graph->way_of[i], depth);
  }
}

/* --- all of it
 * -------------------------------------------------------------------------------------- */

/* Large pages where they are many. */
static gpointer many_new(gsize count, gsize size) {
  gpointer memory = g_malloc0_n(count, size);
  ak_large_advise(memory, count * size);
  return memory;
}

/* With labels all that costs as little as the goal is settled too: it may be on its way, where
 * rules cost nothing. */
static bool is_done(const AkChainEffort *self, const AkChainEffortSpec *spec, guint64 effort) {
  return spec->has_goal && self->settled[spec->goal] &&
         (spec->labels == NULL || effort > effort_at(self, spec->goal));
}

AkChainEffort *ak_chain_effort_new(const AkChainGraph *graph, const AkChainEffortSpec *spec) {
  AkChainEffort *self = g_new0(AkChainEffort, 1);
  gsize atoms = (gsize)graph->atom_count + 1, ways = (gsize)graph->way_count + 1;
  guint64 effort;
  guint32 atom;
  self->graph = graph;
  self->efforts = spec->efforts;
  self->without = spec->without;
  self->ranks = spec->ranks;
  self->walk = g_new0(AkChainEffortWalk, 1);
  self->free_ways = g_array_new(FALSE, FALSE, sizeof(guint32));
  self->best = many_new(atoms, sizeof *self->best);
  self->settled = many_new(atoms, 1);
  self->waits = many_new(ways, sizeof *self->waits);
  self->queue = ak_chain_queue_new(graph->atom_count);
  for (gsize i = 0; i < atoms; i++)
    self->best[i] = (AkChainEffortBest){AK_CHAIN_EFFORT_MUCH, AK_CHAIN_EFFORT_NO_WAY};
  begin(self, spec);
  while (ak_chain_queue_take(self->queue, &effort, &atom) && !is_done(self, spec, effort))
    if (effort_at(self, atom) == effort)
      settle(self, atom);
  if (spec->labels != NULL)
    choose_all(self, spec);
  g_clear_pointer(&self->queue, ak_chain_queue_free);
  g_clear_pointer(&self->waits, g_free);
  g_clear_pointer(&self->free_ways, g_array_unref);
  return self;
}

void ak_chain_effort_free(AkChainEffort *self) {
  if (self == NULL)
    return;
  g_free(self->best);
  g_free(self->wide);
  g_free(self->settled);
  g_free(self->walk->marks);
  g_free(self->walk);
  g_free(self);
}

guint64 ak_chain_effort_of(const AkChainEffort *self, guint32 atom) {
  return effort_at(self, atom);
}

guint32 ak_chain_effort_last(const AkChainEffort *self, guint32 atom) {
  return self->settled[atom] ? self->best[atom].by : AK_CHAIN_GRAPH_NONE;
}
