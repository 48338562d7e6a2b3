/* What of an image was not understood, in words: regions that nothing explains, and what was cut.
 */
#pragma once

#include "firmware/unpack/tree.h"

/* The largest regions first ("code (arm), 131072 bytes at 0x40000 of gateway.bin"), then what was
 * cut
 * ("gateway.bin!#0: damaged header"), with "; " between them; at most 8, then "and 12 more". NULL
 * where the tree is complete. The caller's. */
char *ak_firmware_gaps(const AkFirmwareTree *tree);

/* Files, and pieces of files around something that was opened, in which something may lie that no search sees
 * (ak_content_is_sealed; in digits, ak_encoded_is_sealed): of guint node indices, in their order. The caller's. */
GArray *ak_firmware_gaps_sealed(const AkFirmwareTree *tree);

/* "files that look packed or encrypted were not opened: gateway.bin!/etc/config.bin": the first three of `nodes`, then ",
 * and 12 more". NULL where there are none. The caller's. */
char *ak_firmware_gaps_name_sealed(const AkFirmwareTree *tree, const GArray *nodes);
