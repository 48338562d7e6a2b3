/* ext2, ext3 and ext4. Where a filesystem has checksums they are held against what they cover; and
 * in any case it is accounted for: each inode in use stands in as many folders as it says, each
 * block in use belongs to one thing, and what free blocks still hold is a region of its own.
 * Source: Linux, Documentation/filesystems/ext4/. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/ext-image.h"
#include "firmware/format/format.h"
#include "firmware/format/links.h"
#include "util/reader.h"

#define MAX_DEPTH 64 /* folders in folders */
#define MAX_REMAINS 1000
#define FILE_TYPE_TAIL 0xde /* of the entry that holds a folder block's checksum */
#define TAIL_SIZE 12

typedef struct {
  AkFirmwareTree *tree;
  guint root;
  AkExt ext;
  guint8 *claimed; /* a bit a block: it belongs to something */
  guint32 *links;  /* by inode: entries that name it */
  AkLinks contents;
  bool is_shared; /* what is noted now may be taken already: the table of groups as a file */
} Filesystem;

static void filesystem_clear(Filesystem *self) {
  g_clear_pointer(&self->claimed, g_free);
  g_clear_pointer(&self->links, g_free);
  ak_links_clear(&self->contents);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

static void cut(Filesystem *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void cut(Filesystem *self, const char *format, ...) {
  va_list arguments;
  if (ak_firmware_tree_node(self->tree, self->root)->cut != NULL)
    return; /* the first reason stays */
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *reason = g_strconcat("ext: ", text, NULL);
  ak_firmware_tree_cut(self->tree, self->root, reason);
}

static guint bid(const guint8 *data, gsize size) {
  AkExt ext;
  return ak_ext_init(&ext, data, size, NULL) ? 96 : 0;
}

/* --- blocks ------------------------------------------------------------------------------------
 */

static bool is_claimed(const Filesystem *self, guint64 block) {
  return (self->claimed[block / 8] >> block % 8 & 1) != 0;
}

/* Each block belongs to one thing. */
static bool claim(gpointer data, guint64 block, guint64 count, GError **error) {
  Filesystem *self = data;
  for (guint64 i = block; i < block + count; i++) {
    if (is_claimed(self, i) && !self->is_shared)
      return ak_error_set(error, AK_ERROR_INVALID_DATA,
                          "block %" G_GUINT64_FORMAT " belongs to more than one thing", i);
    self->claimed[i / 8] |= (guint8)(1u << i % 8);
  }
  return true;
}

static bool claim_fixed(Filesystem *self, guint64 block, guint64 count, GError **error) {
  if (count > self->ext.blocks || block > self->ext.blocks - count)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "structures beyond the end");
  return claim(self, block, count, error);
}

static guint64 blocks_for(const AkExt *ext, guint64 size) {
  return (size + ext->block_size - 1) / ext->block_size;
}

/* Superblock, groups, bitmaps and tables of inodes. */
static bool claim_group(Filesystem *self, guint32 index, GError **error) {
  const AkExt *ext = &self->ext;
  AkExtGroup group;
  guint64 first = ext->first_block + (guint64)index * ext->blocks_per_group;
  guint64 table = blocks_for(ext, (guint64)ext->groups * ext->group_size);
  guint64 inodes = blocks_for(ext, (guint64)ext->inodes_per_group * ext->inode_size);
  if (ak_ext_has_copy(ext, index)) {
    guint64 wanted = 1 + table + ext->reserved_group_blocks;
    if (!claim_fixed(self, first, MIN(wanted, ext->blocks - first), error))
      return false;
  }
  return ak_ext_group(ext, index, &group, error) &&
         claim_fixed(self, group.block_bitmap, 1, error) &&
         claim_fixed(self, group.inode_bitmap, 1, error) &&
         claim_fixed(self, group.inode_table, inodes, error);
}

static bool claim_structures(Filesystem *self, GError **error) {
  const AkExt *ext = &self->ext;
  if (ext->first_block == 1 && !claim_fixed(self, 0, 1, error))
    return false;
  for (guint32 i = 0; i < ext->groups; i++)
    if (!claim_group(self, i, error))
      return false;
  return (ext->incompat & AK_EXT_INCOMPAT_MMP) == 0 || claim_fixed(self, ext->mmp_block, 1, error);
}

/* --- contents ----------------------------------------------------------------------------------
 */

static bool is_zero(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0)
      return false;
  return true;
}

