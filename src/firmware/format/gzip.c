/* gzip members. Source: RFC 1952. */
#include <string.h>
#include <zlib.h>

#include "firmware/format/format.h"
#include "firmware/format/growing.h"

#define MAGIC "\x1f\x8b\x08" /* ID1, ID2, CM = deflate; RFC 1952, 2.3.1 */
#define RESERVED_FLAGS 0xe0
#define HEADER_SIZE 10
#define PIECE_BYTES (64u * 1024u)
#define GZIP_WINDOW (15 + 16) /* zlib: largest window, gzip header and trailer checked */
#define TRIED_BYTES 1024      /* decoded in a bid: a false hit breaks off before */

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

/* One member; false with the reason where it is bad, ends early or passes the limit. */
static bool inflate_member(z_stream *stream, AkGrowing *out, GError **error) {
  g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
  for (;;) {
    stream->next_out = piece;
    stream->avail_out = PIECE_BYTES;
    int result = inflate(stream, Z_NO_FLUSH);
    guint got = PIECE_BYTES - stream->avail_out;
    if (!ak_growing_add(out, piece, got, error))
      return false;
    if (result == Z_STREAM_END)
      return true;
    if (result != Z_OK || (got == 0 && stream->avail_in == 0))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s",
                          stream->msg != NULL ? stream->msg : "ends too early");
  }
}

/* Members that follow each other are one content: RFC 1952, 2.2. What follows and is none is left.
 */
static bool inflate_all(z_stream *stream, const guint8 *data, AkGrowing *out, gsize *used,
                        GError **error) {
  gsize size = stream->avail_in;
  while (inflate_member(stream, out, error)) {
    *used = size - stream->avail_in;
    if (bid(data + *used, size - *used) == 0)
      return true;
    inflateReset(stream);
  }
  *used = size - stream->avail_in;
  return false;
}

static bool open_gzip(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  z_stream stream;
  AkGrowing out = ak_growing_for(tree, size);
  if (!begin(&stream, data, size))
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  bool ok = inflate_all(&stream, data, &out, used, error);
  inflateEnd(&stream);
  AkNode payload = {.parent = node, .path = g_strdup("#gzip"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"RFC 1952", NULL};

extern const AkFirmwareFormat ak_firmware_gzip_format;
const AkFirmwareFormat ak_firmware_gzip_format = {
    .name = "gzip",
    .help_en = "gzip member",
    .help_ja = "gzip",
    .sources = sources,
    .magics = {{MAGIC, 3}},
    .bid = bid,
    .open = open_gzip,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_gzip_fuzz(const guint8 *data, gsize size);
bool ak_firmware_gzip_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_gzip_format, data, size);
}
