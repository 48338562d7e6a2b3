/* What working out least efforts (effort.c) and telling the ways that they come from
 * (effort-path.c) share. */
#pragma once

#include "chain/graph/effort.h"
#include "chain/graph/queue.h"

#define AK_CHAIN_EFFORT_NO_WAY G_MAXUINT32 /* in `by`: initial */

/* Where a walk has been: marks of earlier ones are lower. */
typedef struct {
  guint32 *marks; /* [atoms]; NULL: nobody walked yet */
  guint32 last;   /* the highest mark that was given */
} AkChainEffortWalk;

/* The best of an atom; what stands together is asked for together. */
typedef struct {
  guint32 effort; /* AK_CHAIN_EFFORT_MUCH: more than that, or not reached */
  guint32 by;     /* an edge's number, or the edges' count and a way's; AK_CHAIN_EFFORT_NO_WAY */
} AkChainEffortBest;
#define AK_CHAIN_EFFORT_MUCH G_MAXUINT32

struct _AkChainEffort {
  const AkChainGraph *graph;
  const guint32 *efforts;
  const guint8 *without;
  AkChainEffortBest *best; /* [atoms] */
  guint64 *wide;     /* [atoms] their efforts, once one is too large for `best`; NULL: none is */
  guint8 *settled;   /* [atoms] */
  guint32 *waits;    /* [ways], of effort.c */
  GArray *free_ways; /* of guint32, open ones without premises */
  AkChainQueue *queue;
  guint32 *ranks, rank; /* of the caller; the last one given */
  AkChainEffortWalk *walk;
};

static inline guint64 ak_chain_effort_add(guint64 a, guint64 b) {
  return a > AK_CHAIN_EFFORT_NONE - 1 - b ? AK_CHAIN_EFFORT_NONE - 1 : a + b;
}
