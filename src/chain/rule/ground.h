/* Grounding: which atoms can be derived when no measure is taken, and by which ways. Semi-naive: a
 * way is found once, when the last of its premises comes. */
#pragma once

#include "chain/graph/graph.h"
#include "chain/rule/facts.h"

typedef struct {
  guint64 ways;                     /* edges and hyperedges together; 0: AK_CHAIN_WAYS_MAX */
  bool (*cancelled)(gpointer data); /* asked now and then; NULL: never */
  gpointer cancelled_data;
} AkChainGroundLimits;

#define AK_CHAIN_WAYS_MAX (G_MAXUINT32 - 1)

typedef struct _AkChainGround AkChainGround;

/* `facts` must outlive it, and get no rows meanwhile. The caller's; NULL with LIMIT or CANCELLED.
 */
AkChainGround *ak_chain_ground_new(const AkChainFacts *facts, const AkChainGroundLimits *limits,
                                   GError **error);
void ak_chain_ground_free(AkChainGround *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainGround, ak_chain_ground_free)

const AkChainGraph *ak_chain_ground_graph(const AkChainGround *self);

/* How many atoms of a predicate there are. */
guint32 ak_chain_ground_count(const AkChainGround *self, guint32 predicate);
/* The predicate of an atom. */
guint32 ak_chain_ground_predicate(const AkChainGround *self, guint32 atom);
/* The atom (or measure) with these values, as many as the predicate has terms; AK_CHAIN_GRAPH_NONE
 * where none is known. */
guint32 ak_chain_ground_find(const AkChainGround *self, guint32 predicate,
                             const char *const *values);
/* The same by the values' numbers in their types (ak_chain_facts_value); and back: the numbers of an atom's values, in
 * `numbers` [AK_CHAIN_ARITY_MAX]. */
guint32 ak_chain_ground_find_row(const AkChainGround *self, guint32 predicate, const guint32 *numbers);
void ak_chain_ground_row(const AkChainGround *self, guint32 atom, guint32 *numbers);
/* The values of an atom's terms, and its predicate; caller frees. */
GStrv ak_chain_ground_values(const AkChainGround *self, guint32 atom, guint32 *predicate);
/* "execCode(12,1)"; caller frees. */
char *ak_chain_ground_text(const AkChainGround *self, guint32 atom);
char *ak_chain_ground_measure_text(const AkChainGround *self, guint32 measure);
