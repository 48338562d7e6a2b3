/* Bare zlib streams. The header is two bytes, so the bid unpacks: to the end, where the Adler-32
 * must hold, or the first 65 KiB of a longer one. Source: RFC 1950. */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/inflate.h"

#define METHOD_DEFLATE 8
#define DICTIONARY 0x20 /* FDICT: unpacks only with bytes that are elsewhere */
#define MIN_SIZE 8      /* header, the shortest deflate block, Adler-32 */
#define TRIED_BYTES (65u << 10) /* more than a stored block, the first one or not: alone it says nothing */
#define PNG_PIECE "IDAT"

/* RFC 1950, 2.2: CMF and FLG, as one number a multiple of 31. */
static bool has_header(const guint8 *data, gsize size) {
  return size >= MIN_SIZE && (data[0] & 0x0f) == METHOD_DEFLATE && data[0] >> 4 <= 7 &&
         (data[1] & DICTIONARY) == 0 && (data[0] << 8 | data[1]) % 31 == 0;
}

static guint bid(const guint8 *data, gsize size) {
  gsize used = 0;
  guint64 got = 0;
  if (!has_header(data, size))
    return 0;
  if (ak_inflate_try(data, size, AK_INFLATE_ZLIB, TRIED_BYTES, &used, &got))
    return got > 0 ? 48 : 0; /* header and Adler-32 */
  return got > TRIED_BYTES ? 20 : 0;
}

/* True for the stream of a PNG: its pixels are no files. It stands behind a chunk's name, and may
 * be broken into chunks. Source: PNG specification, 3rd edition, 5.3 and 11.2.3. */
static bool is_of_picture(const AkFirmwareTree *tree, guint index) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  const AkNode *parent = ak_firmware_tree_node(tree, node->parent);
  gsize size = 0;
  if (!node->slice || index == 0 || node->offset < sizeof PNG_PIECE - 1 || parent->bytes == NULL)
    return false;
  const guint8 *data = g_bytes_get_data(parent->bytes, &size);
  return node->offset <= size &&
         memcmp(data + node->offset - (sizeof PNG_PIECE - 1), PNG_PIECE, sizeof PNG_PIECE - 1) == 0;
}

static bool open_zlib(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  if (!is_of_picture(tree, node))
    return ak_inflate_payload(tree, node, "#zlib", data, size, AK_INFLATE_ZLIB, used, error);
  guint64 got = 0;
  ak_firmware_tree_leave(tree, node);
  ak_inflate_try(data, size, AK_INFLATE_ZLIB, ak_firmware_tree_budget(tree, size), used, &got);
  return true;
}

static const char *const sources[] = {"RFC 1950", "PNG specification 3rd edition", NULL};

extern const AkFirmwareFormat ak_firmware_zlib_format;
const AkFirmwareFormat ak_firmware_zlib_format = {
    .name = "zlib",
    .help_en = "zlib stream",
    .help_ja = "zlibストリーム",
    .sources = sources,
    /* the four levels that zlib writes with its largest window */
    .magics = {{"\x78\x01", 2}, {"\x78\x5e", 2}, {"\x78\x9c", 2}, {"\x78\xda", 2}},
    .bid = bid,
    .open = open_zlib,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_zlib_fuzz(const guint8 *data, gsize size);
bool ak_firmware_zlib_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_zlib_format, data, size);
}
