#include "chain/graph/raise.h"

#include "chain/graph/heap.h"
#include "chain/graph/reverse.h"

#define NONE AK_CHAIN_EFFORT_NONE

struct _AkChainRaise {
  const AkChainGraph *graph;
  const guint32 *efforts;
  AkChainReverse to;
  guint32 *edges;   /* [edges] numbers of the edges to an atom, as in `to` */
  guint64 *now;     /* [atoms] efforts; NONE also while an atom is not settled again */
  guint64 *offered; /* [atoms] the least so far of one that is not settled again */
  guint32 *last;    /* [atoms] by which edge, or way behind the edges, it is reached at last */
  guint32 *rank;    /* [atoms] when it was settled; 0: not reached */
  guint8 *closed;   /* [ways] a measure holds from the beginning */
  guint32 *closing; /* [ways] the call in which a measure closes it */
  guint32 *fallen;  /* [atoms] the call in which it is settled again */
  guint32 *looked;  /* [atoms] the call in which it is a suspect */
  guint32 call;
  GArray *heap;
  GArray *raised; /* of AkChainRaised */
  guint64 work;
};

/* --- what an edge or way costs ---------------------------------------------------------------------------------- */

static guint64 add_up(guint64 a, guint64 b) {
  return a > NONE - 1 - b ? NONE - 1 : a + b;
}

static guint64 effort_of(const AkChainRaise *self, guint32 rule) {
  return rule & AK_CHAIN_RULE_HELPER ? 0 : self->efforts[rule];
}

/* NONE where the premise is not there, or was settled at `before` or later. */
static guint64 edge_cost(AkChainRaise *self, guint32 from, guint32 edge, guint32 before) {
  self->work++;
  if (self->now[from] == NONE || self->rank[from] >= before)
    return NONE;
  return add_up(self->now[from], effort_of(self, self->graph->edge_rule[edge]));
}

static guint64 way_cost(AkChainRaise *self, guint32 way, guint32 before) {
  const AkChainGraph *graph = self->graph;
  guint64 cost = 0;
  self->work++;
  if (self->closed[way] || self->closing[way] == self->call)
    return NONE;
  for (guint32 i = graph->way_premise_start[way]; i < graph->way_premise_start[way + 1]; i++) {
    guint32 premise = graph->way_premises[i];
    if (self->now[premise] == NONE || self->rank[premise] >= before)
      return NONE;
    cost = add_up(cost, self->now[premise]);
  }
  return add_up(cost, effort_of(self, graph->way_rule[way]));
}

/* --- what falls ------------------------------------------------------------------------------------------------- */

static void suspect(AkChainRaise *self, guint32 atom, guint32 by) {
  if (self->last[atom] != by || self->rank[atom] == 0 || self->looked[atom] == self->call)
    return;
  self->looked[atom] = self->call;
  ak_chain_heap_add(self->heap, self->rank[atom], atom);
}

/* Another way as cheap, of what was settled before: nothing holds up itself. */
static bool has_support(AkChainRaise *self, guint32 atom) {
  guint64 effort = self->now[atom];
  guint32 rank = self->rank[atom];
  for (guint32 i = self->to.edge_start[atom]; i < self->to.edge_start[atom + 1]; i++)
    if (edge_cost(self, self->to.edge_from[i], self->edges[i], rank) == effort)
      return true;
  for (guint32 i = self->to.way_start[atom]; i < self->to.way_start[atom + 1]; i++)
    if (way_cost(self, self->to.way[i], rank) == effort)
      return true;
  return false;
}

static void fall(AkChainRaise *self, guint32 atom) {
  const AkChainGraph *graph = self->graph;
  AkChainRaised fallen = {atom, self->now[atom], NONE};
  g_array_append_val(self->raised, fallen);
  self->fallen[atom] = self->call;
  self->now[atom] = self->offered[atom] = NONE;
  for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++)
    suspect(self, graph->edge_head[i], i);
  for (guint32 i = graph->way_of_start[atom]; i < graph->way_of_start[atom + 1]; i++)
    suspect(self, graph->way_head[graph->way_of[i]], graph->edge_count + graph->way_of[i]);
  self->work += graph->edge_start[atom + 1] - graph->edge_start[atom] + graph->way_of_start[atom + 1] -
                graph->way_of_start[atom];
}

/* By rising rank: whatever was settled before the one at hand has been decided on. */
static void let_fall(AkChainRaise *self, const guint32 *measures, guint count) {
  const AkChainGraph *graph = self->graph;
  for (guint m = 0; m < count; m++)
    for (guint32 i = graph->measure_of_start[measures[m]]; i < graph->measure_of_start[measures[m] + 1]; i++) {
      guint32 way = graph->measure_of[i];
      self->closing[way] = self->call;
      suspect(self, graph->way_head[way], graph->edge_count + way);
    }
  while (self->heap->len > 0) {
    guint32 atom = ak_chain_heap_take(self->heap).atom;
    if (!has_support(self, atom))
      fall(self, atom);
  }
}

/* --- settling again --------------------------------------------------------------------------------------------- */

static void offer(AkChainRaise *self, guint32 atom, guint64 effort) {
  if (effort >= self->offered[atom])
    return;
  self->offered[atom] = effort;
  ak_chain_heap_add(self->heap, effort, atom);
}

