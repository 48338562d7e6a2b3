/* A graph while it is made: edges by rising premises, other ways in any order. Whoever gets them in another order may put edges in
 * order before `edge_start` says where those of a premise begin (chain/rule/instances.c). */
#pragma once

#include "chain/graph/graph.h"
#include "chain/graph/vector.h"

/* A builder of zero bytes is empty. Calls return false where memory ends. */
typedef struct {
  AkChainVector edge_start, edge_head, edge_rule;
  AkChainVector way_head, way_rule, way_premise_start, way_premises, way_measure_start,
      way_measures;
} AkChainBuilder;

void ak_chain_builder_clear(AkChainBuilder *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainBuilder, ak_chain_builder_clear)

/* From now on edges belong to the next premise; the first call is for atom 0. */
static inline bool ak_chain_builder_next_premise(AkChainBuilder *self) {
  return ak_chain_vector_add(&self->edge_start, self->edge_head.count);
}

static inline bool ak_chain_builder_add_edge(AkChainBuilder *self, guint32 head, guint32 rule) {
  return ak_chain_vector_add(&self->edge_head, head) && ak_chain_vector_add(&self->edge_rule, rule);
}

/* Room for so many further edges. */
static inline bool ak_chain_builder_reserve_edges(AkChainBuilder *self, guint32 more) {
  return ak_chain_vector_reserve(&self->edge_head, more) &&
         ak_chain_vector_reserve(&self->edge_rule, more);
}

/* What a way asks for: at most six premises and six measures, none of them twice. */
typedef struct {
  guint32 premises[6], measures[6];
  guint premise_count, measure_count;
} AkChainWay;

bool ak_chain_builder_add_way(AkChainBuilder *self, guint32 head, guint32 rule,
                              const AkChainWay *way);

/* Room for so many further ways, which ask for so many premises and measures together; and a way for which there is room. */
bool ak_chain_builder_reserve_ways(AkChainBuilder *self, guint32 ways, guint32 premises, guint32 measures);
static inline void ak_chain_builder_put_way(AkChainBuilder *self, guint32 head, guint32 rule, const AkChainWay *way) {
  self->way_head.data[self->way_head.count++] = head;
  self->way_rule.data[self->way_rule.count++] = rule;
  self->way_premise_start.data[self->way_premise_start.count++] = self->way_premises.count;
  self->way_measure_start.data[self->way_measure_start.count++] = self->way_measures.count;
  for (guint i = 0; i < way->premise_count; i++)
    self->way_premises.data[self->way_premises.count++] = way->premises[i];
  for (guint i = 0; i < way->measure_count; i++)
    self->way_measures.data[self->way_measures.count++] = way->measures[i];
}

/* The graph, with its lists by premise and by measure: `edge_start` has a number
 * an atom (ak_chain_builder_next_premise). NULL where memory ends; the builder is empty afterwards. */
AkChainGraph *ak_chain_builder_end(AkChainBuilder *self, guint32 initial_count,
                                   guint32 measure_count);
