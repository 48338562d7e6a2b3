/* Whether the searches in an image saw all of it, by what they say of themselves. */
#pragma once

#include "util/json.h"

/* True for an observation that is a search's coverage; that of the unpacking stands in the others' reasons. */
bool ak_firmware_is_coverage(const json_t *observation);

/* True where a look came to its end, all of the image was understood, and every search that is always done saw all of it: one
 * that says nothing of itself did not. `result` is one of ak_app_firmware. */
bool ak_firmware_searched_all(const json_t *result);
