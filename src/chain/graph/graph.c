#include "chain/graph/graph.h"

#include "util/large.h"

void ak_chain_graph_free(AkChainGraph *self) {
  if (self == NULL)
    return;
  ak_large_free(self->edge_start);
  ak_large_free(self->edge_head);
  ak_large_free(self->edge_rule);
  ak_large_free(self->way_head);
  ak_large_free(self->way_rule);
  ak_large_free(self->way_premise_start);
  ak_large_free(self->way_premises);
  ak_large_free(self->way_measure_start);
  ak_large_free(self->way_measures);
  ak_large_free(self->way_of_start);
  ak_large_free(self->way_of);
  ak_large_free(self->measure_of_start);
  ak_large_free(self->measure_of);
  g_free(self);
}
