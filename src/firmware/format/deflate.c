/* Deflate streams without any header. Nothing marks them, so one counts only where a region,
 * payload or file is nothing else: it unpacks to more than it takes, and its last block ends where
 * the bytes end, or their padding begins. What was unpacked is looked at besides the bytes, never
 * instead of them. Source: RFC 1951. */
#include "firmware/format/format.h"
#include "firmware/format/inflate.h"

#define MIN_USED 128            /* a shorter one may be chance */
#define MAX_TRIED (64ull << 20) /* bytes that a stream may unpack to */

static bool is_padding(const guint8 *data, gsize from, gsize to) {
  for (gsize i = from; i < to; i++)
    if (data[i] != data[from] || (data[i] != 0x00 && data[i] != 0xff))
      return false;
  return true;
}

static guint bid(const guint8 *data, gsize size) {
  gsize used = 0;
  guint64 got = 0;
  bool begins = size >= MIN_USED && (data[0] >> 1 & 3) != 0 && (data[0] >> 1 & 3) != 3;
  bool is_whole = begins && ak_inflate_try(data, size, AK_INFLATE_RAW, MAX_TRIED, &used, &got) &&
                  used >= MIN_USED && got > used && is_padding(data, used, size);
  return is_whole ? 16 : 0; /* the end, in the last byte */
}

static bool open_deflate(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                         gsize *used, GError **error) {
  AkGrowing out = {.limit = ak_firmware_tree_budget(tree, size)};
  ak_firmware_tree_leave(tree, node);
  bool ok = ak_inflate(data, size, AK_INFLATE_RAW, &out, used, error);
  AkNode payload = {.parent = node, .path = g_strdup("#deflate"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"RFC 1951", NULL};

extern const AkFirmwareFormat ak_firmware_deflate_format;
const AkFirmwareFormat ak_firmware_deflate_format = {
    .name = "deflate",
    .help_en = "deflate stream without a header, alone in a region",
    .help_ja = "ヘッダのないdeflateストリーム（領域全体を占めるもの）",
    .sources = sources,
    .bid = bid,
    .open = open_deflate,
};

bool ak_firmware_deflate_fuzz(const guint8 *data, gsize size);
bool ak_firmware_deflate_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_deflate_format, data, size);
}
