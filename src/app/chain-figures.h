/* Figures of an analysis: chances as intervals, and how firmly incidents keep their rank. All rest on ranges, most of them assumed, so
 * that none is said without its interval. */
#pragma once

#include "app/chain.h"
#include "chain/graph/effort.h"

/* An incident whose impact the file states: without it no risk figure is given. */
typedef struct {
  json_t *row; /* borrowed: what is said of it; it gets "probability", "ci95" and "exact" */
  json_int_t chance[2]; /* millionths, by both ends: what was worked out; drawn ones may lie the other way round */
  bool is_exact[2];     /* of each end: it was gone through, not drawn */
  bool draws[2];        /* an end is to be drawn even where it could be gone through: it is set beside one that was drawn */
  guint32 atom;
  guint impact; /* index into ak_chain_impact_classes */
  bool is_reachable; /* in the world; where it is not, measures that fail may still let it happen */
} AkChainFigure;

/* Chances of the incidents (of AkChainFigure): exact where few things are uncertain, else by drawn worlds. `effects` of the measures that
 * hold, by both ends (ak_chain_numbers_effects). */
void ak_app_chain_add_chances(const AkAppChain *self, const guint32 *const effects[2], GArray *incidents);

/* The same where some measures hold too. */
typedef struct {
  const guint32 *measures; /* numbers of measures that do not hold otherwise */
  guint measure_count;
  const guint32 *effects[2]; /* [measure_count] of each, by both ends */
  GArray *incidents;         /* of AkChainFigure: what is asked for then */
} AkChainFigureVariant;
void ak_app_chain_add_variant_chances(const AkAppChain *self, const guint32 *const effects[2],
                                      const AkChainFigureVariant *variants, guint count);

/* How often each of the first ten that can be reached keeps its place when efforts are drawn within their ranges: {"draws", "rows": [{"id", "element",
 * "rank", "in_top", "same_rank"}]}; the caller's. Not of large chains. */
json_t *ak_app_chain_ranking(const AkAppChain *self, AkChainWorld world, GArray *incidents);