/* Nothing lies behind the end of a content, in its last block or in blocks of their own. */
static void check_end(Filesystem *self, const AkExtInode *inode, const GArray *runs) {
  const AkExt *ext = &self->ext;
  if ((inode->flags & AK_EXT_INODE_VERITY) != 0)
    return; /* its tree of digests stands there */
  for (guint i = 0; i < runs->len; i++) {
    const AkExtRun *run = &g_array_index(runs, AkExtRun, i);
    for (guint64 k = 0; k < run->count && !run->is_empty; k++) {
      guint64 from = (run->logical + k) * ext->block_size;
      const guint8 *block = ak_ext_block(ext, run->physical + k);
      gsize used = (gsize)MIN(inode->size - MIN(inode->size, from), ext->block_size);
      if (used == ext->block_size || block == NULL)
        continue;
      if (!is_zero(block + used, ext->block_size - used))
        cut(self, "inode %u: something behind the end of its content", inode->number);
    }
  }
}

static const char *sealed_by(const AkExtInode *inode) {
  if (inode->is_damaged)
    return "ext: this inode has another checksum";
  if ((inode->flags & AK_EXT_INODE_ENCRYPTED) != 0)
    return "ext: encrypted";
  return (inode->flags & AK_EXT_INODE_COMPRESSED) != 0 ? "ext: compressed, not opened" : NULL;
}

/* The bytes of a file, folder or link; its blocks are claimed. NULL with the reason. */
static GBytes *read_content(Filesystem *self, const AkExtInode *inode, GError **error) {
  const AkExt *ext = &self->ext;
  guint64 limit = ak_firmware_tree_budget(self->tree, ext->size);
  if (ak_ext_is_inside(inode))
    return ak_ext_content(ext, inode, NULL, self->tree, limit, error);
  g_autoptr(GArray) runs = ak_ext_runs(ext, inode, claim, self, error);
  if (runs == NULL)
    return NULL;
  check_end(self, inode, runs);
  return ak_ext_content(ext, inode, runs, self->tree, limit, error);
}

/* Extended attributes have a block of their own, which many may share. */
static void claim_attributes(Filesystem *self, const AkExtInode *inode) {
  if (inode->acl_block == 0)
    return;
  self->is_shared = true;
  if (!claim_fixed(self, inode->acl_block, 1, NULL))
    cut(self, "inode %u: attributes beyond the end", inode->number);
  self->is_shared = false;
}

/* The content of an inode that entries name for the first time, or again. */
static GBytes *content_of(Filesystem *self, const AkExtInode *inode, GError **error) {
  g_autofree char *name = g_strdup_printf("%u", inode->number);
  GBytes *known = ak_links_find(&self->contents, name);
  if (known != NULL || self->links[inode->number] > 1) {
    if (known == NULL)
      ak_error_set(error, AK_ERROR_INVALID_DATA, "inode %u could not be read", inode->number);
    return known;
  }
  claim_attributes(self, inode);
  const char *sealed = sealed_by(inode);
  GBytes *content = read_content(self, inode, error);
  if (content != NULL && sealed != NULL) {
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "%s", sealed);
    g_clear_pointer(&content, g_bytes_unref);
  }
  if (content != NULL && !S_ISDIR(inode->mode) && inode->links > 1)
    ak_links_keep(&self->contents, name, content);
  return content;
}

/* --- folders -----------------------------------------------------------------------------------
 */

typedef struct {
  guint32 inode;
  guint8 type; /* 0: not told */
  const guint8 *name;
  guint8 name_size;
} Entry;

static guint8 type_of(guint32 mode) {
  static const guint16 kinds[] = {0,       S_IFREG, S_IFDIR,  S_IFCHR,
                                  S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK};
  for (guint8 i = 1; i < G_N_ELEMENTS(kinds); i++)
    if ((mode & S_IFMT) == kinds[i])
      return i;
  return 0;
}

