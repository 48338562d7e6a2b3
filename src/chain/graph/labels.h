/* Numbers of atoms, measures and instances that do not depend on the order in which they were found: what is drawn, and which of
 * equals is told, follows from them, so that a file in another order, or with other names, says the same. */
#pragma once

#include "chain/graph/graph.h"
#include "util/random.h"

typedef struct {
  guint64 *atoms;     /* [atom_count] */
  guint64 *measures;  /* [measure_count] */
  guint64 *instances; /* [edge_count + way_count] edges', then ways' */
} AkChainLabels;

typedef struct {
  guint64 label;
  guint32 number;
} AkChainLabelled;
int ak_chain_labelled_compare(gconstpointer a, gconstpointer b); /* by label */

/* Takes labels of atoms and measures over, and makes those of instances: of two that differ in rule, head, premises or measures,
 * practically never the same. Never NULL; freed with ak_chain_labels_free. */
AkChainLabels *ak_chain_labels_new(const AkChainGraph *graph, guint64 *atoms, guint64 *measures);
void ak_chain_labels_free(AkChainLabels *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainLabels, ak_chain_labels_free)
