/* Files of lzop: LZO1X blocks with checksums of what is packed and unpacked.
 * Source: lzop 1.04, src/conf.h (magic, flags) and Linux, lib/decompress_unlzo.c (order of the
 * header's fields and of a block's). */
#include <string.h>
#include <zlib.h>

#include "firmware/format/format.h"
#include "firmware/format/growing.h"
#include "firmware/format/lzo.h"
#include "util/reader.h"

#define MAGIC "\x89LZO\0\r\n\x1a\n"
#define MAGIC_SIZE 9
#define VERSION_WITH_LEVEL 0x0940
#define MAX_BLOCK (64u << 20) /* the most that lzop writes */
#define MAX_EXTRA 4096        /* bytes of the extra field, which no lzop writes */
#define LAST_METHOD 3         /* LZO1X-1, LZO1X-1(15), LZO1X-999 */
enum {
  FLAG_ADLER_OUT = 0x0001,
  FLAG_ADLER_IN = 0x0002,
  FLAG_EXTRA = 0x0040,
  FLAG_CRC_OUT = 0x0100,
  FLAG_CRC_IN = 0x0200,
  FLAG_MULTIPART = 0x0400,
  FLAG_FILTER = 0x0800,
  FLAG_HEADER_CRC = 0x1000,
};

typedef struct {
  guint32 flags, filter;
  guint8 method;
  gsize end;
} Header;

typedef struct {
  guint32 size, packed_size;
  guint32 adler_out, crc_out, adler_in, crc_in;
  const guint8 *packed;
} Block;

static bool has_sum(guint32 told, bool is_crc, const guint8 *data, gsize size) {
  return told == (guint32)(is_crc ? crc32_z(0, data, size) : adler32_z(1, data, size));
}

static bool read_fields(AkReader *reader, Header *out) {
  guint16 version = 0;
  guint8 name_size = 0;
  if (!ak_reader_u16be(reader, &version, NULL))
    return false;
  bool is_new = version >= VERSION_WITH_LEVEL;
  return ak_reader_skip(reader, is_new ? 4 : 2, NULL) && ak_reader_u8(reader, &out->method, NULL) &&
         ak_reader_skip(reader, is_new ? 1 : 0, NULL) &&
         ak_reader_u32be(reader, &out->flags, NULL) &&
         ((out->flags & FLAG_FILTER) == 0 || ak_reader_u32be(reader, &out->filter, NULL)) &&
         ak_reader_skip(reader, is_new ? 12 : 8, NULL) && ak_reader_u8(reader, &name_size, NULL) &&
         ak_reader_skip(reader, name_size, NULL);
}

static bool read_sum(AkReader *reader, gsize from, guint32 flags) {
  guint32 told = 0;
  gsize to = reader->position;
  return ak_reader_u32be(reader, &told, NULL) &&
         has_sum(told, (flags & FLAG_HEADER_CRC) != 0, reader->data + from, to - from);
}

/* The header, its checksum held against it; likewise the extra field behind it. */
static bool read_header(const guint8 *data, gsize size, Header *out) {
  AkReader reader = ak_reader_init(data, size);
  guint32 extra = 0;
  *out = (Header){0};
  if (size < MAGIC_SIZE || memcmp(data, MAGIC, MAGIC_SIZE) != 0 ||
      !ak_reader_skip(&reader, MAGIC_SIZE, NULL) || !read_fields(&reader, out) ||
      !read_sum(&reader, MAGIC_SIZE, out->flags))
    return false;
  gsize from = reader.position;
  if ((out->flags & FLAG_EXTRA) != 0 &&
      (!ak_reader_u32be(&reader, &extra, NULL) || extra > MAX_EXTRA ||
       !ak_reader_skip(&reader, extra, NULL) || !read_sum(&reader, from, out->flags)))
    return false;
  out->end = reader.position;
  return true;
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  return read_header(data, size, &header) ? 72 + 32 : 0;
}

