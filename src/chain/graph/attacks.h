/* The cheapest attacks on an atom that differ from each other in what is done. */
#pragma once

#include "chain/graph/effort.h"

typedef struct {
  AkChainEffortSpec effort;    /* efforts, initial, measures: as for the least effort */
  const guint32 *other_efforts; /* each attack is priced with these too; NULL: not */
  const guint8 *counts;        /* by rule: 1, what it does makes attacks differ; NULL: all do */
  guint32 goal; /* with effort.labels which of equals is told, and what is looked at first, follows from them alone */
  guint most;   /* attacks that are wanted */
  guint trials; /* computations of a least effort at most; 0: AK_CHAIN_ATTACKS_TRIALS */
} AkChainAttacksSpec;

enum { AK_CHAIN_ATTACKS_TRIALS = 2000 };

typedef struct {
  guint64 effort, other_effort;
  GArray *path; /* of AkChainStepTaken */
} AkChainAttack;

typedef struct {
  GPtrArray *attacks; /* of AkChainAttack, by rising effort */
  bool is_cut;        /* the trials were used up: there may be more */
} AkChainAttacks;

/* An attack is a set of steps by which the goal is reached and of which none can be left out, where each atom that it needs is
 * reached in one way; steps are the instances of rules that count. Attacks are told apart by these sets. The cheapest come first, each with
 * the least effort by which its steps lead to the goal. Found by best-first search: the cheapest attack without certain instances, then
 * the same without each of its instances in turn (after E. L. Lawler, A procedure for computing the K best solutions to
 * discrete optimization problems, Management Science 18 (1972)). The caller's. */
void ak_chain_attacks_find(const AkChainGraph *graph, const AkChainAttacksSpec *spec, AkChainAttacks *out);
void ak_chain_attacks_clear(AkChainAttacks *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainAttacks, ak_chain_attacks_clear)
