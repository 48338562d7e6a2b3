/* bzip2 streams. Source: bzip2 1.0.8, decompress.c: "BZh", the block size as a digit, then the
 * magic of a block (digits of pi) or, in an empty stream, that of the end (digits of its root).
 * Streams that follow each other are one content. */
#include <bzlib.h>
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/growing.h"

#define MAGIC "BZh"
#define HEADER_SIZE 10
#define BLOCK_MAGIC "\x31\x41\x59\x26\x53\x59"
#define END_MAGIC "\x17\x72\x45\x38\x50\x90"
#define PIECE_BYTES (64u * 1024u)

static guint bid(const guint8 *data, gsize size) {
  if (size < HEADER_SIZE || memcmp(data, MAGIC, 3) != 0 || data[3] < '1' || data[3] > '9')
    return 0;
  return memcmp(data + 4, BLOCK_MAGIC, 6) == 0 || memcmp(data + 4, END_MAGIC, 6) == 0 ? 76 : 0;
}

static const char *reason_of(int result) {
  return result == BZ_MEM_ERROR ? "no memory" : result == BZ_OK ? "ends too early" : "damaged";
}

/* Hands more input to the stream: it counts in 32 bits. */
static void feed(bz_stream *stream, const guint8 *data, gsize size, gsize *given) {
  if (stream->avail_in > 0)
    return;
  guint piece = (guint)MIN(size - *given, 1u << 30);
  stream->next_in = (char *)data + *given;
  stream->avail_in = piece;
  *given += piece;
}

/* One stream; `used` is what it took, also where it is bad. */
static bool decode_stream(const guint8 *data, gsize size, AkGrowing *out, gsize *used,
                          GError **error) {
  bz_stream stream = {0};
  if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
  int result = BZ_OK;
  gsize given = 0;
  guint got = 1;
  bool ok = true;
  while (ok && result == BZ_OK && (got > 0 || stream.avail_in > 0 || given < size)) {
    feed(&stream, data, size, &given);
    stream.next_out = (char *)piece;
    stream.avail_out = PIECE_BYTES;
    result = BZ2_bzDecompress(&stream);
    got = PIECE_BYTES - stream.avail_out;
    ok = ak_growing_add(out, piece, got, error);
  }
  *used = given - stream.avail_in;
  BZ2_bzDecompressEnd(&stream);
  return ok && (result == BZ_STREAM_END ||
                ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", reason_of(result)));
}

static bool open_bzip2(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                       gsize *used, GError **error) {
  AkGrowing out = ak_growing_for(tree, size);
  bool ok = true;
  *used = 0;
  do {
    gsize taken = 0;
    ok = decode_stream(data + *used, size - *used, &out, &taken, error);
    *used += taken;
  } while (ok && bid(data + *used, size - *used) > 0);
  AkNode payload = {.parent = node, .path = g_strdup("#bzip2"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"bzip2 1.0.8 decompress.c", NULL};

extern const AkFirmwareFormat ak_firmware_bzip2_format;
const AkFirmwareFormat ak_firmware_bzip2_format = {
    .name = "bzip2",
    .help_en = "bzip2 stream",
    .help_ja = "bzip2",
    .sources = sources,
    .magics = {{MAGIC, 3}},
    .bid = bid,
    .open = open_bzip2,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_bzip2_fuzz(const guint8 *data, gsize size);
bool ak_firmware_bzip2_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_bzip2_format, data, size);
}
