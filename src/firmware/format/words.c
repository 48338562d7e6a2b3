#include "firmware/format/words.h"

AkWords ak_words_init(const void *data, gsize size, gsize offset, bool is_big) {
  AkWords self = {.reader = ak_reader_init(data, size), .is_big = is_big};
  self.failed = !ak_reader_seek(&self.reader, offset, NULL);
  return self;
}

guint8 ak_words_u8(AkWords *self) {
  guint8 value = 0;
  self->failed = self->failed || !ak_reader_u8(&self->reader, &value, NULL);
  return value;
}

guint16 ak_words_u16(AkWords *self) {
  guint16 value = 0;
  bool ok = self->is_big ? ak_reader_u16be(&self->reader, &value, NULL)
                         : ak_reader_u16le(&self->reader, &value, NULL);
  self->failed = self->failed || !ok;
  return value;
}

guint32 ak_words_u32(AkWords *self) {
  guint32 value = 0;
  bool ok = self->is_big ? ak_reader_u32be(&self->reader, &value, NULL)
                         : ak_reader_u32le(&self->reader, &value, NULL);
  self->failed = self->failed || !ok;
  return value;
}

guint64 ak_words_u64(AkWords *self) {
  guint64 value = 0;
  bool ok = self->is_big ? ak_reader_u64be(&self->reader, &value, NULL)
                         : ak_reader_u64le(&self->reader, &value, NULL);
  self->failed = self->failed || !ok;
  return value;
}

void ak_words_skip(AkWords *self, gsize size) {
  self->failed = self->failed || !ak_reader_skip(&self->reader, size, NULL);
}

const guint8 *ak_words_bytes(AkWords *self, gsize size) {
  const guint8 *bytes = NULL;
  self->failed = self->failed || !ak_reader_bytes(&self->reader, size, &bytes, NULL);
  return self->failed ? NULL : bytes;
}
