/* What of a graph matters for a question about measures: atoms that can be reached and from which a
 * goal can be, with those in one that are reached in the same ways. */
#pragma once

#include "chain/graph/reverse.h"
#include "chain/graph/vector.h"

#define AK_CHAIN_REDUCED_NONE G_MAXUINT32 /* does not matter */

typedef struct {
  guint32 *class_of; /* [atoms] the atom that stands for it; AK_CHAIN_REDUCED_NONE */
  /* ways between atoms that stand for others, each once: how many premises, how many measures, then
   * head, premises and measures, for one after the other */
  AkChainVector rows;
  guint32 row_count;
} AkChainReduced;

/* `initial` and `held` as for ak_chain_reach_run; no row has a measure that is held. `reached`:
 * what is reached with them, a byte an atom. */
void ak_chain_reduced_init(AkChainReduced *self, const AkChainGraph *graph, const guint8 *initial,
                           const guint8 *held, const guint8 *reached, const guint32 *goals,
                           guint goal_count);
void ak_chain_reduced_clear(AkChainReduced *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainReduced, ak_chain_reduced_clear)
