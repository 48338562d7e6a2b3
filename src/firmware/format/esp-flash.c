/* Flash of Espressif chips: a boot loader, and at 0x8000 a table of partitions, usually under an
 * MD5 digest. Images that begin with the boot loader at 0x1000 have the table at 0x7000. Source:
 * ESP-IDF, docs/en/api-guides/partition-tables.rst;
 * components/bootloader_support/include/esp_flash_partitions.h (structures, marks). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define ENTRY_MAGIC "\xaa\x50"
#define DIGEST_MAGIC "\xeb\xeb"
#define ENTRY_SIZE 32
#define TABLE_FLASH 0x8000 /* where it lies in flash */
#define TABLE_SIZE 0xc00
#define MAX_ENTRIES (TABLE_SIZE / ENTRY_SIZE)
#define SECTOR 0x1000
#define IMAGE_MAGIC 0xe9
#define LABEL_SIZE 16

typedef struct {
  guint32 offset, size;
  char label[LABEL_SIZE + 1];
} Entry;

typedef struct {
  gsize at;    /* in the bytes */
  gsize start; /* in flash, of the bytes' first */
  guint count;
  bool has_digest, holds;
  Entry entries[MAX_ENTRIES];
} Table;

static bool is_label(const guint8 *text) {
  gsize length = 0;
  while (length < LABEL_SIZE && text[length] > 0x20 && text[length] < 0x7f)
    length++;
  return length > 0 && ak_parts_is_filled(text + length, LABEL_SIZE - length, 0);
}

static bool read_entry(const guint8 *data, Entry *out) {
  AkReader reader = ak_reader_init(data, ENTRY_SIZE);
  *out = (Entry){0};
  if (memcmp(data, ENTRY_MAGIC, 2) != 0 || !ak_reader_skip(&reader, 4, NULL) ||
      !ak_reader_u32le(&reader, &out->offset, NULL) ||
      !ak_reader_u32le(&reader, &out->size, NULL) || !is_label(data + 12))
    return false;
  memcpy(out->label, data + 12, LABEL_SIZE);
  return out->offset % SECTOR == 0 && out->offset > TABLE_FLASH && out->size > 0;
}

/* The table ends with its digest or with bytes as erased. */
static bool read_table(const guint8 *data, gsize size, gsize at, Table *out) {
  *out = (Table){.at = at, .start = TABLE_FLASH - at};
  for (gsize from = at; from < at + TABLE_SIZE && size - from >= ENTRY_SIZE; from += ENTRY_SIZE) {
    const guint8 *entry = data + from;
    if (ak_parts_is_filled(entry, ENTRY_SIZE, 0xff))
      return out->count > 1 || out->has_digest;
    if (memcmp(entry, DIGEST_MAGIC, 2) == 0 && !out->has_digest && out->count > 0) {
      out->has_digest = true;
      out->holds = ak_parts_has_digest(G_CHECKSUM_MD5, data + at, from - at, entry + 16);
    } else if (out->has_digest || !read_entry(entry, &out->entries[out->count])) {
      return false;
    } else {
      out->count++;
    }
  }
  return false;
}

static bool find(const guint8 *data, gsize size, Table *out) {
  static const gsize places[] = {TABLE_FLASH, TABLE_FLASH - SECTOR};
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    if (size > places[i] + ENTRY_SIZE && memcmp(data + places[i], ENTRY_MAGIC, 2) == 0 &&
        read_table(data, size, places[i], out))
      return true;
  return false;
}

static guint bid(const guint8 *data, gsize size) {
  Table table;
  return find(data, size, &table) ? MIN(32 * table.count, 128) + (table.holds ? 32 : 0) : 0;
}

/* The boot loader begins at 0 or 0x1000, by the chip. */
static void note_loader(AkParts *parts, const Table *table, const guint8 *data) {
  gsize at =
      table->start == 0 && data[0] != IMAGE_MAGIC && data[SECTOR] == IMAGE_MAGIC ? SECTOR : 0;
  if (data[at] == IMAGE_MAGIC)
    ak_parts_note(parts, "bootloader", at, table->at - at);
}

static bool open_flash(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                       gsize *used, GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "esp-flash"};
  Table table;
  if (!find(data, size, &table))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged partition table");
  if (table.has_digest && !table.holds)
    ak_parts_cut(&parts, "the partition table has another digest than it says");
  *used = size;
  note_loader(&parts, &table, data);
  ak_parts_note(&parts, NULL, table.at, ENTRY_SIZE * (table.count + table.has_digest));
  for (guint i = 0; i < table.count; i++)
    ak_parts_note(&parts, table.entries[i].label, table.entries[i].offset - table.start,
                  table.entries[i].size);
  return ak_parts_emit(&parts, size, error);
}

static const char *const sources[] = {"ESP-IDF docs/en/api-guides/partition-tables.rst",
                                      "ESP-IDF esp_flash_partitions.h", NULL};

extern const AkFirmwareFormat ak_firmware_esp_flash_format;
const AkFirmwareFormat ak_firmware_esp_flash_format = {
    .name = "esp-flash",
    .help_en = "flash of an Espressif chip with its partition table",
    .help_ja = "Espressifチップのフラッシュ（パーティション表）",
    .sources = sources,
    .magics = {{ENTRY_MAGIC, 2, TABLE_FLASH}, {ENTRY_MAGIC, 2, TABLE_FLASH - SECTOR}},
    .bid = bid,
    .open = open_flash,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_esp_flash_fuzz(const guint8 *data, gsize size);
bool ak_firmware_esp_flash_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_esp_flash_format, data, size);
}
