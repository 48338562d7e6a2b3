/* The cheapest set of further measures after which no goal can be reached, with the proof that none
 * is cheaper.
 *
 * A set of atoms that holds what an attacker begins with, and with the premises of each way that no
 * measure closes also its head, holds all that is reached. The search is for such a set without a
 * goal, as clauses (reduce.h, sat.h). It begins with no measure, at no cost; each contradiction
 * names some measures of which one must be taken, which raises the bound below. Source: N.
 * Narodytska, F. Bacchus, Maximum satisfiability using core-guided MaxSAT resolution, AAAI 2014.
 * What is found is checked by a computation from nothing. */
#pragma once

#include "chain/graph/graph.h"
#include "chain/graph/vector.h"

#define AK_CHAIN_COST_NEVER G_MAXUINT64 /* a measure that cannot be taken */

typedef struct {
  const guint8 *initial; /* a byte an initial atom; NULL: all on */
  const guint8 *held;    /* a byte a measure: those that hold already; NULL: none */
  const guint64 *costs;  /* by measure, below 2^40, or AK_CHAIN_COST_NEVER */
  const guint32 *goals;
  guint goal_count;
  guint rounds;                     /* at most so many; 0: AK_CHAIN_CHEAPEST_ROUNDS */
  bool (*cancelled)(gpointer data); /* asked once a round; NULL: never */
  gpointer cancelled_data;
} AkChainCheapestSpec;

enum { AK_CHAIN_CHEAPEST_ROUNDS = 10000 };

typedef struct {
  bool is_possible;      /* false: some attack passes whatever is done */
  guint32 unstoppable;   /* then: a goal that stays reachable */
  AkChainVector chosen;  /* measures, rising; a set that works */
  guint64 upper, lower;  /* cost of it; no set that works is cheaper. Equal: proven */
  guint rounds, attacks; /* how often it was tried, how many contradictions raised the bound */
} AkChainCheapest;

/* Fills `out` (empty before); false with CANCELLED. */
bool ak_chain_cheapest_find(const AkChainGraph *graph, const AkChainCheapestSpec *spec,
                            AkChainCheapest *out, GError **error);
void ak_chain_cheapest_clear(AkChainCheapest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainCheapest, ak_chain_cheapest_clear)
