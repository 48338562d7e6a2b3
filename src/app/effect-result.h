/* A trial's figures from its records. */
#pragma once

#include "app/effect-state.h"
#include "core/effect-rows.h"

/* docs/formats/effect-result.md, and beside it "run", "name", "plan", "finished"; the caller's. Of
 * each list the result holds AK_EFFECT_ROWS_HELD rows, `rows` gets the others; NULL: it holds all. */
json_t *ak_effect_result(const AkEffectState *state, AkLog *log, const AkRange *range,
                         AkEffectRows *rows, GError **error);

/* Where outcomes come from: `each` makes a batch of a trial-batch record; the caller's. */
typedef struct {
  bool (*each)(gpointer data, const json_t *record, AkEffectBatch **out, GError **error);
  gpointer data;
} AkEffectSource;

/* The same with outcomes from elsewhere than the stored rows; NULL as source: the rows. */
json_t *ak_effect_result_from(const AkEffectState *state, AkLog *log, const AkRange *range,
                              const AkEffectSource *source, AkEffectRows *rows, GError **error);