/* One entry; those without an inode are passed over by the caller. */
static bool read_entry(const AkExt *ext, AkReader *reader, Entry *out) {
  guint16 length = 0, name_size = 0;
  gsize start = reader->position;
  bool has_type = (ext->incompat & AK_EXT_INCOMPAT_FILETYPE) != 0;
  *out = (Entry){0};
  if (!ak_reader_u32le(reader, &out->inode, NULL) || !ak_reader_u16le(reader, &length, NULL) ||
      !ak_reader_u16le(reader, &name_size, NULL))
    return false;
  out->name_size = (guint8)name_size;
  out->type = has_type ? (guint8)(name_size >> 8) : 0;
  if (!has_type && name_size > 255)
    return false;
  gsize whole = length == 0 || length == G_MAXUINT16 ? ext->block_size : length;
  return whole >= 8u + out->name_size && whole % 4 == 0 &&
         ak_reader_bytes(reader, out->name_size, &out->name, NULL) &&
         ak_reader_seek(reader, start + whole, NULL);
}

static bool add_folder(Filesystem *self, const AkExtInode *inode, const char *path, guint depth,
                       GError **error);

static void set_content(Filesystem *self, AkNode *node, const AkExtInode *inode) {
  g_autoptr(GError) failure = NULL;
  gsize size = 0;
  if (S_ISREG(inode->mode)) {
    node->bytes = content_of(self, inode, &failure);
  } else if (S_ISLNK(inode->mode)) {
    g_autoptr(GBytes) target = content_of(self, inode, &failure);
    const char *text = target != NULL ? g_bytes_get_data(target, &size) : NULL;
    node->type = AK_NODE_SYMLINK;
    node->target = g_strndup(text != NULL ? text : "", size);
    if (failure == NULL && !ak_firmware_tree_is_target(text, size))
      node->cut = g_strdup("ext: the target of this link is no path");
  } else if (S_ISDIR(inode->mode)) {
    node->type = AK_NODE_FOLDER;
  } else {
    /* Linux, fs/ext4/inode.c: old numbers in the first word, new ones in the second */
    AkReader reader = ak_reader_init(inode->map, 8);
    guint32 old = 0, wide = 0;
    ak_reader_u32le(&reader, &old, NULL);
    ak_reader_u32le(&reader, &wide, NULL);
    node->type = AK_NODE_OTHER;
    node->target = ak_firmware_tree_device_text(
        inode->mode, old != 0 ? old >> 8 & 0xff : wide >> 8 & 0xfff,
        old != 0 ? old & 0xff : (wide & 0xff) | (wide >> 12 & 0xfff00));
    if (inode->size > 0)
      node->cut = g_strdup("ext: content of an entry that is no file");
    claim_attributes(self, inode);
  }
  if (failure != NULL)
    node->cut = g_strdup(failure->message);
}

static bool visit(Filesystem *self, const Entry *entry, const char *folder, guint depth,
                  GError **error) {
  AkExtInode inode;
  g_autofree char *path = ak_firmware_tree_child_path(folder, entry->name, entry->name_size);
  g_autoptr(GError) failure = NULL;
  if (!ak_ext_inode(&self->ext, entry->inode, &inode, &failure)) {
    cut(self, "%s: %s", path, failure->message);
    return true; /* the other entries may still be whole */
  }
  self->links[entry->inode]++;
  if (inode.is_damaged || (entry->type != 0 && entry->type != type_of(inode.mode)))
    cut(self, "%s: %s", path,
        inode.is_damaged ? "its inode has another checksum" : "its folder calls it something else");
  AkNode node = {.parent = self->root,
                 .path = g_strdup(path),
                 .mode = inode.mode & 07777,
                 .uid = inode.uid,
                 .gid = inode.gid};
  set_content(self, &node, &inode);
  if (!ak_firmware_tree_add(self->tree, node, NULL, error))
    return false;
  if (!S_ISDIR(inode.mode))
    return true;
  if (self->links[entry->inode] == 1 && entry->inode != AK_EXT_ROOT)
    return add_folder(self, &inode, path, depth + 1, error);
  cut(self, "%s: a folder in more than one place", path);
  return true;
}

static bool is_self_or_parent(const Entry *entry) {
  return (entry->name_size == 1 && entry->name[0] == '.') ||
         (entry->name_size == 2 && memcmp(entry->name, "..", 2) == 0);
}

