/* Reading structures of either byte order field by field: a failed read yields 0 and is remembered,
 * so that a structure is checked once, when all of it was read. */
#pragma once

#include "util/reader.h"

typedef struct {
  AkReader reader;
  bool is_big;
  bool failed; /* a read went past the end */
} AkWords;

/* From `offset` on; failed at once where that is past the end. */
AkWords ak_words_init(const void *data, gsize size, gsize offset, bool is_big);

guint8 ak_words_u8(AkWords *self);
guint16 ak_words_u16(AkWords *self);
guint32 ak_words_u32(AkWords *self);
guint64 ak_words_u64(AkWords *self);
void ak_words_skip(AkWords *self, gsize size);
/* Borrowed as by ak_reader_bytes; NULL where it failed. */
const guint8 *ak_words_bytes(AkWords *self, gsize size);
