/* Which format is it, and where does the next structure begin? */
#pragma once

#include "firmware/format/format.h"

/* The format that verified most bits at the start of the bytes, or NULL. */
const AkFirmwareFormat *ak_firmware_scan_best(const guint8 *data, gsize size);

/* The first offset from `from` on at which a format's magic stands and its bid holds. */
bool ak_firmware_scan_next(const guint8 *data, gsize size, gsize from, gsize *offset);

/* Says what kind of archive or filesystem begins here that no format opens, or NULL. Its content
 * was not looked at, so "none found" must not be said. Borrowed for ever. */
const char *ak_firmware_scan_sealed(const guint8 *data, gsize size);
