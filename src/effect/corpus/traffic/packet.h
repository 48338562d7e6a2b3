/* A packet capture, packet by packet: Ethernet, IPv4, and TCP, UDP or ICMP with right checksums.
 *
 * Source: libpcap's savefile format (magic 0xa1b2c3d4, link type 1); RFC 791, 3.1; RFC 9293, 3.1; RFC 768;
 * RFC 792; RFC 1071. */
#pragma once

#include "util/error.h"

enum {
  AK_TCP_FIN = 0x01,
  AK_TCP_SYN = 0x02,
  AK_TCP_RESET = 0x04,
  AK_TCP_PUSH = 0x08,
  AK_TCP_ACK = 0x10,
  AK_TCP_URGENT = 0x20,
};

/* One side of a conversation. */
typedef struct {
  guint32 address; /* IPv4, host order */
  guint32 next;    /* TCP: sequence number of what it sends next */
  guint16 port;
} AkPacketSide;

typedef struct {
  GByteArray *out; /* owned until ak_packets_end */
  gint64 when_us;  /* of the next packet; each other comes a millisecond later */
  AkPacketSide client, server;
  guint last_ip; /* where the last packet's IP header begins in `out` */
} AkPackets;

/* Begins a capture; the sides may be changed between conversations. */
void ak_packets_init(AkPackets *self, gint64 when_utc_us);
/* The bytes of the pcap file; `self` is empty afterwards. */
GBytes *ak_packets_end(AkPackets *self);
void ak_packets_clear(AkPackets *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkPackets, ak_packets_clear)

/* One packet each, from the client or to it. */
void ak_packets_tcp(AkPackets *self, bool from_client, guint flags, const void *data, gsize size);
void ak_packets_udp(AkPackets *self, bool from_client, const void *data, gsize size);
void ak_packets_icmp(AkPackets *self, bool from_client, guint type, guint code, guint32 rest,
                     const void *data, gsize size);
/* "Destination unreachable" with `code` about the last packet, from the side that it went to. */
void ak_packets_unreachable(AkPackets *self, guint code);

/* A connection over TCP: handshake; what one side says, in segments that the other acknowledges; its end. */
void ak_packets_open(AkPackets *self);
void ak_packets_say(AkPackets *self, bool from_client, const void *data, gsize size);
void ak_packets_close(AkPackets *self);
