#include "chain/graph/graph.h"

void ak_chain_graph_free(AkChainGraph *self) {
  if (self == NULL)
    return;
  g_free(self->edge_start);
  g_free(self->edge_head);
  g_free(self->edge_rule);
  g_free(self->way_head);
  g_free(self->way_rule);
  g_free(self->way_premise_start);
  g_free(self->way_premises);
  g_free(self->way_measure_start);
  g_free(self->way_measures);
  g_free(self->way_of_start);
  g_free(self->way_of);
  g_free(self->measure_of_start);
  g_free(self->measure_of);
  g_free(self);
}
