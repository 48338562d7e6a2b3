/* What a budget buys: the measures that cost at most so much and keep the most out of reach, with the proof that no others keep
 * more. */
#pragma once

#include "chain/graph/cheapest.h"

typedef struct {
  AkChainCheapestSpec cheapest; /* graph's side of it; goals, costs and what is held */
  const guint64 *weights;       /* [goals] what it is worth that a goal is out of reach; their sum below 2^63 */
  guint64 budget;
} AkChainBudgetSpec;

typedef struct {
  AkChainVector kept;   /* places in the list of goals, rising: those that are out of reach */
  AkChainVector chosen; /* measures, rising: the cheapest that do it */
  guint64 cost;
  guint64 value, bound; /* weights of what is kept; no set within the budget keeps more than the bound. Equal: proven */
  guint trials;         /* searches for the cheapest measures */
} AkChainBudget;

/* Goals that cannot be kept out of reach together within the budget are found one group after the other; each time as little as
 * possible is given up so that no whole group is left (a hitting set), until what is left can be afforded. Fills `out` (empty
 * before); false with CANCELLED. */
bool ak_chain_budget_find(const AkChainGraph *graph, const AkChainBudgetSpec *spec, AkChainBudget *out,
                          GError **error);
void ak_chain_budget_clear(AkChainBudget *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainBudget, ak_chain_budget_clear)
