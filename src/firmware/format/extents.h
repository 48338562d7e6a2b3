/* Which bytes of a range belong to something: extents are noted, and what none covers is counted.
 */
#pragma once

#include "util/error.h"

typedef struct {
  GArray *extents; /* created at the first note */
} AkExtents;

/* Notes `length` bytes from `offset` on; extents may overlap, and run to 2^63 at most. */
void ak_extents_note(AkExtents *self, guint64 offset, guint64 length);
void ak_extents_clear(AkExtents *self);

/* Bytes of data[from … to) that no extent covers and that are no padding (0x00 and 0xff). `to` is
 * within the data. */
gsize ak_extents_count_gaps(AkExtents *self, const guint8 *data, gsize from, gsize to);

/* True if one reaches below `from` or beyond `to`. */
bool ak_extents_leave(const AkExtents *self, guint64 from, guint64 to);
