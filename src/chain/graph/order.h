/* The same graph in an order that labels alone decide on: searches that tell one of several equals tell the same one, whatever order
 * the file is in. */
#pragma once

#include "chain/graph/budget.h"
#include "chain/graph/labels.h"

typedef struct {
  AkChainGraph *graph;
  guint32 *atoms, *measures;           /* by number in the graph that it was made of: the number here */
  guint32 *atoms_back, *measures_back; /* and back */
} AkChainOrder;

/* Ways that are there twice are one. NULL where memory ends; freed with ak_chain_order_free. */
AkChainOrder *ak_chain_order_new(const AkChainGraph *graph, const AkChainLabels *labels);
void ak_chain_order_free(AkChainOrder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainOrder, ak_chain_order_free)

/* As ak_chain_cheapest_find and ak_chain_budget_find on `graph`, of which `self` was made; all numbers are those of `graph`. `self` NULL:
 * the same as these. */
bool ak_chain_order_cheapest(const AkChainOrder *self, const AkChainGraph *graph, const AkChainCheapestSpec *spec,
                             AkChainCheapest *out, GError **error);
bool ak_chain_order_budget(const AkChainOrder *self, const AkChainGraph *graph, const AkChainBudgetSpec *spec, AkChainBudget *out,
                           GError **error);
