/* What differs between two images, from what was seen of each. */
#pragma once

#include "util/json.h"

/* `a` and `b` are results of ak_app_firmware; the difference (docs/formats/firmware.md) is the
 * caller's. */
json_t *ak_firmware_diff(const json_t *a, const json_t *b);
