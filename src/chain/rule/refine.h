/* A partition of values into cells, refined by the arcs between them; for colours.c alone. A cell's
 * name is how many values stand before it. Nothing here depends on the numbers of values or the
 * order of arcs but the order of values within a cell. */
#pragma once

#include "util/error.h"

typedef struct {
  guint64 label;
  guint32 to;
} AkChainArc;

typedef struct {
  guint64 sum;
  guint32 value;
} AkChainSum;

typedef struct {
  guint32 cell, parent; /* `cell` was behind the rest of `parent`, as a part of it */
} AkChainCut;

enum { AK_CHAIN_REFINE_MAIN, AK_CHAIN_REFINE_TRIAL, AK_CHAIN_REFINE_MODES };

typedef struct {
  guint32 count;
  guint32 *arc_start; /* [count + 1] */
  AkChainArc *arcs;
  guint32 *order, *at; /* [count] values by cell, and where each of them stands there */
  guint32 *cell;       /* [count] of a value */
  guint32 *size;       /* [count] of a cell */
  guint64
      *sums; /* [count] labels of the arcs to a value that come from the cell that is looked at */
  guint32 *
      hits; /* [count] of a cell: how many of its values such arcs lead to; they stand at its end */
  guint32 *cells; /* those that are hit */
  guint32 cell_count;
  guint32 *members, *starts;      /* room for [count] and [count + 1] numbers */
  AkChainSum *sorted;             /* room */
  guint32 *queue, first, waiting; /* cells that are to be looked at: a ring of [count] */
  guint8 *waits;                  /* [count] does the cell? */
  guint mode;
  guint64 steps[AK_CHAIN_REFINE_MODES], most[AK_CHAIN_REFINE_MODES]; /* done, and allowed */
  guint64 trace;                                                     /* of a trial */
  GArray *cuts;                                                      /* of AkChainCut, of a trial */
} AkChainRefine;

/* `arc_start` and `arcs` are taken over. The first `split` values are one cell, the others another,
 * and both wait. */
void ak_chain_refine_init(AkChainRefine *self, guint32 count, guint32 split, guint32 *arc_start,
                          AkChainArc *arcs);
void ak_chain_refine_clear(AkChainRefine *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainRefine, ak_chain_refine_clear)

/* A cell becomes one of equal keys ([count], by value) each, by rising key. */
void ak_chain_refine_split(AkChainRefine *self, guint32 cell, const guint64 *keys);
/* The value becomes a cell of its own, behind the rest of its cell. */
void ak_chain_refine_single(AkChainRefine *self, guint32 value);
/* Until nothing waits; false where steps end. */
bool ak_chain_refine_run(AkChainRefine *self);
/* What happens where the value stands alone, which is undone at once: the trace is the same for
 * values that can be exchanged. False where no steps of trials are left behind it, so that the
 * order of trials does not say whether they suffice for all. */
bool ak_chain_refine_try(AkChainRefine *self, guint32 value, guint64 *trace);
