/* Disks with a partition table in the first sector, with logical partitions in a chain of further
 * tables. Source: UEFI Specification 2.10, 5.2.1 (the record); Microsoft, "Basic disks", and Linux,
 * block/partitions/msdos.c (extended partitions: places count from the partition, links from the
 * first of them). */
#include <string.h>

#include "firmware/format/disk-table.h"
#include "firmware/format/format.h"
#include "util/reader.h"

#define SECTOR 512u
#define TABLE_OFFSET 446
#define ENTRY_SIZE 16
#define ENTRIES 4
#define CODE_SIZE 440 /* then a disk's number, two bytes, the table */
#define MARK "\x55\xaa"
#define MARK_OFFSET 510
#define MAX_LOGICAL 128
#define TYPE_GPT 0xee

typedef struct {
  guint8 status, type;
  guint32 start, sectors; /* sectors of 512 bytes */
} Entry;

static bool is_extended(guint8 type) {
  return type == 0x05 || type == 0x0f || type == 0x85;
}

/* An entry not in use is zeros. */
static bool read_entry(const guint8 *sector, guint index, Entry *out) {
  const guint8 *at = sector + TABLE_OFFSET + ENTRY_SIZE * index;
  AkReader reader = ak_reader_init(at, ENTRY_SIZE);
  *out = (Entry){.status = at[0], .type = at[4]};
  if (at[4] == 0)
    return ak_parts_is_filled(at, ENTRY_SIZE, 0);
  return (at[0] == 0 || at[0] == 0x80) && ak_reader_seek(&reader, 8, NULL) &&
         ak_reader_u32le(&reader, &out->start, NULL) &&
         ak_reader_u32le(&reader, &out->sectors, NULL) && out->start > 0 && out->sectors > 0 &&
         (guint64)out->start + out->sectors <= G_MAXUINT32;
}

static bool read_table(const guint8 *data, gsize size, Entry *out) {
  guint used = 0;
  if (size < SECTOR || memcmp(data + MARK_OFFSET, MARK, 2) != 0)
    return false;
  for (guint i = 0; i < ENTRIES; i++) {
    if (!read_entry(data, i, &out[i]))
      return false;
    used += out[i].type != 0;
    for (guint j = 0; j < i && out[i].type != 0; j++)
      if (out[j].type != 0 && out[i].start < out[j].start + out[j].sectors &&
          out[j].start < out[i].start + out[i].sectors)
        return false;
  }
  return used > 0;
}

static guint bid(const guint8 *data, gsize size) {
  Entry table[ENTRIES];
  return read_table(data, size, table) ? 56 : 0; /* mark, zeros, flags, ranges that do not meet */
}

/* Each further table holds one partition and where the next table is. */
static guint64 note_logical(AkParts *parts, const guint8 *data, gsize size, const Entry *extended) {
  guint64 at = extended->start, end = (guint64)extended->start + extended->sectors, most = 0;
  for (guint number = 5; number < 5 + MAX_LOGICAL; number++) {
    Entry partition, next;
    if ((at + 1) * SECTOR > size) {
      ak_parts_cut(parts, "the bytes end before the table of partition %u", number);
      return most;
    }
    const guint8 *sector = data + at * SECTOR;
    if (memcmp(sector + MARK_OFFSET, MARK, 2) != 0 || !read_entry(sector, 0, &partition) ||
        !read_entry(sector, 1, &next) ||
        !ak_parts_is_filled(sector + TABLE_OFFSET + 2 * ENTRY_SIZE, 2 * ENTRY_SIZE, 0)) {
      ak_parts_cut(parts, "damaged table of partition %u", number);
      return most;
    }
    g_autofree char *name = g_strdup_printf("%u", number);
    ak_parts_note(parts, NULL, at * SECTOR + TABLE_OFFSET, SECTOR - TABLE_OFFSET);
    if (partition.type != 0) {
      ak_parts_note(parts, name, (at + partition.start) * SECTOR,
                    (guint64)partition.sectors * SECTOR);
      most = MAX(most, (at + partition.start + partition.sectors) * SECTOR);
    }
    if (next.type == 0)
      return most;
    if (extended->start + (guint64)next.start <= at ||
        extended->start + (guint64)next.start >= end) {
      ak_parts_cut(parts, "the table of partition %u leads back or out", number);
      return most;
    }
    at = (guint64)extended->start + next.start;
  }
  ak_parts_cut(parts, "more than %d logical partitions", MAX_LOGICAL);
  return most;
}

