#include "effect/corpus/capture.h"

enum {
  SEGMENT_BYTES = 1460, /* Ethernet's 1500 less 20 of IP and 20 of TCP */
  MAX_BYTES = 1048576,
  PACKET_US = 1000,
  FIN = 0x01,
  SYN = 0x02,
  PUSH = 0x08,
  ACK = 0x10,
};

/* One direction of the connection. */
typedef struct {
  guint32 address, next; /* next: sequence number of what it sends next */
  guint16 port;
} Side;

typedef struct {
  GByteArray *out;
  gint64 when_us;
  Side client, server;
} Capture;

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

/* The ones' complement sum of the bytes from `from` on, begun with `sum`. */
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

static void add_ip(GByteArray *out, const Side *from, const Side *to, gsize size) {
  GByteArray *head = g_byte_array_new();
  add_be16(head, 0x4500);
  add_be16(head, (guint)(20 + 20 + size));
  add_be32(head, 0x00014000); /* do not fragment */
  add_be16(head, 0x4006);     /* 64 hops, TCP */
  add_be16(head, 0);
  add_be32(head, from->address);
  add_be32(head, to->address);
  set_be16(head, 10, checksum(head, 0, 0));
  g_byte_array_append(out, head->data, head->len);
  g_byte_array_unref(head);
}

static void add_tcp(GByteArray *out, const Side *from, const Side *to, guint flags,
                    const char *data, gsize size) {
  GByteArray *segment = g_byte_array_new();
  add_be16(segment, from->port);
  add_be16(segment, to->port);
  add_be32(segment, from->next);
  add_be32(segment, flags & ACK ? to->next : 0);
  add_be16(segment, 0x5000 | flags);
  add_be16(segment, 65535);
  add_be32(segment, 0);
  g_byte_array_append(segment, (const guint8 *)data, (guint)size);
  guint32 sum = (from->address >> 16) + (from->address & 0xffff) + (to->address >> 16) +
                (to->address & 0xffff) + 6 + segment->len;
  set_be16(segment, 16, checksum(segment, 0, sum));
  g_byte_array_append(out, segment->data, segment->len);
  g_byte_array_unref(segment);
}

static void add_packet(Capture *self, bool from_client, guint flags, const char *data, gsize size) {
  Side *from = from_client ? &self->client : &self->server,
       *to = from_client ? &self->server : &self->client;
  guint32 length = (guint32)(14 + 20 + 20 + size);
  add_le32(self->out, (guint32)(self->when_us / G_USEC_PER_SEC));
  add_le32(self->out, (guint32)(self->when_us % G_USEC_PER_SEC));
  add_le32(self->out, length);
  add_le32(self->out, length);
  add_ethernet(self->out, from_client);
  add_ip(self->out, from, to, size);
  add_tcp(self->out, from, to, flags, data, size);
  from->next += (guint32)size + ((flags & (SYN | FIN)) != 0);
  self->when_us += PACKET_US;
}

static void add_data(Capture *self, bool from_client, const char *data, gsize size) {
  for (gsize at = 0; at < size; at += SEGMENT_BYTES) {
    add_packet(self, from_client, PUSH | ACK, data + at, MIN((gsize)SEGMENT_BYTES, size - at));
    add_packet(self, !from_client, ACK, NULL, 0);
  }
}

GBytes *ak_capture_make(const AkCaptureExchange *exchange, GError **error) {
  if (exchange->request_size > MAX_BYTES || exchange->answer_size > MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT,
                 "an exchange for a capture holds at most 1 MiB a direction");
    return NULL;
  }
  Capture self = {.out = g_byte_array_new(),
                  .when_us = exchange->when_utc_us,
                  .client = {exchange->client, 1000, exchange->client_port},
                  .server = {exchange->server, 5000, exchange->server_port}};
  static const guint32 head[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
  for (gsize i = 0; i < G_N_ELEMENTS(head); i++)
    add_le32(self.out, head[i]);
  add_packet(&self, true, SYN, NULL, 0);
  add_packet(&self, false, SYN | ACK, NULL, 0);
  add_packet(&self, true, ACK, NULL, 0);
  add_data(&self, true, exchange->request, exchange->request_size);
  add_data(&self, false, exchange->answer, exchange->answer_size);
  add_packet(&self, true, FIN | ACK, NULL, 0);
  add_packet(&self, false, FIN | ACK, NULL, 0);
  add_packet(&self, true, ACK, NULL, 0);
  return g_byte_array_free_to_bytes(self.out);
}
