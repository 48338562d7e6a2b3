/* Exact chances where few things are uncertain: all worlds are gone through. The worlds are those of worlds.h; only what can
 * matter to a goal counts as uncertain. */
#pragma once

#include "chain/graph/worlds.h"

enum { AK_CHAIN_ENUMERATE_MAX = 20 }; /* uncertain steps and measures: a million worlds */
/* Ways that an enumerator looks at in blocks of 64 worlds, again in each sweep, in all of its runs: a second or so. */
#define AK_CHAIN_ENUMERATE_WORK (G_GUINT64_CONSTANT(1) << 26)

typedef struct {
  guint uncertain; /* how many there are; AK_CHAIN_ENUMERATE_MAX + 1: more than that, and not counted on */
  double *chances; /* [goal_count], NULL where there are too many, or the work would be too much */
} AkChainEnumerated;
void ak_chain_enumerated_clear(AkChainEnumerated *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainEnumerated, ak_chain_enumerated_clear)

/* `spec`: seed and worlds are not used. `out` begins as all zeros. With labels it depends on them alone, not on the order of the graph, for
 * which goals the work suffices. */
void ak_chain_enumerate(const AkChainGraph *graph, const AkChainWorldsSpec *spec,
                        AkChainEnumerated *out);

/* The same for one set of goals after the other, in the time of what leads to them. `graph` and what `spec` points to must
 * outlive it; its goals are not used. NULL where memory ends. What one run has used the next ones have not: their order is the caller's. */
typedef struct _AkChainEnumerator AkChainEnumerator;
AkChainEnumerator *ak_chain_enumerator_new(const AkChainGraph *graph, const AkChainWorldsSpec *spec);
void ak_chain_enumerator_free(AkChainEnumerator *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainEnumerator, ak_chain_enumerator_free)
/* Other effects of the measures from now on; they must outlive it too. */
void ak_chain_enumerator_set_effects(AkChainEnumerator *self, const guint32 *effects);
void ak_chain_enumerator_run(AkChainEnumerator *self, const guint32 *goals, guint goal_count, AkChainEnumerated *out);