static bool walk_entries(Filesystem *self, const guint8 *data, gsize size, const char *path,
                         guint depth, GError **error) {
  AkReader reader = ak_reader_init(data, size);
  while (ak_reader_left(&reader) > 0) {
    Entry entry;
    if (!read_entry(&self->ext, &reader, &entry)) {
      cut(self, "%s/: a damaged folder", path);
      return true;
    }
    if (entry.inode == 0 || entry.name_size == 0 || is_self_or_parent(&entry))
      continue;
    if (!visit(self, &entry, path, depth, error))
      return false;
  }
  return true;
}

/* A block of entries ends with their checksum; blocks of an index have another and hold no entry
 * but
 * "." and "..". */
static bool has_checksum(const Filesystem *self, const AkExtInode *inode, const guint8 *block) {
  const AkExt *ext = &self->ext;
  gsize covered = ext->block_size - TAIL_SIZE;
  AkReader reader = ak_reader_init(block, ext->block_size), first = reader;
  Entry tail, entry;
  guint32 told = 0;
  if ((ext->ro_compat & AK_EXT_RO_CHECKSUMS) == 0)
    return true;
  if (ak_reader_seek(&reader, covered, NULL) && read_entry(ext, &reader, &tail) &&
      tail.inode == 0 && tail.type == FILE_TYPE_TAIL) {
    reader.position = ext->block_size - 4;
    return ak_reader_u32le(&reader, &told, NULL) &&
           told == ak_ext_checksum(ext, inode, block, covered);
  }
  bool has_index = (inode->flags & AK_EXT_INODE_INDEXED) != 0 && read_entry(ext, &first, &entry);
  return has_index && (entry.inode == 0 || is_self_or_parent(&entry));
}

static bool walk_blocks(Filesystem *self, const AkExtInode *inode, GBytes *content,
                        const char *path, guint depth, GError **error) {
  gsize size = 0, step = self->ext.block_size;
  const guint8 *data = g_bytes_get_data(content, &size);
  if (size % step != 0)
    cut(self, "%s/: a folder of an odd size", path);
  for (gsize at = 0; at + step <= size; at += step) {
    if (!has_checksum(self, inode, data + at))
      cut(self, "%s/: a folder with another checksum", path);
    if (!walk_entries(self, data + at, step, path, depth, error))
      return false;
  }
  return true;
}

/* Inline: the parent's number, entries in the rest of the map, more entries in an attribute. */
static bool walk_inline(Filesystem *self, GBytes *content, const char *path, guint depth,
                        GError **error) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(content, &size);
  gsize first = MIN(size, 60);
  return first < 4 || (walk_entries(self, data + 4, first - 4, path, depth, error) &&
                       walk_entries(self, data + first, size - first, path, depth, error));
}

static bool add_folder(Filesystem *self, const AkExtInode *inode, const char *path, guint depth,
                       GError **error) {
  g_autoptr(GError) failure = NULL;
  if (depth > MAX_DEPTH) {
    cut(self, "folders nest too deep");
    return true;
  }
  g_autoptr(GBytes) content = content_of(self, inode, &failure);
  if (content == NULL) {
    cut(self, "%s/: %s", path, failure->message);
    return true;
  }
  return (inode->flags & AK_EXT_INODE_INLINE) != 0
             ? walk_inline(self, content, path, depth, error)
             : walk_blocks(self, inode, content, path, depth, error);
}

/* --- what stands in no folder ------------------------------------------------------------------
 */

/* A journal that was replayed may still hold what was written once. */
static bool add_journal(Filesystem *self, GBytes *content, GError **error) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(content, &size);
  gsize first = MIN(size, self->ext.block_size);
  if (is_zero(data + first, size - first))
    return true;
  AkNode node = {.parent = self->root,
                 .path = g_strdup("#journal"),
                 .bytes = g_bytes_new_from_bytes(content, first, size - first)};
  return ak_firmware_tree_add(self->tree, node, NULL, error);
}

