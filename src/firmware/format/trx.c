/* Broadcom TRX: a header with a checksum and offsets of three (version 1) or four (version 2)
 * partitions. Source: Linux, drivers/mtd/parsers/parser_trx.c and bcm47xxpart.c (struct trx_header,
 * offsets); OpenWrt firmware-utils, trx.c (versions, the checksum: CRC-32 without the last
 * inversion, from the flags to the length; with version 2 the boot loader counts starts in eight
 * bytes of the fourth partition, which are taken for 0xff). */
#include <string.h>
#include <zlib.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAGIC "HDR0"
#define GUARDED_FROM 12 /* bytes; flags and what follows are under the checksum */
#define FIXED_SIZE 16
#define MAX_PARTITIONS 4
#define COUNTERS_AT 22 /* of the fourth partition's header, which has 32 bytes */
#define COUNTERS_SIZE 8

typedef struct {
  guint32 length, crc;
  guint16 version;
  guint count; /* partitions that the header has room for */
  guint32 offsets[MAX_PARTITIONS];
  gsize size; /* of the header */
} Header;

static bool read_header(const guint8 *data, gsize size, Header *out) {
  *out = (Header){0};
  AkReader reader = ak_reader_init(data, size);
  if (size < FIXED_SIZE || memcmp(data, MAGIC, 4) != 0 || !ak_reader_skip(&reader, 4, NULL) ||
      !ak_reader_u32le(&reader, &out->length, NULL) || !ak_reader_u32le(&reader, &out->crc, NULL) ||
      !ak_reader_skip(&reader, 2, NULL) || !ak_reader_u16le(&reader, &out->version, NULL))
    return false;
  out->count = out->version == 2 ? 4 : 3;
  out->size = FIXED_SIZE + 4u * out->count;
  if (out->version < 1 || out->version > 2 || out->length < out->size)
    return false;
  guint32 last = 0;
  for (guint i = 0; i < out->count; i++) {
    guint32 offset = 0;
    if (!ak_reader_u32le(&reader, &offset, NULL) ||
        (offset != 0 && (offset < out->size || offset < last || offset > out->length)))
      return false;
    out->offsets[i] = offset;
    last = MAX(last, offset);
  }
  return last != 0;
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  return read_header(data, size, &header) ? 64 : 0; /* magic, version, offsets in order */
}

/* A partition ends where the next begins. */
static guint32 end_of(const Header *header, guint index) {
  for (guint i = index + 1; i < header->count; i++)
    if (header->offsets[i] != 0)
      return header->offsets[i];
  return header->length;
}

static bool has_checksum(const Header *header, const guint8 *data) {
  static const guint8 erased[COUNTERS_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const guint8 *from = data + GUARDED_FROM, *end = data + header->length;
  if ((guint32)~crc32_z(0, from, (gsize)(end - from)) == header->crc)
    return true;
  guint32 last = header->offsets[MAX_PARTITIONS - 1];
  if (header->version != 2 || last == 0 || header->length - last < 32)
    return false;
  const guint8 *counters = data + last + COUNTERS_AT;
  uLong crc = crc32_z(0, from, (gsize)(counters - from));
  crc = crc32_z(crc, erased, sizeof erased);
  crc = crc32_z(crc, counters + COUNTERS_SIZE, (gsize)(end - counters) - COUNTERS_SIZE);
  return (guint32)~crc == header->crc;
}

static bool open_trx(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "trx"};
  Header header;
  if (!read_header(data, size, &header))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  *used = MIN(header.length, size);
  if (*used < header.length)
    ak_parts_cut(&parts, "the data ends before the length in its header");
  else if (!has_checksum(&header, data))
    ak_parts_cut(&parts, "another checksum than its header says");
  ak_parts_note(&parts, NULL, 0, header.size);
  for (guint i = 0; i < header.count; i++) {
    g_autofree char *name = g_strdup_printf("%u", i);
    if (header.offsets[i] != 0)
      ak_parts_note(&parts, name, header.offsets[i], end_of(&header, i) - header.offsets[i]);
  }
  return ak_parts_emit(&parts, *used, error);
}

static const char *const sources[] = {"Linux drivers/mtd/parsers/parser_trx.c",
                                      "OpenWrt firmware-utils, trx.c", NULL};

extern const AkFirmwareFormat ak_firmware_trx_format;
const AkFirmwareFormat ak_firmware_trx_format = {
    .name = "trx",
    .help_en = "Broadcom TRX image",
    .help_ja = "Broadcom TRXイメージ",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_trx,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_trx_fuzz(const guint8 *data, gsize size);
bool ak_firmware_trx_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_trx_format, data, size);
}
