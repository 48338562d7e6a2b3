/* What is reached, kept while measures and starting points are switched on and off one by one.
 *
 * Each reached atom keeps one way that supports it. Within a strongly connected component a support
 * has a lower rank than what it supports, so that no circle supports itself; premises in earlier
 * components need no rank. What loses its support looks for another of a lower rank; what finds
 * none is taken back, and afterwards derived again where something that is left still leads to it.
 * A change costs what it touches, not what there is. Source for the two steps: A. Gupta, I. Mumick,
 * V. Subrahmanian, Maintaining views incrementally, SIGMOD 1993 (delete and rederive); the ranks
 * keep down what is taken back. */
#pragma once

#include "chain/graph/graph.h"
#include "chain/graph/vector.h"

typedef struct _AkChainLive AkChainLive;

/* `graph` must outlive it; the bytes, one an initial atom and a measure as for ak_chain_reach_run,
 * are read now. Never NULL. One thread at a time. About 30 bytes an atom, 4 an edge, 5 a way. */
AkChainLive *ak_chain_live_new(const AkChainGraph *graph, const guint8 *initial,
                               const guint8 *measures);
void ak_chain_live_free(AkChainLive *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainLive, ak_chain_live_free)

/* Does a measure hold from now on; may an attacker begin with an initial atom? */
void ak_chain_live_set_measure(AkChainLive *self, guint32 measure, bool holds);
void ak_chain_live_set_initial(AkChainLive *self, guint32 initial, bool is_on);

bool ak_chain_live_measure(const AkChainLive *self, guint32 measure);
bool ak_chain_live_initial(const AkChainLive *self, guint32 initial);

/* Is the atom reached? One byte an atom, borrowed; and how many are. */
const guint8 *ak_chain_live_atoms(const AkChainLive *self);
guint32 ak_chain_live_count(const AkChainLive *self);
/* The atoms that the last change made reached or unreached, in no order; borrowed until the next.
 */
const AkChainVector *ak_chain_live_changes(const AkChainLive *self);
