/* Legacy U-Boot images: a 64-byte header with two checksums, then the data.
 * Source: U-Boot, include/image.h (struct legacy_img_hdr), doc/usage/cmd/mkimage. */
#include <string.h>
#include <zlib.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define HEADER_SIZE 64
#define MAGIC "\x27\x05\x19\x56"
#define HEADER_CRC_OFFSET 4
#define TYPE_MULTI 4  /* IH_TYPE_MULTI: several parts, a list of sizes before them */
#define TYPE_SCRIPT 6 /* IH_TYPE_SCRIPT: the same, and the first part is a text */
#define MAX_PARTS 64

typedef struct {
  guint32 header_crc, size, data_crc;
  guint8 type, compression;
} Header;

static bool read_header(AkReader *reader, Header *out, GError **error) {
  guint8 os = 0, architecture = 0;
  return ak_reader_skip(reader, 4, error) && ak_reader_u32be(reader, &out->header_crc, error) &&
         ak_reader_skip(reader, 4, error) && ak_reader_u32be(reader, &out->size, error) &&
         ak_reader_skip(reader, 8, error) && ak_reader_u32be(reader, &out->data_crc, error) &&
         ak_reader_u8(reader, &os, error) && ak_reader_u8(reader, &architecture, error) &&
         ak_reader_u8(reader, &out->type, error) &&
         ak_reader_u8(reader, &out->compression, error) && ak_reader_skip(reader, 32, error);
}

static guint32 checksum(const guint8 *data, gsize size) {
  uLong crc = crc32(0, NULL, 0);
  while (size > 0) {
    uInt piece = (uInt)MIN(size, 1u << 30);
    crc = crc32(crc, data, piece);
    data += piece;
    size -= piece;
  }
  return (guint32)crc;
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  AkReader reader = ak_reader_init(data, size);
  if (size < HEADER_SIZE || memcmp(data, MAGIC, 4) != 0 || !read_header(&reader, &header, NULL))
    return 0;
  guint8 copy[HEADER_SIZE];
  memcpy(copy, data, HEADER_SIZE);
  memset(copy + HEADER_CRC_OFFSET, 0, 4); /* the checksum counts as zero within itself */
  return checksum(copy, HEADER_SIZE) == header.header_crc ? 64 : 0;
}

static bool add_part(AkFirmwareTree *tree, guint node, gsize offset, gsize size, guint number,
                     GError **error) {
  GBytes *whole = ak_firmware_tree_node(tree, node)->bytes;
  AkNode part = {.parent = node,
                 .path = g_strdup_printf("#%u", number),
                 .bytes = g_bytes_new_from_bytes(whole, offset, size),
                 .slice = true,
                 .offset = offset};
  return ak_firmware_tree_add(tree, part, NULL, error);
}

static bool add_text(AkFirmwareTree *tree, guint node, gsize offset, gsize size, guint number, GError **error) {
  g_autofree char *path = g_strdup_printf("/script-%u.txt", number);
  return ak_parts_add_file(tree, node, path, offset, size, error);
}

/* Sizes of the parts, a zero, then the parts, each filled up to four bytes. What is left is a part
 * too. */
static bool open_multi(AkFirmwareTree *tree, guint node, AkReader *reader, gsize end, bool is_script,
                       GError **error) {
  guint32 sizes[MAX_PARTS];
  guint count = 0;
  for (;;) {
    guint32 size = 0;
    if (!ak_reader_u32be(reader, &size, error))
      return false;
    if (size == 0)
      break;
    if (count == MAX_PARTS)
      return ak_error_set(error, AK_ERROR_LIMIT, "more than %d parts", MAX_PARTS);
    sizes[count++] = size;
  }
  for (guint i = 0; i < count; i++) {
    gsize offset = reader->position;
    if (sizes[i] > end - MIN(offset, end))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "part %u ends past the data", i);
    bool is_text = is_script && ak_parts_is_text(reader->data + offset, sizes[i]);
    if (!(is_text ? add_text(tree, node, offset, sizes[i], i, error) : add_part(tree, node, offset, sizes[i], i, error)) ||
        !ak_reader_skip(reader, MIN(((gsize)sizes[i] + 3) & ~(gsize)3, end - offset), error))
      return false;
  }
  gsize behind = reader->position;
  return behind >= end || add_part(tree, node, behind, end - behind, count, error);
}

static bool open_uimage(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                        gsize *used, GError **error) {
  Header header;
  AkReader reader = ak_reader_init(data, size);
  if (!read_header(&reader, &header, error))
    return false;
  gsize left = size - HEADER_SIZE, length = MIN(header.size, left);
  *used = HEADER_SIZE + length;
  if (length < header.size)
    ak_firmware_tree_cut(tree, node, "uimage: the data ends before the length in its header");
  else if (checksum(data + HEADER_SIZE, length) != header.data_crc)
    ak_firmware_tree_cut(tree, node, "uimage: the data has another checksum than its header says");
  if (header.type == TYPE_MULTI || header.type == TYPE_SCRIPT)
    return open_multi(tree, node, &reader, HEADER_SIZE + length, header.type == TYPE_SCRIPT, error);
  return length == 0 || add_part(tree, node, HEADER_SIZE, length, 0, error);
}

static const char *const sources[] = {"U-Boot include/image.h, struct legacy_img_hdr", NULL};

extern const AkFirmwareFormat ak_firmware_uimage_format;
const AkFirmwareFormat ak_firmware_uimage_format = {
    .name = "uimage",
    .help_en = "legacy U-Boot image, single and multi",
    .help_ja = "U-Bootの旧形式イメージ（単一・複数）",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_uimage,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_uimage_fuzz(const guint8 *data, gsize size);
bool ak_firmware_uimage_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_uimage_format, data, size);
}
