/* How often atoms are reached where steps and measures work with a chance only: worlds drawn at
 * random, many at once.
 *
 * A step is a rule on a head: whether the rule works on that head is drawn once a world, whatever
 * premises it is reached from. A measure that holds is drawn once a world as well. All draws are
 * independent. Chances are in millionths and are rounded to 2^-20. The same seed gives the same
 * worlds, on every machine; with labels also where the graph was made in another order. */
#pragma once

#include "chain/graph/labels.h"

#define AK_CHAIN_CERTAIN 1000000u /* a chance in millionths */

typedef struct {
  const guint32 *chances; /* by rule of the text, 0 … AK_CHAIN_CERTAIN; helpers always work */
  const guint32 *effects; /* by measure, 0 … AK_CHAIN_CERTAIN: 0 does not hold */
  const guint8 *initial;  /* a byte an initial atom; NULL: all on */
  guint64 seed;
  guint32 worlds;       /* rounded up to a multiple of AK_CHAIN_WORLDS_AT_ONCE */
  const guint32 *goals; /* atoms */
  guint goal_count;
  const AkChainLabels *labels; /* what is drawn follows from them; NULL: from the numbers of atoms and measures */
} AkChainWorldsSpec;

enum { AK_CHAIN_WORLDS_AT_ONCE = 512 };

typedef struct {
  guint32 worlds;      /* how many were drawn */
  guint32 *reached;    /* [goal_count] in how many of them each goal was reached */
  guint64 step_worlds; /* uncertain steps that were drawn, each once a world */
} AkChainWorlds;

/* The same worlds where some measures hold too. */
typedef struct {
  const guint32 *measures, *effects; /* that hold in none of the worlds otherwise, each once, and how well each of them works */
  guint measure_count;
  const guint32 *goals; /* atoms */
  guint goal_count;
  guint32 *reached; /* [goal_count] out: in how many worlds each goal was reached */
} AkChainWorldsVariant;

/* The caller's, freed with ak_chain_worlds_free. */
AkChainWorlds *ak_chain_worlds_run(const AkChainGraph *graph, const AkChainWorldsSpec *spec);
/* Also what is reached in each variant: as ak_chain_worlds_run with its effects in those of the spec, in the time of what the
 * variants change. `variants` and what they point to stay the caller's. */
AkChainWorlds *ak_chain_worlds_run_variants(const AkChainGraph *graph, const AkChainWorldsSpec *spec,
                                            AkChainWorldsVariant *variants, guint count);
void ak_chain_worlds_free(AkChainWorlds *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainWorlds, ak_chain_worlds_free)
