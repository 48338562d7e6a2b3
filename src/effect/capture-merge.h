/* Many captures as one, so that a network engine is started once for all of them: each packet carries two
 * VLAN tags that tell its capture, and engines keep flows of different VLANs apart.
 *
 * Source: libpcap, pcap-savefile(5) (magics, record header); IEEE 802.1Q, 9.6 (tag); link types of
 * tcpdump.org: 1 Ethernet, 101 raw IP. */
#pragma once

#include "util/error.h"

#define AK_CAPTURE_TAGS 4000           /* numbers of a tag that are used: 1 to 4000, of 4094 */
#define AK_CAPTURE_PACKET_BYTES 262144 /* of one packet: libpcap's own limit */

typedef struct {
  GByteArray *out;  /* the merged file; owned */
  gint64 clock_us;  /* where the next capture begins */
} AkCaptureMerge;

void ak_capture_merge_init(AkCaptureMerge *self);
void ak_capture_merge_clear(AkCaptureMerge *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkCaptureMerge, ak_capture_merge_clear)

/* Adds a pcap file as capture `number` (0 … AK_CAPTURE_TAGS² - 1), a second behind the one before; times
 * within it stay. INVALID_DATA for a broken file, NOT_SUPPORTED for another link type, LIMIT where the
 * merged file would pass 2 GiB; nothing is added then. */
bool ak_capture_merge_add(AkCaptureMerge *self, const void *pcap, gsize size, guint32 number,
                          GError **error);

/* The capture's number by its tags, outer first; false where they are none of ours. */
bool ak_capture_merge_number(guint outer, guint inner, guint32 *number);

bool ak_effect_capture_merge_fuzz(const guint8 *data, gsize size);
