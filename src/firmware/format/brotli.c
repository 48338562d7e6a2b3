/* Brotli streams, which web servers hand out as they stand. Nothing marks them, and nothing in them is a checksum: one counts
 * only where it is a whole region, payload or file, which it unpacks to its last byte and to more than that. Source: RFC 7932. */
#include <brotli/decode.h>

#include "firmware/format/format.h"
#include "firmware/format/growing.h"

#define MIN_BYTES 64             /* a shorter one may be chance */
#define MAX_BYTES (8u << 20)     /* tried in a bid */
#define MAX_RATIO 200            /* of what is tried, as of all that is unpacked */
#define FIRST_BYTES (16u << 10)  /* unpacked, for which a true stream has taken some */
#define MIN_USED 64
#define PIECE_BYTES (64u << 10)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BrotliDecoderState, BrotliDecoderDestroyInstance)

/* True for what unpacks to its last byte, without being kept; and for what unpacks to more than may be, of which the end is not
 * looked for: to leave it unopened and unsaid would hide what is in it. */
static bool is_stream(const guint8 *data, gsize size, guint64 *unpacked) {
  g_autoptr(BrotliDecoderState) state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
  guint8 piece[PIECE_BYTES]; /* on the stack: every region and file is asked about */
  BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  const guint8 *next = data;
  gsize left = size;
  *unpacked = 0;
  while (state != NULL && result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
    guint8 *out = piece;
    gsize room = PIECE_BYTES;
    result = BrotliDecoderDecompressStream(state, &left, &next, &room, &out, NULL);
    *unpacked += PIECE_BYTES - room;
    if (*unpacked >= FIRST_BYTES && size - left < MIN_USED)
      return false;
    if (*unpacked > (guint64)size * MAX_RATIO)
      return true;
  }
  return result == BROTLI_DECODER_RESULT_SUCCESS && left == 0;
}

static guint bid(const guint8 *data, gsize size) {
  guint64 unpacked = 0;
  if (size < MIN_BYTES || size > MAX_BYTES)
    return 0;
  return is_stream(data, size, &unpacked) && unpacked > size + size / 8 ? 24 : 0;
}

static bool unpack(BrotliDecoderState *state, const guint8 *data, gsize size, AkGrowing *out, GError **error) {
  BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
    gsize room = 0;
    guint8 *piece = ak_growing_room(out, 0, &room, error), *end = piece;
    if (piece == NULL)
      return false;
    gsize before = room;
    result = BrotliDecoderDecompressStream(state, &size, &data, &room, &end, NULL);
    if (!ak_growing_wrote(out, before - room, error))
      return false;
  }
  return result == BROTLI_DECODER_RESULT_SUCCESS ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged, or ends too early");
}

static bool open_brotli(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used, GError **error) {
  g_autoptr(BrotliDecoderState) state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
  if (state == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  AkGrowing out = ak_growing_for(tree, size);
  bool ok = unpack(state, data, size, &out, error);
  *used = size;
  AkNode payload = {.parent = node, .path = g_strdup("#brotli"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"RFC 7932", NULL};

extern const AkFirmwareFormat ak_firmware_brotli_format;
const AkFirmwareFormat ak_firmware_brotli_format = {
    .name = "brotli",
    .help_en = "Brotli stream that is a whole file",
    .help_ja = "ファイル全体がBrotliストリームであるもの",
    .sources = sources,
    .bid = bid,
    .open = open_brotli,
};

bool ak_firmware_brotli_fuzz(const guint8 *data, gsize size);
bool ak_firmware_brotli_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_brotli_format, data, size);
}
