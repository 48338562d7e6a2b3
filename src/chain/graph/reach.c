#include "chain/graph/reach.h"

#include <string.h>

#include "chain/graph/vector.h"

#define CLOSED 0xff /* of a way's missing premises: a measure holds, they never come to 0 */

struct _AkChainReach {
  const AkChainGraph *graph;
  guint8 *reached;         /* [atoms] */
  guint8 *wanted;          /* [ways] how many premises each has */
  guint8 *missing;         /* [ways] how many of them are not reached */
  guint32 *queue;          /* [atoms] those that are reached, as they were */
  AkChainVector free_ways; /* ways without premises */
  guint32 count;           /* of the queue */
};

AkChainReach *ak_chain_reach_new(const AkChainGraph *graph) {
  g_autoptr(AkChainReach) self = g_new0(AkChainReach, 1);
  self->graph = graph;
  self->reached = ak_large_new((gsize)graph->atom_count + 1, 1);
  self->queue = ak_large_new((gsize)graph->atom_count + 1, sizeof *self->queue);
  self->wanted = ak_large_new((gsize)graph->way_count + 1, 1);
  self->missing = ak_large_new((gsize)graph->way_count + 1, 1);
  bool has_room = self->reached != NULL && self->queue != NULL && self->wanted != NULL && self->missing != NULL;
  for (guint32 way = 0; has_room && way < graph->way_count; way++) {
    self->wanted[way] = (guint8)(graph->way_premise_start[way + 1] - graph->way_premise_start[way]);
    if (self->wanted[way] == 0)
      has_room = ak_chain_vector_add(&self->free_ways, way);
  }
  return has_room ? g_steal_pointer(&self) : NULL;
}

void ak_chain_reach_free(AkChainReach *self) {
  if (self == NULL)
    return;
  ak_large_free(self->reached);
  ak_large_free(self->wanted);
  ak_large_free(self->missing);
  ak_large_free(self->queue);
  ak_chain_vector_clear(&self->free_ways);
  g_free(self);
}

static void close_ways(AkChainReach *self, const guint8 *measures) {
  const AkChainGraph *graph = self->graph;
  for (guint32 m = 0; m < graph->measure_count; m++)
    for (guint32 i = graph->measure_of_start[m]; measures[m] && i < graph->measure_of_start[m + 1];
         i++)
      self->missing[graph->measure_of[i]] = CLOSED;
}

/* What is reached from the start is queued by rising numbers, as what follows from it lies in memory. */
static void begin(AkChainReach *self, const guint8 *initial) {
  guint32 end = self->graph->initial_count;
  for (guint32 i = 0; i < end; i++)
    self->reached[i] = initial == NULL || initial[i];
  for (guint32 i = 0; i < self->free_ways.count; i++) {
    if (self->missing[self->free_ways.data[i]] != 0)
      continue;
    guint32 head = self->graph->way_head[self->free_ways.data[i]];
    self->reached[head] = 1;
    end = MAX(end, head + 1);
  }
  for (guint32 atom = 0; atom < end; atom++) {
    self->queue[self->count] = atom;
    self->count += self->reached[atom];
  }
}

/* What is read of an atom whose turn comes soon; until then memory has brought it. First where its edges and ways begin, then which
 * they are, then what is known of its first way. */
static inline void ask_ahead(const AkChainGraph *graph, const guint32 *queue, guint32 at, guint32 count, const guint8 *missing) {
  enum { FIRST = 24, SECOND = 16, THIRD = 8 };
  if (at + FIRST < count) {
    __builtin_prefetch(&graph->edge_start[queue[at + FIRST]]);
    __builtin_prefetch(&graph->way_of_start[queue[at + FIRST]]);
  }
  if (at + SECOND < count) {
    __builtin_prefetch(&graph->edge_head[graph->edge_start[queue[at + SECOND]]]);
    __builtin_prefetch(&graph->way_of[graph->way_of_start[queue[at + SECOND]]]);
  }
  if (at + THIRD < count) {
    guint32 atom = queue[at + THIRD], first = graph->way_of_start[atom];
    if (first < graph->way_of_start[atom + 1])
      __builtin_prefetch(&missing[graph->way_of[first]], 1);
  }
}

/* Everything that follows from the queue. Pointers and counts are held in variables: a byte that is
 * written could otherwise be any of them, and each would be read again for each edge. */
static void spread(AkChainReach *self) {
  const AkChainGraph *graph = self->graph;
  const guint32 *edge_start = graph->edge_start, *edge_head = graph->edge_head;
  const guint32 *way_of_start = graph->way_of_start, *way_of = graph->way_of;
  const guint32 *way_head = graph->way_head;
  guint8 *restrict reached = self->reached, *restrict missing = self->missing;
  guint32 *restrict queue = self->queue;
  guint32 count = self->count;
  for (guint32 at = 0; at < count; at++) {
    guint32 atom = queue[at];
    ask_ahead(graph, queue, at, count, missing);
    for (guint32 i = edge_start[atom], end = edge_start[atom + 1]; i < end; i++) {
      guint32 head = edge_head[i];
      if (reached[head])
        continue;
      reached[head] = 1;
      queue[count++] = head;
    }
    for (guint32 i = way_of_start[atom], end = way_of_start[atom + 1]; i < end; i++) {
      guint32 way = way_of[i];
      if (missing[way] == CLOSED || --missing[way] > 0)
        continue;
      guint32 head = way_head[way];
      if (reached[head])
        continue;
      reached[head] = 1;
      queue[count++] = head;
    }
  }
  self->count = count;
}

guint32 ak_chain_reach_run(AkChainReach *self, const guint8 *initial, const guint8 *measures) {
  memset(self->reached, 0, self->graph->atom_count);
  memcpy(self->missing, self->wanted, self->graph->way_count);
  self->count = 0;
  if (measures != NULL)
    close_ways(self, measures);
  begin(self, initial);
  spread(self);
  return self->count;
}

const guint8 *ak_chain_reach_atoms(const AkChainReach *self) {
  return self->reached;
}
