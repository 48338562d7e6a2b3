/* A capture as a file (pcap), packet by packet, and its place in time.
 *
 * An engine that reads many captures and stays the same process may remember what it saw: how often a rule
 * has alarmed, flows, marks on hosts. All that engines forget with time they have forgotten between captures
 * that lie a day apart by the packets' own clock; so each capture gets a slot of time of its own.
 *
 * Source: libpcap, pcap-savefile(5) (magics, record header); link types of tcpdump.org: 1 Ethernet, 101
 * raw IP. */
#pragma once

#include "util/reader.h"

#define AK_CAPTURE_PACKET_BYTES 262144 /* of one packet: libpcap's own limit */
#define AK_CAPTURE_ETHERNET 1
#define AK_CAPTURE_RAW_IP 101

/* Slots: a capture lies in the middle of its own, an hour to either side at most (one that does not is
 * refused: its times are never changed); so a day lies between any packet of one and any of the next. Engines take seconds since 1970 as 32 bits with a sign. */
#define AK_CAPTURE_REACH_US G_GINT64_CONSTANT(3600000000)
#define AK_CAPTURE_SLOT_US (G_GINT64_CONSTANT(86400000000) + 2 * AK_CAPTURE_REACH_US)
#define AK_CAPTURE_SLOTS ((guint)(G_GINT64_CONSTANT(0x7fffffff) * 1000000 / AK_CAPTURE_SLOT_US))

/* When a capture in slot `slot` (0 … AK_CAPTURE_SLOTS - 1) begins: microseconds, whole seconds. */
gint64 ak_capture_file_slot(guint slot);

typedef struct {
  AkReader in;
  bool is_big, is_ns; /* how its numbers are written, and what its times count */
  guint32 link;
  gint64 first_us;    /* time of its first packet; -1: none was read */
} AkCaptureFile;

typedef struct {
  gint64 since_us;     /* after the first packet; within AK_CAPTURE_REACH_US */
  const guint8 *bytes; /* borrowed from the file */
  guint32 size;
  gsize at; /* where its record stands in the file */
} AkCapturePacket;

/* The file's head; `data` outlives it. INVALID_DATA for what is no capture. */
bool ak_capture_file_open(AkCaptureFile *self, const void *data, gsize size, GError **error);

/* The next packet; false without an error at the file's end. INVALID_DATA where the file is broken,
 * NOT_SUPPORTED where it reaches further than AK_CAPTURE_REACH_US from its first packet. */
bool ak_capture_file_next(AkCaptureFile *self, AkCapturePacket *out, GError **error);

/* The same capture, with its first packet at `begin_us` (whole seconds). Errors as above. */
GBytes *ak_capture_file_move(const void *data, gsize size, gint64 begin_us, GError **error);

bool ak_effect_capture_file_fuzz(const guint8 *data, gsize size);
