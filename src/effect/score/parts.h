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

/* NULL with the error of a list. */
json_t *ak_effect_score_product(const AkEffectScore *self, guint product, GError **error);
/* A row a pair of products that are no controls, each with detection and false alarms. */
json_t *ak_effect_score_comparisons(const AkEffectScore *self);
/* Latency and throughput beside the control run; NULL where there was none for this product. */
json_t *ak_effect_score_overhead(const AkEffectScore *self, guint product);
/* A row a category and side, of the headline. */
json_t *ak_effect_score_categories(const AkEffectScore *self, guint product);
/* Each case that it got wrong, as lists: "misses", "false_alarms". */
bool ak_effect_score_list_wrong(const AkEffectScore *self, guint product, json_t *out,
                                GError **error);
json_t *ak_effect_score_roc(const AkEffectScore *self, guint product); /* NULL: no scores */

/* A list of which the result may hold the first rows alone: "NAME" and "NAME_count". */
typedef struct {
  const AkEffectScoreSpec *spec;
  guint product;
  const char *name;
  guint64 count;
  json_t *rows; /* that are kept */
} AkEffectList;

AkEffectList ak_effect_list_begin(const AkEffectScoreSpec *spec, guint product, const char *name);
bool ak_effect_list_add(AkEffectList *self, json_t *taken, GError **error);
void ak_effect_list_end(AkEffectList *self, json_t *out); /* also after an error */
