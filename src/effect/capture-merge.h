/* Many captures as one, so that a network engine is started once for all of them: each packet carries two
 * VLAN tags that tell its capture, and engines keep flows of different VLANs apart.
 *
 * Source: IEEE 802.1Q, 9.6 (tag). */
#pragma once

#include "util/error.h"

#define AK_CAPTURE_TAGS 4000 /* numbers of a tag that are used: 1 to 4000, of 4094 */
#define AK_CAPTURE_MERGE_BYTES (256u << 20) /* of the merged file, which is made in memory */

typedef struct {
  GByteArray *out;  /* the merged file; owned */
  guint slot;       /* of time, that the next capture gets (effect/capture-file.h) */
} AkCaptureMerge;

void ak_capture_merge_init(AkCaptureMerge *self);
void ak_capture_merge_clear(AkCaptureMerge *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkCaptureMerge, ak_capture_merge_clear)

/* Adds a pcap file as capture `number` (0 … AK_CAPTURE_TAGS² - 1) in the next slot of time; times
 * within it stay. INVALID_DATA for a broken file, NOT_SUPPORTED for another link type or one longer than
 * a slot, LIMIT where the merged file would pass AK_CAPTURE_MERGE_BYTES or no slot is left; nothing is added
 * then. */
bool ak_capture_merge_add(AkCaptureMerge *self, const void *pcap, gsize size, guint32 number,
                          GError **error);

/* The capture's number by its tags, outer first; false where they are none of ours. */
bool ak_capture_merge_number(guint outer, guint inner, guint32 *number);

bool ak_effect_capture_merge_fuzz(const guint8 *data, gsize size);
