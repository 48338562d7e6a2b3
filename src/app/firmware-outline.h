/* The tree of an image, shortened to what a person reads at once: each container with what it holds. */
#pragma once

#include "util/json.h"

/* What fits into about `rows` rows, from `result` (docs/formats/firmware.md): containers within containers always
 * (at most `rows`), folders opened level by level as long as there is room, files that hold something by their path (ten, and
 * what they hold in about 20 rows more). With `all` every container and every file that holds something stands there, however
 * many there are; folders as without. An array of rows, each below the last one before it whose "depth" is less:
 *
 *   depth     integer from 0 on
 *   last      true: the last row of this depth below its own
 *   kind      "container", "folder", "file", "link", "device" or "more"
 *   name      of the format, or escaped name or path of the entry; "more" has none
 *   format    of files that something opened, else missing
 *   offset    of containers that lie within bytes of others: where; else missing
 *   size      bytes: of a container what it explains, of a folder its files together; "more" has none
 *   modules, file, folder, link, device
 *             of a container and of a folder whose entries are not rows: how many it holds; 0 where missing
 *   count     of "more": rows that are left out
 *   target    of links
 *   cut       why it is not whole
 *
 * The caller's. */
json_t *ak_firmware_outline(const json_t *result, guint rows, bool all);
