#include "util/reader.h"

AkReader ak_reader_init(const void *data, gsize size) {
  return (AkReader){.data = data, .size = data != NULL ? size : 0};
}

gsize ak_reader_left(const AkReader *self) { return self->size - self->position; }

bool ak_reader_bytes(AkReader *self, gsize size, const guint8 **out, GError **error) {
  if (size > ak_reader_left(self))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "offset %" G_GSIZE_FORMAT ": %" G_GSIZE_FORMAT
                        " bytes wanted, %" G_GSIZE_FORMAT " left",
                        self->position, size, ak_reader_left(self));
  *out = self->data + self->position;
  self->position += size;
  return true;
}

bool ak_reader_seek(AkReader *self, gsize position, GError **error) {
  if (position > self->size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "offset %" G_GSIZE_FORMAT " is past the end (%" G_GSIZE_FORMAT " bytes)",
                        position, self->size);
  self->position = position;
  return true;
}

bool ak_reader_skip(AkReader *self, gsize size, GError **error) {
  const guint8 *ignored = NULL;
  return ak_reader_bytes(self, size, &ignored, error);
}

bool ak_reader_sub(AkReader *self, gsize size, AkReader *out, GError **error) {
  const guint8 *bytes = NULL;
  if (!ak_reader_bytes(self, size, &bytes, error))
    return false;
  *out = ak_reader_init(bytes, size);
  return true;
}

static bool read_big_endian(AkReader *self, gsize width, guint64 *out, GError **error) {
  const guint8 *bytes = NULL;
  if (!ak_reader_bytes(self, width, &bytes, error))
    return false;
  guint64 number = 0;
  for (gsize i = 0; i < width; i++)
    number = number << 8 | bytes[i];
  *out = number;
  return true;
}

static bool read_little_endian(AkReader *self, gsize width, guint64 *out, GError **error) {
  const guint8 *bytes = NULL;
  if (!ak_reader_bytes(self, width, &bytes, error))
    return false;
  guint64 number = 0;
  for (gsize i = width; i > 0; i--)
    number = number << 8 | bytes[i - 1];
  *out = number;
  return true;
}

#define DEFINE_READ(NAME, TYPE, WIDTH, ORDER)                                                      \
  bool ak_reader_##NAME(AkReader *self, TYPE *out, GError **error) {                               \
    guint64 number = 0;                                                                            \
    if (!read_##ORDER##_endian(self, WIDTH, &number, error))                                       \
      return false;                                                                                \
    *out = (TYPE)number;                                                                           \
    return true;                                                                                   \
  }

DEFINE_READ(u8, guint8, 1, big)
DEFINE_READ(u16be, guint16, 2, big)
DEFINE_READ(u16le, guint16, 2, little)
DEFINE_READ(u24be, guint32, 3, big)
DEFINE_READ(u32be, guint32, 4, big)
DEFINE_READ(u32le, guint32, 4, little)
DEFINE_READ(u64be, guint64, 8, big)
DEFINE_READ(u64le, guint64, 8, little)
