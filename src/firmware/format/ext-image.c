#include "firmware/format/ext-image.h"

#include <string.h>
#include <sys/stat.h>

#include "util/crc32c.h"
#include "util/reader.h"

#define SUPER_SIZE 1024
#define MAX_INODES (1u << 24)
#define MAX_GROUPS (1u << 18)
#define MAX_DEPTH 5         /* of an extent tree; Linux EXT4_MAX_EXTENT_DEPTH */
#define MAX_RUNS (1u << 20) /* of one content */
#define EXTENT_MAGIC 0xf30a
#define EXTENT_EMPTY 32768 /* lengths above it are of extents that were not written */
/* file types, recovery, extents, 64 bits, MMP, flexible groups, attributes in inodes, checksum
 * seed, large folders, inline data, encryption, case folding */
#define INCOMPAT_KNOWN 0x3e7c6u
#define RO_BIGALLOC 0x0200u
#define INCOMPAT_64BIT 0x0080u
#define INCOMPAT_SEED 0x2000u
#define XATTR_MAGIC 0xea020000u
#define XATTR_SYSTEM 7 /* name index of "system." */
#define MAP_SIZE 60

/* Numbers at fixed places of a structure whose size is checked before. */
static guint16 u16_at(const guint8 *data, gsize at) {
  return (guint16)(data[at] | data[at + 1] << 8);
}

static guint32 u32_at(const guint8 *data, gsize at) {
  return u16_at(data, at) | (guint32)u16_at(data, at + 2) << 16;
}

/* CRC-32C without the final inversion, as ext4 keeps it. */
static guint32 crc_on(guint32 state, const guint8 *data, gsize size) {
  return ~ak_crc32c(~state, data, size);
}

static guint32 crc_on_u32(guint32 state, guint32 value) {
  guint32 little = GUINT32_TO_LE(value);
  return crc_on(state, (const guint8 *)&little, sizeof little);
}

/* --- superblock --------------------------------------------------------------------------------
 */

static void read_super(AkExt *self, const guint8 *super) {
  bool is_new = u32_at(super, 0x4c) > 0; /* revision 0 has fixed sizes and no features */
  self->inodes = u32_at(super, 0x00);
  self->blocks = u32_at(super, 0x04);
  self->first_block = u32_at(super, 0x14);
  self->blocks_per_group = u32_at(super, 0x20);
  self->inodes_per_group = u32_at(super, 0x28);
  self->state = u16_at(super, 0x3a);
  self->first_inode = is_new ? u32_at(super, 0x54) : 11;
  self->inode_size = is_new ? u16_at(super, 0x58) : 128;
  self->compat = is_new ? u32_at(super, 0x5c) : 0;
  self->incompat = is_new ? u32_at(super, 0x60) : 0;
  self->ro_compat = is_new ? u32_at(super, 0x64) : 0;
  self->reserved_group_blocks = u16_at(super, 0xce);
  self->group_size = 32;
  if ((self->incompat & INCOMPAT_64BIT) != 0) {
    self->group_size = u16_at(super, 0xfe);
    self->blocks |= (guint64)u32_at(super, 0x150) << 32;
  }
  self->mmp_block = u32_at(super, 0x168) | (guint64)u32_at(super, 0x16c) << 32;
  self->backups[0] = u32_at(super, 0x24c);
  self->backups[1] = u32_at(super, 0x250);
  self->orphan_inode = u32_at(super, 0x280);
  self->seed = (self->incompat & INCOMPAT_SEED) != 0 ? u32_at(super, 0x270)
                                                     : crc_on(G_MAXUINT32, super + 0x68, 16);
}

static bool is_plausible(const AkExt *self, const guint8 *super) {
  guint32 log = u32_at(super, 0x18), most = self->block_size * 8;
  bool has_clusters = (self->ro_compat & RO_BIGALLOC) != 0; /* groups of more blocks than bits */
  return log <= 6 && u32_at(super, 0x4c) <= 1 && u16_at(super, 0x5a) == 0 &&
         self->first_block == (self->block_size == 1024 && !has_clusters ? 1 : 0) &&
         self->blocks > self->first_block && self->blocks <= G_MAXUINT64 / 65536 / 2 &&
         self->blocks_per_group > 0 && (self->blocks_per_group <= most || has_clusters) &&
         self->inodes_per_group > 0 && self->inodes_per_group <= most && self->inode_size >= 128 &&
         self->inode_size <= self->block_size && (self->inode_size & (self->inode_size - 1)) == 0 &&
         self->group_size >= 32 && self->group_size <= 1024 &&
         (self->group_size & (self->group_size - 1)) == 0 && self->inodes <= MAX_INODES;
}

