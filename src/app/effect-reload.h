/* A trial again from its evidence, without the files that it was planned with. */
#pragma once

#include "app/effect-state.h"

/* The range as it was planned: products, plan and limits, and the cases without their bytes. The
 * caller's; IO, NOT_FOUND and INVALID_DATA where the evidence is not what the records say. */
AkRange *ak_effect_reload_range(const AkEffectState *state, AkLog *log, GError **error);

/* A batch with its bytes, and its turns as its rows say; `range` must outlive it. The caller's. */
AkEffectBatch *ak_effect_reload_batch(const AkEffectState *state, AkLog *log, const AkRange *range,
                                      const json_t *record, GError **error);
