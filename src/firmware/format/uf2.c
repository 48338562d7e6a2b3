/* UF2 files: blocks of 512 bytes, each with its place in flash and its number among those of its
 * family. Contents come out as runs of addresses, "#FAMILY@ADDRESS". Blocks have no checksums.
 * Source: Microsoft, uf2 README.md (block format, flags, family). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "firmware/format/segments.h"
#include "util/reader.h"

#define MAGIC "UF2\n\x57\x51\x5d\x9e"
#define BLOCK 512
#define DATA_OFFSET 32
#define DATA_SIZE 476
#define LAST_MAGIC 0x0ab16f30
#define MAX_FAMILIES 16

enum {
  FLAG_NOT_FLASH = 0x1, /* a comment */
  FLAG_FILES = 0x1000,
  FLAG_FAMILY = 0x2000,
  FLAG_MD5 = 0x4000,  /* of the flash's page: the data's last 24 bytes */
  FLAG_TAGS = 0x8000, /* behind the payload */
};
#define MD5_SIZE 24

typedef struct {
  guint32 flags, address, payload, number, count, family;
} Block;

typedef struct {
  guint32 family, count;
  GByteArray *seen; /* a bit a block */
  guint32 different;
} Family;

static void family_clear(gpointer data) {
  g_byte_array_unref(((Family *)data)->seen);
}

static bool read_block(const guint8 *data, gsize size, Block *out) {
  AkReader reader = ak_reader_init(data, MIN(size, BLOCK));
  guint32 last = 0;
  guint32 *fields[] = {&out->flags,  &out->address, &out->payload,
                       &out->number, &out->count,   &out->family};
  if (size < BLOCK || memcmp(data, MAGIC, 8) != 0 || !ak_reader_skip(&reader, 8, NULL))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
    if (!ak_reader_u32le(&reader, fields[i], NULL))
      return false;
  if ((out->flags & FLAG_FAMILY) == 0)
    out->family = 0;
  return ak_reader_seek(&reader, BLOCK - 4, NULL) && ak_reader_u32le(&reader, &last, NULL) &&
         last == LAST_MAGIC && out->payload <= DATA_SIZE && out->number < out->count;
}

static guint bid(const guint8 *data, gsize size) {
  Block block;
  return read_block(data, size, &block) ? 112 : 0; /* three magics, numbers that fit */
}

/* Counts a block once; false with LIMIT for too many families or blocks. */
static bool count_block(GArray *families, const Block *block, guint32 most, GError **error) {
  Family *family = NULL;
  for (guint i = 0; i < families->len && family == NULL; i++)
    if (g_array_index(families, Family, i).family == block->family)
      family = &g_array_index(families, Family, i);
  if (family == NULL) {
    Family fresh = {.family = block->family, .count = block->count};
    if (families->len >= MAX_FAMILIES || block->count > most)
      return ak_error_set(error, AK_ERROR_LIMIT, "more families or blocks than it has room for");
    fresh.seen = g_byte_array_new();
    g_byte_array_set_size(fresh.seen, block->count / 8 + 1);
    memset(fresh.seen->data, 0, fresh.seen->len);
    g_array_append_val(families, fresh);
    family = &g_array_index(families, Family, families->len - 1);
  }
  if (block->count != family->count)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "block %u tells another count",
                        block->number);
  guint8 *byte = &family->seen->data[block->number / 8], bit = (guint8)(1u << block->number % 8);
  family->different += (*byte & bit) == 0;
  *byte |= bit;
  return true;
}

/* What stands in a block beside its payload: nothing, a digest, or tags. */
static bool has_more(const guint8 *data, const Block *block) {
  gsize end = (block->flags & FLAG_MD5) != 0 ? DATA_SIZE - MD5_SIZE : DATA_SIZE;
  if ((block->flags & FLAG_TAGS) != 0)
    return false;
  return block->payload < end &&
         !ak_parts_is_filled(data + DATA_OFFSET + block->payload, end - block->payload, 0);
}

typedef struct {
  AkParts parts;
  AkSegments segments;
  GArray *families;
} File;

static void file_clear(File *self) {
  ak_segments_clear(&self->segments);
  g_array_unref(self->families);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(File, file_clear)

static bool take_block(File *self, const guint8 *data, const Block *block, guint32 most,
                       GError **error) {
  if (has_more(data, block))
    ak_parts_cut(&self->parts, "block %u: something else behind its content", block->number);
  if ((block->flags & FLAG_FILES) != 0)
    ak_parts_cut(&self->parts, "holds files by name, not opened as such");
  if ((block->flags & FLAG_NOT_FLASH) == 0 &&
      !ak_segments_add(&self->segments, block->family, block->address, data + DATA_OFFSET,
                       block->payload, error))
    return false;
  return count_block(self->families, block, most, error);
}

static void check_counts(const File *self) {
  for (guint i = 0; i < self->families->len; i++) {
    const Family *family = &g_array_index(self->families, Family, i);
    if (family->different != family->count)
      ak_parts_cut(&self->parts, "%u of %u blocks of family %08x", family->different, family->count,
                   family->family);
  }
}

static bool open_uf2(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(File) self = {.parts = {.tree = tree, .node = node, .format = "uf2"},
                       .segments = {.data = {.limit = ak_firmware_tree_budget(tree, size)}},
                       .families = g_array_new(FALSE, FALSE, sizeof(Family))};
  Block block;
  bool ok = true;
  g_array_set_clear_func(self.families, family_clear);
  for (*used = 0; ok && read_block(data + *used, size - *used, &block); *used += BLOCK)
    ok = take_block(&self, data + *used, &block, (guint32)(size / BLOCK), error);
  if (ok)
    check_counts(&self);
  return ok && ak_segments_emit(&self.segments, tree, node, "uf2", true, error);
}

static const char *const sources[] = {"Microsoft uf2, README.md", NULL};

extern const AkFirmwareFormat ak_firmware_uf2_format;
const AkFirmwareFormat ak_firmware_uf2_format = {
    .name = "uf2",
    .help_en = "UF2 file (blocks for flash, by family)",
    .help_ja = "UF2ファイル（ファミリー別のフラッシュブロック）",
    .sources = sources,
    .magics = {{MAGIC, 8}},
    .bid = bid,
    .open = open_uf2,
};

bool ak_firmware_uf2_fuzz(const guint8 *data, gsize size);
bool ak_firmware_uf2_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_uf2_format, data, size);
}
