#include "effect/capture-file.h"

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define SECOND_US 1000000

gint64 ak_capture_file_slot(guint slot) {
  return (gint64)slot * AK_CAPTURE_SLOT_US + AK_CAPTURE_REACH_US;
}

static bool read32(AkCaptureFile *self, guint32 *out, GError **error) {
  return self->is_big ? ak_reader_u32be(&self->in, out, error)
                      : ak_reader_u32le(&self->in, out, error);
}

bool ak_capture_file_open(AkCaptureFile *self, const void *data, gsize size, GError **error) {
  guint32 magic = 0, swapped = 0, link = 0;
  *self = (AkCaptureFile){.in = ak_reader_init(data, size), .first_us = -1};
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
  return true;
}

bool ak_capture_file_next(AkCaptureFile *self, AkCapturePacket *out, GError **error) {
  guint32 seconds = 0, part = 0, size = 0, whole = 0;
  if (ak_reader_left(&self->in) == 0)
    return false;
  out->at = self->in.position;
  if (!read32(self, &seconds, error) || !read32(self, &part, error) ||
      !read32(self, &size, error) || !read32(self, &whole, error))
    return false;
  if (size > AK_CAPTURE_PACKET_BYTES)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a packet of %u bytes", size);
  gint64 when_us = (gint64)seconds * SECOND_US + (self->is_ns ? part / 1000 : part);
  self->first_us = self->first_us < 0 ? when_us : self->first_us;
  out->since_us = when_us - self->first_us;
  if (ABS(out->since_us) > AK_CAPTURE_REACH_US)
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED,
                        "packets lie more than an hour from the first one: split the capture");
  out->size = size;
  return ak_reader_bytes(&self->in, size, &out->bytes, error);
}

static void put32(guint8 *at, guint32 value, bool is_big) {
  for (guint i = 0; i < 4; i++)
    at[i] = (guint8)(value >> (is_big ? 24 - 8 * i : 8 * i));
}

GBytes *ak_capture_file_move(const void *data, gsize size, gint64 begin_us, GError **error) {
  AkCaptureFile file;
  AkCapturePacket packet = {0};
  g_autoptr(GError) failure = NULL;
  if (!ak_capture_file_open(&file, data, size, error))
    return NULL;
  g_autofree guint8 *moved = g_memdup2(data, size);
  while (ak_capture_file_next(&file, &packet, &failure)) {
    gint64 when_us = begin_us + packet.since_us;
    guint32 part = (guint32)(when_us % SECOND_US);
    put32(moved + packet.at, (guint32)(when_us / SECOND_US), file.is_big);
    put32(moved + packet.at + 4, file.is_ns ? part * 1000 : part, file.is_big);
  }
  if (failure == NULL)
    return g_bytes_new_take(g_steal_pointer(&moved), size);
  g_propagate_error(error, g_steal_pointer(&failure));
  return NULL;
}

/* What was moved can be moved again, to the same bytes. */
bool ak_effect_capture_file_fuzz(const guint8 *data, gsize size) {
  gint64 begin_us = ak_capture_file_slot(AK_CAPTURE_SLOTS - 1);
  g_autoptr(GBytes) once = ak_capture_file_move(data, size, begin_us, NULL);
  if (once == NULL)
    return false;
  gsize length = 0;
  const void *bytes = g_bytes_get_data(once, &length);
  g_autoptr(GBytes) again = ak_capture_file_move(bytes, length, begin_us, NULL);
  g_assert(again != NULL && g_bytes_equal(once, again));
  return true;
}
