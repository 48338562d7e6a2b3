/* Which format is it, and where do the next structures begin? */
#pragma once

#include "firmware/format/format.h"

/* The format that verified most bits at the start of the bytes, or NULL; `bits` gets how many. */
const AkFirmwareFormat *ak_firmware_scan_best(const guint8 *data, gsize size, guint *bits);

typedef struct {
  gsize offset;
  const AkFirmwareFormat *format; /* of all at this place the one that verified most */
  guint bits;
} AkFirmwareHit;

/* One pass over `size` bytes (borrowed): the magics of all formats at once, each place asked once.
 * `asks_left` (borrowed; NULL: no limit) counts down with each bid; at 0 nothing more is found. */
typedef struct _AkFirmwareScan AkFirmwareScan;
AkFirmwareScan *ak_firmware_scan_new(const guint8 *data, gsize size, guint *asks_left);
void ak_firmware_scan_free(AkFirmwareScan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkFirmwareScan, ak_firmware_scan_free)

/* The first place from `from` on at which a format's magic stands and its bid holds; false: none
 * any more. `from` never goes back. */
bool ak_firmware_scan_next(AkFirmwareScan *self, gsize from, AkFirmwareHit *hit);

/* From this time on (monotonic; 0: never) nothing more is found: bids that take long end the search too. Late: it came to that. */
void ak_firmware_scan_until(AkFirmwareScan *self, gint64 until_us);
bool ak_firmware_scan_is_late(const AkFirmwareScan *self);

/* True if the bytes begin with, or hold, what a format would open, or where that was not known before `until_us`. */
bool ak_firmware_scan_holds(const guint8 *data, gsize size, gint64 until_us);

/* Says what kind of archive or filesystem begins here that no format opens, or NULL. Its content
 * was not looked at, so "none found" must not be said. Borrowed for ever. */
const char *ak_firmware_scan_sealed(const guint8 *data, gsize size);
