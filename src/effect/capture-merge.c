#include "effect/capture-merge.h"

#include "effect/capture-file.h"

#define MAGIC_US 0xa1b2c3d4u
#define TAG 0x8100   /* IEEE 802.1Q */
#define ADDRESSES 12 /* bytes of an Ethernet header before its type */

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
  self->slot = 0;
  put32(self->out, MAGIC_US);
  put16(self->out, 2, false);
  put16(self->out, 4, false);
  put32(self->out, 0);
  put32(self->out, 0);
  put32(self->out, AK_CAPTURE_PACKET_BYTES + 64);
  put32(self->out, AK_CAPTURE_ETHERNET);
}

void ak_capture_merge_clear(AkCaptureMerge *self) { g_clear_pointer(&self->out, g_byte_array_unref); }

bool ak_capture_merge_number(guint outer, guint inner, guint32 *number) {
  if (outer < 1 || outer > AK_CAPTURE_TAGS || inner < 1 || inner > AK_CAPTURE_TAGS)
    return false;
  *number = (outer - 1) * AK_CAPTURE_TAGS + inner - 1;
  return true;
}

/* The packet with its tags behind the addresses; one of raw IP gets a header first. */
static void put_packet(GByteArray *out, guint32 link, const AkCapturePacket *packet,
                       gint64 when_us, guint32 number) {
  static const guint8 addresses[ADDRESSES] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
  bool is_raw = link == AK_CAPTURE_RAW_IP;
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

static bool add_packets(AkCaptureMerge *self, AkCaptureFile *file, guint32 number, GError **error) {
  AkCapturePacket packet = {0};
  g_autoptr(GError) failure = NULL;
  while (ak_capture_file_next(file, &packet, &failure)) {
    if ((guint64)self->out->len + packet.size + 64 > AK_CAPTURE_MERGE_BYTES)
      return ak_error_set(error, AK_ERROR_LIMIT, "the merged capture passes 256 MiB");
    if (file->link == AK_CAPTURE_ETHERNET && packet.size < ADDRESSES + 2)
      continue; /* no Ethernet frame: no engine would read it either */
    put_packet(self->out, file->link, &packet, ak_capture_file_slot(self->slot) + packet.since_us,
               number);
  }
  if (failure == NULL)
    return true;
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

bool ak_capture_merge_add(AkCaptureMerge *self, const void *pcap, gsize size, guint32 number,
                          GError **error) {
  AkCaptureFile file;
  guint before = self->out->len;
  if (number >= AK_CAPTURE_TAGS * AK_CAPTURE_TAGS || self->slot >= AK_CAPTURE_SLOTS)
    return ak_error_set(error, AK_ERROR_LIMIT, "more captures than tags or slots of time");
  if (!ak_capture_file_open(&file, pcap, size, error))
    return false;
  if (file.link != AK_CAPTURE_ETHERNET && file.link != AK_CAPTURE_RAW_IP)
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "link type %u", file.link);
  if (!add_packets(self, &file, number, error)) {
    g_byte_array_set_size(self->out, before);
    return false;
  }
  self->slot++;
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
