/* Where several atoms follow from the same atoms, each of these is looked at once for all of them.
 */
#pragma once

#include "chain/graph/cone.h"

/* A way to an atom of the cone, an edge among them. */
typedef struct {
  guint32 head, rule; /* place of the head */
  guint32 from;       /* place of an edge's premise; AK_CHAIN_GRAPH_NONE: it is `way` */
  guint32 way;        /* of the graph */
} AkChainConeWay;

/* Where at least two steps to atoms of one circle have the same edges, a place is put in before the
 * first of these atoms, which is reached by those edges as by a helper, and the steps follow from
 * it alone. `ways`, [*count], stand by head and then by rule, and are made anew; the cone has its
 * places and none of its ways yet. */
void ak_chain_cone_join(AkChainCone *cone, AkChainConeWay **ways, guint32 *count);
