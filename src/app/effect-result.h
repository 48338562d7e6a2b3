/* A trial's figures from its records. */
#pragma once

#include "app/effect-state.h"

/* docs/formats/effect-result.md, and beside it "run", "name", "plan", "finished"; the caller's. */
json_t *ak_effect_result(const AkEffectState *state, AkLog *log, const AkRange *range,
                         GError **error);
