#include "chain/graph/labels.h"

int ak_chain_labelled_compare(gconstpointer a, gconstpointer b) {
  const AkChainLabelled *left = a, *right = b;
  return (left->label > right->label) - (left->label < right->label);
}

/* Premises and measures are sets: their order does not count. */
static guint64 instance(const AkChainLabels *self, guint32 rule, guint32 head, guint64 premises, guint64 measures) {
  guint64 label = ak_random_fork(self->atoms[head], rule);
  return ak_random_fork(ak_random_fork(label, premises), measures);
}

static guint64 label_of_way(const AkChainLabels *self, const AkChainGraph *graph, guint32 way) {
  guint64 premises = 0, measures = 0;
  for (guint32 i = graph->way_premise_start[way]; i < graph->way_premise_start[way + 1]; i++)
    premises += ak_random_mix(self->atoms[graph->way_premises[i]]);
  for (guint32 i = graph->way_measure_start[way]; i < graph->way_measure_start[way + 1]; i++)
    measures += ak_random_mix(self->measures[graph->way_measures[i]]);
  return instance(self, graph->way_rule[way], graph->way_head[way], premises, measures);
}

AkChainLabels *ak_chain_labels_new(const AkChainGraph *graph, guint64 *atoms, guint64 *measures) {
  AkChainLabels *self = g_new0(AkChainLabels, 1);
  self->atoms = atoms;
  self->measures = measures;
  self->instances = g_new(guint64, (gsize)graph->edge_count + graph->way_count + 1);
  for (guint32 atom = 0; atom < graph->atom_count; atom++)
    for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++)
      self->instances[i] = instance(self, graph->edge_rule[i], graph->edge_head[i], ak_random_mix(atoms[atom]), 0);
  for (guint32 way = 0; way < graph->way_count; way++)
    self->instances[(gsize)graph->edge_count + way] = label_of_way(self, graph, way);
  return self;
}

void ak_chain_labels_free(AkChainLabels *self) {
  if (self == NULL)
    return;
  g_free(self->atoms);
  g_free(self->measures);
  g_free(self->instances);
  g_free(self);
}
