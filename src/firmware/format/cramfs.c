/* cramfs of either byte order. A CRC-32 guards the whole (images of version 1 have none); and each
 * byte belongs to a folder, a file or padding. How long a block is stands nowhere: it is what the
 * first block of the largest file unpacks to.
 * Source: Linux, include/uapi/linux/cramfs_fs.h, fs/cramfs/README; the CRC, the place of the root
 * behind 512 bytes: util-linux 2.38, disk-utils/mkfs.cramfs.c. */
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "firmware/format/entries.h"
#include "firmware/format/extents.h"
#include "firmware/format/format.h"
#include "util/reader.h"

#define MAGIC_LITTLE "\x45\x3d\xcd\x28"
#define MAGIC_BIG "\x28\xcd\x3d\x45"
#define SIGNATURE "Compressed ROMFS"
#define SUPER_SIZE 76
#define SHIFT 512 /* bytes that may stand before the superblock and count */
#define INODE_SIZE 12
#define MAX_DEPTH 64
#define LAST_BLOCK_SIZE (64u << 10)
#define BLOCK_PLAIN (1u << 31)  /* of a pointer: the block is stored as it is */
#define BLOCK_DIRECT (1u << 30) /* of a pointer: where it begins, in words */
enum {
  FLAG_CRC = 0x001,
  FLAG_SHIFTED = 0x400,
  FLAG_POINTERS = 0x800, /* pointers have the two bits above */
  FLAGS_KNOWN = 0xfff,
};

typedef struct {
  guint mode, uid, gid;
  guint32 size, offset; /* bytes */
  guint name_size;      /* bytes, padded with NUL */
} Inode;

typedef struct {
  bool is_big;
  gsize start; /* of the superblock */
  guint32 size, flags, crc, files;
  Inode root;
} Super;

typedef struct {
  AkEntries entries;
  const guint8 *data;
  gsize size; /* of what is there of the filesystem */
  Super super;
  guint32 block_size;
  guint8 *folders; /* a bit a word: a folder begins there and was walked */
  AkExtents used;
} Filesystem;

