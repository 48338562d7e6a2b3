/* xz streams. Source: The .xz File Format 1.1.0, 2.1. */
#include <lzma.h>
#include <string.h>

#include "firmware/format.h"

#define MAGIC "\xfd" "7zXZ\0" /* 2.1.1.1 */
#define PIECE_BYTES (64u * 1024u)
#define MEMORY_BYTES (256ull * 1024 * 1024) /* for the dictionary: that of the largest preset is 64 MiB */

static guint bid(const guint8 *data, gsize size) {
  lzma_stream_flags flags;
  if (size < LZMA_STREAM_HEADER_SIZE || memcmp(data, MAGIC, 6) != 0)
    return 0;
  return lzma_stream_header_decode(&flags, data) == LZMA_OK ? 96 : 0;
}

static const char *reason_of(lzma_ret result) {
  switch (result) {
  case LZMA_MEMLIMIT_ERROR:
  case LZMA_MEM_ERROR:
    return "needs more memory than allowed";
  case LZMA_BUF_ERROR:
    return "ends too early";
  default:
    return "damaged";
  }
}

static bool decode_all(lzma_stream *stream, guint64 limit, GByteArray *out, GError **error) {
  g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
  for (;;) {
    stream->next_out = piece;
    stream->avail_out = PIECE_BYTES;
    lzma_ret result = lzma_code(stream, LZMA_FINISH);
    guint got = (guint)(PIECE_BYTES - stream->avail_out);
    if (got > limit - MIN(out->len, limit) || got > G_MAXINT32 - out->len)
      return ak_error_set(error, AK_ERROR_LIMIT, "unpacks to more than %" G_GUINT64_FORMAT
                          " bytes", limit);
    g_byte_array_append(out, piece, got);
    if (result == LZMA_STREAM_END)
      return true;
    if (result != LZMA_OK)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", reason_of(result));
  }
}

static bool open_xz(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                    GError **error) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, MEMORY_BYTES, 0) != LZMA_OK)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  stream.next_in = data;
  stream.avail_in = size;
  g_autoptr(GByteArray) out = g_byte_array_new();
  bool ok = decode_all(&stream, ak_firmware_tree_budget(tree, size), out, error);
  *used = (gsize)stream.total_in;
  lzma_end(&stream);
  AkNode payload = {.parent = node,
                    .path = g_strdup("#xz"),
                    .bytes = g_byte_array_free_to_bytes(g_steal_pointer(&out))};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"The .xz File Format 1.1.0", NULL};

extern const AkFirmwareFormat ak_firmware_xz_format;
const AkFirmwareFormat ak_firmware_xz_format = {
    .name = "xz",
    .help_en = "xz stream",
    .help_ja = "xz",
    .sources = sources,
    .magic = MAGIC,
    .magic_size = 6,
    .bid = bid,
    .open = open_xz,
};