static bool take_reserved(Filesystem *self, guint32 number, GError **error) {
  AkExtInode inode;
  g_autoptr(GError) failure = NULL;
  if (!ak_ext_inode(&self->ext, number, &inode, &failure)) {
    cut(self, "%s", failure->message);
    return true;
  }
  self->links[number]++;
  if (inode.mode == 0 && inode.links == 0 && is_zero(inode.map, 60))
    return true;
  if (number == AK_EXT_RESIZE || number == 1) { /* backups of groups; blocks that are bad */
    self->is_shared = number == AK_EXT_RESIZE;
    g_autoptr(GArray) runs = ak_ext_runs(&self->ext, &inode, claim, self, &failure);
    self->is_shared = false;
    if (runs == NULL)
      cut(self, "%s", failure->message);
    return true;
  }
  g_autoptr(GBytes) content = content_of(self, &inode, &failure);
  if (content == NULL)
    cut(self, "inode %u: %s", number, failure->message);
  return content == NULL || number != AK_EXT_JOURNAL || add_journal(self, content, error);
}

static bool take_all_reserved(Filesystem *self, GError **error) {
  const AkExt *ext = &self->ext;
  for (guint32 i = 1; i < ext->first_inode && i <= ext->inodes; i++)
    if (i != AK_EXT_ROOT && !take_reserved(self, i, error))
      return false;
  return (ext->compat & AK_EXT_COMPAT_ORPHAN_FILE) == 0 || ext->orphan_inode > ext->inodes ||
         ext->orphan_inode < ext->first_inode || take_reserved(self, ext->orphan_inode, error);
}

/* --- the account -------------------------------------------------------------------------------
 */

static void check_inode(Filesystem *self, const AkExtGroup *group, guint32 number) {
  const AkExt *ext = &self->ext;
  AkExtInode inode;
  guint32 bit = (number - 1) % ext->inodes_per_group;
  bool is_used =
      (group->flags & AK_EXT_GROUP_NO_INODES) == 0 && ak_ext_bit(ext, group->inode_bitmap, bit);
  bool is_reached = self->links[number] > 0;
  if (is_used != is_reached && number >= ext->first_inode)
    cut(self, "inode %u is %s", number,
        is_used ? "in use and stands in no folder" : "in a folder and not in use");
  else if (is_reached && number >= ext->first_inode && number != ext->orphan_inode &&
           ak_ext_inode(ext, number, &inode, NULL) && !S_ISDIR(inode.mode) &&
           inode.links != self->links[number])
    cut(self, "inode %u has %u names of %u", number, self->links[number], inode.links);
}

/* Runs of free blocks that are no padding: what deleted files left. */
static bool add_remains(Filesystem *self, guint64 from, guint64 to, guint *count, GError **error) {
  const AkExt *ext = &self->ext;
  gsize offset = (gsize)from * ext->block_size;
  gsize size = MIN((gsize)to * ext->block_size, ext->size) - offset;
  if (++*count > MAX_REMAINS) {
    cut(self, "more than %d pieces in free blocks", MAX_REMAINS);
    return true;
  }
  AkNode node = {.parent = self->root,
                 .path = g_strdup_printf("#free@%" G_GSIZE_FORMAT, offset),
                 .bytes = g_bytes_new_from_bytes(
                     ak_firmware_tree_node(self->tree, self->root)->bytes, offset, size),
                 .slice = true,
                 .offset = offset};
  return ak_firmware_tree_add(self->tree, node, NULL, error);
}

static bool has_content(const guint8 *block, gsize size) {
  for (gsize i = 1; block != NULL && i < size; i++)
    if (block[i] != block[0])
      return true;
  return block != NULL && block[0] != 0x00 && block[0] != 0xff;
}

/* A block of all that is in use belongs to something, and the other way round. */
static void check_block(Filesystem *self, const AkExtGroup *group, guint64 block) {
  const AkExt *ext = &self->ext;
  guint32 bit = (guint32)((block - ext->first_block) % ext->blocks_per_group);
  if ((group->flags & AK_EXT_GROUP_NO_BLOCKS) == 0 &&
      ak_ext_bit(ext, group->block_bitmap, bit) != is_claimed(self, block))
    cut(self, "block %" G_GUINT64_FORMAT " is %s", block,
        is_claimed(self, block) ? "not in use and belongs to something"
                                : "in use and belongs to nothing");
}

