/* Source: UEFI Platform Initialization Specification 1.8, volume 3, 2.1.5 and 3.2.5 (sections),
 * GUIDs of compressions: EDK II, MdeModulePkg/Include/Guid/LzmaDecompress.h,
 * MdePkg/Include/Guid/Crc32GuidedSection Extraction.h,
 * IntelFrameworkModulePkg/Include/Guid/TianoDecompress.h. */
#include "firmware/format/uefi-section.h"

#include <string.h>
#include <zlib.h>

#include "firmware/format/lzma-into.h"
#include "firmware/format/uefi-tiano.h"
#include "util/reader.h"

#define GUID_SIZE 16
#define MAX_NAME 128 /* characters of a module's name */
#define MAX_NESTING 8
#define MAX_SECTIONS 100000
#define LZMA_MEMORY_BYTES (256ull * 1024 * 1024)
#define SECTIONS "uefi-sections" /* stands for a format: what was unpacked holds sections */

enum {
  SECTION_COMPRESSION = 0x01,
  SECTION_GUID_DEFINED = 0x02,
  SECTION_DISPOSABLE = 0x03,
  SECTION_UI = 0x15,
  SECTION_VOLUME = 0x17,
  SECTION_FREEFORM = 0x18,
};

/* What holds no others, by its type. */
typedef struct {
  guint8 type;
  const char *name;
  bool is_program, is_raw;
} Leaf;

static const Leaf leaves[] = {
    {.type = 0x10, .name = "pe32.efi", .is_program = true},
    {.type = 0x11, .name = "pic.bin", .is_program = true},
    {.type = 0x12, .name = "te.efi", .is_program = true},
    {.type = 0x13, .name = "dxe-depex.bin"},
    {.type = 0x14, .name = "version.bin"},
    {.type = SECTION_UI, .name = "ui.bin"},
    {.type = 0x16, .name = "compat16.bin"},
    {.type = SECTION_FREEFORM, .name = "freeform.bin"},
    {.type = 0x19, .name = "raw.bin", .is_raw = true},
    {.type = 0x1b, .name = "pei-depex.bin"},
    {.type = 0x1c, .name = "mm-depex.bin"},
};

static const Leaf *leaf_of(guint8 type) {
  for (gsize i = 0; i < G_N_ELEMENTS(leaves); i++)
    if (leaves[i].type == type)
      return &leaves[i];
  return NULL;
}

char *ak_uefi_guid_text(const guint8 *guid) {
  return g_strdup_printf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                         guid[3], guid[2], guid[1], guid[0], guid[5], guid[4], guid[7], guid[6],
                         guid[8], guid[9], guid[10], guid[11], guid[12], guid[13], guid[14],
                         guid[15]);
}

typedef struct {
  guint8 type;
  gsize header, size; /* bytes; `size` with the header */
} Section;

/* False where no section stands at `at`. */
static bool read_section(const guint8 *data, gsize size, gsize at, Section *out) {
  guint32 large = 0;
  AkReader reader = ak_reader_init(data, size);
  if (at + 4 > size)
    return false;
  *out = (Section){data[at + 3], 4,
                   (gsize)data[at] | (gsize)data[at + 1] << 8 | (gsize)data[at + 2] << 16};
  if (out->size == 0xffffff) {
    if (!ak_reader_seek(&reader, at + 4, NULL) || !ak_reader_u32le(&reader, &large, NULL))
      return false;
    out->header = 8;
    out->size = large;
  }
  return out->size >= out->header && out->size <= size - at &&
         (leaf_of(out->type) != NULL || out->type == SECTION_VOLUME ||
          (out->type >= SECTION_COMPRESSION && out->type <= SECTION_DISPOSABLE));
}

static gsize aligned(gsize at) {
  return (at + 3) & ~(gsize)3;
}

/* Not by iconv, which would open files. NULL for what is no text. */
static char *name_of(const guint8 *text, gsize units) {
  gunichar2 name[MAX_NAME];
  guint length = 0;
  for (; length < MIN(units, MAX_NAME); length++) {
    name[length] = (gunichar2)(text[2 * length] | text[2 * length + 1] << 8);
    if (name[length] == 0)
      break;
  }
  return g_utf16_to_utf8(name, length, NULL, NULL, NULL);
}

char *ak_uefi_sections_name(const guint8 *data, gsize size) {
  Section section;
  for (gsize at = 0; at < size && read_section(data, size, at, &section);
       at = aligned(at + section.size)) {
    if (section.type != SECTION_UI)
      continue;
    return name_of(data + at + section.header, (section.size - section.header) / 2);
  }
  return NULL;
}

/* --- what sections unpack to -------------------------------------------------------------------
 */

typedef GBytes *(*Unpack)(const guint8 *data, gsize size, guint64 limit, GError **error);

