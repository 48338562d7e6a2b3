/* LZ4 frames, through liblz4's frame API: it checks the checksums of header, blocks and content.
 * Source: LZ4 Frame Format Description 1.6.2. */
#include <lz4frame.h>
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/growing.h"

#define MAGIC "\x04\x22\x4d\x18"
#define MIN_HEADER 7
#define PIECE_BYTES (64u * 1024u)

typedef LZ4F_dctx Context;
static void context_free(Context *self) {
  LZ4F_freeDecompressionContext(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Context, context_free)

static Context *begin(void) {
  Context *context = NULL;
  return LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) ? NULL : context;
}

/* The header has a checksum of 8 bits, reserved bits and a few values that are allowed. */
static guint bid(const guint8 *data, gsize size) {
  if (size < MIN_HEADER || memcmp(data, MAGIC, 4) != 0)
    return 0;
  g_autoptr(Context) context = begin();
  LZ4F_frameInfo_t info;
  gsize taken = size;
  return context != NULL && !LZ4F_isError(LZ4F_getFrameInfo(context, &info, data, &taken)) ? 48 : 0;
}

/* One frame; `used` is what it took, also where it is bad. */
static bool decode_frame(Context *context, const guint8 *data, gsize size, AkGrowing *out,
                         gsize *used, GError **error) {
  g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
  gsize hint = 1, got = 0, taken = 0;
  LZ4F_resetDecompressionContext(context);
  do {
    got = PIECE_BYTES;
    taken = size - *used;
    hint = LZ4F_decompress(context, piece, &got, data + *used, &taken, NULL);
    if (LZ4F_isError(hint))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", LZ4F_getErrorName(hint));
    *used += taken;
    if (!ak_growing_add(out, piece, got, error))
      return false;
  } while (hint != 0 && (got > 0 || taken > 0));
  return hint == 0 || ak_error_set(error, AK_ERROR_INVALID_DATA, "ends too early");
}

static bool open_lz4(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  AkGrowing out = ak_growing_for(tree, size);
  g_autoptr(Context) context = begin();
  if (context == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  bool ok = true;
  *used = 0;
  do {
    gsize taken = 0;
    ok = decode_frame(context, data + *used, size - *used, &out, &taken, error);
    *used += taken;
  } while (ok && bid(data + *used, size - *used) > 0);
  AkNode payload = {.parent = node, .path = g_strdup("#lz4"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"LZ4 Frame Format Description 1.6.2", NULL};

extern const AkFirmwareFormat ak_firmware_lz4_format;
const AkFirmwareFormat ak_firmware_lz4_format = {
    .name = "lz4",
    .help_en = "LZ4 frame",
    .help_ja = "LZ4（フレーム形式）",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_lz4,
};

bool ak_firmware_lz4_fuzz(const guint8 *data, gsize size);
bool ak_firmware_lz4_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_lz4_format, data, size);
}
