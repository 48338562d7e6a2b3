#include "effect/corpus/traffic/packet.h"

enum {
  SEGMENT_BYTES = 1460, /* Ethernet's 1500 less 20 of IP and 20 of TCP */
  PACKET_US = 1000,
  PROTOCOL_ICMP = 1,
  PROTOCOL_TCP = 6,
  PROTOCOL_UDP = 17,
  IP_BYTES = 20,
  QUOTED_BYTES = IP_BYTES + 8, /* of a packet in an ICMP error; RFC 792 */
};

static void add_le32(GByteArray *out, guint32 value) {
  const guint8 bytes[] = {value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >> 24};
  g_byte_array_append(out, bytes, sizeof bytes);
}

static void add_be16(GByteArray *out, guint value) {
  const guint8 bytes[] = {value >> 8 & 0xff, value & 0xff};
  g_byte_array_append(out, bytes, sizeof bytes);
}

static void add_be32(GByteArray *out, guint32 value) {
  add_be16(out, value >> 16);
  add_be16(out, value & 0xffff);
}

static void set_be16(GByteArray *out, guint at, guint value) {
  out->data[at] = value >> 8 & 0xff;
  out->data[at + 1] = value & 0xff;
}

/* The ones' complement sum of the bytes, begun with `sum`. */
static guint checksum(const GByteArray *bytes, guint from, guint32 sum) {
  for (guint i = from; i < bytes->len; i += 2)
    sum += (guint32)bytes->data[i] << 8 | (i + 1 < bytes->len ? bytes->data[i + 1] : 0);
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

static void add_ethernet(GByteArray *out, bool from_client) {
  static const guint8 addresses[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
  g_byte_array_append(out, addresses[from_client], 6);
  g_byte_array_append(out, addresses[!from_client], 6);
  add_be16(out, 0x0800);
}

static const AkPacketSide *sender(const AkPackets *self, bool from_client) {
  return from_client ? &self->client : &self->server;
}

static void add_ip(AkPackets *self, bool from_client, guint protocol, gsize size) {
  g_autoptr(GByteArray) head = g_byte_array_new();
  add_be16(head, 0x4500);
  add_be16(head, (guint)(IP_BYTES + size));
  add_be32(head, 0x00014000); /* do not fragment */
  add_be16(head, 0x4000 | protocol);
  add_be16(head, 0);
  add_be32(head, sender(self, from_client)->address);
  add_be32(head, sender(self, !from_client)->address);
  set_be16(head, 10, checksum(head, 0, 0));
  self->last_ip = self->out->len;
  g_byte_array_append(self->out, head->data, head->len);
}

/* A whole packet around what stands behind its IP header. */
static void add_packet(AkPackets *self, bool from_client, guint protocol, const GByteArray *inner) {
  guint32 length = 14 + IP_BYTES + inner->len;
  add_le32(self->out, (guint32)(self->when_us / G_USEC_PER_SEC));
  add_le32(self->out, (guint32)(self->when_us % G_USEC_PER_SEC));
  add_le32(self->out, length);
  add_le32(self->out, length);
  add_ethernet(self->out, from_client);
  add_ip(self, from_client, protocol, inner->len);
  g_byte_array_append(self->out, inner->data, inner->len);
  self->when_us += PACKET_US;
}

/* The checksum of TCP and UDP goes over both addresses, the protocol and the length as well. */
static guint32 pseudo_sum(const AkPackets *self, guint protocol, guint size) {
  guint32 client = self->client.address, server = self->server.address;
  return (client >> 16) + (client & 0xffff) + (server >> 16) + (server & 0xffff) + protocol + size;
}

void ak_packets_init(AkPackets *self, gint64 when_utc_us) {
  static const guint32 head[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
  *self = (AkPackets){.out = g_byte_array_new(), .when_us = when_utc_us};
  for (gsize i = 0; i < G_N_ELEMENTS(head); i++)
    add_le32(self->out, head[i]);
}

void ak_packets_clear(AkPackets *self) { g_clear_pointer(&self->out, g_byte_array_unref); }

GBytes *ak_packets_end(AkPackets *self) {
  return g_byte_array_free_to_bytes(g_steal_pointer(&self->out));
}

void ak_packets_tcp(AkPackets *self, bool from_client, guint flags, const void *data, gsize size) {
  AkPacketSide *from = from_client ? &self->client : &self->server;
  const AkPacketSide *to = sender(self, !from_client);
  g_autoptr(GByteArray) segment = g_byte_array_new();
  add_be16(segment, from->port);
  add_be16(segment, to->port);
  add_be32(segment, from->next);
  add_be32(segment, flags & AK_TCP_ACK ? to->next : 0);
  add_be16(segment, 0x5000 | flags);
  add_be16(segment, 65535);
  add_be32(segment, 0);
  g_byte_array_append(segment, data, (guint)size);
  set_be16(segment, 16, checksum(segment, 0, pseudo_sum(self, PROTOCOL_TCP, segment->len)));
  add_packet(self, from_client, PROTOCOL_TCP, segment);
  from->next += (guint32)size + ((flags & (AK_TCP_SYN | AK_TCP_FIN)) != 0);
}

void ak_packets_udp(AkPackets *self, bool from_client, const void *data, gsize size) {
  g_autoptr(GByteArray) datagram = g_byte_array_new();
  add_be16(datagram, sender(self, from_client)->port);
  add_be16(datagram, sender(self, !from_client)->port);
  add_be16(datagram, (guint)(8 + size));
  add_be16(datagram, 0);
  g_byte_array_append(datagram, data, (guint)size);
  guint sum = checksum(datagram, 0, pseudo_sum(self, PROTOCOL_UDP, datagram->len));
  set_be16(datagram, 6, sum != 0 ? sum : 0xffff); /* 0 would say that there is none */
  add_packet(self, from_client, PROTOCOL_UDP, datagram);
}

void ak_packets_icmp(AkPackets *self, bool from_client, guint type, guint code, guint32 rest,
                     const void *data, gsize size) {
  g_autoptr(GByteArray) message = g_byte_array_new();
  add_be16(message, type << 8 | code);
  add_be16(message, 0);
  add_be32(message, rest);
  g_byte_array_append(message, data, (guint)size);
  set_be16(message, 2, checksum(message, 0, 0));
  add_packet(self, from_client, PROTOCOL_ICMP, message);
}

void ak_packets_unreachable(AkPackets *self, guint code) {
  if (self->last_ip == 0 || self->out->len - self->last_ip < QUOTED_BYTES)
    return;
  g_autofree guint8 *quoted = g_memdup2(self->out->data + self->last_ip, QUOTED_BYTES);
  guint32 from = (guint32)quoted[12] << 24 | (guint32)quoted[13] << 16 | (guint32)quoted[14] << 8 |
                 quoted[15];
  ak_packets_icmp(self, from != self->client.address, 3, code, 0, quoted, QUOTED_BYTES);
}

void ak_packets_open(AkPackets *self) {
  ak_packets_tcp(self, true, AK_TCP_SYN, NULL, 0);
  ak_packets_tcp(self, false, AK_TCP_SYN | AK_TCP_ACK, NULL, 0);
  ak_packets_tcp(self, true, AK_TCP_ACK, NULL, 0);
}

void ak_packets_say(AkPackets *self, bool from_client, const void *data, gsize size) {
  for (gsize at = 0; at < size; at += SEGMENT_BYTES) {
    ak_packets_tcp(self, from_client, AK_TCP_PUSH | AK_TCP_ACK, (const guint8 *)data + at,
                   MIN((gsize)SEGMENT_BYTES, size - at));
    ak_packets_tcp(self, !from_client, AK_TCP_ACK, NULL, 0);
  }
}

void ak_packets_close(AkPackets *self) {
  ak_packets_tcp(self, true, AK_TCP_FIN | AK_TCP_ACK, NULL, 0);
  ak_packets_tcp(self, false, AK_TCP_FIN | AK_TCP_ACK, NULL, 0);
  ak_packets_tcp(self, true, AK_TCP_ACK, NULL, 0);
}
