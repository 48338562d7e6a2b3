#include "util/writer.h"

struct _AkWriter {
  GByteArray *bytes;
  gsize max_bytes;
  bool overflowed;
};

AkWriter *ak_writer_new(gsize max_bytes) {
  AkWriter *self = g_new0(AkWriter, 1);
  self->bytes = g_byte_array_new();
  self->max_bytes = MIN(max_bytes, G_MAXUINT);
  return self;
}

void ak_writer_free(AkWriter *self) {
  if (self == NULL)
    return;
  g_byte_array_unref(self->bytes);
  g_free(self);
}

void ak_writer_bytes(AkWriter *self, const void *data, gsize size) {
  if (self->overflowed || size > self->max_bytes - self->bytes->len) {
    self->overflowed = true;
    return;
  }
  g_byte_array_append(self->bytes, data, (guint)size);
}

static void write_number(AkWriter *self, guint64 value, guint width, bool big_endian) {
  guint8 bytes[8];
  for (guint i = 0; i < width; i++)
    bytes[i] = (guint8)(value >> 8 * (big_endian ? width - 1 - i : i));
  ak_writer_bytes(self, bytes, width);
}

void ak_writer_u8(AkWriter *self, guint8 value) { write_number(self, value, 1, true); }
void ak_writer_u16be(AkWriter *self, guint16 value) { write_number(self, value, 2, true); }
void ak_writer_u16le(AkWriter *self, guint16 value) { write_number(self, value, 2, false); }
void ak_writer_u24be(AkWriter *self, guint32 value) { write_number(self, value, 3, true); }
void ak_writer_u32be(AkWriter *self, guint32 value) { write_number(self, value, 4, true); }
void ak_writer_u32le(AkWriter *self, guint32 value) { write_number(self, value, 4, false); }
void ak_writer_u64be(AkWriter *self, guint64 value) { write_number(self, value, 8, true); }
void ak_writer_u64le(AkWriter *self, guint64 value) { write_number(self, value, 8, false); }

gsize ak_writer_size(const AkWriter *self) { return self->bytes->len; }

void ak_writer_patch_u16be(AkWriter *self, gsize position, guint16 value) {
  if (position > self->bytes->len || self->bytes->len - position < 2) {
    self->overflowed = true;
    return;
  }
  self->bytes->data[position] = (guint8)(value >> 8);
  self->bytes->data[position + 1] = (guint8)value;
}

GBytes *ak_writer_end(AkWriter *self, GError **error) {
  GByteArray *bytes = g_steal_pointer(&self->bytes);
  bool overflowed = self->overflowed;
  self->bytes = g_byte_array_new();
  self->overflowed = false;
  if (overflowed) {
    g_byte_array_unref(bytes);
    ak_error_set(error, AK_ERROR_LIMIT, "message would pass its maximum of %" G_GSIZE_FORMAT " bytes",
                 self->max_bytes);
    return NULL;
  }
  return g_byte_array_free_to_bytes(bytes);
}
