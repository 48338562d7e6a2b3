/* What leads to each atom: the graph's rows by head. */
#pragma once

#include "chain/graph/graph.h"

typedef struct {
  guint32 *edge_start; /* [atom_count + 1] edges to an atom */
  guint32 *edge_from;  /* [edge_count] their premises, rising for each atom */
  guint32 *way_start;  /* [atom_count + 1] ways to an atom */
  guint32 *way;        /* [way_count] */
} AkChainReverse;

void ak_chain_reverse_init(AkChainReverse *self, const AkChainGraph *graph);
/* Numbers of the edges in the order of `edge_from`; caller frees. */
guint32 *ak_chain_reverse_edges(const AkChainReverse *self, const AkChainGraph *graph);
void ak_chain_reverse_clear(AkChainReverse *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainReverse, ak_chain_reverse_clear)
