/* Motorola S-records: records of text with a checksum each; contents come out as runs of addresses.
 * Source: Motorola M68000 Family Programmer's Reference Manual, appendix C. */
#include "firmware/format/format.h"
#include "firmware/format/hex-lines.h"
#include "firmware/format/parts.h"
#include "firmware/format/segments.h"

#define TRIED_RECORDS 8

/* Bytes of the address by the record's digit; 0: no such record. */
static const guint8 address_sizes[10] = {2, 2, 3, 4, 0, 2, 3, 4, 3, 2};

typedef struct {
  guint type;
  guint32 address;
  const guint8 *content;
  gsize size;
  guint8 bytes[AK_HEX_LINE_MAX];
} Record;

static bool read_record(AkHexLines *lines, Record *out) {
  AkHexLines next = *lines;
  gsize length = 0;
  char kind = 0;
  guint8 sum = 0;
  if (!ak_hex_lines_next(&next, 'S', &kind, out->bytes, &length) || kind < '0' || kind > '9' ||
      length != out->bytes[0] + 1u)
    return false;
  out->type = (guint)(kind - '0');
  gsize wide = address_sizes[out->type];
  for (gsize i = 0; i < length; i++)
    sum = (guint8)(sum + out->bytes[i]);
  if (sum != 0xff || wide == 0 || length < wide + 2)
    return false;
  out->address = 0;
  for (gsize i = 1; i <= wide; i++)
    out->address = out->address << 8 | out->bytes[i];
  out->content = out->bytes + 1 + wide;
  out->size = length - wide - 2;
  *lines = next;
  return true;
}

static guint bid(const guint8 *data, gsize size) {
  AkHexLines lines = {.data = data, .size = size};
  Record record = {0};
  guint count = 0;
  if (size == 0 || data[0] != 'S')
    return 0;
  while (count < TRIED_RECORDS && record.type < 7 && read_record(&lines, &record))
    count++;
  return count > 1 ? MIN(24 * count, 120) : 0; /* mark, length and checksum of each */
}

static bool open_srec(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  AkParts parts = {.tree = tree, .node = node, .format = "srec"};
  g_auto(AkSegments) segments = {.data = {.limit = ak_firmware_tree_budget(tree, size)}};
  AkHexLines lines = {.data = data, .size = size};
  Record record = {0};
  guint32 count = 0;
  bool ok = true, is_counted = false; /* some writers end with the count */
  while (ok && record.type < 7 && read_record(&lines, &record)) {
    if (record.type >= 1 && record.type <= 3) {
      ok = ak_segments_add(&segments, 0, record.address, record.content, record.size, error);
      count++;
    }
    guint32 most = record.type == 5 ? 0xffff : 0xffffff;
    if ((record.type == 5 || record.type == 6) && record.address != (count & most))
      ak_parts_cut(&parts, "%u records where it counts %u", count, record.address);
    is_counted = record.type == 5 || record.type == 6;
    if (record.type >= 5 && record.size > 0)
      ak_parts_cut(&parts, "line %u: a record with something else", lines.line);
  }
  *used = lines.position;
  if (ok && record.type < 7 && !is_counted)
    ak_parts_cut(&parts, "no good record behind line %u, and no end", lines.line);
  return ok && ak_segments_emit(&segments, tree, node, "srec", false, error);
}

static const char *const sources[] = {
    "Motorola M68000 Family Programmer's Reference Manual, appendix C", NULL};

extern const AkFirmwareFormat ak_firmware_srec_format;
const AkFirmwareFormat ak_firmware_srec_format = {
    .name = "srec",
    .help_en = "Motorola S-record file",
    .help_ja = "モトローラSレコードファイル",
    .sources = sources,
    .magics = {{"S0030000FC", 10}},
    .bid = bid,
    .open = open_srec,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_srec_fuzz(const guint8 *data, gsize size);
bool ak_firmware_srec_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_srec_format, data, size);
}
