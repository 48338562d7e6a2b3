/* ISO 9660 filesystems, with Rock Ridge or Joliet names; of two trees each content comes out once.
 * Source: ECMA-119 (4th edition), 8.4 volume descriptors, 9.1 records of folders, 9.1.6 flags;
 * Joliet Specification, chapter 2; El Torito Bootable CD-ROM 1.0, chapter 2. Nothing has a
 * checksum: numbers stand in both orders of bytes, and what belongs to nothing is a region of its
 * own. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/disk-table.h"
#include "firmware/format/format.h"
#include "firmware/format/growing.h"
#include "firmware/format/rock-ridge.h"
#include "util/reader.h"

#define BLOCK 2048u
#define SYSTEM_BLOCKS 16 /* before the first descriptor: anything */
#define MAGIC "CD001\1"
#define MAX_DESCRIPTORS 64
#define MAX_DEPTH 64
#define ROOT_OFFSET 156 /* the root's record in a descriptor */
#define FIXED_RECORD 33
#define MAX_CATALOG 64 /* entries of a boot catalog */

enum { KIND_BOOT = 0, KIND_PRIMARY = 1, KIND_SUPPLEMENTARY = 2, KIND_END = 255 };
enum { FLAG_FOLDER = 2, FLAG_ASSOCIATED = 4, FLAG_CONTINUES = 0x80 };

typedef struct {
  guint32 extent, size;
  guint8 flags, unit;
  const guint8 *name, *area;
  gsize name_size, area_size;
  gsize length;
} Record;

typedef struct {
  gsize offset, size;
} Piece;

typedef struct {
  AkParts parts;
  const guint8 *data;
  gsize size, end; /* `end`: of the volume, as its descriptor says */
  bool is_joliet, has_rock, is_second; /* of the tree that is walked */
  gsize skip;
  GByteArray *folders, *contents; /* a bit a block: where such begin */
  GArray *pieces;                 /* of the file that continues */
  GError **error;
} Image;

