/* gzip members. Source: RFC 1952. */
#include <string.h>
#include <zlib.h>

#include "firmware/format.h"

#define MAGIC "\x1f\x8b\x08" /* ID1, ID2, CM = deflate; RFC 1952, 2.3.1 */
#define RESERVED_FLAGS 0xe0
#define HEADER_SIZE 10
#define PIECE_BYTES (64u * 1024u)
#define GZIP_WINDOW (15 + 16) /* zlib: largest window, gzip header and trailer checked */
#define TRIED_BYTES 512 /* decoded in a bid: a false hit breaks off long before */

static bool begin(z_stream *stream, const guint8 *data, gsize size) {
  *stream = (z_stream){.next_in = (Bytef *)data, .avail_in = (uInt)MIN(size, G_MAXUINT32)};
  return inflateInit2(stream, GZIP_WINDOW) == Z_OK;
}

static guint bid(const guint8 *data, gsize size) {
  z_stream stream;
  guint8 out[TRIED_BYTES];
  if (size < HEADER_SIZE + 8 || memcmp(data, MAGIC, 3) != 0 || (data[3] & RESERVED_FLAGS) != 0 ||
      !begin(&stream, data, size))
    return 0;
  stream.next_out = out;
  stream.avail_out = sizeof out;
  int result = inflate(&stream, Z_SYNC_FLUSH);
  bool decodes = (result == Z_OK || result == Z_STREAM_END) && stream.avail_out < sizeof out;
  inflateEnd(&stream);
  return decodes ? 48 : 0; /* header bits and a valid deflate block */
}

/* Decodes to `out`; false with the reason where the stream is bad, ends early or passes `limit`. */
static bool inflate_all(z_stream *stream, guint64 limit, GByteArray *out, GError **error) {
  g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
  for (;;) {
    stream->next_out = piece;
    stream->avail_out = PIECE_BYTES;
    int result = inflate(stream, Z_NO_FLUSH);
    guint got = PIECE_BYTES - stream->avail_out;
    if (got > limit - MIN(out->len, limit) || got > G_MAXINT32 - out->len)
      return ak_error_set(error, AK_ERROR_LIMIT, "unpacks to more than %" G_GUINT64_FORMAT
                          " bytes", limit);
    g_byte_array_append(out, piece, got);
    if (result == Z_STREAM_END)
      return true;
    if (result != Z_OK || (got == 0 && stream->avail_in == 0))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s",
                          stream->msg != NULL ? stream->msg : "ends too early");
  }
}

static bool open_gzip(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  z_stream stream;
  if (!begin(&stream, data, size))
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  g_autoptr(GByteArray) out = g_byte_array_new();
  bool ok = inflate_all(&stream, ak_firmware_tree_budget(tree, size), out, error);
  *used = stream.total_in;
  inflateEnd(&stream);
  AkNode payload = {.parent = node,
                    .path = g_strdup("#gzip"),
                    .bytes = g_byte_array_free_to_bytes(g_steal_pointer(&out))};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"RFC 1952", NULL};

extern const AkFirmwareFormat ak_firmware_gzip_format;
const AkFirmwareFormat ak_firmware_gzip_format = {
    .name = "gzip",
    .help_en = "gzip member",
    .help_ja = "gzip",
    .sources = sources,
    .magic = MAGIC,
    .magic_size = 3,
    .bid = bid,
    .open = open_gzip,
};
