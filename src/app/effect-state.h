/* A trial as its records tell it (docs/formats/trial.md). */
#pragma once

#include "app/workspace.h"
#include "core/range.h"
#include "effect/trial.h"

typedef struct {
  char *run_id;
  json_t *planned;    /* trial-planned; NULL: there is no such trial */
  json_t *ended;      /* trial-ended; or NULL */
  GPtrArray *batches; /* of json_t: trial-batch, in their order */
  GPtrArray *notes;   /* of json_t: trial-note, in their order */
} AkEffectState;

/* NOT_FOUND where the log has no plan of it. */
AkEffectState *ak_effect_state_read(AkLog *log, const char *run_id, GError **error);
void ak_effect_state_free(AkEffectState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkEffectState, ak_effect_state_free)

/* How many cases of a unit are done. */
gsize ak_effect_state_done(const AkEffectState *self, guint32 unit);
/* How often its product has ended by itself. */
guint ak_effect_state_deaths(const AkEffectState *self, guint32 unit);

/* The outcomes of batch `index`, without bytes or cases; the caller's. Errors as below. */
AkEffectBatch *ak_effect_state_rows(const AkEffectState *self, AkLog *log, guint index,
                                    GError **error);

/* Calls `visit` for each outcome, in the order of the batches; false from it stops. IO, NOT_FOUND and
 * INVALID_DATA where the evidence is not what the records say. */
bool ak_effect_state_outcomes(const AkEffectState *self, AkLog *log,
                              bool (*visit)(gpointer data, const AkEffectOutcome *outcome,
                                            GError **error),
                              gpointer data, GError **error);

/* The journal: each makes a record, keeps its blobs and appends it. */
bool ak_effect_record_plan(AkLog *log, const AkRange *range, const char *run_id,
                           guint64 token_key, const char *const *only, const char *const *cases,
                           GError **error);
bool ak_effect_record_batch(AkLog *log, const char *run_id, const AkTrialUnit *unit,
                            const AkEffectBatch *batch, const AkTrialAccount *account,
                            GError **error);
bool ak_effect_record_end(AkLog *log, const char *run_id, const char *end, GError **error);

/* Digest of the range as it would be planned: its document, the files of its products, its corpora. */
bool ak_effect_range_digest(const AkRange *range, AkDigest *out, GError **error);
