/* Boot EEPROM of a Raspberry Pi: sections of a magic and a length, each on a border of eight bytes;
 * some are files with names. Nothing has a checksum.
 * Source: Raspberry Pi rpi-eeprom, rpi-eeprom-config (magics, mask, place of the name; the length
 * of a file counts its name and four bytes more). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAGIC "\x55\xaa\xf0\x0f"
#define MAGIC_LIKE 0x55aaf00f
#define MASK 0xfffff00f
#define MAGIC_FILE 0x55aaf11f
#define MAGIC_PAD 0x55aafeef
#define HEADER_SIZE 8
#define NAME_SIZE 12
#define NAME_ROOM 16 /* the name, and four bytes */
#define MAX_SECTIONS 4096

typedef struct {
  guint32 magic, length;
} Section;

static bool is_name(const guint8 *name) {
  gsize length = 0;
  while (length < NAME_SIZE && name[length] > 0x20 && name[length] < 0x7f)
    length++;
  return length > 0 && ak_parts_is_filled(name + length, NAME_SIZE - length, 0);
}

static bool read_section(const guint8 *data, gsize size, gsize at, Section *out) {
  AkReader reader = ak_reader_init(data, size);
  if (!ak_reader_seek(&reader, at, NULL) || !ak_reader_u32be(&reader, &out->magic, NULL) ||
      !ak_reader_u32be(&reader, &out->length, NULL) || (out->magic & MASK) != (MAGIC_LIKE & MASK))
    return false;
  return out->magic != MAGIC_FILE ||
         (out->length >= NAME_ROOM && ak_reader_left(&reader) >= NAME_ROOM &&
          is_name(data + at + HEADER_SIZE));
}

static gsize next_of(gsize at, const Section *section) {
  return (at + HEADER_SIZE + section->length + 7) & ~(gsize)7;
}

/* The first section, and a second where it must be. */
static guint bid(const guint8 *data, gsize size) {
  Section first, second;
  return size > HEADER_SIZE && memcmp(data, MAGIC, 4) == 0 && read_section(data, size, 0, &first) &&
                 next_of(0, &first) < size && read_section(data, size, next_of(0, &first), &second)
             ? 64
             : 0;
}

static bool add_file(AkFirmwareTree *tree, guint node, const guint8 *name, gsize offset, gsize size,
                     GError **error) {
  GBytes *whole = ak_firmware_tree_node(tree, node)->bytes;
  AkNode file = {.parent = node,
                 .path =
                     ak_firmware_tree_child_path("", name, strnlen((const char *)name, NAME_SIZE)),
                 .mode = 0644,
                 .no_mode = true,
                 .bytes = g_bytes_new_from_bytes(whole, offset, size),
                 .slice = true,
                 .offset = offset};
  return ak_firmware_tree_add(tree, file, NULL, error);
}

static bool take_section(AkParts *parts, const guint8 *data, gsize size, gsize at,
                         const Section *section, GError **error) {
  bool is_file = section->magic == MAGIC_FILE, is_pad = section->magic == MAGIC_PAD;
  gsize header = HEADER_SIZE + (is_file ? NAME_ROOM : 0), from = at + header;
  gsize length = section->length - (is_file ? NAME_ROOM : 0), there = MIN(length, size - from);
  g_autofree char *name = g_strdup_printf("%08x@%" G_GSIZE_FORMAT, section->magic, at);
  ak_parts_note(parts, NULL, at, header);
  if (there < length)
    ak_parts_cut(parts, "the bytes end before the section at %" G_GSIZE_FORMAT " does", at);
  if (!is_file) {
    if (!is_pad) /* what stands in a section of padding comes out as a gap */
      ak_parts_note(parts, at == 0 ? "bootcode" : name, from, there);
    return true;
  }
  ak_parts_note(parts, NULL, from, there);
  return add_file(parts->tree, parts->node, data + at + HEADER_SIZE, from, there, error);
}

static bool open_eeprom(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                        gsize *used, GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "rpi-eeprom"};
  Section section;
  guint count = 0;
  bool ok = true;
  for (*used = 0; ok && *used < size && count < MAX_SECTIONS; count++) {
    if (!read_section(data, size, *used, &section))
      break;
    ok = take_section(&parts, data, size, *used, &section, error);
    *used = MIN(next_of(*used, &section), size);
  }
  bool is_erased = size - *used < 4 || ak_parts_is_filled(data + *used, 4, 0xff) ||
                   ak_parts_is_filled(data + *used, 4, 0x00);
  if (!is_erased)
    ak_parts_cut(&parts, "no section at %" G_GSIZE_FORMAT, *used);
  return ok && ak_parts_emit(&parts, *used, error);
}

static const char *const sources[] = {"Raspberry Pi rpi-eeprom, rpi-eeprom-config", NULL};

extern const AkFirmwareFormat ak_firmware_rpi_eeprom_format;
const AkFirmwareFormat ak_firmware_rpi_eeprom_format = {
    .name = "rpi-eeprom",
    .help_en = "boot EEPROM of a Raspberry Pi",
    .help_ja = "Raspberry PiのブートEEPROM",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_eeprom,
};

bool ak_firmware_rpi_eeprom_fuzz(const guint8 *data, gsize size);
bool ak_firmware_rpi_eeprom_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_rpi_eeprom_format, data, size);
}
