/* Exact chances where few things are uncertain: all worlds are gone through. The worlds are those of worlds.h; only what can
 * matter to a goal counts as uncertain. */
#pragma once

#include "chain/graph/worlds.h"

enum { AK_CHAIN_ENUMERATE_MAX = 20 }; /* uncertain steps and measures: a million worlds */

typedef struct {
  guint uncertain; /* how many there are; AK_CHAIN_ENUMERATE_MAX + 1: more than that, and not counted on */
  double *chances; /* [goal_count], NULL where there are too many */
} AkChainEnumerated;
void ak_chain_enumerated_clear(AkChainEnumerated *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainEnumerated, ak_chain_enumerated_clear)

/* `spec`: seed and worlds are not used. `out` begins as all zeros. */
void ak_chain_enumerate(const AkChainGraph *graph, const AkChainWorldsSpec *spec,
                        AkChainEnumerated *out);
