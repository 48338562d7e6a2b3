/* Legacy LZ4 streams, which Linux kernels use. Source: LZ4 Frame Format Description 1.6.2, "Legacy
 * frame": the magic, then blocks of a 32-bit size and their data, 8 MiB of content each but the
 * last. No checksums. A kernel's build adds the content's size, which is checked where it stands.
 */
#include <lz4.h>
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/growing.h"
#include "util/reader.h"

#define MAGIC "\x02\x21\x4c\x18"
#define BLOCK_BYTES (8u * 1024 * 1024)
#define TRIED_BYTES 8192 /* decoded in a bid */

/* The size of the block that begins here, 0 where none does. */
static guint32 block_at(const guint8 *data, gsize size, gsize at) {
  AkReader reader = ak_reader_init(data, size);
  guint32 length = 0;
  return ak_reader_seek(&reader, at, NULL) && ak_reader_u32le(&reader, &length, NULL) &&
                 length <= (guint32)LZ4_compressBound(BLOCK_BYTES)
             ? length
             : 0;
}

static guint bid(const guint8 *data, gsize size) {
  if (size < 8 || memcmp(data, MAGIC, 4) != 0)
    return 0;
  guint32 length = block_at(data, size, 4);
  char out[TRIED_BYTES];
  return length > 0 &&
                 LZ4_decompress_safe_partial((const char *)data + 8, out,
                                             (int)MIN(length, size - 8), sizeof out, sizeof out) > 0
             ? 40
             : 0;
}

/* One block; `is_last`: it holds less than all others. */
static bool decode_block(const guint8 *data, gsize size, char *room, AkGrowing *out, gsize *used,
                         bool *is_last, GError **error) {
  guint32 length = block_at(data, size, *used);
  gsize left = size - *used - 4;
  int got = LZ4_decompress_safe((const char *)data + *used + 4, room, (int)MIN(length, left),
                                BLOCK_BYTES);
  *used += 4 + MIN(length, left);
  if (length > left || got < 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s",
                        length > left ? "ends too early" : "damaged");
  *is_last = got < (int)BLOCK_BYTES;
  return ak_growing_add(out, room, (gsize)got, error);
}

/* The content's size in 32 bits, as a kernel's build adds it. */
static gsize size_of_trailer(const guint8 *data, gsize size, gsize at, gsize content) {
  AkReader reader = ak_reader_init(data, size);
  guint32 told = 0;
  return ak_reader_seek(&reader, at, NULL) && ak_reader_u32le(&reader, &told, NULL) &&
                 told == (guint32)content
             ? 4
             : 0;
}

static bool decode(const guint8 *data, gsize size, AkGrowing *out, gsize *used, GError **error) {
  g_autofree char *room = g_try_malloc(BLOCK_BYTES);
  bool is_last = false;
  *used = 4;
  if (room == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  while (!is_last && block_at(data, size, *used) > 0)
    if (!decode_block(data, size, room, out, used, &is_last, error))
      return false;
  *used += size_of_trailer(data, size, *used, out->size);
  return true;
}

static bool open_legacy(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                        gsize *used, GError **error) {
  AkGrowing out = ak_growing_for(tree, size);
  bool ok = decode(data, size, &out, used, error);
  AkNode payload = {.parent = node, .path = g_strdup("#lz4"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"LZ4 Frame Format Description 1.6.2, Legacy frame", NULL};

extern const AkFirmwareFormat ak_firmware_lz4_legacy_format;
const AkFirmwareFormat ak_firmware_lz4_legacy_format = {
    .name = "lz4-legacy",
    .help_en = "legacy LZ4 stream",
    .help_ja = "LZ4（旧形式）",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_legacy,
};

bool ak_firmware_lz4_legacy_fuzz(const guint8 *data, gsize size);
bool ak_firmware_lz4_legacy_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_lz4_legacy_format, data, size);
}