bool ak_ext_init(AkExt *self, const guint8 *data, gsize size, GError **error) {
  *self = (AkExt){.data = data};
  const guint8 *super = data + AK_EXT_SUPER_OFFSET;
  if (size < AK_EXT_SUPER_OFFSET + SUPER_SIZE ||
      memcmp(data + AK_EXT_MAGIC_OFFSET, AK_EXT_MAGIC, 2) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no superblock");
  self->block_size = 1024u << MIN(u32_at(super, 0x18), 6);
  read_super(self, super);
  if (!is_plausible(self, super))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a superblock that cannot be");
  guint64 groups =
      (self->blocks - self->first_block + self->blocks_per_group - 1) / self->blocks_per_group;
  if (groups > MAX_GROUPS || self->inodes != groups * self->inodes_per_group)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a superblock that cannot be");
  self->groups = (guint32)groups;
  if ((self->ro_compat & AK_EXT_RO_CHECKSUMS) != 0 &&
      crc_on(G_MAXUINT32, super, SUPER_SIZE - 4) != u32_at(super, SUPER_SIZE - 4))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the superblock has another checksum");
  self->size = (gsize)MIN(self->blocks * self->block_size, size);
  return true;
}

bool ak_ext_is_supported(const AkExt *self, GError **error) {
  if ((self->incompat & ~INCOMPAT_KNOWN) == 0 && (self->ro_compat & RO_BIGALLOC) == 0)
    return true;
  return ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "features 0x%x, 0x%x that are not known here",
                      self->incompat & ~INCOMPAT_KNOWN, self->ro_compat & RO_BIGALLOC);
}

/* --- groups ------------------------------------------------------------------------------------
 */

const guint8 *ak_ext_block(const AkExt *self, guint64 block) {
  return block < self->size / self->block_size ? self->data + (gsize)block * self->block_size
                                               : NULL;
}

bool ak_ext_bit(const AkExt *self, guint64 bitmap_block, guint32 bit) {
  const guint8 *bitmap = ak_ext_block(self, bitmap_block);
  return bitmap != NULL && bit / 8 < self->block_size && (bitmap[bit / 8] >> bit % 8 & 1) != 0;
}

static bool is_power_of(guint32 number, guint32 base) {
  while (number > 1 && number % base == 0)
    number /= base;
  return number == 1;
}

