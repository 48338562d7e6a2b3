/* From what became of each case to figures: rates with intervals, comparisons, overhead, and every
 * case that a product got wrong (docs/formats/effect-result.md).
 *
 * No rank and no total score is made. Each figure carries the text id of the rule that says what it
 * is out of. The same outcomes in any order give the same result. Nothing is read or
 * written but a shelf; one thread. */
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

/* The product's own log line (or an answer) of an outcome; caller frees. NULL where there is none. Asked
 * for in the order of repetitions and the lowest AK_EFFECT_PLACE_BITS bits of `line_at`. */
#define AK_EFFECT_PLACE_BITS 56
typedef char *AkEffectLine(gpointer data, const AkEffectOutcome *outcome);

/* A row of the list "misses" or "false_alarms" of a product, or of "excluded" (`product` is
 * AK_EFFECT_SCORE_CONTROL), in their order; `number` counts them from 0. The row may be added to, and
 * `keep` says whether the result itself holds it: true before. */
typedef bool AkEffectListed(gpointer data, guint product, const char *list, guint64 number,
                            json_t *row, bool *keep, GError **error);

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
  AkEffectLine *line;     /* or NULL */
  AkEffectListed *listed; /* or NULL: the result holds every row */
  gpointer data;          /* of both */
} AkEffectScoreSpec;

typedef struct _AkEffectScore AkEffectScore;

/* Borrows the spec and all it names for its life. What it knows of each case lies on a shelf
 * (util/shelf.h), so that memory does not grow with the cases; IO, LIMIT: as ak_shelf_take. */
AkEffectScore *ak_effect_score_new(const AkEffectScoreSpec *spec, GError **error);
void ak_effect_score_free(AkEffectScore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkEffectScore, ak_effect_score_free)

/* INVALID_DATA for a number that names nothing, CONFLICT for a case that comes twice in one
 * repetition of a product. */
bool ak_effect_score_add(AkEffectScore *self, const AkEffectOutcome *outcome, GError **error);

/* Somebody says that the case is no fair one: figures are also given without it ("undisputed").
 * False where there is no such case. Any corpus where `corpus` is NULL. */
bool ak_effect_score_dispute(AkEffectScore *self, const char *corpus, const char *case_id);

/* {"products", "comparisons", "excluded", "excluded_count", "corpora", "statistics"}; the caller's.
 * Once, after all outcomes. Errors are those of the disk and of `listed`. */
json_t *ak_effect_score_result(AkEffectScore *self, GError **error);
