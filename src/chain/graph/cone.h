/* What can matter to some goals: the atoms and ways of a graph that lead to one of them and can be reached, small and in an
 * order in which an atom stands behind all that it follows from, circles apart. What is asked of the same goals many times
 * (worlds.h, efforts.h) runs on it.
 *
 * Atoms of a cone are called by their places, from 0 on. A step is a rule on an atom, with all its ways. */
#pragma once

#include "chain/graph/graph.h"

typedef struct {
  guint32 count, step_count, way_count, measure_count;
  guint32 *atoms;           /* [count] which atom of the graph stands there; AK_CHAIN_GRAPH_NONE: a place that joins (AkChainConeSpec) */
  guint32 *places;          /* [atoms of the graph] where it stands; AK_CHAIN_GRAPH_NONE: it does not matter, or cannot be reached */
  guint8 *is_initial;       /* [count] it is there from the start, and has no steps */
  guint32 *circle_starts;   /* [count] the first atom of its circle; an atom in none is alone in its own */
  guint32 *circle_ends;     /* [count] behind the last one */
  guint32 *step_start;      /* [count + 1] steps to an atom */
  guint32 *step_rules;      /* [step_count] as in edge_rule of the graph */
  guint32 *way_start;       /* [step_count + 1] ways of a step */
  guint32 *way_heads;       /* [way_count] places */
  guint32 *way_steps;       /* [way_count] */
  guint32 *premise_start;   /* [way_count + 1] into premises */
  guint32 *premises;        /* places */
  guint32 *measure_start;   /* [way_count + 1] into measures */
  guint32 *measures;        /* numbers of the cone's own: the way is open while none of them holds */
  guint32 *measure_numbers; /* [measure_count] which measure of the graph each is */
  guint32 *closes_start;    /* [measure_count + 1] into closes */
  guint32 *closes;          /* ways that a measure closes, by rising heads */
  guint32 *use_start;       /* [count + 1] into uses */
  guint32 *uses;            /* ways that have an atom as premise, by rising heads */
} AkChainCone;

typedef struct {
  const guint32 *goals; /* atoms of the graph */
  guint goal_count;
  const guint8 *initial;  /* a byte an initial atom; NULL: all on */
  const guint8 *closing;  /* a byte a measure: its ways are closed, and left out; NULL: none is */
  const guint8 *watched;  /* a byte a measure: it is kept in the ways that it closes; NULL: none is */
  bool is_joined; /* what several atoms of a circle follow from in the same ways is joined in a place of its own, which is no atom */
} AkChainConeSpec;

/* `graph` need not outlive it. Never NULL; freed with ak_chain_cone_free. */
AkChainCone *ak_chain_cone_new(const AkChainGraph *graph, const AkChainConeSpec *spec);
void ak_chain_cone_free(AkChainCone *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainCone, ak_chain_cone_free)
