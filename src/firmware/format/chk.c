/* Netgear CHK: a header with the board's name and checksums before a kernel (often a TRX) and a
 * root filesystem. Source: OpenWrt firmware-utils, mkchkimg.c (struct chk_header and the checksum:
 * two running 32-bit sums, each folded to 16 bits). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAGIC "*#$^"
#define FIXED_SIZE 40
#define MAX_BOARD 64 /* bytes of the board's name */
#define HEADER_SUM_OFFSET 36

typedef struct {
  guint32 size, kernel_sum, root_sum, kernel_size, root_size, image_sum, header_sum;
} Header;

static guint32 folded(guint32 sum) {
  guint32 half = (sum & 0xffff) + (sum >> 16);
  return ((half >> 16) + half) & 0xffff;
}

static guint32 checksum(const guint8 *data, gsize size) {
  guint32 plain = 0, running = 0;
  for (gsize i = 0; i < size; i++) {
    plain += data[i];
    running += plain;
  }
  return folded(running) << 16 | folded(plain);
}

static bool read_header(const guint8 *data, gsize size, Header *out) {
  AkReader reader = ak_reader_init(data, size);
  guint32 *fields[] = {&out->kernel_sum, &out->root_sum,  &out->kernel_size,
                       &out->root_size,  &out->image_sum, &out->header_sum};
  if (size < FIXED_SIZE || memcmp(data, MAGIC, 4) != 0 || !ak_reader_skip(&reader, 4, NULL) ||
      !ak_reader_u32be(&reader, &out->size, NULL) || !ak_reader_skip(&reader, 8, NULL))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
    if (!ak_reader_u32be(&reader, fields[i], NULL))
      return false;
  if (out->size < FIXED_SIZE || out->size > FIXED_SIZE + MAX_BOARD || out->size > size)
    return false;
  guint8 copy[FIXED_SIZE + MAX_BOARD];
  memcpy(copy, data, out->size);
  memset(copy + HEADER_SUM_OFFSET, 0, 4); /* counts as zero within itself */
  return checksum(copy, out->size) == out->header_sum;
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  return read_header(data, size, &header) ? 72 : 0; /* magic, checksum, a plausible length */
}

/* Where the parts are whole, their sums are held against the header's. */
static void check(const AkParts *parts, const Header *header, const guint8 *data, gsize size) {
  guint64 whole = (guint64)header->kernel_size + header->root_size;
  if (whole > size - header->size) {
    ak_parts_cut(parts, "the data ends before the lengths in its header");
    return;
  }
  const guint8 *kernel = data + header->size, *root = kernel + header->kernel_size;
  if (checksum(kernel, header->kernel_size) != header->kernel_sum)
    ak_parts_cut(parts, "the kernel has another checksum than the header says");
  else if (header->root_size > 0 && checksum(root, header->root_size) != header->root_sum)
    ak_parts_cut(parts, "the filesystem has another checksum than the header says");
  else if (checksum(kernel, (gsize)whole) != header->image_sum)
    ak_parts_cut(parts, "the image has another checksum than the header says");
}

static bool open_chk(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "chk"};
  Header header;
  if (!read_header(data, size, &header))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  guint64 end = (guint64)header.size + header.kernel_size + header.root_size;
  *used = (gsize)MIN(end, size);
  check(&parts, &header, data, size);
  ak_parts_note(&parts, NULL, 0, header.size);
  ak_parts_note(&parts, "kernel", header.size, header.kernel_size);
  ak_parts_note(&parts, "rootfs", (guint64)header.size + header.kernel_size, header.root_size);
  return ak_parts_emit(&parts, *used, error);
}

static const char *const sources[] = {"OpenWrt firmware-utils, mkchkimg.c", NULL};

extern const AkFirmwareFormat ak_firmware_chk_format;
const AkFirmwareFormat ak_firmware_chk_format = {
    .name = "chk",
    .help_en = "Netgear CHK image",
    .help_ja = "Netgear CHKイメージ",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_chk,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_chk_fuzz(const guint8 *data, gsize size);
bool ak_firmware_chk_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_chk_format, data, size);
}
