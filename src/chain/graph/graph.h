/* What can follow in a chain, grounded with no measure taken: atoms, and the ways in which one
 * follows from others. All that is asked of a chain (reach, effort, chance, what-if, cuts) runs on
 * it.
 *
 * Atoms are numbered in the order in which they were derived. A way with one premise and no measure
 * is an edge, kept in compressed rows by its premise; every other way is a hyperedge. */
#pragma once

#include "util/error.h"

#define AK_CHAIN_GRAPH_NONE G_MAXUINT32

typedef struct {
  guint32 atom_count, edge_count, way_count;
  guint32 initial_count; /* atoms 0 … initial_count - 1 are what an attacker may begin with */
  guint32 measure_count;

  guint32 *edge_start; /* [atom_count + 1] edges of a premise */
  guint32 *edge_head;  /* [edge_count] */
  guint32
      *edge_rule; /* [edge_count] which rule of the text; AK_CHAIN_RULE_HELPER added: part of it */

  /* hyperedges: premises none to six, measures none to six */
  guint32 *way_head;          /* [way_count] */
  guint32 *way_rule;          /* [way_count] */
  guint32 *way_premise_start; /* [way_count + 1] into way_premises */
  guint32 *way_premises;
  guint32 *way_measure_start; /* [way_count + 1] into way_measures */
  guint32 *way_measures;      /* numbers of measures: the way is open while none of them holds */
  guint32 *way_of_start;      /* [atom_count + 1] into way_of: where an atom is a premise */
  guint32 *way_of;
  guint32 *measure_of_start; /* [measure_count + 1] into measure_of: which ways a measure closes */
  guint32 *measure_of;
} AkChainGraph;

#define AK_CHAIN_RULE_HELPER 0x80000000u /* in edge_rule and way_rule: costs nothing of its own */

void ak_chain_graph_free(AkChainGraph *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainGraph, ak_chain_graph_free)
