/* Strongly connected components: atoms that can follow from one another in a circle. */
#pragma once

#include "chain/graph/graph.h"

/* The component of each atom, [atom_count]: a way's head is in the component of each of its
 * premises or in one with a higher number. `count`: of components, or NULL. Caller frees. */
guint32 *ak_chain_components(const AkChainGraph *graph, guint32 *count);
