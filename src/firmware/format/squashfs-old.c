/* squashfs as others than libsquashfs read it: 2.0 to 3.1, and 4.0 with LZO or as makers changed
 * it, in either byte order. It guards nothing by checksums: every inode is in its folders, and each
 * byte belongs to something. Source: as in squash-image.h. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/entries.h"
#include "firmware/format/format.h"
#include "firmware/format/squash-image.h"
#include "firmware/format/words.h"

#define MAX_DEPTH 64
#define MAX_LIST (16u << 20) /* bytes of a folder's list */
#define NO_FRAGMENT G_MAXUINT32
#define NO_TABLE G_MAXUINT64
enum { FOLDER = 1, FILE_, SYMLINK, BLOCK, CHAR, FIFO, SOCKET };

typedef struct {
  AkEntries entries;
  AkSquash image;
  GHashTable *seen;     /* reference of each inode that was met */
  GHashTable *contents; /* reference of a file's inode → its GBytes */
  guint8 *fragment;     /* the last one that was unpacked */
  guint32 fragment_index;
  gsize fragment_size;
} Filesystem;

static void filesystem_clear(Filesystem *self) {
  ak_squash_clear(&self->image);
  g_clear_pointer(&self->seen, g_hash_table_unref);
  g_clear_pointer(&self->contents, g_hash_table_unref);
  g_clear_pointer(&self->fragment, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

static guint bid(const guint8 *data, gsize size) {
  AkSquashSuper super;
  if (!ak_squash_read_super(data, size, &super))
    return 0;
  return ak_squash_is_standard(data, size, &super) ? 0 : 129; /* squashfs.c bids 128 */
}

/* --- contents ----------------------------------------------------------------------------------
 */

/* The end of a file that stands with others' in one block. */
static bool read_fragment(Filesystem *self, const AkSquashInode *inode, guint8 *out, gsize want) {
  guint32 room = self->image.super.block_size;
  if (inode->fragment >= self->image.fragments->len || inode->offset > room ||
      want > room - inode->offset)
    return false;
  const AkSquashFragment *fragment =
      &g_array_index(self->image.fragments, AkSquashFragment, inode->fragment);
  if (self->fragment == NULL || self->fragment_index != inode->fragment) {
    g_clear_pointer(&self->fragment, g_free);
    self->fragment = ak_squash_fragment(&self->image, fragment, &self->fragment_size);
    self->fragment_index = inode->fragment;
  }
  if (self->fragment == NULL || inode->offset + want > self->fragment_size)
    return false;
  memcpy(out, self->fragment + inode->offset, want);
  return true;
}

static bool read_blocks(Filesystem *self, const AkSquashInode *inode, guint64 whole, guint8 *out) {
  guint32 room = self->image.super.block_size;
  guint64 block = inode->next_block, start = inode->start;
  gsize offset = inode->next_offset, count = (gsize)((whole + room - 1) / room);
  g_autofree guint8 *sizes = ak_squash_metadata(&self->image, &block, &offset, count * 4);
  AkWords words = ak_words_init(sizes, sizes != NULL ? count * 4 : 0, 0, self->image.super.is_big);
  for (gsize i = 0; i < count; i++) {
    guint32 stored = ak_words_u32(&words);
    gsize want = (gsize)MIN(whole - (guint64)i * room, room);
    if (words.failed || (ak_squash_stored_size(stored) > 0 &&
                         !ak_squash_data(&self->image, start, stored, out + i * room, want)))
      return false;
    start += ak_squash_stored_size(stored);
  }
  return true;
}

static GBytes *read_content(Filesystem *self, const AkSquashInode *inode, const char **cut) {
  guint32 room = self->image.super.block_size;
  guint64 limit = ak_firmware_tree_budget(self->entries.tree, self->image.size);
  bool has_fragment = inode->fragment != NO_FRAGMENT;
  guint64 whole = has_fragment ? inode->size / room * room : inode->size;
  AkFirmwareTree *tree = self->entries.tree;
  bool fits = inode->size <= limit;
  guint8 *out = fits ? ak_firmware_tree_room(tree, inode->size, NULL) : NULL;
  if (out == NULL) {
    *cut = fits ? AK_FIRMWARE_NO_ROOM : "this file is larger than the limit";
    return NULL;
  }
  if (!read_blocks(self, inode, whole, out) ||
      (has_fragment && !read_fragment(self, inode, out + whole, (gsize)(inode->size - whole)))) {
    *cut = "this file's blocks are damaged";
    ak_firmware_tree_room_free(tree, out);
    return NULL;
  }
  return ak_firmware_tree_room_take(tree, out, (gsize)inode->size);
}

/* Names that share an inode share its content. */
static GBytes *content_of(Filesystem *self, guint64 reference, const AkSquashInode *inode,
                          const char **cut) {
  GBytes *known = g_hash_table_lookup(self->contents, &reference);
  if (known != NULL)
    return g_bytes_ref(known);
  GBytes *content = read_content(self, inode, cut);
  if (content != NULL)
    g_hash_table_insert(self->contents, g_memdup2(&reference, sizeof reference),
                        g_bytes_ref(content));
  return content;
}

static GBytes *read_target(Filesystem *self, const AkSquashInode *inode, const char **cut) {
  guint64 block = inode->next_block;
  gsize offset = inode->next_offset;
  guint8 *target = inode->size <= G_MAXUINT16
                       ? ak_squash_metadata(&self->image, &block, &offset, (gsize)inode->size)
                       : NULL;
  if (target == NULL)
    *cut = "this link's target is damaged";
  return target != NULL ? g_bytes_new_take(target, inode->size) : NULL;
}

/* --- folders -----------------------------------------------------------------------------------
 */

static bool walk(Filesystem *self, const AkSquashInode *folder, const char *path, guint depth,
                 GError **error);

/* True the first time. */
static bool meet(Filesystem *self, guint64 reference) {
  return g_hash_table_add(self->seen, g_memdup2(&reference, sizeof reference));
}

static void set_content(Filesystem *self, AkEntry *entry, guint64 reference,
                        const AkSquashInode *inode) {
  static const guint kinds[] = {0, S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK};
  entry->mode =
      (inode->mode & 07777) | (inode->type < G_N_ELEMENTS(kinds) ? kinds[inode->type] : 0);
  if (inode->type == FILE_)
    entry->content = content_of(self, reference, inode, &entry->cut);
  else if (inode->type == SYMLINK)
    entry->content = read_target(self, inode, &entry->cut);
  else if (self->image.super.major == 4)
    ak_entries_device(inode->device, &entry->major, &entry->minor);
  else
    ak_entries_old_device(inode->device, &entry->major, &entry->minor);
}

static bool visit(Filesystem *self, const AkSquashList *name, const char *folder, guint depth,
                  GError **error) {
  g_autofree char *path = ak_firmware_tree_child_path(folder, name->name, name->name_size);
  AkSquashInode inode;
  if (!ak_entries_is_name(name->name, name->name_size))
    ak_entries_cut(&self->entries, "%s: no name", path);
  if (!ak_squash_read_inode(&self->image, name->reference, &inode)) {
    ak_entries_cut(&self->entries, "%s: its inode is damaged", path);
    return true;
  }
  bool is_new = meet(self, name->reference);
  if (inode.type != name->type)
    ak_entries_cut(&self->entries, "%s: its folder calls it something else", path);
  AkEntry entry = {.path = path, .uid = inode.uid, .gid = inode.gid};
  set_content(self, &entry, name->reference, &inode);
  if (!ak_entries_add(&self->entries, entry, error))
    return false;
  if (inode.type != FOLDER)
    return true;
  if (is_new && depth < MAX_DEPTH)
    return walk(self, &inode, path, depth + 1, error);
  ak_entries_cut(&self->entries,
                 is_new ? "folders nest too deep" : "%s: a folder in more than one place", path);
  return true;
}

/* From 3.0 on a list is counted 3 bytes longer, for "." and "..". */
static bool walk(Filesystem *self, const AkSquashInode *folder, const char *path, guint depth,
                 GError **error) {
  guint64 none = self->image.super.major >= 3 ? 3 : 0;
  guint64 block = self->image.super.folder_start + folder->start;
  gsize offset = folder->offset;
  AkSquashList state = {0};
  if (folder->size <= none)
    return true;
  gsize size = (gsize)MIN(folder->size - none, MAX_LIST);
  g_autofree guint8 *list = ak_squash_metadata(&self->image, &block, &offset, size);
  while (list != NULL && ak_squash_next_entry(&self->image, list, size, &state))
    if (!visit(self, &state, path, depth, error))
      return false;
  if (list == NULL || state.at < size || state.left > 0)
    ak_entries_cut(&self->entries, "%s/: a damaged folder", path);
  return true;
}

/* --- the account -------------------------------------------------------------------------------
 */

/* Attributes stand behind all other tables; they are not looked at. */
static void note_attributes(AkSquash *image) {
  const AkSquashSuper *super = &image->super;
  AkWords words = ak_words_init(image->data, image->size,
                                (gsize)MIN(super->xattr_start, image->size), super->is_big);
  guint64 first = ak_words_u64(&words);
  if (super->xattr_start != NO_TABLE && !words.failed)
    ak_extents_note(&image->used, first, image->size - MIN(first, image->size));
}

static void check_whole(Filesystem *self) {
  AkSquash *image = &self->image;
  guint met = g_hash_table_size(self->seen);
  if (met != image->super.inodes)
    ak_entries_cut(&self->entries, "%u inodes of %u are in its folders", met, image->super.inodes);
  note_attributes(image);
  gsize gaps = ak_extents_count_gaps(&image->used, image->data, 0, image->size);
  if (gaps > 0)
    ak_entries_cut(&self->entries, "%" G_GSIZE_FORMAT " bytes belong to nothing", gaps);
}

static bool open_squashfs(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                          gsize *used, GError **error) {
  g_auto(Filesystem) self = {.entries = {tree, node, "squashfs-old"}};
  AkSquashInode root;
  bool ok = ak_squash_init(&self.image, data, size, error);
  *used = self.image.size;
  if (self.image.super.bytes_used > size) /* tables stand at the end: what follows from that is no reason of its own */
    ak_entries_cut(&self.entries, "the image ends after %" G_GSIZE_FORMAT " bytes, its superblock says %" G_GUINT64_FORMAT,
                   size, (guint64)self.image.super.bytes_used);
  if (!ok)
    return false;
  self.seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  self.contents =
      g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_bytes_unref);
  if (!ak_squash_read_inode(&self.image, self.image.super.root, &root) || root.type != FOLDER)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the root folder is damaged");
  meet(&self, self.image.super.root);
  if (!walk(&self, &root, "", 0, error))
    return false;
  check_whole(&self);
  return true;
}

static const char *const sources[] = {"squashfs-tools 4.4 squashfs_compat.h",
                                      "squashfs-tools 4.4 squashfs_fs.h", "magic(5) of file 5.44",
                                      NULL};

extern const AkFirmwareFormat ak_firmware_squashfs_old_format;
const AkFirmwareFormat ak_firmware_squashfs_old_format = {
    .name = "squashfs-old",
    .help_en = "squashfs 2.x, 3.x, 4.0 with LZO or of makers (either byte order, LZMA)",
    .help_ja = "squashfs 2.x・3.x、LZOまたはメーカー独自の4.0（両エンディアン、LZMA）",
    .sources = sources,
    .magics = {{"hsqs", 4}, {"sqsh", 4}, {"shsq", 4}, {"qshs", 4}, {"hsqt", 4}, {"tqsh", 4}},
    .bid = bid,
    .open = open_squashfs,
};

bool ak_firmware_squashfs_old_fuzz(const guint8 *data, gsize size);
bool ak_firmware_squashfs_old_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_squashfs_old_format, data, size);
}
