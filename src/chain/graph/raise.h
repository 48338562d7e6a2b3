/* By how much least efforts rise if some measures hold too: asked again and again, each time in the time of what rises.
 *
 * What loses its cheapest way looks for another as cheap among what was settled before it; what finds none, and what
 * rests on it, is settled anew from what stays. Source: G. Ramalingam, T. Reps, An incremental algorithm for a generalization
 * of the shortest-path problem, Journal of Algorithms 21 (1996). */
#pragma once

#include "chain/graph/effort.h"

typedef struct _AkChainRaise AkChainRaise;

/* `graph` and `spec->efforts` must outlive it; nothing may be forbidden in `spec`, and it has no goal. Never NULL. One thread at a
 * time. */
AkChainRaise *ak_chain_raise_new(const AkChainGraph *graph, const AkChainEffortSpec *spec);
void ak_chain_raise_free(AkChainRaise *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainRaise, ak_chain_raise_free)

typedef struct {
  guint32 atom;
  guint64 was, is; /* efforts; AK_CHAIN_EFFORT_NONE: it is not reached any more */
} AkChainRaised;

/* What rises if these measures hold beside those that do: GArray of AkChainRaised, in no order, borrowed until the next call. The
 * measures do not hold afterwards. */
const GArray *ak_chain_raise_with(AkChainRaise *self, const guint32 *measures, guint count);

/* How many edges and ways were looked at since the beginning. */
guint64 ak_chain_raise_work(const AkChainRaise *self);