static void filesystem_clear(Filesystem *self) {
  g_clear_pointer(&self->folders, g_free);
  ak_extents_clear(&self->used);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

/* --- superblock and inodes ---------------------------------------------------------------------
 */

static bool read_word(AkReader *reader, bool is_big, guint32 *out) {
  return is_big ? ak_reader_u32be(reader, out, NULL) : ak_reader_u32le(reader, out, NULL);
}

/* Fields of bits begin with a word's low ones, or, big-endian, with its high ones. */
static bool read_inode(AkReader *reader, bool is_big, Inode *out) {
  guint32 first = 0, second = 0, third = 0;
  if (!read_word(reader, is_big, &first) || !read_word(reader, is_big, &second) ||
      !read_word(reader, is_big, &third))
    return false;
  *out = is_big ? (Inode){.mode = first >> 16,
                          .uid = first & 0xffff,
                          .size = second >> 8,
                          .gid = second & 0xff,
                          .name_size = (third >> 26) * 4,
                          .offset = (third & 0x3ffffff) * 4}
                : (Inode){.mode = first & 0xffff,
                          .uid = first >> 16,
                          .size = second & 0xffffff,
                          .gid = second >> 24,
                          .name_size = (third & 0x3f) * 4,
                          .offset = (third >> 6) * 4};
  return true;
}

static bool read_super(const guint8 *data, gsize size, gsize start, Super *out) {
  AkReader reader = ak_reader_init(data, size);
  const guint8 *magic = NULL, *signature = NULL;
  guint32 skipped = 0;
  *out = (Super){.start = start};
  if (!ak_reader_seek(&reader, start, NULL) || !ak_reader_bytes(&reader, 4, &magic, NULL))
    return false;
  out->is_big = memcmp(magic, MAGIC_BIG, 4) == 0;
  bool big = out->is_big;
  return (big || memcmp(magic, MAGIC_LITTLE, 4) == 0) && read_word(&reader, big, &out->size) &&
         read_word(&reader, big, &out->flags) && read_word(&reader, big, &skipped) &&
         ak_reader_bytes(&reader, 16, &signature, NULL) && memcmp(signature, SIGNATURE, 16) == 0 &&
         read_word(&reader, big, &out->crc) && ak_reader_skip(&reader, 8, NULL) &&
         read_word(&reader, big, &out->files) && ak_reader_skip(&reader, 16, NULL) &&
         read_inode(&reader, big, &out->root) && S_ISDIR(out->root.mode) &&
         out->size >= start + SUPER_SIZE && (out->flags & ~(guint32)FLAGS_KNOWN) == 0;
}

/* The superblock, at the start or behind what is before it: then the root says so. */
static bool find_super(const guint8 *data, gsize size, Super *out) {
  return (read_super(data, size, 0, out) && out->root.offset != SHIFT + SUPER_SIZE) ||
         (read_super(data, size, SHIFT, out) && out->root.offset == SHIFT + SUPER_SIZE);
}

static guint bid(const guint8 *data, gsize size) {
  Super super;
  return find_super(data, size, &super) ? 32 + 128 : 0;
}

/* --- contents ----------------------------------------------------------------------------------
 */

static guint32 count_blocks(const Inode *inode, guint32 block_size) {
  return (guint32)(((guint64)inode->size + block_size - 1) / block_size);
}

typedef struct {
  gsize from, to;
  gsize stored_from; /* with what stands before it and belongs to it */
  bool is_plain;
} Block;

/* Where block `index` of a content is stored; the pointers before it tell where it begins. */
static bool find_block(const Filesystem *self, const Inode *inode, guint32 count, guint32 index,
                       gsize want, Block *out) {
  AkReader reader = ak_reader_init(self->data, self->size);
  bool big = self->super.is_big;
  guint32 before = inode->offset + count * 4, pointer = 0;
  guint32 flags = (self->super.flags & FLAG_POINTERS) != 0 ? BLOCK_PLAIN | BLOCK_DIRECT : 0;
  if (!ak_reader_seek(&reader, inode->offset + (gsize)(index > 0 ? index - 1 : 0) * 4, NULL) ||
      (index > 0 && !read_word(&reader, big, &before)) || !read_word(&reader, big, &pointer))
    return false;
  *out = (Block){.from = before & ~flags, .to = pointer & ~flags};
  out->stored_from = out->from;
  out->is_plain = (pointer & flags & BLOCK_PLAIN) != 0;
  if (index > 0 && (before & flags & BLOCK_DIRECT) != 0)
    return false; /* where a direct block ends is not told to what follows */
  if ((pointer & flags & BLOCK_DIRECT) != 0) {
    guint8 low = 0, high = 0;
    out->from = out->stored_from = (pointer & ~flags) * (gsize)4;
    out->to = out->from + want;
    if (!out->is_plain) { /* its size stands before it */
      if (!ak_reader_seek(&reader, out->from, NULL) || !ak_reader_u8(&reader, &low, NULL) ||
          !ak_reader_u8(&reader, &high, NULL))
        return false;
      out->from += 2;
      out->to = out->from + (big ? (gsize)low << 8 | high : (gsize)high << 8 | low);
    }
  }
  return out->from <= out->to && out->to <= self->size;
}

/* A block of no bytes is a hole. */
static bool unpack_block(const Filesystem *self, const Block *block, guint8 *out, gsize want) {
  gsize size = block->to - block->from;
  uLongf got = want;
  if (size == 0)
    return memset(out, 0, want) != NULL;
  if (block->is_plain)
    return size == want && memcpy(out, self->data + block->from, want) != NULL;
  return uncompress(out, &got, self->data + block->from, size) == Z_OK && got == want;
}

static bool unpack_blocks(Filesystem *self, const Inode *inode, guint8 *out) {
  guint32 count = count_blocks(inode, self->block_size);
  for (guint32 i = 0; i < count; i++) {
    gsize at = (gsize)i * self->block_size, want = MIN(inode->size - at, self->block_size);
    Block block;
    if (!find_block(self, inode, count, i, want, &block) ||
        !unpack_block(self, &block, out + at, want))
      return false;
    ak_extents_note(&self->used, block.stored_from, block.to - block.stored_from);
  }
  ak_extents_note(&self->used, inode->offset, (guint64)count * 4);
  return true;
}

static GBytes *read_content(Filesystem *self, const Inode *inode, const char **cut) {
  if (inode->size == 0)
    return g_bytes_new_static("", 0);
  bool fits = inode->size <= ak_firmware_tree_budget(self->entries.tree, self->size);
  guint8 *out = fits ? ak_firmware_tree_room(self->entries.tree, inode->size, NULL) : NULL;
  if (out != NULL && unpack_blocks(self, inode, out))
    return ak_firmware_tree_room_take(self->entries.tree, out, inode->size);
  ak_firmware_tree_room_free(self->entries.tree, out);
  *cut = !fits         ? "this file is larger than the limit"
         : out == NULL ? AK_FIRMWARE_NO_ROOM
                       : "this file's blocks are damaged";
  return NULL;
}

/* --- folders -----------------------------------------------------------------------------------
 */

/* Called with each entry; false ends the walk. */
typedef bool (*Visit)(Filesystem *self, const Inode *inode, const char *path, guint depth,
                      gpointer data, GError **error);

static bool walk(Filesystem *self, const Inode *folder, const char *path, guint depth, Visit visit,
                 gpointer data, GError **error);

static bool enter(Filesystem *self, const Inode *inode, const char *path, guint depth, Visit visit,
                  gpointer data, GError **error) {
  if (!S_ISDIR(inode->mode) || inode->size == 0)
    return true;
  if (depth >= MAX_DEPTH) {
    ak_entries_cut(&self->entries, "folders nest too deep");
    return true;
  }
  return walk(self, inode, path, depth + 1, visit, data, error);
}

static bool walk_entry(Filesystem *self, AkReader *reader, const char *path, guint depth,
                       Visit visit, gpointer data, GError **error) {
  Inode inode;
  const guint8 *name = NULL;
  if (!read_inode(reader, self->super.is_big, &inode) ||
      !ak_reader_bytes(reader, inode.name_size, &name, NULL)) {
    ak_entries_cut(&self->entries, "%s/: a damaged folder", path);
    return ak_reader_seek(reader, reader->size, NULL);
  }
  gsize name_size = strnlen((const char *)name, inode.name_size);
  g_autofree char *inner = ak_firmware_tree_child_path(path, name, name_size);
  if (!ak_entries_is_name(name, name_size))
    ak_entries_cut(&self->entries, "%s: no name", inner);
  return visit(self, &inode, inner, depth, data, error) &&
         enter(self, &inode, inner, depth, visit, data, error);
}

static bool walk(Filesystem *self, const Inode *folder, const char *path, guint depth, Visit visit,
                 gpointer data, GError **error) {
  if (folder->offset >= self->size || folder->size > self->size - folder->offset) {
    ak_entries_cut(&self->entries, "%s/: a folder beyond the end", path);
    return true;
  }
  guint32 word = folder->offset / 4;
  if ((self->folders[word / 8] >> word % 8 & 1) != 0) {
    ak_entries_cut(&self->entries, "%s/: a folder in more than one place", path);
    return true;
  }
  self->folders[word / 8] |= (guint8)(1u << word % 8);
  ak_extents_note(&self->used, folder->offset, folder->size);
  AkReader reader = ak_reader_init(self->data + folder->offset, folder->size);
  while (ak_reader_left(&reader) > 0)
    if (!walk_entry(self, &reader, path, depth, visit, data, error))
      return false;
  return true;
}

static bool walk_all(Filesystem *self, Visit visit, gpointer data, GError **error) {
  memset(self->folders, 0, self->size / 32 + 1);
  return enter(self, &self->super.root, "", 0, visit, data, error);
}

static bool find_largest(Filesystem *self, const Inode *inode, const char *path, guint depth,
                         gpointer data, GError **error) {
  Inode *largest = data;
  if (S_ISREG(inode->mode) && inode->size > largest->size)
    *largest = *inode;
  return true;
}

/* The block size by which the largest file's first and last block unpack; 4096 where none does. */
static void find_block_size(Filesystem *self) {
  Inode largest = {0};
  g_autofree guint8 *out = g_malloc(LAST_BLOCK_SIZE);
  walk_all(self, find_largest, &largest, NULL);
  for (guint32 size = 4096; size <= LAST_BLOCK_SIZE && largest.size > 0; size *= 2) {
    guint32 count = count_blocks(&largest, size);
    gsize first = MIN(largest.size, size), last = largest.size - (gsize)(count - 1) * size;
    Block block;
    self->block_size = size;
    if (find_block(self, &largest, count, 0, first, &block) &&
        unpack_block(self, &block, out, first) &&
        find_block(self, &largest, count, count - 1, last, &block) &&
        unpack_block(self, &block, out, last))
      return;
  }
  self->block_size = 4096;
}

static bool add_entry(Filesystem *self, const Inode *inode, const char *path, guint depth,
                      gpointer data, GError **error) {
  AkEntry entry = {.path = path, .mode = inode->mode, .uid = inode->uid, .gid = inode->gid};
  guint32 *files = data;
  (*files)++;
  if (S_ISREG(inode->mode) || S_ISLNK(inode->mode))
    entry.content = read_content(self, inode, &entry.cut);
  if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
    ak_entries_old_device(inode->size, &entry.major, &entry.minor);
  return ak_entries_add(&self->entries, entry, error);
}

/* --- the whole ---------------------------------------------------------------------------------
 */

/* Over all bytes, the CRC's own being 0. */
static bool has_crc(const Filesystem *self) {
  static const guint8 nothing[4];
  gsize place = self->super.start + 32, behind = place + 4;
  const guint8 *data = self->data;
  guint32 crc = (guint32)crc32_z(0, data + self->super.start, place - self->super.start);
  crc = (guint32)crc32_z(crc, nothing, 4);
  return crc32_z(crc, data + behind, self->size - behind) == self->super.crc;
}

static void check_whole(Filesystem *self, guint32 files) {
  const Super *super = &self->super;
  if (self->size < super->size) {
    ak_entries_cut(&self->entries, "the image ends before its superblock says");
    return;
  }
  if ((super->flags & FLAG_CRC) != 0 && !has_crc(self))
    ak_entries_cut(&self->entries, "another checksum than its superblock says");
  if ((super->flags & FLAG_CRC) != 0 && files + 1 != super->files)
    ak_entries_cut(&self->entries, "%u files of %u", files + 1, super->files);
  ak_extents_note(&self->used, super->start, SUPER_SIZE);
  gsize gaps = ak_extents_count_gaps(&self->used, self->data, super->start, self->size);
  if (gaps > 0)
    ak_entries_cut(&self->entries, "%" G_GSIZE_FORMAT " bytes belong to no file", gaps);
}

static bool open_cramfs(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                        gsize *used, GError **error) {
  g_auto(Filesystem) self = {.entries = {tree, node, "cramfs"}, .data = data};
  guint32 files = 0;
  if (!find_super(data, size, &self.super))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged superblock");
  self.size = MIN(size, self.super.size);
  *used = self.size;
  self.folders = g_try_malloc(self.size / 32 + 1);
  if (self.folders == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  if (self.super.start > 0 &&
      !ak_entries_add_region(&self.entries, "boot", 0, self.super.start, error))
    return false;
  find_block_size(&self);
  if (!walk_all(&self, add_entry, &files, error))
    return false;
  check_whole(&self, files);
  return true;
}

static const char *const sources[] = {"Linux include/uapi/linux/cramfs_fs.h",
                                      "Linux fs/cramfs/README", NULL};

extern const AkFirmwareFormat ak_firmware_cramfs_format;
const AkFirmwareFormat ak_firmware_cramfs_format = {
    .name = "cramfs",
    .help_en = "cramfs of either byte order",
    .help_ja = "cramfs（両エンディアン）",
    .sources = sources,
    .magics = {{MAGIC_LITTLE, 4}, {MAGIC_BIG, 4}, {MAGIC_LITTLE, 4, SHIFT}, {MAGIC_BIG, 4, SHIFT}},
    .bid = bid,
    .open = open_cramfs,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_cramfs_fuzz(const guint8 *data, gsize size);
bool ak_firmware_cramfs_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_cramfs_format, data, size);
}