static bool open_mbr(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "mbr"};
  Entry table[ENTRIES];
  guint64 end = SECTOR;
  if (!read_table(data, size, table))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged partition table");
  ak_parts_note(&parts, NULL, CODE_SIZE, SECTOR - CODE_SIZE);
  for (guint i = 0; i < ENTRIES; i++) {
    g_autofree char *name = g_strdup_printf("%u", i + 1);
    guint64 length = (guint64)table[i].sectors * SECTOR, at = (guint64)table[i].start * SECTOR;
    if (table[i].type == TYPE_GPT)
      ak_parts_cut(&parts, "a GPT whose header is damaged or missing");
    guint64 last = at + length, logical_end = 0;
    if (is_extended(table[i].type))
      logical_end = note_logical(&parts, data, size, &table[i]);
    else
      ak_parts_note(&parts, name, at, length);
    last = MAX(last, logical_end);
    end = MAX(end, last);
  }
  *used = (gsize)MIN(end, size);
  return ak_parts_emit(&parts, *used, error);
}

/* Partitions of such images begin at 0 too, lie in one another, and only hold a place: the flags alone are as they must be. */
static bool read_loosely(const guint8 *data, Entry *out) {
  for (guint i = 0; i < ENTRIES; i++) {
    AkReader reader = ak_reader_init(data + TABLE_OFFSET + ENTRY_SIZE * i, ENTRY_SIZE);
    if (!ak_reader_u8(&reader, &out[i].status, NULL) || !ak_reader_skip(&reader, 3, NULL) ||
        !ak_reader_u8(&reader, &out[i].type, NULL) || !ak_reader_skip(&reader, 3, NULL) ||
        !ak_reader_u32le(&reader, &out[i].start, NULL) ||
        !ak_reader_u32le(&reader, &out[i].sectors, NULL) || (out[i].status & 0x7f) != 0)
      return false;
  }
  return true;
}

void ak_mbr_note(AkParts *parts, const guint8 *data, gsize size, guint64 behind, guint64 *end) {
  Entry table[ENTRIES];
  if (size < SECTOR || memcmp(data + MARK_OFFSET, MARK, 2) != 0 || !read_loosely(data, table))
    return;
  ak_parts_note(parts, NULL, CODE_SIZE, SECTOR - CODE_SIZE);
  for (guint i = 0; i < ENTRIES && !ak_gpt_is(data, size); i++) {
    guint64 at = (guint64)table[i].start * SECTOR, length = (guint64)table[i].sectors * SECTOR;
    g_autofree char *name = g_strdup_printf("%u", i + 1);
    if (table[i].type == 0 || at < behind || at >= size)
      continue;
    ak_parts_note(parts, name, at, length);
    *end = MAX(*end, MIN(at + length, size));
  }
}

static const char *const sources[] = {"UEFI Specification 2.10, 5.2.1",
                                      "Linux block/partitions/msdos.c", NULL};

extern const AkFirmwareFormat ak_firmware_mbr_format;
const AkFirmwareFormat ak_firmware_mbr_format = {
    .name = "mbr",
    .help_en = "disk with an MBR partition table",
    .help_ja = "MBRパーティション表のディスク",
    .sources = sources,
    .magics = {{MARK, 2, MARK_OFFSET}},
    .bid = bid,
    .open = open_mbr,
};

bool ak_firmware_mbr_fuzz(const guint8 *data, gsize size);
bool ak_firmware_mbr_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_mbr_format, data, size);
}
