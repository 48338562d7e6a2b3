/* Zstandard frames. Source: RFC 8878, 3.1: frames and skippable frames follow each other and are
 * one content; what skippable frames hold is no content and is a region of its own. */
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "firmware/format/format.h"
#include "firmware/format/growing.h"
#include "util/reader.h"

#define MAGIC "\x28\xb5\x2f\xfd" /* RFC 8878, 3.1.1 */
#define SKIPPABLE 0x184d2a50u    /* 3.1.2: and the 15 numbers that follow */
#define SKIPPABLE_HEADER 8
#define FEW_BYTES 16
#define DESCRIPTOR_RESERVED 0x08 /* 3.1.1.1.1.4 */
#define WINDOW_LOG 27            /* 128 MiB, as the reference decoder allows by itself */
#define TRIED_BYTES 8192         /* decoded in a bid */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZSTD_DCtx, ZSTD_freeDCtx)

static bool begin(ZSTD_DCtx **out) {
  *out = ZSTD_createDCtx();
  return *out != NULL &&
         !ZSTD_isError(ZSTD_DCtx_setParameter(*out, ZSTD_d_windowLogMax, WINDOW_LOG));
}

/* A first block that is whole must decode; of one that breaks off nothing is known yet. */
static bool is_frame(const guint8 *data, gsize size) {
  if (size < 6 || memcmp(data, MAGIC, 4) != 0 || (data[4] & DESCRIPTOR_RESERVED) != 0)
    return false;
  g_autoptr(ZSTD_DCtx) context = NULL;
  guint8 out[TRIED_BYTES];
  ZSTD_inBuffer input = {data, size, 0};
  ZSTD_outBuffer output = {out, sizeof out, 0};
  if (!begin(&context))
    return false;
  gsize result = ZSTD_decompressStream(context, &output, &input);
  ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
  bool is_refused = code == ZSTD_error_frameParameter_windowTooLarge ||
                    code == ZSTD_error_dictionary_wrong || code == ZSTD_error_memory_allocation;
  return !ZSTD_isError(result) || is_refused;
}

/* The size of the skippable frame that stands here and leads to a next frame; 0: none does. */
static gsize skippable_at(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint32 magic = 0, length = 0;
  return ak_reader_u32le(&reader, &magic, NULL) && (magic & ~15u) == SKIPPABLE &&
                 ak_reader_u32le(&reader, &length, NULL) && ak_reader_skip(&reader, length, NULL) &&
                 ak_reader_left(&reader) >= 4
             ? reader.position
             : 0;
}

static guint bid(const guint8 *data, gsize size) {
  gsize at = 0, skipped = 0;
  while ((skipped = skippable_at(data + at, size - at)) > 0)
    at += skipped;
  return is_frame(data + at, size - at) ? 40 : 0;
}

/* One frame; `used` is what it took, also where it is bad. */
static bool decode_frame(ZSTD_DCtx *context, const guint8 *data, gsize size, AkGrowing *out,
                         gsize *used, GError **error) {
  gsize room = ZSTD_DStreamOutSize(), result = 1, before = 0;
  g_autofree guint8 *piece = g_malloc(room);
  ZSTD_inBuffer input = {data, size, 0};
  ZSTD_outBuffer output = {piece, room, 0};
  unsigned long long told = ZSTD_getFrameContentSize(data, size);
  if (told != ZSTD_CONTENTSIZE_UNKNOWN && told != ZSTD_CONTENTSIZE_ERROR)
    ak_growing_expect(out, told);
  ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
  do {
    before = input.pos;
    output.pos = 0;
    result = ZSTD_decompressStream(context, &output, &input);
    *used = input.pos;
    if (ZSTD_isError(result))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", ZSTD_getErrorName(result));
    if (!ak_growing_add(out, piece, output.pos, error))
      return false;
  } while (result != 0 && (output.pos > 0 || input.pos > before));
  return result == 0 || ak_error_set(error, AK_ERROR_INVALID_DATA, "ends too early");
}

/* What a skippable frame holds is looked at; a few bytes are an offset, as parallel encoders write.
 */
static bool add_skipped(AkFirmwareTree *tree, guint node, gsize offset, gsize size,
                        GError **error) {
  if (size <= FEW_BYTES)
    return true;
  AkNode skipped = {
      .parent = node,
      .path = g_strdup_printf("#skipped@%" G_GSIZE_FORMAT, offset),
      .bytes = g_bytes_new_from_bytes(ak_firmware_tree_node(tree, node)->bytes, offset, size),
      .slice = true,
      .offset = offset};
  return ak_firmware_tree_add(tree, skipped, NULL, error);
}

/* Frames as long as they follow each other, with skippable ones before and between them. */
static bool decode_all(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                       AkGrowing *out, gsize *used, GError **error) {
  g_autoptr(ZSTD_DCtx) context = NULL;
  if (!begin(&context))
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  gsize at = 0, taken = 0, skipped = 0;
  for (;;) {
    while ((skipped = skippable_at(data + at, size - at)) > 0) {
      if (!add_skipped(tree, node, at + SKIPPABLE_HEADER, skipped - SKIPPABLE_HEADER, error))
        return false;
      *used = at += skipped;
    }
    if (!is_frame(data + at, size - at))
      return true;
    bool ok = decode_frame(context, data + at, size - at, out, &taken, error);
    *used = at += taken;
    if (!ok)
      return false;
  }
}

static bool open_zstd(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  AkGrowing out = ak_growing_for(tree, size);
  bool ok = decode_all(tree, node, data, size, &out, used, error);
  AkNode payload = {.parent = node, .path = g_strdup("#zstd"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"RFC 8878", NULL};

extern const AkFirmwareFormat ak_firmware_zstd_format;
const AkFirmwareFormat ak_firmware_zstd_format = {
    .name = "zstd",
    .help_en = "Zstandard frame",
    .help_ja = "Zstandard",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_zstd,
};

bool ak_firmware_zstd_fuzz(const guint8 *data, gsize size);
bool ak_firmware_zstd_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_zstd_format, data, size);
}
