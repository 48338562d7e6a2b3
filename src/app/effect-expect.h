/* What the authors of cases expect of a product of their family, and whether it came: conformance
 * by the definition of the cases' own format (docs/formats/corpus-import.md). */
#pragma once

#include "app/effect-state.h"

/* Adds to each row of "conformance" of a product: "expectations": {"pass", "fail", "untold"} (cases
 * that pass in each repetition, that fail in one, and of which no answer came) and "failing" (ids,
 * at most 1,000). */
bool ak_effect_expect_add(json_t *result, const AkEffectState *state, AkLog *log,
                          const AkRange *range, GError **error);