static GBytes *unpack_lzma(const guint8 *data, gsize size, guint64 limit, GError **error) {
  lzma_stream stream = LZMA_STREAM_INIT;
  AkGrowing out = {.limit = limit};
  if (lzma_alone_decoder(&stream, LZMA_MEMORY_BYTES) != LZMA_OK) {
    ak_error_set(error, AK_ERROR_LIMIT, "no memory");
    return NULL;
  }
  AkReader header = ak_reader_init(data, size);
  lzma_ret result = LZMA_OK;
  gsize left = 0;
  guint64 expected = 0;
  if (!ak_reader_seek(&header, 5, NULL) || !ak_reader_u64le(&header, &expected, NULL))
    expected = 0;
  bool ok = ak_lzma_into(&stream, LZMA_FINISH, data, size, expected, &out, &left, &result, error);
  g_autoptr(GBytes) bytes = ak_growing_end(&out);
  if (ok && result == LZMA_STREAM_END)
    return g_steal_pointer(&bytes);
  if (ok)
    ak_error_set(error, AK_ERROR_INVALID_DATA, "lzma: damaged or ends too early");
  return NULL;
}

static GBytes *unpack_tiano(const guint8 *data, gsize size, guint64 limit, GError **error) {
  return ak_uefi_tiano_decode(data, size, 5, limit, error);
}

/* The section does not say which of the two it is; the other one does not decode. */
static GBytes *unpack_standard(const guint8 *data, gsize size, guint64 limit, GError **error) {
  GBytes *bytes = ak_uefi_tiano_decode(data, size, 4, limit, NULL);
  return bytes != NULL ? bytes : unpack_tiano(data, size, limit, error);
}

static const struct {
  const char *guid, *name;
  Unpack unpack;
} packed[] = {
    {"ee4e5898-3914-4259-9d6e-dc7bd79403cf", "lzma", unpack_lzma},
    {"a31280ad-481e-41b6-95e8-127f4c984779", "tiano", unpack_tiano},
};
#define CRC32_GUID "fc1bcdb0-7d31-49aa-936a-a4600d9dd083"
#define PROCESSING_REQUIRED 1u /* attribute: without it the content stands as it is */

/* --- the walk ----------------------------------------------------------------------------------
 */

typedef struct {
  AkFirmwareTree *tree;
  guint node; /* whose bytes `data` are; a file's sections count in all of its streams */
  const guint8 *data;
  const char *folder;
  guint depth, count;
} Walk;

static bool walk_sections(Walk *self, gsize offset, gsize size, GError **error);

