/* Bare zlib streams. The header is two bytes, so a stream counts only if it unpacks to its end and
 * its Adler-32 holds. Source: RFC 1950. */
#include "firmware/format/format.h"
#include "firmware/format/inflate.h"

#define METHOD_DEFLATE 8
#define DICTIONARY 0x20          /* FDICT: unpacks only with bytes that are elsewhere */
#define MIN_SIZE 8               /* header, the shortest deflate block, Adler-32 */
#define MAX_TRIED (256ull << 20) /* bytes that a stream may unpack to */

/* RFC 1950, 2.2: CMF and FLG, as one number a multiple of 31. */
static bool has_header(const guint8 *data, gsize size) {
  return size >= MIN_SIZE && (data[0] & 0x0f) == METHOD_DEFLATE && data[0] >> 4 <= 7 &&
         (data[1] & DICTIONARY) == 0 && (data[0] << 8 | data[1]) % 31 == 0;
}

static guint bid(const guint8 *data, gsize size) {
  gsize used = 0;
  guint64 got = 0;
  bool is_whole = has_header(data, size) &&
                  ak_inflate_try(data, size, AK_INFLATE_ZLIB, MAX_TRIED, &used, &got) && got > 0;
  return is_whole ? 48 : 0; /* header and Adler-32 */
}

static bool open_zlib(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  AkGrowing out = {.limit = ak_firmware_tree_budget(tree, size)};
  bool ok = ak_inflate(data, size, AK_INFLATE_ZLIB, &out, used, error);
  AkNode payload = {.parent = node, .path = g_strdup("#zlib"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"RFC 1950", NULL};

extern const AkFirmwareFormat ak_firmware_zlib_format;
const AkFirmwareFormat ak_firmware_zlib_format = {
    .name = "zlib",
    .help_en = "zlib stream (whole ones)",
    .help_ja = "zlibストリーム（完全なもの）",
    .sources = sources,
    /* the four levels that zlib writes with its largest window */
    .magics = {{"\x78\x01", 2}, {"\x78\x5e", 2}, {"\x78\x9c", 2}, {"\x78\xda", 2}},
    .bid = bid,
    .open = open_zlib,
};

bool ak_firmware_zlib_fuzz(const guint8 *data, gsize size);
bool ak_firmware_zlib_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_zlib_format, data, size);
}