bool ak_ext_has_copy(const AkExt *self, guint32 group) {
  if ((self->compat & AK_EXT_COMPAT_SPARSE2) != 0)
    return group == 0 || group == self->backups[0] || group == self->backups[1];
  if ((self->ro_compat & AK_EXT_RO_SPARSE) == 0)
    return true;
  return group <= 1 || is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

bool ak_ext_group(const AkExt *self, guint32 index, AkExtGroup *out, GError **error) {
  guint64 at =
      (guint64)(self->first_block + 1) * self->block_size + (guint64)index * self->group_size;
  if (at > self->size || self->size - at < self->group_size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the table of groups ends too early");
  const guint8 *raw = self->data + (gsize)at;
  bool is_wide = self->group_size >= 64;
  *out = (AkExtGroup){.block_bitmap = u32_at(raw, 0),
                      .inode_bitmap = u32_at(raw, 4),
                      .inode_table = u32_at(raw, 8),
                      .flags = u16_at(raw, 0x12)};
  if (is_wide) {
    out->block_bitmap |= (guint64)u32_at(raw, 0x20) << 32;
    out->inode_bitmap |= (guint64)u32_at(raw, 0x24) << 32;
    out->inode_table |= (guint64)u32_at(raw, 0x28) << 32;
  }
  if ((self->ro_compat & AK_EXT_RO_CHECKSUMS) == 0)
    return true;
  guint32 crc = crc_on_u32(self->seed, index);
  crc = crc_on(crc, raw, 0x1e);
  crc = crc_on(crc, (const guint8 *)"\0\0", 2); /* the checksum itself */
  crc = crc_on(crc, raw + 0x20, self->group_size - 0x20u);
  return (crc & 0xffff) == u16_at(raw, 0x1e) ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "group %u has another checksum", index);
}

/* --- inodes ------------------------------------------------------------------------------------
 */

guint32 ak_ext_checksum(const AkExt *self, const AkExtInode *inode, const guint8 *data,
                        gsize size) {
  guint32 crc = crc_on_u32(crc_on_u32(self->seed, inode->number), inode->generation);
  return crc_on(crc, data, size);
}

static bool has_inode_checksum(const AkExt *self, const AkExtInode *inode) {
  guint8 copy[65536];
  bool is_wide = self->inode_size > 128 && u16_at(inode->raw, 0x80) >= 4;
  guint32 told = u16_at(inode->raw, 0x7c);
  memcpy(copy, inode->raw, self->inode_size);
  memset(copy + 0x7c, 0, 2);
  if (is_wide) {
    told |= (guint32)u16_at(inode->raw, 0x82) << 16;
    memset(copy + 0x82, 0, 2);
  }
  guint32 crc = ak_ext_checksum(self, inode, copy, self->inode_size);
  return told == (is_wide ? crc : crc & 0xffff);
}

bool ak_ext_inode(const AkExt *self, guint32 number, AkExtInode *out, GError **error) {
  AkExtGroup group;
  if (number == 0 || number > self->inodes)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u is out of range", number);
  if (!ak_ext_group(self, (number - 1) / self->inodes_per_group, &group, error))
    return false;
  guint64 offset = (guint64)((number - 1) % self->inodes_per_group) * self->inode_size;
  guint64 block = group.inode_table + offset / self->block_size;
  const guint8 *raw = ak_ext_block(self, block);
  if (raw == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u is beyond the end", number);
  raw += offset % self->block_size;
  *out = (AkExtInode){
      .number = number,
      .mode = u16_at(raw, 0),
      .uid = u16_at(raw, 2) | (guint32)u16_at(raw, 0x78) << 16,
      .gid = u16_at(raw, 0x18) | (guint32)u16_at(raw, 0x7a) << 16,
      .links = u16_at(raw, 0x1a),
      .flags = u32_at(raw, 0x20),
      .generation = u32_at(raw, 0x64),
      .size = u32_at(raw, 4) | (guint64)u32_at(raw, 0x6c) << 32,
      .acl_block = u32_at(raw, 0x68) | (guint64)u16_at(raw, 0x76) << 32,
      .raw = raw,
      .map = raw + 0x28,
  };
  out->is_damaged = (self->ro_compat & AK_EXT_RO_CHECKSUMS) != 0 && !has_inode_checksum(self, out);
  return true;
}

bool ak_ext_is_inside(const AkExtInode *inode) {
  if ((inode->flags & AK_EXT_INODE_INLINE) != 0)
    return true;
  return S_ISLNK(inode->mode) && inode->size < MAP_SIZE &&
         (inode->flags & AK_EXT_INODE_EXTENTS) == 0;
}

/* --- where a content is ------------------------------------------------------------------------
 */

typedef struct {
  const AkExt *ext;
  const AkExtInode *inode;
  AkExtNote note;
  gpointer data;
  GArray *runs;
} Walk;

static bool note(Walk *self, guint64 block, guint64 count, GError **error) {
  if (block == 0 || count > self->ext->blocks || block > self->ext->blocks - count)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u: a block that is out of range",
                        self->inode->number);
  return self->note == NULL || self->note(self->data, block, count, error);
}

static bool add_run(Walk *self, guint64 logical, guint64 physical, guint64 count, bool is_empty,
                    GError **error) {
  AkExtRun run = {logical, physical, count, is_empty};
  AkExtRun *last =
      self->runs->len > 0 ? &g_array_index(self->runs, AkExtRun, self->runs->len - 1) : NULL;
  if (!note(self, physical, count, error))
    return false;
  if (last != NULL && !is_empty && !last->is_empty && last->logical + last->count == logical &&
      last->physical + last->count == physical) {
    last->count += count;
    return true;
  }
  if (self->runs->len >= MAX_RUNS)
    return ak_error_set(error, AK_ERROR_LIMIT, "inode %u: more than %u pieces", self->inode->number,
                        MAX_RUNS);
  g_array_append_val(self->runs, run);
  return true;
}

static bool walk_extents(Walk *self, const guint8 *node, gsize room, guint expected,
                         GError **error);

static bool walk_extent_block(Walk *self, guint64 block, guint depth, GError **error) {
  const AkExt *ext = self->ext;
  if (!note(self, block, 1, error))
    return false;
  const guint8 *node = ak_ext_block(ext, block);
  if (node == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u: its map ends too early",
                        self->inode->number);
  gsize covered = 12 + 12 * (gsize)u16_at(node, 4);
  if ((ext->ro_compat & AK_EXT_RO_CHECKSUMS) != 0 &&
      (covered + 4 > ext->block_size ||
       ak_ext_checksum(ext, self->inode, node, covered) != u32_at(node, covered)))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u: its map has another checksum",
                        self->inode->number);
  return walk_extents(self, node, ext->block_size, depth, error);
}