static void cut(const Walk *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void cut(const Walk *self, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *what = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *reason = g_strdup_printf("uefi: %s: %s", self->folder, what);
  ak_firmware_tree_cut(self->tree, self->node, reason);
}

static GBytes *piece_of(const Walk *self, gsize offset, gsize size) {
  return g_bytes_new_from_bytes(ak_firmware_tree_node(self->tree, self->node)->bytes, offset, size);
}

static bool add_leaf(Walk *self, const char *name, gsize offset, gsize size, GError **error) {
  AkNode leaf = {.parent = self->node,
                 .path = g_strdup_printf("%s/%02u-%s", self->folder, self->count++, name),
                 .no_mode = true,
                 .bytes = piece_of(self, offset, size)};
  return ak_firmware_tree_add(self->tree, leaf, NULL, error);
}

static bool add_volume(Walk *self, gsize offset, gsize size, GError **error) {
  AkNode volume = {.parent = self->node,
                   .path = g_strdup_printf("#volume@%" G_GSIZE_FORMAT, offset),
                   .bytes = piece_of(self, offset, size),
                   .slice = true,
                   .offset = offset};
  return ak_firmware_tree_add(self->tree, volume, NULL, error);
}

/* Sections in bytes of their own: a region that this format has opened already. */
static bool add_unpacked(Walk *self, const char *name, gsize offset, GBytes *bytes,
                         GError **error) {
  gsize size = g_bytes_get_size(bytes);
  Walk inner = {.tree = self->tree, .folder = self->folder, .depth = self->depth + 1};
  AkNode region = {.parent = self->node,
                   .path = g_strdup_printf("#%s@%" G_GSIZE_FORMAT, name, offset),
                   .bytes = bytes,
                   .format = SECTIONS,
                   .used = size,
                   .searched = true};
  if (!ak_firmware_tree_add(self->tree, region, &inner.node, error))
    return false;
  inner.data = g_bytes_get_data(ak_firmware_tree_node(self->tree, inner.node)->bytes, NULL);
  return walk_sections(&inner, 0, size, error);
}

static bool unpack(Walk *self, Unpack how, const char *name, gsize offset, gsize size,
                   GError **error) {
  g_autoptr(GError) failure = NULL;
  GBytes *bytes =
      how(self->data + offset, size, ak_firmware_tree_budget(self->tree, size), &failure);
  if (bytes != NULL)
    return add_unpacked(self, name, offset, bytes, error);
  cut(self, "%s section at %" G_GSIZE_FORMAT ": %s", name, offset, failure->message);
  return add_leaf(self, "packed.bin", offset, size, error);
}

/* Source: EFI_COMPRESSION_SECTION: original size, then 0 for none or 1 for the standard one. */
static bool walk_compressed(Walk *self, gsize offset, gsize size, GError **error) {
  if (size < 5) {
    cut(self, "compression section at %" G_GSIZE_FORMAT " is too short", offset);
    return true;
  }
  if (self->data[offset + 4] == 0)
    return walk_sections(self, offset + 5, size - 5, error);
  return unpack(self, unpack_standard, "compressed", offset + 5, size - 5, error);
}

/* Source: EFI_GUID_DEFINED_SECTION: GUID, where data begins (from the section on), attributes. */
static bool walk_guided(Walk *self, gsize at, const Section *section, GError **error) {
  AkReader reader = ak_reader_init(self->data, at + section->size);
  guint16 begins = 0, attributes = 0;
  guint32 crc = 0;
  if (!ak_reader_seek(&reader, at + section->header + GUID_SIZE, NULL) ||
      !ak_reader_u16le(&reader, &begins, NULL) || !ak_reader_u16le(&reader, &attributes, NULL) ||
      begins < section->header + GUID_SIZE + 4 || begins > section->size) {
    cut(self, "guided section at %" G_GSIZE_FORMAT " is damaged", at);
    return true;
  }
  gsize offset = at + begins, size = section->size - begins;
  g_autofree char *guid = ak_uefi_guid_text(self->data + at + section->header);
  for (gsize i = 0; i < G_N_ELEMENTS(packed); i++)
    if (strcmp(guid, packed[i].guid) == 0)
      return unpack(self, packed[i].unpack, packed[i].name, offset, size, error);
  if (strcmp(guid, CRC32_GUID) == 0) {
    bool agrees =
        ak_reader_u32le(&reader, &crc, NULL) && crc == crc32_z(0, self->data + offset, size);
    if (!agrees)
      cut(self, "section at %" G_GSIZE_FORMAT " has another CRC-32 than it says", at);
  } else if ((attributes & PROCESSING_REQUIRED) != 0) {
    cut(self, "section at %" G_GSIZE_FORMAT " is packed by %s, not opened", at, guid);
    return add_leaf(self, "packed.bin", offset, size, error);
  }
  return walk_sections(self, offset, size, error);
}

static bool walk_section(Walk *self, gsize at, const Section *section, GError **error) {
  gsize offset = at + section->header, size = section->size - section->header;
  const Leaf *leaf = leaf_of(section->type);
  switch (section->type) {
  case SECTION_COMPRESSION:
    return walk_compressed(self, offset, size, error);
  case SECTION_GUID_DEFINED:
    return walk_guided(self, at, section, error);
  case SECTION_DISPOSABLE:
    return walk_sections(self, offset, size, error);
  case SECTION_VOLUME:
    return add_volume(self, offset, size, error);
  default:
    ak_firmware_tree_count(self->tree, self->node, 0, leaf->is_program, leaf->is_raw);
    return add_leaf(self, leaf->name, offset, size, error);
  }
}

/* Each begins at a multiple of four bytes of the stream; the last may be followed by less. */
static bool walk_sections(Walk *self, gsize offset, gsize size, GError **error) {
  Section section;
  if (++self->depth > MAX_NESTING || self->count > MAX_SECTIONS) {
    cut(self, "sections nest too deep, more than %d, or are more than %d", MAX_NESTING,
        MAX_SECTIONS);
    return true;
  }
  bool ok = true;
  for (gsize at = 0; ok && at + 4 <= size; at = aligned(at + section.size)) {
    if (!read_section(self->data + offset, size, at, &section)) {
      cut(self, "no section at %" G_GSIZE_FORMAT, offset + at);
      ok = add_leaf(self, "damaged.bin", offset + at, size - at, error);
      break;
    }
    ok = walk_section(self, offset + at, &section, error);
  }
  self->depth--;
  return ok;
}

bool ak_uefi_sections_add(AkFirmwareTree *tree, guint node, const char *folder, gsize offset,
                          gsize size, GError **error) {
  Walk walk = {.tree = tree,
               .node = node,
               .data = g_bytes_get_data(ak_firmware_tree_node(tree, node)->bytes, NULL),
               .folder = folder};
  return walk_sections(&walk, offset, size, error);
}
