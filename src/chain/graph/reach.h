/* What can be reached: the least fixpoint of a graph, for a choice of what an attacker begins with
 * and of the measures that hold. Linear in the graph: each atom is taken once, each way counts the
 * premises that it still lacks. */
#pragma once

#include "chain/graph/graph.h"

typedef struct _AkChainReach AkChainReach;

/* `graph` must outlive it. One thread at a time. NULL where memory ends. */
AkChainReach *ak_chain_reach_new(const AkChainGraph *graph);
void ak_chain_reach_free(AkChainReach *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainReach, ak_chain_reach_free)

/* Computes it anew; `initial` and `measures` hold a byte for each initial atom and measure, 0: off
 * (NULL: all initial atoms on; no measure on). How many atoms are reached. */
guint32 ak_chain_reach_run(AkChainReach *self, const guint8 *initial, const guint8 *measures);

/* After a run: is the atom reached? One byte an atom, borrowed. */
const guint8 *ak_chain_reach_atoms(const AkChainReach *self);
