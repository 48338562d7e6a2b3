/* Atoms in the order in which Knuth's and Dijkstra's algorithms settle them: the least effort first, of equal efforts the lower
 * atom, so that equal inputs give equal answers. No effort that is added may be below the last one that was taken.
 *
 * Those of the effort at hand are bits by atom, so that they are taken in one sweep over memory; those of the next 1,024 efforts are
 * lists, and only what is further away is kept in a heap. */
#pragma once

#include <stdbool.h>

#include "chain/graph/heap.h"

typedef struct _AkChainQueue AkChainQueue;

/* For atoms 0 … atoms - 1. Never NULL. */
AkChainQueue *ak_chain_queue_new(guint32 atoms);
void ak_chain_queue_free(AkChainQueue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainQueue, ak_chain_queue_free)

/* An atom may be added again with a lower effort: it is taken with the lower one first, and then again with each other. */
void ak_chain_queue_add(AkChainQueue *self, guint64 effort, guint32 atom);
/* False: none is left. */
bool ak_chain_queue_take(AkChainQueue *self, guint64 *effort, guint32 *atom);
