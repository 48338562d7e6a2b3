/* A batch: some cases in the order in which a product is given them, what came back, and what was read
 * in its log and at the target. Its bytes are evidence; what became of the cases follows from them. */
#pragma once

#include "core/range.h"

/* How giving a case ended, before anything is judged. */
typedef enum {
  AK_EFFECT_END_NOT_GIVEN, /* the batch broke off before it */
  AK_EFFECT_END_ANSWERED,
  AK_EFFECT_END_LATE,
  AK_EFFECT_END_CLOSED,  /* without a whole answer, and the product lives */
  AK_EFFECT_END_DIED,    /* and it does not */
  AK_EFFECT_END_BROKEN,  /* the answer cannot be read */
  AK_EFFECT_END_HUNG,
  AK_EFFECT_END_HARNESS,
} AkEffectEnd;

#define AK_EFFECT_CONTROL G_MAXUINT32 /* AkEffectOutcome.product of the control run */

typedef struct {
  const AkEffectCase *one; /* borrowed */
  AkEffectEnd end;
  AkEffectOutcome outcome; /* who and which before it is given; what became of it after */
} AkEffectTurn;

typedef struct {
  guint64 token_key;
  guint32 unit;      /* effect/token.h */
  guint32 first;     /* place of turn 0 in the order of its unit */
  GArray *turns;     /* of AkEffectTurn */
  const GPtrArray *corpora; /* of AkEffectCorpus, whose cases they are; borrowed; NULL: not told */
  guint64 answers_at, log_at, target_at; /* bytes of earlier batches of the unit: AkEffectOutcome's
                                            offsets count from the unit's begin */
  GByteArray *answers;    /* one after the other */
  GByteArray *log;        /* of the product: whole lines */
  GByteArray *target_log; /* of the target: whole lines */
  bool log_is_whole;      /* every line that was to come has come */
  bool log_is_flooded;    /* it grew beyond the limit: the rest was not read */
  bool has_target;        /* its log says what happened */
  bool is_full;           /* the log has no room for one more case: those that were not given go into the
                             next batch; never where none was given */
} AkEffectBatch;

AkEffectBatch *ak_effect_batch_new(guint64 token_key, guint32 unit, guint32 first);
void ak_effect_batch_free(AkEffectBatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkEffectBatch, ak_effect_batch_free)

static inline AkEffectTurn *ak_effect_batch_turn(const AkEffectBatch *self, guint index) {
  return &g_array_index(self->turns, AkEffectTurn, index);
}

/* Call it with the count of a loop in which cases of turns are looked at: they lie anywhere on their corpora's
 * shelves. */
void ak_effect_batch_breathe(const AkEffectBatch *self, guint count);

/* The turns as bytes, AK_EFFECT_TURN_BYTES each (docs/formats/trial.md), and back: `self` has as many
 * turns as there are rows, and gets what they say. INVALID_DATA where they do not fit. */
#define AK_EFFECT_TURN_BYTES 85
GBytes *ak_effect_batch_rows(const AkEffectBatch *self);
bool ak_effect_batch_take_rows(AkEffectBatch *self, const void *data, gsize size, GError **error);
bool ak_effect_batch_fuzz(const guint8 *data, gsize size);
