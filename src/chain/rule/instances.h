/* Instances of rules on their way into the graph. They come for a window of new atoms, one rule after the other; in the graph edges lie by
 * their premise. */
#pragma once

#include "chain/graph/builder.h"
#include "chain/rule/atoms.h"

enum {
  AK_CHAIN_TUPLES = 256,       /* as many are handled at once; what is read of them stays in the nearest cache */
  AK_CHAIN_WINDOW_MAX = 4096,  /* atoms */
};

typedef struct {
  AkChainAtoms *atoms; /* heads are added to it; borrowed */
  AkChainBuilder builder;
  guint64 ways_left;
  /* The window's edges are the builder's last ones, as they came: runs of one premise behind one another. */
  AkChainVector run_premise, run_begin; /* where a run begins among the builder's edges */
  AkChainVector sorting;                /* while they are sorted */
  guint32 window_begin;                 /* the first of them */
  bool is_mixed;                        /* not by rising premises */
  guint32 atoms_of[AK_CHAIN_TUPLES]; /* heads at hand */
} AkChainInstances;

/* Instances of one rule, at most AK_CHAIN_TUPLES. */
typedef struct {
  guint32 predicate; /* of the heads */
  guint32 rule;      /* as the graph has it (AkChainGraph.edge_rule) */
  guint32 count;
  guint64 keys[AK_CHAIN_TUPLES]; /* of the heads */
  guint premise_count, measure_count;
  const guint32 *premises[AK_CHAIN_PREMISES_MAX];                /* [count] atoms */
  guint32 measures[AK_CHAIN_PREMISES_MAX][AK_CHAIN_TUPLES];      /* AK_CHAIN_ATOM_NONE: nobody listed it, it cannot be taken */
} AkChainHeads;

void ak_chain_instances_clear(AkChainInstances *self);

/* False where memory or ways end. */
bool ak_chain_instances_add(AkChainInstances *self, const AkChainHeads *heads);

/* The window is done: atoms `first` … `end` - 1, which follow those of the last one. False where memory ends. */
bool ak_chain_instances_end_window(AkChainInstances *self, guint32 first, guint32 end);

/* There are no windows yet: ways have no premises, and heads from `first` on get new numbers (ak_chain_atoms_renumber). */
void ak_chain_instances_renumber(AkChainInstances *self, guint32 first, const guint32 *to);

/* No window follows: what is kept for them is freed. */
void ak_chain_instances_end(AkChainInstances *self);
