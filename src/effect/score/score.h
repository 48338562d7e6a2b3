/* From what became of each case to figures: rates with intervals, comparisons, overhead, and every
 * case that a product got wrong (docs/formats/effect-result.md).
 *
 * No rank and no total score is made. Each figure carries the text id of the rule that says what it
 * is out of. The same outcomes in any order give the same result. Nothing is read or written; one
 * thread. */
#pragma once

#include "core/effect.h"
#include "stats/bootstrap.h"
#include "util/json.h"

#define AK_EFFECT_SCORE_CONTROL                                                                    \
  G_MAXUINT32                        /* AkEffectOutcome.product of the run without a product */
#define AK_EFFECT_SCORE_MIN_BASES 30 /* below: too few, no rate in a category */

/* What counts as detected. */
typedef enum {
  AK_EFFECT_BY_BLOCK,  /* it was blocked, and its effect was not seen at the target */
  AK_EFFECT_BY_LOG,    /* the product logged an alert */
  AK_EFFECT_BY_EITHER, /* one of the two */
} AkEffectDuty;
extern const char *const ak_effect_duties[]; /* "block", "log", "either"; ends with NULL */

typedef struct {
  const char *id;
  const char *family; /* against AkEffectCorpus.written_for; or NULL */
  AkEffectKind kind;  /* of cases that it is given */
  AkEffectDuty duty;
  bool control; /* one that blocks everything or nothing: in no comparison */
  guint group;  /* of `across_groups` */
} AkEffectScoreProduct;

/* The product's own log line (or an answer) of an outcome; caller frees. NULL where there is none.
 */
typedef char *AkEffectLine(gpointer data, const AkEffectOutcome *outcome);

typedef struct {
  const AkEffectScoreProduct *products;
  guint product_count;
  const GPtrArray *corpora; /* of AkEffectCorpus, closed */
  guint repetitions;        /* of each product */
  bool across_groups;       /* only products of different groups are compared */
  bool has_control; /* there was a run without a product: a case that it does not prove is left out
                     */
  guint64 traffic_a_day; /* harmless cases a day where the product will stand; 0: not stated */
  AkBootstrap bootstrap;
  AkEffectLine *line; /* or NULL */
  gpointer line_data;
} AkEffectScoreSpec;

typedef struct _AkEffectScore AkEffectScore;

/* Borrows the spec and all it names for its life. */
AkEffectScore *ak_effect_score_new(const AkEffectScoreSpec *spec);
void ak_effect_score_free(AkEffectScore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkEffectScore, ak_effect_score_free)

/* INVALID_DATA for a number that names nothing, CONFLICT for a case that comes twice in one
 * repetition of a product. */
bool ak_effect_score_add(AkEffectScore *self, const AkEffectOutcome *outcome, GError **error);

/* Somebody says that the case is no fair one: figures are also given without it ("undisputed").
 * False where there is no such case. Any corpus where `corpus` is NULL. */
bool ak_effect_score_dispute(AkEffectScore *self, const char *corpus, const char *case_id);

/* {"products", "comparisons", "excluded", "corpora", "rules"}; the caller's. */
json_t *ak_effect_score_result(const AkEffectScore *self);
