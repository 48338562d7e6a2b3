/* Packet captures, as far as a corpus must know them: is the file whole? */
#pragma once

#include "util/error.h"

/* Walks over all records of a pcap or all blocks of a pcapng. `packets` gets how many there are.
 * INVALID_DATA with the offset where it is neither, or breaks off.
 * Source: IETF draft-ietf-opsawg-pcap (pcap: 24 bytes, then 16 bytes and the packet each) and
 * draft-ietf-opsawg-pcapng (blocks of type, length, body, length). */
bool ak_capture_check(const guint8 *data, gsize size, guint64 *packets, GError **error);

bool ak_exchange_capture_fuzz(const guint8 *data, gsize size);
