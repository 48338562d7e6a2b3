#include "chain/graph/reverse.h"

static guint32 *counted(const guint32 *heads, guint32 count, guint32 atoms) {
  guint32 *start = g_new0(guint32, (gsize)atoms + 2);
  for (guint32 i = 0; i < count; i++)
    start[heads[i] + 2]++;
  for (guint32 atom = 2; atom < atoms + 2; atom++)
    start[atom] += start[atom - 1];
  return start;
}

void ak_chain_reverse_init(AkChainReverse *self, const AkChainGraph *graph) {
  self->edge_start = counted(graph->edge_head, graph->edge_count, graph->atom_count);
  self->edge_from = g_new(guint32, (gsize)graph->edge_count + 1);
  for (guint32 atom = 0; atom < graph->atom_count; atom++)
    for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++)
      self->edge_from[self->edge_start[graph->edge_head[i] + 1]++] = atom;
  self->way_start = counted(graph->way_head, graph->way_count, graph->atom_count);
  self->way = g_new(guint32, (gsize)graph->way_count + 1);
  for (guint32 way = 0; way < graph->way_count; way++)
    self->way[self->way_start[graph->way_head[way] + 1]++] = way;
}

guint32 *ak_chain_reverse_edges(const AkChainReverse *self, const AkChainGraph *graph) {
  guint32 *next = g_memdup2(self->edge_start, ((gsize)graph->atom_count + 1) * sizeof *next);
  guint32 *out = g_new(guint32, (gsize)graph->edge_count + 1);
  for (guint32 edge = 0; edge < graph->edge_count; edge++) /* by rising premises, as there */
    out[next[graph->edge_head[edge]]++] = edge;
  g_free(next);
  return out;
}

void ak_chain_reverse_clear(AkChainReverse *self) {
  g_clear_pointer(&self->edge_start, g_free);
  g_clear_pointer(&self->edge_from, g_free);
  g_clear_pointer(&self->way_start, g_free);
  g_clear_pointer(&self->way, g_free);
}
