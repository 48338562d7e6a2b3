/* UBIFS, by its index. CRCs guard each node; a journal that was not replayed is cut. What stands in
 * the main area and belongs to no file is older: a region of its own. Source: Linux,
 * fs/ubifs/ubifs-media.h; the compressions: fs/ubifs/compress.c. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/block-codec.h"
#include "firmware/format/entries.h"
#include "firmware/format/format.h"
#include "firmware/format/ubifs-image.h"
#include "firmware/format/words.h"

#define MAX_DEPTH 64
#define MAX_REMAINS 1000
#define MAGIC "\x31\x18\x10\x06"
enum { FLAG_ENCRYPTED = 0x10 };
enum { INODE_XATTR = 0x20, INODE_ENCRYPTED = 0x40 };
enum { NODE_HEADER = 24, INODE_SIZE = 160, DATA_SIZE = 48, ENTRY_SIZE = 56 };

typedef struct {
  guint64 size;
  guint32 links, uid, gid, mode, flags;
  const guint8 *data; /* a link's target, a device's numbers */
  guint32 data_size;
} Inode;

typedef struct {
  AkEntries entries;
  AkUbifs image;
  GHashTable *contents; /* an inode's number → its GBytes, where it has more than one name */
  guint remains;
} Filesystem;

static void filesystem_clear(Filesystem *self) {
  ak_ubifs_clear(&self->image);
  g_clear_pointer(&self->contents, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

static AkUbifsItem *item_at(const Filesystem *self, guint index) {
  return &g_array_index(self->image.items, AkUbifsItem, index);
}

static AkWords words_of(const Filesystem *self, const AkUbifsItem *item, gsize offset) {
  return ak_words_init(self->image.data + item->at, item->size, offset, false);
}

static guint bid(const guint8 *data, gsize size) {
  AkUbifs image;
  return ak_ubifs_init(&image, data, size, NULL) ? 96 : 0;
}

/* --- contents ----------------------------------------------------------------------------------
 */

static bool read_inode(const Filesystem *self, const AkUbifsItem *item, Inode *out) {
  AkWords words = words_of(self, item, 48);
  *out = (Inode){.size = ak_words_u64(&words)};
  ak_words_skip(&words, 36);
  out->links = ak_words_u32(&words);
  out->uid = ak_words_u32(&words);
  out->gid = ak_words_u32(&words);
  out->mode = ak_words_u32(&words);
  out->flags = ak_words_u32(&words);
  out->data_size = ak_words_u32(&words);
  ak_words_skip(&words, INODE_SIZE - 116);
  out->data = ak_words_bytes(&words, out->data_size);
  return !words.failed;
}

static AkBlockCodec codec_of(guint16 compression) {
  static const AkBlockCodec codecs[] = {ak_block_plain, ak_block_lzo, ak_block_deflate,
                                        ak_block_zstd};
  return compression < G_N_ELEMENTS(codecs) ? codecs[compression] : NULL;
}

/* False where the block does not unpack, or reaches beyond the end. */
static bool write_block(const Filesystem *self, const AkUbifsItem *item, guint8 *out,
                        guint64 size) {
  AkWords words = words_of(self, item, 40);
  guint32 unpacked = ak_words_u32(&words);
  AkBlockCodec codec = codec_of(ak_words_u16(&words));
  guint64 at = (guint64)item->place * AK_UBIFS_BLOCK_SIZE;
  guint8 block[AK_UBIFS_BLOCK_SIZE];
  if (words.failed || item->size < DATA_SIZE || codec == NULL || unpacked > sizeof block ||
      at >= size ||
      !codec(self->image.data + item->at + DATA_SIZE, item->size - DATA_SIZE, block, unpacked))
    return false;
  memcpy(out + at, block, (gsize)MIN(unpacked, size - at));
  return true;
}

/* Blocks that the index does not have are holes. */
static GBytes *read_content(Filesystem *self, guint32 number, const Inode *inode,
                            const char **cut) {
  guint64 limit = ak_firmware_tree_budget(self->entries.tree, self->image.size);
  bool fits = inode->size <= limit;
  guint8 *bytes = fits ? ak_firmware_tree_room(self->entries.tree, inode->size, NULL) : NULL;
  if (bytes == NULL) {
    *cut = fits ? AK_FIRMWARE_NO_ROOM : "it is larger than the limit";
    return NULL;
  }
  guint index = ak_ubifs_find(&self->image, number, AK_UBIFS_DATA);
  for (; index < self->image.items->len; index++) {
    const AkUbifsItem *item = item_at(self, index);
    if (item->inode != number || item->kind != AK_UBIFS_DATA)
      break;
    if (!write_block(self, item, bytes, inode->size))
      *cut = "a block of it does not unpack";
  }
  return ak_firmware_tree_room_take(self->entries.tree, bytes, (gsize)inode->size);
}

static GBytes *content_of(Filesystem *self, guint32 number, const Inode *inode, const char **cut) {
  GBytes *known = g_hash_table_lookup(self->contents, GUINT_TO_POINTER(number));
  if (known != NULL)
    return g_bytes_ref(known);
  GBytes *bytes = read_content(self, number, inode, cut);
  if (bytes != NULL && *cut == NULL && inode->links > 1)
    g_hash_table_insert(self->contents, GUINT_TO_POINTER(number), g_bytes_ref(bytes));
  return bytes;
}

static void set_content(Filesystem *self, AkEntry *entry, guint32 number, const Inode *inode) {
  AkWords words = ak_words_init(inode->data, inode->data_size, 0, false);
  if ((inode->flags & INODE_ENCRYPTED) != 0 && !S_ISDIR(inode->mode)) {
    entry->cut = "encrypted";
  } else if (S_ISREG(inode->mode)) {
    entry->content = content_of(self, number, inode, &entry->cut);
  } else if (S_ISLNK(inode->mode)) {
    entry->content = g_bytes_new(inode->data, inode->data_size);
  } else if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) {
    ak_entries_device(ak_words_u32(&words), &entry->major, &entry->minor);
    if (words.failed)
      entry->cut = "a device without numbers";
  }
}

/* --- folders -----------------------------------------------------------------------------------
 */

static bool walk(Filesystem *self, guint32 folder, const char *path, guint depth, GError **error);

typedef struct {
  guint64 inode;
  guint8 type;
  const guint8 *name;
  guint16 name_size;
} Name;

static bool read_name(const Filesystem *self, const AkUbifsItem *item, Name *out) {
  AkWords words = words_of(self, item, 40);
  *out = (Name){.inode = ak_words_u64(&words)};
  ak_words_skip(&words, 1);
  out->type = ak_words_u8(&words);
  out->name_size = ak_words_u16(&words);
  ak_words_skip(&words, 4);
  out->name = ak_words_bytes(&words, out->name_size);
  return !words.failed;
}

static bool is_type(guint8 type, guint mode) {
  static const guint kinds[] = {S_IFREG, S_IFDIR, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK};
  return type < G_N_ELEMENTS(kinds) && kinds[type] == (mode & S_IFMT);
}

static bool enter(Filesystem *self, guint32 folder, bool is_new, const char *path, guint depth,
                  GError **error) {
  if (is_new && depth < MAX_DEPTH)
    return walk(self, folder, path, depth + 1, error);
  ak_entries_cut(&self->entries,
                 is_new ? "folders nest too deep" : "%s: a folder in more than one place", path);
  return true;
}

static AkUbifsItem *find_inode(const Filesystem *self, guint64 number) {
  guint index = number <= G_MAXUINT32 ? ak_ubifs_find(&self->image, (guint32)number, AK_UBIFS_INODE)
                                      : self->image.items->len;
  AkUbifsItem *item = index < self->image.items->len ? item_at(self, index) : NULL;
  return item != NULL && item->inode == number && item->kind == AK_UBIFS_INODE ? item : NULL;
}

static bool visit(Filesystem *self, const AkUbifsItem *entry_item, const char *folder, guint depth,
                  GError **error) {
  Name name;
  Inode inode;
  if (!read_name(self, entry_item, &name)) {
    ak_entries_cut(&self->entries, "%s/: a damaged entry", folder);
    return true;
  }
  g_autofree char *path = ak_firmware_tree_child_path(folder, name.name, name.name_size);
  AkUbifsItem *item = find_inode(self, name.inode);
  if (!ak_entries_is_name(name.name, name.name_size))
    ak_entries_cut(&self->entries, "%s: no name", path);
  if (item == NULL || !read_inode(self, item, &inode)) {
    ak_entries_cut(&self->entries, "%s: its inode is damaged or stands nowhere", path);
    return true;
  }
  bool is_new = !item->is_reached;
  item->is_reached = true;
  if (!is_type(name.type, inode.mode))
    ak_entries_cut(&self->entries, "%s: its folder calls it something else", path);
  AkEntry entry = {.path = path, .mode = inode.mode, .uid = inode.uid, .gid = inode.gid};
  set_content(self, &entry, item->inode, &inode);
  if (!ak_entries_add(&self->entries, entry, error))
    return false;
  return !S_ISDIR(inode.mode) || enter(self, item->inode, is_new, path, depth, error);
}

static bool walk(Filesystem *self, guint32 folder, const char *path, guint depth, GError **error) {
  guint index = ak_ubifs_find(&self->image, folder, AK_UBIFS_ENTRY);
  for (; index < self->image.items->len; index++) {
    AkUbifsItem *item = item_at(self, index);
    if (item->inode != folder || item->kind != AK_UBIFS_ENTRY)
      return true;
    item->is_reached = true;
    if (!visit(self, item, path, depth, error))
      return false;
  }
  return true;
}

/* --- the account -------------------------------------------------------------------------------
 */

/* Inodes and entries that no folder leads to; those of attributes are none of files. */
static void check_reached(Filesystem *self) {
  for (guint i = 0; i < self->image.items->len; i++) {
    const AkUbifsItem *item = item_at(self, i);
    Inode inode;
    if (item->is_reached || item->kind == AK_UBIFS_DATA || item->kind == AK_UBIFS_XATTR)
      continue;
    if (item->kind == AK_UBIFS_ENTRY || !read_inode(self, item, &inode) ||
        (inode.flags & INODE_XATTR) == 0)
      ak_entries_cut(&self->entries, "inode %u stands in no folder", item->inode);
  }
}

static bool add_remains(Filesystem *self, const char *name, gsize from, gsize to, GError **error) {
  if (++self->remains <= MAX_REMAINS)
    return ak_entries_add_region(&self->entries, name, from, to - from, error);
  ak_entries_cut(&self->entries, "more than %d pieces of older content", MAX_REMAINS);
  return true;
}

static bool is_known(const AkUbifs *image, gsize at) {
  return (image->is_known[at / 64] >> at / 8 % 8 & 1) != 0;
}

/* Without anything behind its header: mkfs.ubifs writes one behind the superblock. */
static bool is_bare(const AkUbifs *image, const AkUbifsFound *found) {
  return ak_entries_is_empty(image->data + found->at + NODE_HEADER, found->size - NODE_HEADER);
}

/* A block: nodes of files that the index does not have are older. */
static bool check_block(Filesystem *self, gsize from, gsize end, GError **error) {
  const AkUbifs *image = &self->image;
  AkUbifsFound found;
  bool more = true;
  while (more && from < end) {
    more = ak_ubifs_next_node(image, from, end, &found);
    if (found.odd < found.at && !add_remains(self, "odd", found.odd, found.at, error))
      return false;
    if (more && found.type <= 3 && !is_known(image, found.at) && !is_bare(image, &found) &&
        !add_remains(self, "old", found.at, found.at + found.size, error))
      return false;
    from = MIN(end, (found.at + found.size + 7) / 8 * 8);
  }
  return true;
}

static bool check_blocks(Filesystem *self, guint64 first, guint64 behind, GError **error) {
  const AkUbifs *image = &self->image;
  for (guint64 block = first; block < behind; block++) {
    guint64 from = block * image->block_size;
    if (from >= image->size)
      return true;
    if (!check_block(self, (gsize)from, (gsize)MIN(from + image->block_size, image->size), error))
      return false;
  }
  return true;
}

/* All but the tables of free space, which are no nodes: there nothing else can be told apart. */
static bool check_all(Filesystem *self, GError **error) {
  const AkUbifs *image = &self->image;
  return check_blocks(self, 0, AK_UBIFS_FIRST_LOG + (guint64)image->log_blocks, error) &&
         check_blocks(self, image->first_main - image->orphan_blocks, image->block_count, error);
}

static bool open_ubifs(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                       gsize *used, GError **error) {
  g_auto(Filesystem) self = {.entries = {tree, node, "ubifs"}};
  g_autoptr(GError) failure = NULL;
  if (!ak_ubifs_init(&self.image, data, size, error))
    return false;
  *used = self.image.size;
  self.contents = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
  if (!ak_ubifs_read_index(&self.image, &failure))
    ak_entries_cut(&self.entries, "%s", failure->message);
  if (self.image.is_known == NULL || self.image.items->len == 0)
    return true;
  if (self.image.state != NULL)
    ak_entries_cut(&self.entries, "%s", self.image.state);
  if ((self.image.flags & FLAG_ENCRYPTED) != 0)
    ak_entries_cut(&self.entries, "names or contents are encrypted");
  AkUbifsItem *root = find_inode(&self, AK_UBIFS_ROOT);
  if (root != NULL)
    root->is_reached = true;
  else
    ak_entries_cut(&self.entries, "its root folder stands nowhere");
  if (!walk(&self, AK_UBIFS_ROOT, "", 0, error))
    return false;
  check_reached(&self);
  return check_all(&self, error);
}

static const char *const sources[] = {"Linux fs/ubifs/ubifs-media.h", "Linux fs/ubifs/compress.c",
                                      NULL};

extern const AkFirmwareFormat ak_firmware_ubifs_format;
const AkFirmwareFormat ak_firmware_ubifs_format = {
    .name = "ubifs",
    .help_en = "UBIFS",
    .help_ja = "UBIFS",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_ubifs,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_ubifs_fuzz(const guint8 *data, gsize size);
bool ak_firmware_ubifs_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_ubifs_format, data, size);
}
