/* Files that look packed or encrypted: which of them may be started when a device boots. A blob below /lib/firmware is read by
 * the kernel alone, by its name, and handed to a chip, as long as nothing in the image names it, its folder or a pattern that it
 * matches, and it is no program, no script and nothing that says of itself that it is encrypted. */
#pragma once

#include "firmware/analysis/paths.h"

/* Those that may be started, in words as ak_firmware_tree_sealed has them; NULL where there are none. The caller's. */
char *ak_boot_blob_sealed(const AkFirmwareTree *tree, const AkFirmwarePaths *paths);