static bool walk_extents(Walk *self, const guint8 *node, gsize room, guint expected,
                         GError **error) {
  guint entries = u16_at(node, 2), depth = u16_at(node, 6);
  bool is_root = expected == G_MAXUINT;
  if (u16_at(node, 0) != EXTENT_MAGIC || entries > (room - 12) / 12 || depth > MAX_DEPTH ||
      (!is_root && depth != expected))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u: damaged extents",
                        self->inode->number);
  for (guint i = 0; i < entries; i++) {
    const guint8 *entry = node + 12 + 12 * (gsize)i;
    guint count = u16_at(entry, 4);
    bool is_empty = count > EXTENT_EMPTY;
    guint64 leaf = u32_at(entry, 4) | (guint64)u16_at(entry, 8) << 32;
    guint64 start = u32_at(entry, 8) | (guint64)u16_at(entry, 6) << 32;
    bool ok = depth > 0 ? walk_extent_block(self, leaf, depth - 1, error)
                        : add_run(self, u32_at(entry, 0), start,
                                  is_empty ? count - EXTENT_EMPTY : count, is_empty, error);
    if (!ok)
      return false;
  }
  return true;
}

/* A block of numbers, `depth` levels above the content; 0 stands for a hole. */
static bool walk_numbers(Walk *self, guint64 block, guint depth, guint64 *logical, GError **error) {
  const AkExt *ext = self->ext;
  guint64 span = 1, per_block = ext->block_size / 4;
  for (guint i = 0; i < depth; i++)
    span *= per_block;
  if (block == 0) {
    *logical += span;
    return true;
  }
  if (depth == 0)
    return add_run(self, (*logical)++, block, 1, false, error);
  if (!note(self, block, 1, error))
    return false;
  const guint8 *numbers = ak_ext_block(ext, block);
  if (numbers == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u: its map ends too early",
                        self->inode->number);
  for (guint i = 0; i < per_block; i++)
    if (!walk_numbers(self, u32_at(numbers, 4 * (gsize)i), depth - 1, logical, error))
      return false;
  return true;
}

static bool walk_map(Walk *self, GError **error) {
  guint64 logical = 0;
  if ((self->inode->flags & AK_EXT_INODE_EXTENTS) != 0)
    return walk_extents(self, self->inode->map, MAP_SIZE, G_MAXUINT, error);
  for (guint i = 0; i < 15; i++) {
    guint depth = i < 12 ? 0 : i - 11;
    if (!walk_numbers(self, u32_at(self->inode->map, 4 * (gsize)i), depth, &logical, error))
      return false;
  }
  return true;
}

GArray *ak_ext_runs(const AkExt *self, const AkExtInode *inode, AkExtNote noted, gpointer data,
                    GError **error) {
  g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(AkExtRun));
  Walk walk = {.ext = self, .inode = inode, .note = noted, .data = data, .runs = runs};
  return walk_map(&walk, error) ? g_steal_pointer(&runs) : NULL;
}

/* --- contents ----------------------------------------------------------------------------------
 */