/* A block without its checksums where it is stored as it is: they would be the same. */
static bool read_block(AkReader *reader, guint32 flags, Block *out) {
  *out = (Block){0};
  if (!ak_reader_u32be(reader, &out->size, NULL))
    return false;
  if (out->size == 0)
    return true;
  if (!ak_reader_u32be(reader, &out->packed_size, NULL) || out->size > MAX_BLOCK ||
      out->packed_size == 0 || out->packed_size > out->size)
    return false;
  bool is_packed = out->packed_size < out->size;
  const struct {
    guint32 flag;
    guint32 *field;
    bool is_there;
  } sums[] = {
      {FLAG_ADLER_OUT, &out->adler_out, true},
      {FLAG_CRC_OUT, &out->crc_out, true},
      {FLAG_ADLER_IN, &out->adler_in, is_packed},
      {FLAG_CRC_IN, &out->crc_in, is_packed},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(sums); i++)
    if ((flags & sums[i].flag) != 0 && sums[i].is_there &&
        !ak_reader_u32be(reader, sums[i].field, NULL))
      return false;
  return ak_reader_bytes(reader, out->packed_size, &out->packed, NULL);
}

static bool unpack_block(const Block *block, guint32 flags, AkGrowing *out, GError **error) {
  gsize got = block->size, used = block->packed_size;
  const guint8 *bytes = block->packed;
  g_autofree guint8 *unpacked = NULL;
  if (block->size > out->limit - MIN(out->size, out->limit))
    return ak_error_set(error, AK_ERROR_LIMIT, "a block of %u bytes", block->size);
  if (block->packed_size < block->size) {
    if (((flags & FLAG_ADLER_IN) != 0 && !has_sum(block->adler_in, false, bytes, used)) ||
        ((flags & FLAG_CRC_IN) != 0 && !has_sum(block->crc_in, true, bytes, used)))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "a block with another checksum");
    bytes = unpacked = g_try_malloc(block->size);
    if (unpacked == NULL)
      return ak_error_set(error, AK_ERROR_LIMIT, "no memory for %u bytes", block->size);
    if (!ak_lzo_unpack(block->packed, used, unpacked, block->size, &got, &used, error))
      return false;
  }
  if (got != block->size || used != block->packed_size ||
      ((flags & FLAG_ADLER_OUT) != 0 && !has_sum(block->adler_out, false, bytes, got)) ||
      ((flags & FLAG_CRC_OUT) != 0 && !has_sum(block->crc_out, true, bytes, got)))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a block unpacks to something else");
  return ak_growing_add(out, bytes, got, error);
}

static bool unpack_blocks(AkReader *reader, guint32 flags, AkGrowing *out, GError **error) {
  for (;;) {
    Block block;
    if (!read_block(reader, flags, &block))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "a damaged block at %" G_GSIZE_FORMAT,
                          reader->position);
    if (block.size == 0)
      return true;
    if (!unpack_block(&block, flags, out, error))
      return false;
  }
}

static bool open_lzop(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  Header header;
  AkGrowing out = ak_growing_for(tree, size);
  AkReader reader = ak_reader_init(data, size);
  if (!read_header(data, size, &header) || !ak_reader_seek(&reader, header.end, error))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  *used = header.end;
  if (header.method == 0 || header.method > LAST_METHOD || header.filter != 0 ||
      (header.flags & FLAG_MULTIPART) != 0)
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "method %u, filter %u: not opened",
                        header.method, header.filter);
  bool ok = unpack_blocks(&reader, header.flags, &out, error);
  *used = reader.position;
  AkNode payload = {.parent = node, .path = g_strdup("#lzop"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"lzop 1.04 src/conf.h", "Linux lib/decompress_unlzo.c",
                                      "Linux Documentation/staging/lzo.rst", NULL};

extern const AkFirmwareFormat ak_firmware_lzop_format;
const AkFirmwareFormat ak_firmware_lzop_format = {
    .name = "lzop",
    .help_en = "lzop file (LZO1X blocks)",
    .help_ja = "lzop（LZO1Xブロック）",
    .sources = sources,
    .magics = {{MAGIC, MAGIC_SIZE}},
    .bid = bid,
    .open = open_lzop,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_lzop_fuzz(const guint8 *data, gsize size);
bool ak_firmware_lzop_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_lzop_format, data, size);
}
