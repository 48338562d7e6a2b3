#include "log/frame.h"

#include "util/crc32c.h"

#define HEADER_SIZE 5

static void append_u32le(GByteArray *out, guint32 value) {
  const guint8 bytes[4] = {(guint8)value, (guint8)(value >> 8), (guint8)(value >> 16),
                           (guint8)(value >> 24)};
  g_byte_array_append(out, bytes, sizeof bytes);
}

void ak_log_frame_append(GByteArray *out, AkLogFrameType type, const void *payload, gsize size) {
  const guint8 type_byte = (guint8)type;
  guint start = out->len;
  append_u32le(out, (guint32)size);
  g_byte_array_append(out, &type_byte, 1);
  g_byte_array_append(out, payload, (guint)size);
  append_u32le(out, ak_crc32c(0, out->data + start, out->len - start));
}

AkLogFrameStatus ak_log_frame_next(AkReader *reader, AkLogFrame *out) {
  AkReader at = *reader;
  guint32 size = 0, checksum = 0;
  guint8 type = 0;
  const guint8 *payload = NULL;
  if (!ak_reader_u32le(&at, &size, NULL))
    return AK_LOG_FRAME_CUT;
  if (size == 0 || size > AK_LOG_FRAME_MAX_PAYLOAD)
    return AK_LOG_FRAME_BAD;
  if (!ak_reader_u8(&at, &type, NULL))
    return AK_LOG_FRAME_CUT;
  if (type < AK_LOG_FRAME_RECORD || type > AK_LOG_FRAME_RUN_KEY)
    return AK_LOG_FRAME_BAD;
  if (!ak_reader_bytes(&at, size, &payload, NULL) || !ak_reader_u32le(&at, &checksum, NULL))
    return AK_LOG_FRAME_CUT;
  if (ak_crc32c(0, reader->data + reader->position, HEADER_SIZE + (gsize)size) != checksum)
    return AK_LOG_FRAME_BAD;
  *out = (AkLogFrame){(AkLogFrameType)type, payload, size};
  *reader = at;
  return AK_LOG_FRAME_OK;
}

bool ak_log_frame_fuzz(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  g_autoptr(GByteArray) again = g_byte_array_new();
  AkLogFrame frame;
  while (ak_log_frame_next(&reader, &frame) == AK_LOG_FRAME_OK)
    ak_log_frame_append(again, frame.type, frame.payload, frame.size);
  /* Whatever was accepted is written again as the same bytes. */
  g_assert_cmpmem(again->data, again->len, data, reader.position);
  return ak_reader_left(&reader) == 0;
}
