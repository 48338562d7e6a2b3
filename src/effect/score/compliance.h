/* Which duties of an honest trial this one met: by its plan and its result, item by item. */
#pragma once

#include "util/json.h"

/* `result`: docs/formats/effect-result.md with "plan", "products", "corpora", "log". [{"id",
 * "met"}] in a fixed order, ids of the texts effect.compliance.ID; the caller's. What is not stated
 * is not met. */
json_t *ak_effect_compliance(const json_t *result);

/* Were cases counted with a product of a result? One that the range lists may have been left out of the run. */
bool ak_effect_was_tried(const json_t *product);
