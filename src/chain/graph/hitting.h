/* The cheapest set that holds at least one member of every clause, by branch and bound: on the
 * members of the shortest clause that is not hit yet, with the cheapest members of clauses that
 * share none as a lower bound. */
#pragma once

#include "chain/graph/vector.h"

#define AK_CHAIN_HITTING_NODES 2000000 /* branches before the search is broken off */

typedef struct {
  AkChainVector chosen; /* members, rising */
  guint64 cost;         /* of them */
  guint64 lower;        /* no set is cheaper; the same as `cost` where the search came to its end */
} AkChainHitting;

void ak_chain_hitting_clear(AkChainHitting *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainHitting, ak_chain_hitting_clear)

/* `clauses`: GPtrArray of AkChainVector, none empty; `costs` by member, `members` of them. `out` is
 * empty before. */
void ak_chain_hitting_solve(const GPtrArray *clauses, const guint64 *costs, guint32 members,
                            AkChainHitting *out);
