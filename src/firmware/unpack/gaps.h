/* What of an image was not understood, in words: regions that nothing explains, and what was cut.
 */
#pragma once

#include "firmware/unpack/tree.h"

/* The largest regions first ("code (arm), 131072 bytes at 0x40000 of gateway.bin"), then what was
 * cut
 * ("gateway.bin!#0: damaged header"), with "; " between them; at most 8, then "and 12 more". NULL
 * where the tree is complete. The caller's. */
char *ak_firmware_gaps(const AkFirmwareTree *tree);
