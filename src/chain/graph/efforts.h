/* The least efforts of some goals for many choices of what the rules cost, eight at a time: the same as
 * ak_chain_effort_of tells of each. */
#pragma once

#include "chain/graph/effort.h"

typedef struct {
  const guint32 *efforts; /* [choices × rules] by rule of the text, choice after choice */
  guint choice_count, rule_count;
  const guint8 *initial, *measures; /* as in AkChainEffortSpec */
  const guint32 *goals;             /* atoms */
  guint goal_count;
  guint rounds; /* how often a circle is gone round at most; 0: AK_CHAIN_EFFORTS_ROUNDS. What takes more is computed choice by
                   choice, so that time stays bounded whatever the circles are like */
} AkChainEffortsSpec;

enum { AK_CHAIN_EFFORTS_ROUNDS = 100 };

/* [choices × goals], choice after choice; AK_CHAIN_EFFORT_NONE where a goal is not reached. Caller frees. */
guint64 *ak_chain_efforts_run(const AkChainGraph *graph, const AkChainEffortsSpec *spec);