static void image_clear(Image *self) {
  ak_parts_clear(&self->parts);
  g_clear_pointer(&self->folders, g_byte_array_unref);
  g_clear_pointer(&self->contents, g_byte_array_unref);
  g_clear_pointer(&self->pieces, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Image, image_clear)

/* --- descriptors --------------------------------------------------------------------------------
 */

static bool both32(AkReader *reader, guint32 *out) {
  guint32 other = 0;
  return ak_reader_u32le(reader, out, NULL) && ak_reader_u32be(reader, &other, NULL) &&
         other == *out;
}

static bool read_record(const guint8 *data, gsize size, Record *out) {
  AkReader reader = ak_reader_init(data, size);
  guint8 length = 0, extended = 0, gap = 0, name_size = 0;
  *out = (Record){0};
  if (!ak_reader_u8(&reader, &length, NULL) || length <= FIXED_RECORD || length > size)
    return false;
  reader = ak_reader_init(data + 1, length - 1u);
  if (!ak_reader_u8(&reader, &extended, NULL) || !both32(&reader, &out->extent) ||
      !both32(&reader, &out->size) || !ak_reader_skip(&reader, 7, NULL) ||
      !ak_reader_u8(&reader, &out->flags, NULL) || !ak_reader_u8(&reader, &out->unit, NULL) ||
      !ak_reader_u8(&reader, &gap, NULL) || !ak_reader_skip(&reader, 4, NULL) ||
      !ak_reader_u8(&reader, &name_size, NULL) || name_size == 0 ||
      !ak_reader_bytes(&reader, name_size, &out->name, NULL))
    return false;
  if (name_size % 2 == 0 && ak_reader_left(&reader) > 0 && !ak_reader_skip(&reader, 1, NULL))
    return false;
  out->name_size = name_size;
  out->area_size = ak_reader_left(&reader);
  out->length = length;
  out->extent += extended; /* blocks of attributes before the content */
  return ak_reader_bytes(&reader, out->area_size, &out->area, NULL);
}

/* Blocks of the volume and sizes of the tables, in both orders. */
static bool read_volume(const guint8 *at, guint32 *blocks, guint32 *tables, Record *root) {
  AkReader reader = ak_reader_init(at, BLOCK);
  guint16 block = 0, other = 0;
  return ak_reader_seek(&reader, 80, NULL) && both32(&reader, blocks) &&
         ak_reader_seek(&reader, 128, NULL) && ak_reader_u16le(&reader, &block, NULL) &&
         ak_reader_u16be(&reader, &other, NULL) && block == BLOCK && other == BLOCK &&
         both32(&reader, tables) && read_record(at + ROOT_OFFSET, 34, root) &&
         (root->flags & FLAG_FOLDER) != 0;
}

static bool is_descriptor(const guint8 *data, gsize size, guint index) {
  gsize at = (gsize)BLOCK * (SYSTEM_BLOCKS + index);
  return size >= at + BLOCK && memcmp(data + at + 1, MAGIC, 6) == 0;
}

static guint bid(const guint8 *data, gsize size) {
  guint32 blocks = 0, tables = 0;
  Record root;
  const guint8 *first = data + (gsize)BLOCK * SYSTEM_BLOCKS;
  return is_descriptor(data, size, 0) && first[0] == KIND_PRIMARY &&
                 read_volume(first, &blocks, &tables, &root)
             ? 200
             : 0; /* the magic, and six numbers that stand there twice */
}

/* --- contents -----------------------------------------------------------------------------------
 */

static bool test_and_set(GByteArray *bits, gsize size, guint32 block) {
  if (block >= size / BLOCK + 1)
    return false;
  guint8 *byte = &bits->data[block / 8], bit = (guint8)(1u << block % 8);
  bool was = (*byte & bit) != 0;
  *byte |= bit;
  return was;
}

/* The pieces of a file one behind the other; shared with the image where they lie so. */
static GBytes *join_pieces(Image *self) {
  GBytes *whole = ak_firmware_tree_node(self->parts.tree, self->parts.node)->bytes;
  const Piece *first = &g_array_index(self->pieces, Piece, 0);
  gsize end = first->offset + first->size;
  bool in_a_row = true;
  for (guint i = 1; i < self->pieces->len; i++) {
    const Piece *piece = &g_array_index(self->pieces, Piece, i);
    in_a_row = in_a_row && piece->offset == end;
    end = piece->offset + piece->size;
  }
  if (in_a_row)
    return g_bytes_new_from_bytes(whole, first->offset, end - first->offset);
  AkGrowing out = ak_growing_for(self->parts.tree, self->size);
  for (guint i = 0; i < self->pieces->len; i++) {
    const Piece *piece = &g_array_index(self->pieces, Piece, i);
    g_autoptr(GError) failure = NULL;
    if (!ak_growing_add(&out, self->data + piece->offset, piece->size, &failure))
      ak_parts_cut(&self->parts, "%s", failure->message);
  }
  return ak_growing_end(&out);
}

/* Notes a record's content; true where it is all there. */
static bool take_piece(Image *self, const Record *record) {
  guint64 at = (guint64)record->extent * BLOCK;
  Piece piece = {.offset = (gsize)MIN(at, self->size)};
  piece.size = MIN(record->size, self->size - piece.offset);
  g_array_append_val(self->pieces, piece);
  ak_parts_note(&self->parts, NULL, piece.offset, piece.size);
  return piece.size == record->size;
}

static bool add_file(Image *self, char *path, const Record *record, const AkRockRidge *rock,
                     const char *damage) {
  bool is_known = record->size > 0 && test_and_set(self->contents, self->size, record->extent);
  AkNode node = {.parent = self->parts.node,
                 .path = path,
                 .mode = rock->has_mode ? rock->mode & 07777 : 0444,
                 .no_mode = !rock->has_mode,
                 .uid = rock->uid,
                 .gid = rock->gid};
  if (self->is_second && (is_known || self->pieces->len == 0 || record->size == 0)) {
    g_free(path);
    return true;
  }
  node.bytes = self->pieces->len > 0 ? join_pieces(self) : g_bytes_new_static("", 0);
  if (damage != NULL)
    node.cut = g_strdup_printf("iso: %s", damage);
  return ak_firmware_tree_add(self->parts.tree, node, NULL, self->error);
}

static bool add_other(Image *self, char *path, const AkRockRidge *rock) {
  AkNode node = {.parent = self->parts.node,
                 .path = path,
                 .mode = rock->has_mode ? rock->mode & 07777 : 0555,
                 .no_mode = !rock->has_mode,
                 .uid = rock->uid,
                 .gid = rock->gid};
  if (self->is_second) {
    g_free(path);
    return true;
  }
  if (S_ISLNK(rock->mode)) {
    node.type = AK_NODE_SYMLINK;
    node.target = g_strdup(rock->target != NULL ? rock->target->str : "");
    if (rock->target == NULL || !ak_firmware_tree_is_target(rock->target->str, rock->target->len))
      node.cut = g_strdup("iso: the target of this link is no path");
  } else if (!rock->has_mode || S_ISDIR(rock->mode)) {
    node.type = AK_NODE_FOLDER;
  } else {
    node.type = AK_NODE_OTHER;
    node.target = ak_firmware_tree_device_text(rock->mode, rock->major, rock->minor);
  }
  return ak_firmware_tree_add(self->parts.tree, node, NULL, self->error);
}

/* --- folders ------------------------------------------------------------------------------------
 */

static gsize without_version(const char *name, gsize size) {
  const char *mark = memchr(name, ';', size);
  gsize length = mark != NULL ? (gsize)(mark - name) : size;
  return length > 1 && name[length - 1] == '.' ? length - 1 : length;
}

static char *joliet_path(const char *folder, const Record *record) {
  gunichar2 units[128] = {0};
  gsize count = MIN(record->name_size / 2, G_N_ELEMENTS(units) - 1);
  glong size = 0;
  for (gsize i = 0; i < count; i++)
    units[i] = (gunichar2)(record->name[2 * i] << 8 | record->name[2 * i + 1]);
  g_autofree char *name = g_utf16_to_utf8(units, (glong)count, NULL, &size, NULL);
  if (name == NULL)
    return ak_firmware_tree_child_path(folder, record->name, record->name_size);
  return ak_firmware_tree_child_path(folder, name, without_version(name, (gsize)size));
}

static char *path_of(const Image *self, const char *folder, const Record *record,
                     const AkRockRidge *rock) {
  if (rock->name != NULL && rock->name->len > 0)
    return ak_firmware_tree_child_path(folder, rock->name->str, rock->name->len);
  if (self->is_joliet)
    return joliet_path(folder, record);
  return ak_firmware_tree_child_path(
      folder, record->name, without_version((const char *)record->name, record->name_size));
}

static bool walk(Image *self, const char *folder, guint32 extent, guint32 size, guint depth);

/* The folder that a record stands for, here or where it was moved to. */
static bool enter(Image *self, char *path, const Record *record, const AkRockRidge *rock,
                  guint depth) {
  g_autofree char *inner = g_strdup(path);
  Record own;
  guint32 extent = rock->child != 0 ? rock->child : record->extent, size = record->size;
  guint64 at = (guint64)extent * BLOCK;
  if (!add_other(self, path, rock))
    return false;
  if (rock->child != 0) {
    if (at >= self->size || !read_record(self->data + at, self->size - at, &own)) {
      ak_parts_cut(&self->parts, "%s: a damaged folder", inner);
      return true;
    }
    size = own.size;
  }
  return walk(self, inner, extent, size, depth + 1);
}

static bool take_record(Image *self, const char *folder, const Record *record, guint depth) {
  g_auto(AkRockRidge) rock = {0};
  const char *damage = NULL;
  if (self->has_rock && record->area_size > self->skip)
    ak_rock_ridge_read(&rock, &self->parts, self->data, self->size, record->area + self->skip,
                       record->area_size - self->skip);
  if (rock.damage != NULL)
    ak_parts_cut(&self->parts, "%s in %s/", rock.damage, folder);
  bool is_folder = (record->flags & FLAG_FOLDER) != 0 || rock.child != 0;
  if (is_folder)
    return rock.is_relocated ||
           enter(self, path_of(self, folder, record, &rock), record, &rock, depth);
  bool is_regular = !rock.has_mode || S_ISREG(rock.mode);
  if (record->unit != 0)
    damage = "interleaved, not opened";
  if (rock.is_packed)
    damage = "compressed (zisofs), not opened";
  if (record->size > 0 && !take_piece(self, record))
    damage = "the image ends within this file";
  if ((record->flags & FLAG_CONTINUES) != 0 && damage == NULL)
    return true; /* the next record goes on */
  char *path = path_of(self, folder, record, &rock);
  bool ok = is_regular ? add_file(self, path, record, &rock, damage) : add_other(self, path, &rock);
  if (!is_regular && record->size > 0)
    ak_parts_cut(&self->parts, "content of an entry that is no file");
  g_array_set_size(self->pieces, 0);
  return ok;
}

/* True if none of the blocks belongs to a folder already; each does afterwards. */
static bool claim(Image *self, guint32 extent, guint32 size) {
  bool is_free = true;
  for (guint32 i = 0; i < MAX(size, 1); i += BLOCK)
    is_free = !test_and_set(self->folders, self->size, extent + i / BLOCK) && is_free;
  return is_free;
}

/* Of the folder's own records only what continues them elsewhere is of interest. */
static void note_self(Image *self, const Record *record, bool is_first) {
  g_auto(AkRockRidge) rock = {0};
  gsize skip = is_first ? 0 : self->skip;
  if (self->has_rock && record->area_size > skip)
    ak_rock_ridge_read(&rock, &self->parts, self->data, self->size, record->area + skip,
                       record->area_size - skip);
}

/* Records do not cross blocks; the first two are the folder itself and the one above. */
static bool walk(Image *self, const char *folder, guint32 extent, guint32 size, guint depth) {
  guint64 start = (guint64)extent * BLOCK;
  if (depth > MAX_DEPTH || start >= self->size || size > self->size - start) {
    ak_parts_cut(&self->parts, "%s/: %s", folder,
                 depth > MAX_DEPTH ? "folders nest too deep" : "a folder beyond the end");
    return true;
  }
  if (!claim(self, extent, size)) {
    ak_parts_cut(&self->parts, "%s/: a folder in more than one place", folder);
    return true;
  }
  ak_parts_note(&self->parts, NULL, start, size);
  for (gsize at = 0; at < size;) {
    gsize left = MIN(size - at, BLOCK - at % BLOCK);
    const guint8 *bytes = self->data + start + at;
    Record record;
    if (bytes[0] == 0) {
      if (!ak_parts_is_filled(bytes, left, 0))
        ak_parts_cut(&self->parts, "%s/: something else behind its records", folder);
      at += left;
      continue;
    }
    if (!read_record(bytes, left, &record)) {
      ak_parts_cut(&self->parts, "%s/: a damaged record", folder);
      return true;
    }
    bool is_self = record.name_size == 1 && record.name[0] <= 1;
    if (is_self)
      note_self(self, &record, depth == 0 && at == 0);
    else if (!take_record(self, folder, &record, depth))
      return false;
    at += record.length;
  }
  if (self->pieces->len > 0)
    ak_parts_cut(&self->parts, "%s/: a file whose end is missing", folder);
  g_array_set_size(self->pieces, 0);
  return true;
}

/* --- the volume ---------------------------------------------------------------------------------
 */

static guint32 word_at(const guint8 *at, gsize offset) {
  AkReader reader = ak_reader_init(at, BLOCK);
  guint32 word = 0;
  return ak_reader_seek(&reader, offset, NULL) && ak_reader_u32le(&reader, &word, NULL) ? word : 0;
}

/* Programs to start that are no files. One behind the volume's end, as in images that are disks too, is found there. */
static void note_boot(Image *self, const guint8 *descriptor) {
  guint64 at = (guint64)word_at(descriptor, 71) * BLOCK;
  if (memcmp(descriptor + 7, "EL TORITO SPECIFICATION", 23) != 0)
    return;
  if (at + BLOCK > self->size) {
    ak_parts_cut(&self->parts, "the boot catalog is missing");
    return;
  }
  if (!test_and_set(self->contents, self->size, (guint32)(at / BLOCK)))
    ak_parts_note(&self->parts, NULL, at, BLOCK);
  for (guint i = 1; i < MAX_CATALOG; i++) {
    const guint8 *entry = self->data + at + 32 * i;
    guint32 block = word_at(entry, 8);
    guint64 size = (guint64)(entry[6] | entry[7] << 8) * 512;
    if ((entry[0] != 0x88 && entry[0] != 0x00) || block == 0)
      continue; /* headers of sections, extensions */
    bool is_within = (guint64)block * BLOCK < self->end;
    if (!test_and_set(self->contents, self->size, block) && is_within)
      ak_parts_note(&self->parts, "boot", (guint64)block * BLOCK, size);
  }
}

/* Tables of folders, for readers that do not walk: little and big-endian, each perhaps twice. */
static void note_tables(Image *self, const guint8 *descriptor, guint32 size) {
  for (guint i = 0; i < 4; i++) {
    guint32 block = word_at(descriptor, 140 + 4 * i);
    if (i >= 2)
      block = GUINT32_SWAP_LE_BE(block);
    if (block != 0)
      ak_parts_note(&self->parts, NULL, (guint64)block * BLOCK, size);
  }
}

static bool is_joliet(const guint8 *descriptor) {
  return descriptor[0] == KIND_SUPPLEMENTARY && memcmp(descriptor + 88, "%/", 2) == 0 &&
         descriptor[90] != '\0' && strchr("@CE", descriptor[90]) != NULL;
}

static bool has_rock_ridge(const Image *self, const Record *root, gsize *skip) {
  guint64 at = (guint64)root->extent * BLOCK;
  Record own;
  return at < self->size && read_record(self->data + at, self->size - at, &own) &&
         ak_rock_ridge_begins(own.area, own.area_size, skip);
}

static bool walk_tree(Image *self, const guint8 *descriptor) {
  guint32 blocks = 0, tables = 0;
  Record root;
  if (!read_volume(descriptor, &blocks, &tables, &root)) {
    ak_parts_cut(&self->parts, "a damaged descriptor");
    return true;
  }
  note_tables(self, descriptor, tables);
  self->is_joliet = is_joliet(descriptor);
  self->has_rock = has_rock_ridge(self, &root, &self->skip);
  bool ok = walk(self, "", root.extent, root.size, 0);
  self->is_second = true;
  return ok;
}

/* Names as long as they were: Rock Ridge's, then Joliet's, then the short ones. */
static bool walk_trees(Image *self, const guint8 *primary, const guint8 *joliet) {
  guint32 blocks = 0, tables = 0;
  gsize skip = 0;
  Record root;
  bool has_rock =
      read_volume(primary, &blocks, &tables, &root) && has_rock_ridge(self, &root, &skip);
  if (joliet == NULL)
    return walk_tree(self, primary);
  return walk_tree(self, has_rock ? primary : joliet) &&
         walk_tree(self, has_rock ? joliet : primary);
}

static bool read_descriptors(Image *self, const guint8 **joliet) {
  bool has_end = false;
  for (guint i = 0; i < MAX_DESCRIPTORS && !has_end && is_descriptor(self->data, self->size, i);
       i++) {
    gsize at = (gsize)BLOCK * (SYSTEM_BLOCKS + i);
    has_end = self->data[at] == KIND_END;
    ak_parts_note(&self->parts, NULL, at, BLOCK);
    if (is_joliet(self->data + at) && *joliet == NULL)
      *joliet = self->data + at;
    else if (self->data[at] == KIND_SUPPLEMENTARY)
      ak_parts_cut(&self->parts, "a further tree of names, not opened");
  }
  return has_end;
}

static void note_boots(Image *self) {
  for (guint i = 0; i < MAX_DESCRIPTORS && is_descriptor(self->data, self->size, i); i++) {
    gsize at = (gsize)BLOCK * (SYSTEM_BLOCKS + i);
    if (self->data[at] == KIND_BOOT)
      note_boot(self, self->data + at);
  }
}

/* In the area for systems, before the volume: tables of partitions of an image that is a disk too. */
static void note_disk(Image *self, gsize *used) {
  guint64 end = *used;
  ak_gpt_note(&self->parts, self->data, self->size, self->end, &end);
  ak_mbr_note(&self->parts, self->data, self->size, self->end, &end);
  *used = (gsize)end;
}

static bool open_iso(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(Image) self = {.parts = {.tree = tree, .node = node, .format = "iso", .may_share = true},
                        .data = data,
                        .size = size,
                        .folders = g_byte_array_new(),
                        .contents = g_byte_array_new(),
                        .pieces = g_array_new(FALSE, FALSE, sizeof(Piece)),
                        .error = error};
  const guint8 *primary = data + (gsize)BLOCK * SYSTEM_BLOCKS, *joliet = NULL;
  guint bytes = (guint)(size / BLOCK / 8 + 1);
  guint32 blocks = 0, tables = 0;
  Record root;
  if (!read_volume(primary, &blocks, &tables, &root))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged descriptor");
  g_byte_array_set_size(self.folders, bytes);
  g_byte_array_set_size(self.contents, bytes);
  memset(self.folders->data, 0, bytes);
  memset(self.contents->data, 0, bytes);
  self.end = *used = (gsize)MIN((guint64)blocks * BLOCK, size);
  if ((guint64)blocks * BLOCK > size)
    ak_parts_cut(&self.parts, "the image ends before its descriptor says");
  if (!read_descriptors(&self, &joliet))
    ak_parts_cut(&self.parts, "the end of its descriptors is missing");
  if (!walk_trees(&self, primary, joliet))
    return false;
  note_boots(&self);
  note_disk(&self, used);
  return ak_parts_emit(&self.parts, *used, error);
}

static const char *const sources[] = {"ECMA-119", "Joliet Specification",
                                      "Rock Ridge Interchange Protocol 1.12", NULL};

extern const AkFirmwareFormat ak_firmware_iso_format;
const AkFirmwareFormat ak_firmware_iso_format = {
    .name = "iso",
    .help_en = "ISO 9660 filesystem (Rock Ridge, Joliet)",
    .help_ja = "ISO 9660ファイルシステム（Rock Ridge、Joliet）",
    .sources = sources,
    .magics = {{"\1" MAGIC, 7, BLOCK *SYSTEM_BLOCKS}},
    .bid = bid,
    .open = open_iso,
};

bool ak_firmware_iso_fuzz(const guint8 *data, gsize size);
bool ak_firmware_iso_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_iso_format, data, size);
}
