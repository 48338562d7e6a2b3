/* From the listing of firmware.unpack to what a person reads: regions and files. The listing comes
 * from a worker and is hostile. */
#pragma once

#include "util/json.h"

/* `regions` and `files` (the caller's) for docs/formats/firmware.md. INVALID_DATA for a listing
 * that is none. */
bool ak_firmware_map(const json_t *listing, json_t **regions, json_t **files, GError **error);

/* How much of the image was understood: member `coverage` of the result. Caller owns it. */
json_t *ak_firmware_map_coverage(const json_t *regions, const json_t *files);
