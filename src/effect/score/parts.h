/* The parts of a result, a file each. Inside score/ alone. */
#pragma once

#include "effect/score/figure.h"

/* What becomes of the headline's cases. */
typedef enum {
  AK_EFFECT_SHARE_DETECTED,            /* of attacks: errors are misses */
  AK_EFFECT_SHARE_DETECTED_CLEAN,      /* of attacks without an error */
  AK_EFFECT_SHARE_ALARMED,             /* of harmless work: errors count as alarms */
  AK_EFFECT_SHARE_ALARMED_CLEAN,       /* of harmless work without an error */
  AK_EFFECT_SHARE_STOPPED,             /* of attacks whose effect the target could tell each time */
  AK_EFFECT_SHARE_DETECTED_UNDISPUTED, /* as DETECTED, without the cases that somebody disputes */
  AK_EFFECT_SHARE_ALARMED_UNDISPUTED,  /* likewise */
  AK_EFFECT_SHARES,
} AkEffectShareKind;
extern const char *const ak_effect_share_rules[]; /* text ids of their denominators */

/* The share of `count` cases `numbers`, sorted by base; those of another part are passed over. */
void ak_effect_share_fill(const AkEffectScore *self, guint product, AkEffectShareKind kind,
                          const guint32 *numbers, guint32 count, AkEffectShare *out);

json_t *ak_effect_score_product(const AkEffectScore *self, guint product);
/* A row a pair of products that are no controls, each with detection and false alarms. */
json_t *ak_effect_score_comparisons(const AkEffectScore *self);
/* Latency and throughput beside the control run; NULL where there was none for this product. */
json_t *ak_effect_score_overhead(const AkEffectScore *self, guint product);
/* A row a category and side, of the headline. */
json_t *ak_effect_score_categories(const AkEffectScore *self, guint product);
/* Each case that it got wrong: "misses", "false_alarms". */
json_t *ak_effect_score_wrong(const AkEffectScore *self, guint product, bool attack);
json_t *ak_effect_score_roc(const AkEffectScore *self, guint product); /* NULL: no scores */