static bool check_group(Filesystem *self, guint32 index, guint *remains, GError **error) {
  const AkExt *ext = &self->ext;
  AkExtGroup group;
  if (!ak_ext_group(ext, index, &group, error))
    return false;
  for (guint32 i = 0; i < ext->inodes_per_group; i++)
    check_inode(self, &group, index * ext->inodes_per_group + i + 1);
  guint64 first = ext->first_block + (guint64)index * ext->blocks_per_group;
  guint64 end = MIN(first + ext->blocks_per_group, ext->blocks), from = 0;
  for (guint64 block = first; block <= end; block++) {
    bool is_remains = block < end && !is_claimed(self, block) &&
                      has_content(ak_ext_block(ext, block), ext->block_size);
    if (block < end)
      check_block(self, &group, block);
    if (is_remains && from == 0)
      from = block;
    if (!is_remains && from != 0) {
      if (!add_remains(self, from, block, remains, error))
        return false;
      from = 0;
    }
  }
  return true;
}

/* What stands before the superblock is a program that starts the machine. */
static bool add_boot(Filesystem *self, GError **error) {
  if (is_zero(self->ext.data, AK_EXT_SUPER_OFFSET))
    return true;
  AkNode node = {.parent = self->root,
                 .path = g_strdup("#boot"),
                 .bytes = g_bytes_new_from_bytes(
                     ak_firmware_tree_node(self->tree, self->root)->bytes, 0, AK_EXT_SUPER_OFFSET),
                 .slice = true};
  return ak_firmware_tree_add(self->tree, node, NULL, error);
}

static bool account(Filesystem *self, GError **error) {
  guint remains = 0;
  for (guint32 i = 0; i < self->ext.groups; i++)
    if (!check_group(self, i, &remains, error))
      return false;
  return add_boot(self, error);
}

static void cut_by_state(Filesystem *self) {
  const AkExt *ext = &self->ext;
  if (ext->size < ext->blocks * ext->block_size)
    cut(self, "the image ends before its superblock says");
  if ((ext->incompat & AK_EXT_INCOMPAT_RECOVER) != 0)
    cut(self, "its journal was not replayed: files may be older than what was written last");
  if ((ext->state & 1) == 0 || (ext->state & 6) != 0 || (ext->ro_compat & AK_EXT_RO_ORPHANS) != 0)
    cut(self, "it was not put away cleanly");
}

static bool open_ext(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(Filesystem) self = {.tree = tree, .root = node};
  AkExtInode root;
  if (!ak_ext_init(&self.ext, data, size, error))
    return false;
  *used = self.ext.size;
  if (!ak_ext_is_supported(&self.ext, error))
    return false;
  cut_by_state(&self);
  if (self.ext.blocks > size)
    return ak_error_set(error, AK_ERROR_LIMIT, "more blocks than the image can hold");
  self.claimed = g_try_malloc0((gsize)(self.ext.blocks / 8 + 1));
  self.links = g_try_new0(guint32, self.ext.inodes + 1u);
  if (self.claimed == NULL || self.links == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory for %u inodes", self.ext.inodes);
  if (!claim_structures(&self, error) || !ak_ext_inode(&self.ext, AK_EXT_ROOT, &root, error))
    return false;
  if (root.is_damaged || !S_ISDIR(root.mode))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the root folder is damaged");
  self.links[AK_EXT_ROOT] = 1;
  return take_all_reserved(&self, error) && add_folder(&self, &root, "", 0, error) &&
         account(&self, error);
}

static const char *const sources[] = {"Linux Documentation/filesystems/ext4/", NULL};

extern const AkFirmwareFormat ak_firmware_ext_format;
const AkFirmwareFormat ak_firmware_ext_format = {
    .name = "ext",
    .help_en = "ext2, ext3 or ext4 filesystem",
    .help_ja = "ext2・ext3・ext4ファイルシステム",
    .sources = sources,
    .magics = {{AK_EXT_MAGIC, 2, AK_EXT_MAGIC_OFFSET}},
    .bid = bid,
    .open = open_ext,
};

bool ak_firmware_ext_fuzz(const guint8 *data, gsize size);
bool ak_firmware_ext_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_ext_format, data, size);
}