/* The value of "system.data" behind the inode's fields: what of inline data does not fit the map.
 */
static bool find_inline_rest(const AkExt *ext, const AkExtInode *inode, const guint8 **out,
                             gsize *size) {
  gsize start = 128 + (gsize)u16_at(inode->raw, 0x80);
  AkReader reader = ak_reader_init(inode->raw, ext->inode_size), value;
  guint32 magic = 0, length = 0;
  *size = 0;
  if (ext->inode_size <= 128 || !ak_reader_seek(&reader, start, NULL) ||
      !ak_reader_u32le(&reader, &magic, NULL) || magic != XATTR_MAGIC)
    return false;
  gsize first = reader.position;
  for (;;) {
    guint8 name_size = 0, index = 0;
    guint16 offset = 0;
    const guint8 *name = NULL;
    if (!ak_reader_u8(&reader, &name_size, NULL) || !ak_reader_u8(&reader, &index, NULL) ||
        (name_size == 0 && index == 0) || !ak_reader_u16le(&reader, &offset, NULL) ||
        !ak_reader_skip(&reader, 4, NULL) || !ak_reader_u32le(&reader, &length, NULL) ||
        !ak_reader_skip(&reader, 4, NULL) || !ak_reader_bytes(&reader, name_size, &name, NULL) ||
        !ak_reader_skip(&reader, (4 - name_size % 4) % 4, NULL))
      return false;
    value = ak_reader_init(inode->raw, ext->inode_size);
    if (index == XATTR_SYSTEM && name_size == 4 && memcmp(name, "data", 4) == 0) {
      *size = length;
      return ak_reader_seek(&value, first + offset, NULL) &&
             ak_reader_bytes(&value, length, out, NULL);
    }
  }
}

static guint8 *room_for(const AkExtInode *inode, const AkFirmwareTree *tree, guint64 limit, GError **error) {
  if (inode->size <= limit)
    return ak_firmware_tree_room(tree, inode->size, error);
  ak_error_set(error, AK_ERROR_LIMIT, "file of %" G_GUINT64_FORMAT " bytes", inode->size);
  return NULL;
}

/* What is larger than an inode is a file of holes behind its first bytes, as mke2fs writes it. */
static GBytes *inside_content(const AkExt *ext, const AkExtInode *inode, const AkFirmwareTree *tree, guint64 limit,
                              GError **error) {
  const guint8 *rest = NULL;
  gsize rest_size = 0, size = (gsize)inode->size, first = MIN(size, MAP_SIZE);
  bool has_rest = inode->size <= MAP_SIZE || find_inline_rest(ext, inode, &rest, &rest_size);
  if (!has_rest || (rest_size < size - first && size <= ext->inode_size)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u: damaged inline data", inode->number);
    return NULL;
  }
  guint8 *bytes = room_for(inode, tree, limit, error);
  if (bytes == NULL)
    return NULL;
  memcpy(bytes, inode->map, first);
  if (size > first && rest_size > 0)
    memcpy(bytes + first, rest, MIN(rest_size, size - first));
  return ak_firmware_tree_room_take(tree, bytes, size);
}

GBytes *ak_ext_content(const AkExt *self, const AkExtInode *inode, const GArray *runs, const AkFirmwareTree *tree,
                       guint64 limit, GError **error) {
  if (runs == NULL)
    return inside_content(self, inode, tree, limit, error);
  guint8 *bytes = room_for(inode, tree, limit, error);
  if (bytes == NULL)
    return NULL;
  g_autoptr(GBytes) content = ak_firmware_tree_room_take(tree, bytes, (gsize)inode->size);
  for (guint i = 0; i < runs->len; i++) {
    const AkExtRun *run = &g_array_index(runs, AkExtRun, i);
    guint64 to = run->logical * self->block_size, from = run->physical * self->block_size;
    if (run->is_empty || to >= inode->size)
      continue;
    guint64 length = MIN(run->count * self->block_size, inode->size - to);
    if (from > self->size || length > self->size - from) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u: the image ends within it",
                   inode->number);
      return NULL;
    }
    memcpy(bytes + to, self->data + from, (gsize)length);
  }
  return g_steal_pointer(&content);
}