static void offer_all(AkChainRaise *self, guint32 atom) {
  for (guint32 i = self->to.edge_start[atom]; i < self->to.edge_start[atom + 1]; i++)
    offer(self, atom, edge_cost(self, self->to.edge_from[i], self->edges[i], G_MAXUINT32));
  for (guint32 i = self->to.way_start[atom]; i < self->to.way_start[atom + 1]; i++)
    offer(self, atom, way_cost(self, self->to.way[i], G_MAXUINT32));
}

static bool is_open(const AkChainRaise *self, guint32 atom) {
  return self->fallen[atom] == self->call && self->now[atom] == NONE;
}

static void settle(AkChainRaise *self, guint32 atom, guint64 effort) {
  const AkChainGraph *graph = self->graph;
  self->now[atom] = effort;
  for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++)
    if (is_open(self, graph->edge_head[i]))
      offer(self, graph->edge_head[i], edge_cost(self, atom, i, G_MAXUINT32));
  for (guint32 i = graph->way_of_start[atom]; i < graph->way_of_start[atom + 1]; i++)
    if (is_open(self, graph->way_head[graph->way_of[i]]))
      offer(self, graph->way_head[graph->way_of[i]], way_cost(self, graph->way_of[i], G_MAXUINT32));
}

/* From what stays: all of it is known before the first of these is settled. */
static void settle_all(AkChainRaise *self) {
  for (guint i = 0; i < self->raised->len; i++)
    offer_all(self, g_array_index(self->raised, AkChainRaised, i).atom);
  while (self->heap->len > 0) {
    AkChainHeapEntry entry = ak_chain_heap_take(self->heap);
    if (self->now[entry.atom] == NONE)
      settle(self, entry.atom, entry.key);
  }
}

/* What costs as much as before was let fall only because what held it up was settled after it. */
static void take_back(AkChainRaise *self) {
  guint kept = 0;
  for (guint i = 0; i < self->raised->len; i++) {
    AkChainRaised *raised = &g_array_index(self->raised, AkChainRaised, i);
    raised->is = self->now[raised->atom];
    self->now[raised->atom] = raised->was;
    if (raised->is > raised->was)
      g_array_index(self->raised, AkChainRaised, kept++) = *raised;
  }
  g_array_set_size(self->raised, kept);
}

const GArray *ak_chain_raise_with(AkChainRaise *self, const guint32 *measures, guint count) {
  self->call++;
  g_array_set_size(self->raised, 0);
  let_fall(self, measures, count);
  settle_all(self);
  take_back(self);
  return self->raised;
}

guint64 ak_chain_raise_work(const AkChainRaise *self) {
  return self->work;
}

/* --- all of it -------------------------------------------------------------------------------------------------- */

static void close_ways(AkChainRaise *self, const guint8 *measures) {
  const AkChainGraph *graph = self->graph;
  for (guint32 m = 0; measures != NULL && m < graph->measure_count; m++)
    for (guint32 i = graph->measure_of_start[m]; measures[m] && i < graph->measure_of_start[m + 1]; i++)
      self->closed[graph->measure_of[i]] = 1;
}

AkChainRaise *ak_chain_raise_new(const AkChainGraph *graph, const AkChainEffortSpec *spec) {
  AkChainRaise *self = g_new0(AkChainRaise, 1);
  gsize atoms = (gsize)graph->atom_count + 1, ways = (gsize)graph->way_count + 1;
  self->graph = graph;
  self->efforts = spec->efforts;
  self->now = g_new0(guint64, atoms);
  self->offered = g_new0(guint64, atoms);
  self->last = g_new0(guint32, atoms);
  self->rank = g_new0(guint32, atoms);
  self->fallen = g_new0(guint32, atoms);
  self->looked = g_new0(guint32, atoms);
  self->closed = g_new0(guint8, ways);
  self->closing = g_new0(guint32, ways);
  self->heap = g_array_new(FALSE, FALSE, sizeof(AkChainHeapEntry));
  self->raised = g_array_new(FALSE, FALSE, sizeof(AkChainRaised));
  ak_chain_reverse_init(&self->to, graph);
  self->edges = ak_chain_reverse_edges(&self->to, graph);
  close_ways(self, spec->measures);
  AkChainEffortSpec ranked = *spec;
  ranked.ranks = self->rank;
  g_autoptr(AkChainEffort) before = ak_chain_effort_new(graph, &ranked);
  for (guint32 atom = 0; atom < graph->atom_count; atom++) {
    self->now[atom] = ak_chain_effort_of(before, atom);
    self->last[atom] = ak_chain_effort_last(before, atom);
  }
  for (guint32 i = 0; i < graph->initial_count; i++)
    if (spec->initial == NULL || spec->initial[i])
      self->last[i] = AK_CHAIN_GRAPH_NONE; /* no way holds it up, though one may lead to it as well */
  return self;
}

void ak_chain_raise_free(AkChainRaise *self) {
  if (self == NULL)
    return;
  gpointer all[] = {self->edges, self->now,     self->offered, self->last,  self->rank,
                    self->fallen, self->looked, self->closed,  self->closing};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    g_free(all[i]);
  ak_chain_reverse_clear(&self->to);
  g_array_unref(self->heap);
  g_array_unref(self->raised);
  g_free(self);
}
