/* Intel HEX files: records of text with a checksum each; contents come out as runs of addresses.
 * Source: Intel Hexadecimal Object File Format Specification, revision A (1988). */
#include "firmware/format/format.h"
#include "firmware/format/hex-lines.h"
#include "firmware/format/parts.h"
#include "firmware/format/segments.h"

#define FIXED_SIZE 5 /* length, address, type, checksum */
#define TRIED_RECORDS 8

enum { RECORD_DATA, RECORD_END, RECORD_SEGMENT, RECORD_START, RECORD_LINEAR, RECORD_LINEAR_START };
/* Bytes of each type's content; data: any. */
static const gint16 content_sizes[] = {-1, 0, 2, 4, 2, 4};

typedef struct {
  guint8 type, size;
  guint16 address;
  guint8 bytes[AK_HEX_LINE_MAX];
} Record;

static bool read_record(AkHexLines *lines, Record *out) {
  AkHexLines next = *lines;
  gsize length = 0;
  guint8 sum = 0;
  if (!ak_hex_lines_next(&next, ':', NULL, out->bytes, &length) || length < FIXED_SIZE ||
      length != out->bytes[0] + (gsize)FIXED_SIZE)
    return false;
  for (gsize i = 0; i < length; i++)
    sum = (guint8)(sum + out->bytes[i]);
  out->size = out->bytes[0];
  out->address = (guint16)(out->bytes[1] << 8 | out->bytes[2]);
  out->type = out->bytes[3];
  if (sum != 0 || out->type > RECORD_LINEAR_START ||
      (content_sizes[out->type] >= 0 && content_sizes[out->type] != out->size))
    return false;
  *lines = next;
  return true;
}

static guint bid(const guint8 *data, gsize size) {
  AkHexLines lines = {.data = data, .size = size};
  Record record = {0};
  guint count = 0;
  if (size == 0 || data[0] != ':')
    return 0;
  while (count < TRIED_RECORDS && record.type != RECORD_END && read_record(&lines, &record))
    count++;
  /* the mark, the length that fits and the checksum of each; one alone might be chance */
  return count > 1 || (count == 1 && record.type == RECORD_END) ? MIN(24 * count, 120) : 0;
}

/* Source: chapters 2 to 4: a segment's addresses wrap at 64 KiB, linear ones count on. */
static bool add_record(AkSegments *segments, const Record *record, guint64 base, bool is_segmented,
                       GError **error) {
  guint wrapped = is_segmented && record->address + record->size > 0x10000
                      ? record->address + record->size - 0x10000u
                      : 0;
  const guint8 *content = record->bytes + 4;
  return ak_segments_add(segments, 0, base + record->address, content, record->size - wrapped,
                         error) &&
         ak_segments_add(segments, 0, base, content + record->size - wrapped, wrapped, error);
}

static bool open_ihex(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  AkParts parts = {.tree = tree, .node = node, .format = "ihex"};
  g_auto(AkSegments) segments = {.data = {.limit = ak_firmware_tree_budget(tree, size)}};
  AkHexLines lines = {.data = data, .size = size};
  Record record = {0};
  guint64 base = 0;
  bool is_segmented = false, ok = true;
  while (ok && record.type != RECORD_END && read_record(&lines, &record)) {
    guint word = (guint)(record.bytes[4] << 8 | record.bytes[5]);
    if (record.type == RECORD_DATA)
      ok = add_record(&segments, &record, base, is_segmented, error);
    if (record.type == RECORD_SEGMENT || record.type == RECORD_LINEAR) {
      is_segmented = record.type == RECORD_SEGMENT;
      base = (guint64)word << (is_segmented ? 4 : 16);
    }
  }
  *used = lines.position;
  if (ok && record.type != RECORD_END)
    ak_parts_cut(&parts, "no good record behind line %u, and no end", lines.line);
  return ok && ak_segments_emit(&segments, tree, node, "ihex", false, error);
}

static const char *const sources[] = {
    "Intel Hexadecimal Object File Format Specification, revision A", NULL};

extern const AkFirmwareFormat ak_firmware_ihex_format;
const AkFirmwareFormat ak_firmware_ihex_format = {
    .name = "ihex",
    .help_en = "Intel HEX file",
    .help_ja = "Intel HEXファイル",
    .sources = sources,
    .magics = {{":02000004", 9}, {":02000002", 9}},
    .bid = bid,
    .open = open_ihex,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_ihex_fuzz(const guint8 *data, gsize size);
bool ak_firmware_ihex_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_ihex_format, data, size);
}
