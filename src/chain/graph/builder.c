#include "chain/graph/builder.h"

void ak_chain_builder_clear(AkChainBuilder *self) {
  AkChainVector *all[] = {&self->edge_start,   &self->edge_head,         &self->edge_rule,
                          &self->way_head,     &self->way_rule,          &self->way_premise_start,
                          &self->way_premises, &self->way_measure_start, &self->way_measures};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    ak_chain_vector_clear(all[i]);
}

bool ak_chain_builder_reserve_ways(AkChainBuilder *self, guint32 ways, guint32 premises, guint32 measures) {
  return ak_chain_vector_reserve(&self->way_head, ways) && ak_chain_vector_reserve(&self->way_rule, ways) &&
         ak_chain_vector_reserve(&self->way_premise_start, ways) && ak_chain_vector_reserve(&self->way_measure_start, ways) &&
         ak_chain_vector_reserve(&self->way_premises, premises) && ak_chain_vector_reserve(&self->way_measures, measures);
}

bool ak_chain_builder_add_way(AkChainBuilder *self, guint32 head, guint32 rule,
                              const AkChainWay *way) {
  if (!ak_chain_builder_reserve_ways(self, 1, way->premise_count, way->measure_count))
    return false;
  ak_chain_builder_put_way(self, head, rule, way);
  return true;
}

/* Memory is asked so many entries ahead: first for where the list of a key is, then for its next place. */
enum { FIRST = 32, SECOND = 16 };

static void count_asked(const guint32 *asked, guint32 total, guint32 *counts) {
  for (guint32 i = 0; i < total; i++) {
    if (i + FIRST < total)
      __builtin_prefetch(&counts[asked[i + FIRST]], 1);
    counts[asked[i]]++;
  }
}

static void lay_ways(guint32 way_count, const guint32 *starts, const guint32 *asked, guint32 *next, guint32 *of) {
  guint32 total = starts[way_count];
  for (guint32 way = 0; way < way_count; way++)
    for (guint32 i = starts[way]; i < starts[way + 1]; i++) {
      if (i + FIRST < total)
        __builtin_prefetch(&next[asked[i + FIRST]], 1);
      if (i + SECOND < total)
        __builtin_prefetch(&of[next[asked[i + SECOND]]], 1);
      of[next[asked[i]]++] = way;
    }
}

/* Lists of ways by what they ask for: `start` ([keys + 1]) and `of`. */
static bool invert(guint32 way_count, const guint32 *starts, const guint32 *asked, guint32 keys,
                   guint32 **start, guint32 **of) {
  guint32 total = starts[way_count];
  *start = ak_large_new((gsize)keys + 2, sizeof **start);
  *of = ak_large_new(MAX(total, 1), sizeof **of);
  if (*start == NULL || *of == NULL)
    return false;
  count_asked(asked, total, *start + 2);
  for (guint32 key = 2; key < keys + 2; key++)
    (*start)[key] += (*start)[key - 1];
  lay_ways(way_count, starts, asked, *start + 1, *of);
  return true;
}

AkChainGraph *ak_chain_builder_end(AkChainBuilder *self, guint32 initial_count,
                                   guint32 measure_count) {
  g_autoptr(AkChainGraph) graph = g_new0(AkChainGraph, 1);
  graph->atom_count = self->edge_start.count;
  graph->edge_count = self->edge_head.count;
  graph->way_count = self->way_head.count;
  graph->initial_count = initial_count;
  graph->measure_count = measure_count;
  bool is_whole = ak_chain_vector_add(&self->edge_start, graph->edge_count) &&
                  ak_chain_vector_add(&self->way_premise_start, self->way_premises.count) &&
                  ak_chain_vector_add(&self->way_measure_start, self->way_measures.count);
  graph->edge_start = ak_chain_vector_steal(&self->edge_start);
  graph->edge_head = ak_chain_vector_steal(&self->edge_head);
  graph->edge_rule = ak_chain_vector_steal(&self->edge_rule);
  graph->way_head = ak_chain_vector_steal(&self->way_head);
  graph->way_rule = ak_chain_vector_steal(&self->way_rule);
  graph->way_premise_start = ak_chain_vector_steal(&self->way_premise_start);
  graph->way_premises = ak_chain_vector_steal(&self->way_premises);
  graph->way_measure_start = ak_chain_vector_steal(&self->way_measure_start);
  graph->way_measures = ak_chain_vector_steal(&self->way_measures);
  if (!is_whole ||
      !invert(graph->way_count, graph->way_premise_start, graph->way_premises, graph->atom_count,
              &graph->way_of_start, &graph->way_of) ||
      !invert(graph->way_count, graph->way_measure_start, graph->way_measures, graph->measure_count,
              &graph->measure_of_start, &graph->measure_of))
    return NULL;
  return g_steal_pointer(&graph);
}
