/* Disks with a GUID partition table, of sectors of 512 or 4096 bytes: two headers and two tables,
 * each under a CRC-32, behind a protective MBR. Source: UEFI Specification 2.10, 5.3 (numbers in
 * brackets are its tables). */
#include <string.h>

#include "firmware/format/disk-table.h"
#include "firmware/format/format.h"
#include "util/reader.h"

#define MAGIC "EFI PART"
#define HEADER_SIZE 92 /* (5.5) */
#define MAX_HEADER 512
#define ENTRY_LEAST 128
#define ENTRY_MOST 4096
#define MAX_ENTRIES 1024
#define NAME_OFFSET 56
#define NAME_UNITS 36
#define MBR_TABLE 446
#define MBR_CODE 440
#define TYPE_PROTECTIVE 0xee

typedef struct {
  gsize sector;
  guint32 size, count, entry_size, entries_crc;
  guint64 self, other, first, last, entries; /* sectors */
} Header;

static bool read_header(const guint8 *data, gsize size, gsize sector, guint64 at, Header *out) {
  guint8 copy[MAX_HEADER];
  guint32 revision = 0, crc = 0;
  if (size < sector || at > size / sector || size - at * sector < MAX_HEADER ||
      memcmp(data + at * sector, MAGIC, 8) != 0)
    return false;
  AkReader reader = ak_reader_init(data + at * sector, MAX_HEADER);
  *out = (Header){.sector = sector};
  if (!ak_reader_skip(&reader, 8, NULL) || !ak_reader_u32le(&reader, &revision, NULL) ||
      !ak_reader_u32le(&reader, &out->size, NULL) || !ak_reader_u32le(&reader, &crc, NULL) ||
      !ak_reader_skip(&reader, 4, NULL) || !ak_reader_u64le(&reader, &out->self, NULL) ||
      !ak_reader_u64le(&reader, &out->other, NULL) ||
      !ak_reader_u64le(&reader, &out->first, NULL) || !ak_reader_u64le(&reader, &out->last, NULL) ||
      !ak_reader_skip(&reader, 16, NULL) || !ak_reader_u64le(&reader, &out->entries, NULL) ||
      !ak_reader_u32le(&reader, &out->count, NULL) ||
      !ak_reader_u32le(&reader, &out->entry_size, NULL) ||
      !ak_reader_u32le(&reader, &out->entries_crc, NULL) || out->size < HEADER_SIZE ||
      out->size > MAX_HEADER || revision >> 16 != 1)
    return false;
  memcpy(copy, data + at * sector, out->size);
  memset(copy + 16, 0, 4); /* counts as zero within itself */
  return ak_parts_crc32(copy, out->size) == crc && out->self == at;
}

static bool find(const guint8 *data, gsize size, Header *out) {
  return read_header(data, size, 512, 1, out) || read_header(data, size, 4096, 1, out);
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  return find(data, size, &header) ? 160 : 0; /* magic, checksum, its own place */
}

typedef struct {
  AkParts *parts;
  const guint8 *data;
  gsize size;
  guint64 behind; /* partitions that begin before this byte are explained by something else */
  guint64 end;    /* bytes that are explained */
} Disk;

/* The table of a header, or NULL with the reason; notes what header and table take. */
static const guint8 *take_table(Disk *self, const Header *header, const char *which) {
  guint64 size = (guint64)header->count * header->entry_size;
  guint64 at = header->entries * header->sector;
  bool is_sane = header->count <= MAX_ENTRIES && header->entry_size >= ENTRY_LEAST &&
                 header->entry_size <= ENTRY_MOST && header->entries <= G_MAXUINT32;
  if (!is_sane || at > self->size || size > self->size - at) {
    ak_parts_cut(self->parts, "%s table: its place or size cannot be", which);
    return NULL;
  }
  ak_parts_note(self->parts, NULL, header->self * header->sector, header->size);
  ak_parts_note(self->parts, NULL, at, size);
  self->end = MAX(self->end, MAX((header->self + 1) * header->sector, at + size));
  if (ak_parts_crc32(self->data + at, (gsize)size) != header->entries_crc) {
    ak_parts_cut(self->parts, "%s table: another checksum than its header says", which);
    return NULL;
  }
  return self->data + at;
}

