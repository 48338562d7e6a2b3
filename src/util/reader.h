/* A bounds-checked reader of bytes; the only way in which akashi touches foreign binary data.
 *
 * A reader is a value: it borrows the bytes, and a failed read changes neither it nor the output.
 * Errors name the offset: "offset 12: 4 bytes wanted, 1 left".
 */
#pragma once

#include "util/error.h"

typedef struct {
  const guint8 *data; /* borrowed */
  gsize size;         /* bytes */
  gsize position;     /* 0 … size */
} AkReader;

AkReader ak_reader_init(const void *data, gsize size);
gsize ak_reader_left(const AkReader *self);
bool ak_reader_seek(AkReader *self, gsize position, GError **error);
bool ak_reader_skip(AkReader *self, gsize size, GError **error);

bool ak_reader_u8(AkReader *self, guint8 *out, GError **error);
bool ak_reader_u16be(AkReader *self, guint16 *out, GError **error);
bool ak_reader_u16le(AkReader *self, guint16 *out, GError **error);
bool ak_reader_u24be(AkReader *self, guint32 *out, GError **error);
bool ak_reader_u32be(AkReader *self, guint32 *out, GError **error);
bool ak_reader_u32le(AkReader *self, guint32 *out, GError **error);
bool ak_reader_u64be(AkReader *self, guint64 *out, GError **error);
bool ak_reader_u64le(AkReader *self, guint64 *out, GError **error);

/* Borrows the next `size` bytes; they live as long as the data given to ak_reader_init. */
bool ak_reader_bytes(AkReader *self, gsize size, const guint8 **out, GError **error);

/* A reader of its own over the next `size` bytes, which are consumed here. */
bool ak_reader_sub(AkReader *self, gsize size, AkReader *out, GError **error);
