/* The least effort with which each atom can be reached.
 *
 * An atom costs what its cheapest way costs: the rule's effort and that of all premises, added up
 * over the derivation tree, so that a step that two premises share counts twice. That is what makes
 * the problem polynomial. Source: D. E. Knuth, A generalization of Dijkstra's algorithm,
 * Information Processing Letters 6 (1977). */
#pragma once

#include "chain/graph/labels.h"
#include "chain/graph/vector.h"

#define AK_CHAIN_EFFORT_NONE G_MAXUINT64 /* not reached */

typedef struct {
  const guint32
      *efforts; /* by rule of the text, in units of the caller's choice; helpers cost nothing */
  const guint8 *initial;  /* a byte an initial atom, as for ak_chain_reach_run; NULL: all on */
  const guint8 *measures; /* a byte a measure; NULL: none on */
  const guint8 *without;  /* a byte an edge, then a byte a way: those that must not be taken; NULL: all may */
  bool has_goal;          /* stop once `goal` is settled: efforts of atoms that cost more are not known */
  guint32 goal;
  guint32 *ranks; /* [atoms], all 0: gets when each was settled, from 1 on; NULL: not asked for */
  const AkChainLabels *labels; /* which of equally cheap ways is told follows from them; NULL: from the order of the graph */
} AkChainEffortSpec;

typedef struct _AkChainEffort AkChainEffort;

/* `graph` must outlive it; `spec` is read now. Never NULL. */
AkChainEffort *ak_chain_effort_new(const AkChainGraph *graph, const AkChainEffortSpec *spec);
void ak_chain_effort_free(AkChainEffort *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainEffort, ak_chain_effort_free)

/* The least effort of an atom, or AK_CHAIN_EFFORT_NONE. */
guint64 ak_chain_effort_of(const AkChainEffort *self, guint32 atom);

/* What its cheapest way takes last: the number of an edge, or of a way behind them (edge_count + way); AK_CHAIN_GRAPH_NONE where it
 * is there from the start, and where it is not reached. */
guint32 ak_chain_effort_last(const AkChainEffort *self, guint32 atom);

/* One step of an attack: `atom` follows by rule `rule` of the text (AK_CHAIN_GRAPH_NONE: the
 * attacker begins with it) from `premises`. */
typedef struct {
  guint32 atom, rule;
  guint32 way; /* number of the way, AK_CHAIN_GRAPH_NONE for an edge and for a beginning */
  guint32 premises[6];
  guint premise_count;
} AkChainStepTaken;

/* What the cheapest attack takes: numbers of edges, and of ways behind them (edge_count + way), helpers' too, each once. Adds
 * to `out`. */
void ak_chain_effort_taken(const AkChainEffort *self, guint32 atom, AkChainVector *out);
/* What the same attack costs with other efforts. */
guint64 ak_chain_effort_repriced(const AkChainEffort *self, guint32 atom, const guint32 *efforts);

/* The steps of the cheapest attack on an atom, premises before what follows from them, each atom
 * once. Steps of helpers are left out: what they stand for is named. GArray of AkChainStepTaken,
 * the caller's; empty where it is not reached. */
GArray *ak_chain_effort_path(const AkChainEffort *self, guint32 atom);
