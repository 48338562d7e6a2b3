#include "effect/capture-merge.h"

#include "util/reader.h"

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define ETHERNET 1
#define RAW_IP 101
#define TAG 0x8100          /* IEEE 802.1Q */
#define ADDRESSES 12        /* bytes of an Ethernet header before its type */
#define GAP_US 1000000      /* between two captures */
#define LONGEST_US 3600000000 /* from the first packet of a capture to any other */
#define MERGED_BYTES (G_GUINT64_CONSTANT(1) << 31)

typedef struct {
  AkReader in;
  bool is_big, is_ns;
  guint link;
} Capture;

static void put32(GByteArray *out, guint32 value) {
  guint8 bytes[] = {(guint8)value, (guint8)(value >> 8), (guint8)(value >> 16),
                    (guint8)(value >> 24)};
  g_byte_array_append(out, bytes, sizeof bytes);
}

static void put16(GByteArray *out, guint value, bool is_big) {
  guint8 high = (guint8)(value >> 8), low = (guint8)value;
  guint8 bytes[] = {is_big ? high : low, is_big ? low : high};
  g_byte_array_append(out, bytes, sizeof bytes);
}

void ak_capture_merge_init(AkCaptureMerge *self) {
  self->out = g_byte_array_new();
  self->clock_us = GAP_US;
  put32(self->out, MAGIC_US);
  put16(self->out, 2, false);
  put16(self->out, 4, false);
  put32(self->out, 0);
  put32(self->out, 0);
  put32(self->out, AK_CAPTURE_PACKET_BYTES + 64);
  put32(self->out, ETHERNET);
}

void ak_capture_merge_clear(AkCaptureMerge *self) { g_clear_pointer(&self->out, g_byte_array_unref); }

bool ak_capture_merge_number(guint outer, guint inner, guint32 *number) {
  if (outer < 1 || outer > AK_CAPTURE_TAGS || inner < 1 || inner > AK_CAPTURE_TAGS)
    return false;
  *number = (outer - 1) * AK_CAPTURE_TAGS + inner - 1;
  return true;
}

static bool read32(Capture *self, guint32 *out, GError **error) {
  return self->is_big ? ak_reader_u32be(&self->in, out, error)
                      : ak_reader_u32le(&self->in, out, error);
}

static bool read_head(Capture *self, GError **error) {
  guint32 magic = 0, swapped = 0, link = 0;
  if (!ak_reader_u32le(&self->in, &magic, error))
    return false;
  swapped = GUINT32_SWAP_LE_BE(magic);
  self->is_big = swapped == MAGIC_US || swapped == MAGIC_NS;
  self->is_ns = magic == MAGIC_NS || swapped == MAGIC_NS;
  if (!self->is_big && magic != MAGIC_US && magic != MAGIC_NS)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "this is no capture");
  if (!ak_reader_skip(&self->in, 16, error) || !read32(self, &link, error))
    return false;
  self->link = link & 0x0fffffff; /* the rest says how long checksums are */
  return self->link == ETHERNET || self->link == RAW_IP ||
         ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "link type %u", self->link);
}

typedef struct {
  gint64 when_us;
  const guint8 *bytes;
  guint32 size;
} Packet;

static bool read_packet(Capture *self, Packet *out, GError **error) {
  guint32 seconds = 0, part = 0, size = 0, whole = 0;
  if (!read32(self, &seconds, error) || !read32(self, &part, error) ||
      !read32(self, &size, error) || !read32(self, &whole, error))
    return false;
  if (size > AK_CAPTURE_PACKET_BYTES)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a packet of %u bytes", size);
  out->when_us = (gint64)seconds * 1000000 + (self->is_ns ? part / 1000 : part);
  out->size = size;
  return ak_reader_bytes(&self->in, size, &out->bytes, error);
}

/* The packet with its tags behind the addresses; one of raw IP gets a header first. */
static void put_packet(GByteArray *out, const Capture *capture, const Packet *packet,
                       gint64 when_us, guint32 number) {
  static const guint8 addresses[ADDRESSES] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
  bool is_raw = capture->link == RAW_IP;
  guint32 size = packet->size + 8 + (is_raw ? ADDRESSES + 2 : 0);
  put32(out, (guint32)(when_us / 1000000));
  put32(out, (guint32)(when_us % 1000000));
  put32(out, size);
  put32(out, size);
  g_byte_array_append(out, is_raw ? addresses : packet->bytes, ADDRESSES);
  put16(out, TAG, true);
  put16(out, number / AK_CAPTURE_TAGS + 1, true);
  put16(out, TAG, true);
  put16(out, number % AK_CAPTURE_TAGS + 1, true);
  if (is_raw)
    put16(out, packet->size > 0 && packet->bytes[0] >> 4 == 6 ? 0x86dd : 0x0800, true);
  guint32 from = is_raw ? 0 : ADDRESSES;
  g_byte_array_append(out, packet->bytes + from, packet->size - from);
}

static bool add_packets(AkCaptureMerge *self, Capture *capture, guint32 number, gint64 *last_us,
                        GError **error) {
  gint64 first_us = -1;
  while (ak_reader_left(&capture->in) > 0) {
    Packet packet = {0};
    if (!read_packet(capture, &packet, error))
      return false;
    first_us = first_us < 0 ? packet.when_us : first_us;
    gint64 since_us = CLAMP(packet.when_us - first_us, 0, LONGEST_US);
    if ((guint64)self->out->len + packet.size + 64 > MERGED_BYTES)
      return ak_error_set(error, AK_ERROR_LIMIT, "the merged capture passes 2 GiB");
    if (capture->link == ETHERNET && packet.size < ADDRESSES + 2)
      continue; /* no Ethernet frame: no engine would read it either */
    put_packet(self->out, capture, &packet, self->clock_us + since_us, number);
    *last_us = MAX(*last_us, self->clock_us + since_us);
  }
  return true;
}

bool ak_capture_merge_add(AkCaptureMerge *self, const void *pcap, gsize size, guint32 number,
                          GError **error) {
  Capture capture = {.in = ak_reader_init(pcap, size)};
  guint before = self->out->len;
  gint64 last_us = self->clock_us;
  if (number >= AK_CAPTURE_TAGS * AK_CAPTURE_TAGS)
    return ak_error_set(error, AK_ERROR_LIMIT, "more captures than tags");
  if (!read_head(&capture, error) || !add_packets(self, &capture, number, &last_us, error)) {
    g_byte_array_set_size(self->out, before);
    return false;
  }
  self->clock_us = last_us + GAP_US;
  return true;
}

/* What is merged is a capture again, with as many packets. */
bool ak_effect_capture_merge_fuzz(const guint8 *data, gsize size) {
  g_auto(AkCaptureMerge) once = {0}, again = {0};
  ak_capture_merge_init(&once);
  ak_capture_merge_init(&again);
  if (!ak_capture_merge_add(&once, data, size, 4321, NULL))
    return false;
  g_assert(ak_capture_merge_add(&again, once.out->data, once.out->len, 1, NULL));
  return true;
}