/* The name in print, else a number. Caller frees. */
static char *name_of(const guint8 *entry, guint number) {
  char name[NAME_UNITS + 1] = {0};
  for (guint i = 0; i < NAME_UNITS; i++) {
    const guint8 *unit = entry + NAME_OFFSET + 2 * i;
    if (unit[0] == 0 && unit[1] == 0)
      break;
    name[i] = unit[1] == 0 && unit[0] >= 0x20 && unit[0] < 0x7f ? (char)unit[0] : '_';
  }
  return g_strdup_printf("%u%s%s", number, name[0] != '\0' ? "-" : "", name);
}

static void note_partitions(Disk *self, const Header *header, const guint8 *table) {
  for (guint i = 0; i < header->count; i++) {
    const guint8 *entry = table + (gsize)i * header->entry_size;
    AkReader reader = ak_reader_init(entry, header->entry_size);
    guint64 first = 0, last = 0;
    g_autofree char *name = name_of(entry, i + 1);
    if (ak_parts_is_filled(entry, 16, 0)) { /* no type: not in use */
      if (!ak_parts_is_filled(entry, header->entry_size, 0))
        ak_parts_cut(self->parts, "entry %u: something else where none is in use", i + 1);
      continue;
    }
    if (!ak_reader_seek(&reader, 32, NULL) || !ak_reader_u64le(&reader, &first, NULL) ||
        !ak_reader_u64le(&reader, &last, NULL) || first < header->first || last > header->last ||
        last < first || last > G_MAXUINT32 * (guint64)16) {
      ak_parts_cut(self->parts, "%s: its place cannot be", name);
      continue;
    }
    guint64 at = first * header->sector, size = (last - first + 1) * header->sector;
    if (at < self->behind)
      continue;
    ak_parts_note(self->parts, name, at, size);
    self->end = MAX(self->end, at + size);
  }
}

/* The second header and table say the same as the first. */
static void check_second(Disk *self, const Header *first, const guint8 *table) {
  Header second;
  if (first->other > G_MAXUINT32 * (guint64)16 ||
      !read_header(self->data, self->size, first->sector, first->other, &second)) {
    ak_parts_cut(self->parts, "the second header is missing or damaged");
    return;
  }
  const guint8 *other = take_table(self, &second, "second");
  gsize size = (gsize)first->count * first->entry_size;
  if (other != NULL && (second.count != first->count || second.entry_size != first->entry_size ||
                        memcmp(other, table, size) != 0))
    ak_parts_cut(self->parts, "the two tables differ");
}

/* The first sector: one entry that covers the disk, and perhaps a program to start. */
static void take_mbr(Disk *self) {
  guint others = 0;
  for (guint i = 0; i < 4; i++) {
    guint8 type = self->data[MBR_TABLE + 16 * i + 4];
    others += type != 0 && type != TYPE_PROTECTIVE;
  }
  if (others > 0)
    ak_parts_cut(self->parts, "the MBR lists partitions of its own");
  ak_parts_note(self->parts, NULL, MBR_CODE, 512 - MBR_CODE);
}

static void note_tables(Disk *self, const Header *header) {
  const guint8 *table = take_table(self, header, "first");
  if (table == NULL)
    return;
  note_partitions(self, header, table);
  check_second(self, header, table);
}

static bool open_gpt(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "gpt"};
  Disk self = {.parts = &parts, .data = data, .size = size};
  Header header;
  if (!find(data, size, &header))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  self.end = 2 * header.sector;
  take_mbr(&self);
  note_tables(&self, &header);
  *used = (gsize)MIN(self.end, size);
  return ak_parts_emit(&parts, *used, error);
}

bool ak_gpt_is(const guint8 *data, gsize size) {
  return bid(data, size) > 0;
}

void ak_gpt_note(AkParts *parts, const guint8 *data, gsize size, guint64 behind, guint64 *end) {
  Disk self = {.parts = parts, .data = data, .size = size, .behind = behind, .end = *end};
  Header header;
  if (!find(data, size, &header))
    return;
  note_tables(&self, &header);
  *end = MAX(*end, MIN(self.end, size));
}

static const char *const sources[] = {"UEFI Specification 2.10, 5.3", NULL};

extern const AkFirmwareFormat ak_firmware_gpt_format;
const AkFirmwareFormat ak_firmware_gpt_format = {
    .name = "gpt",
    .help_en = "disk with a GUID partition table",
    .help_ja = "GUIDパーティション表（GPT）のディスク",
    .sources = sources,
    .magics = {{MAGIC, 8, 512}, {MAGIC, 8, 4096}},
    .bid = bid,
    .open = open_gpt,
    .guards = AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_gpt_fuzz(const guint8 *data, gsize size);
bool ak_firmware_gpt_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_gpt_format, data, size);
}
