/* JFFS2 of either byte order. CRCs guard each node; of several versions the last one counts, and
 * what older ones or removed files hold is a region of its own. Source: as in jffs2-image.h and
 * jffs2-codec.h. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/entries.h"
#include "firmware/format/format.h"
#include "firmware/format/jffs2-codec.h"
#include "firmware/format/jffs2-image.h"
#include "firmware/format/words.h"

#define MAX_DEPTH 64
#define MAX_PIECE (1u << 20) /* unpacked; Linux writes pages */
#define MAX_REMAINS 1000

typedef struct {
  AkEntries entries;
  gsize size;
  AkJffs2 image;
  guint8 *seen;         /* by piece: its inode was met; a bit each */
  GHashTable *contents; /* place of an inode's first piece → its GBytes: hard links share it */
  guint remains;
} Filesystem;

static void filesystem_clear(Filesystem *self) {
  ak_jffs2_clear(&self->image);
  g_clear_pointer(&self->seen, g_free);
  g_clear_pointer(&self->contents, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

static const AkJffs2Piece *piece_at(const Filesystem *self, guint index) {
  return &g_array_index(self->image.pieces, AkJffs2Piece, index);
}

/* --- contents ----------------------------------------------------------------------------------
 */

/* What a newer version replaced, or a file's removal left. */
static bool add_remains(Filesystem *self, const char *name, gsize at, GBytes *bytes,
                        GError **error) {
  if (++self->remains > MAX_REMAINS) {
    ak_entries_cut(&self->entries, "more than %d pieces of older content", MAX_REMAINS);
    return true;
  }
  AkNode node = {.parent = self->entries.root,
                 .path = g_strdup_printf("#%s@%" G_GSIZE_FORMAT, name, at),
                 .bytes = g_bytes_ref(bytes)};
  return ak_firmware_tree_add(self->entries.tree, node, NULL, error);
}

static bool is_zero(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0)
      return false;
  return true;
}

typedef struct {
  guint8 *data;
  guint8 *written; /* a bit for each byte of `data` */
  gsize size;      /* of all pieces, beyond the content's end too */
  const AkFirmwareTree *tree; /* whose room both are */
} Content;

static void content_clear(Content *self) {
  ak_firmware_tree_room_free(self->tree, self->data);
  ak_firmware_tree_room_free(self->tree, self->written);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Content, content_clear)

static bool is_written(const Content *self, gsize at) {
  return (self->written[at / 8] >> at % 8 & 1) != 0;
}

static void set_written(Content *self, gsize from, gsize size) {
  gsize at = from, to = from + size;
  for (; at < to && at % 8 != 0; at++)
    self->written[at / 8] |= (guint8)(1u << at % 8);
  memset(self->written + at / 8, 0xff, (to - at) / 8);
  for (at += (to - at) / 8 * 8; at < to; at++)
    self->written[at / 8] |= (guint8)(1u << at % 8);
}

/* True if each of the first `size` bytes was. */
static bool is_whole(const Content *self, gsize size) {
  for (gsize at = 0; at < size; at += at % 8 == 0 && size - at >= 8 && self->written[at / 8] == 0xff ? 8 : 1)
    if (!is_written(self, at))
      return false;
  return true;
}

/* Keeps what stands where the piece will be written, if it is something else. */
static bool keep_older(Filesystem *self, const Content *content, const AkJffs2Piece *piece,
                       const guint8 *bytes, GError **error) {
  bool differs = false;
  for (gsize i = 0; i < piece->unpacked && !differs; i++)
    differs = is_written(content, piece->offset + i) && content->data[piece->offset + i] != bytes[i];
  g_autoptr(GBytes) older =
      differs ? g_bytes_new(content->data + piece->offset, piece->unpacked) : NULL;
  return older == NULL || add_remains(self, "old", piece->at, older, error);
}

/* False with a reason where it does not unpack. */
static bool write_piece(Filesystem *self, Content *content, const AkJffs2Piece *piece,
                        const char **cut, GError **error) {
  AkBlockCodec codec = ak_jffs2_codec(piece->compression);
  g_autofree guint8 *bytes = g_try_malloc(MAX(piece->unpacked, 1));
  if (codec == NULL || bytes == NULL ||
      !codec(piece->packed, piece->packed_size, bytes, piece->unpacked)) {
    *cut = codec == NULL ? "a compression that is not known" : "a piece of it does not unpack";
    return true;
  }
  if (piece->is_obsolete) {
    g_autoptr(GBytes) older = g_bytes_new(bytes, piece->unpacked);
    return is_zero(bytes, piece->unpacked) || add_remains(self, "old", piece->at, older, error);
  }
  if (!keep_older(self, content, piece, bytes, error))
    return false;
  memcpy(content->data + piece->offset, bytes, piece->unpacked);
  set_written(content, piece->offset, piece->unpacked);
  return true;
}

/* Behind the end that the last version tells. */
static bool keep_tail(Filesystem *self, const Content *content, gsize size, gsize at,
                      GError **error) {
  if (content->size <= size || is_zero(content->data + size, content->size - size))
    return true;
  g_autoptr(GBytes) tail = g_bytes_new(content->data + size, content->size - size);
  return add_remains(self, "old", at, tail, error);
}

static bool make_room(const Filesystem *self, guint from, guint to, gsize size, Content *out,
                      const char **cut) {
  guint64 limit = ak_firmware_tree_budget(self->entries.tree, self->size), end = size, all = 0;
  for (guint i = from; i < to; i++) {
    const AkJffs2Piece *piece = piece_at(self, i);
    end = MAX(end, (guint64)piece->offset + piece->unpacked);
    all += piece->unpacked;
    if (piece->unpacked > MAX_PIECE && piece->compression != AK_JFFS2_ZERO)
      *cut = "a piece of it is larger than any page";
  }
  if (end > limit || all > limit)
    *cut = "it is larger than the limit";
  out->size = (gsize)end;
  out->tree = self->entries.tree;
  out->data = *cut == NULL ? ak_firmware_tree_room(out->tree, out->size, NULL) : NULL;
  out->written = *cut == NULL ? ak_firmware_tree_room(out->tree, out->size / 8 + 1, NULL) : NULL;
  return out->data != NULL && out->written != NULL;
}

/* The content that the pieces from … to make, in the order of their versions. NULL with `cut`. */
static GBytes *assemble(Filesystem *self, guint from, guint to, const char **cut, GError **error) {
  g_auto(Content) content = {0};
  guint mode = piece_at(self, to - 1)->mode;
  gsize size = piece_at(self, to - 1)->size;
  if (!make_room(self, from, to, size, &content, cut)) {
    *cut = *cut != NULL ? *cut : AK_FIRMWARE_NO_ROOM;
    return NULL;
  }
  if (S_ISCHR(mode) || S_ISBLK(mode))
    size = content.size; /* its numbers are no content that counts */
  for (guint i = from; i < to; i++)
    if (!write_piece(self, &content, piece_at(self, i), cut, error))
      return NULL;
  if (!keep_tail(self, &content, size, piece_at(self, to - 1)->at, error))
    return NULL;
  if (*cut == NULL && !is_whole(&content, size))
    *cut = "a part of it stands nowhere";
  return ak_firmware_tree_room_take(content.tree, g_steal_pointer(&content.data), size);
}

/* --- folders -----------------------------------------------------------------------------------
 */

static guint inode_end(const Filesystem *self, guint from) {
  guint to = from;
  while (to < self->image.pieces->len && piece_at(self, to)->inode == piece_at(self, from)->inode)
    to++;
  return to;
}

/* True the first time. */
static bool meet(Filesystem *self, guint piece) {
  guint8 bit = (guint8)(1u << piece % 8);
  bool is_new = (self->seen[piece / 8] & bit) == 0;
  self->seen[piece / 8] |= bit;
  return is_new;
}

/* Two bytes as they were, four as they are. */
static void set_device(const Filesystem *self, AkEntry *entry, GBytes *content) {
  gsize size = 0;
  const guint8 *data = content != NULL ? g_bytes_get_data(content, &size) : NULL;
  AkWords words = ak_words_init(data, size, 0, self->image.is_big);
  if (size == 2)
    ak_entries_old_device(ak_words_u16(&words), &entry->major, &entry->minor);
  else
    ak_entries_device(ak_words_u32(&words), &entry->major, &entry->minor);
  if (words.failed || (size != 2 && size != 4))
    entry->cut = "a device without numbers";
}

static bool set_content(Filesystem *self, AkEntry *entry, guint from, guint to, GError **error) {
  GBytes *known = g_hash_table_lookup(self->contents, GUINT_TO_POINTER(from + 1));
  g_autoptr(GError) failure = NULL;
  if (S_ISDIR(entry->mode))
    return true;
  g_autoptr(GBytes) content =
      known != NULL ? g_bytes_ref(known) : assemble(self, from, to, &entry->cut, &failure);
  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (known == NULL && content != NULL && entry->cut == NULL)
    g_hash_table_insert(self->contents, GUINT_TO_POINTER(from + 1), g_bytes_ref(content));
  if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
    set_device(self, entry, content);
  else
    entry->content = g_steal_pointer(&content);
  return true;
}

static bool walk(Filesystem *self, guint32 folder, const char *path, guint depth, GError **error);

static bool enter(Filesystem *self, guint32 folder, bool is_new, const char *path, guint depth,
                  GError **error) {
  if (!is_new || depth >= MAX_DEPTH) {
    ak_entries_cut(&self->entries,
                   is_new ? "folders nest too deep" : "%s: a folder in more than one place", path);
    return true;
  }
  return walk(self, folder, path, depth + 1, error);
}

static bool visit(Filesystem *self, AkJffs2Entry *name, const char *folder, guint depth,
                  GError **error) {
  g_autofree char *path = ak_firmware_tree_child_path(folder, name->name, name->name_size);
  guint from = ak_jffs2_find_inode(&self->image, name->inode);
  name->is_reached = true;
  if (!ak_entries_is_name(name->name, name->name_size))
    ak_entries_cut(&self->entries, "%s: no name", path);
  if (from == self->image.pieces->len || piece_at(self, from)->inode != name->inode) {
    ak_entries_cut(&self->entries, "%s: inode %u stands nowhere", path, name->inode);
    return true;
  }
  guint to = inode_end(self, from);
  const AkJffs2Piece *last = piece_at(self, to - 1);
  AkEntry entry = {.path = path, .mode = last->mode, .uid = last->uid, .gid = last->gid};
  bool is_new = meet(self, from);
  if ((last->mode & S_IFMT) >> 12 != name->type)
    ak_entries_cut(&self->entries, "%s: its folder calls it something else", path);
  if (!set_content(self, &entry, from, to, error) || !ak_entries_add(&self->entries, entry, error))
    return false;
  return !S_ISDIR(last->mode) || enter(self, name->inode, is_new, path, depth, error);
}

/* Of the entries of one name the last one counts; inode 0 says that there is none any more. */
static bool walk(Filesystem *self, guint32 folder, const char *path, guint depth, GError **error) {
  GArray *entries = self->image.entries;
  for (guint i = ak_jffs2_find_folder(&self->image, folder); i < entries->len; i++) {
    AkJffs2Entry *entry = &g_array_index(entries, AkJffs2Entry, i);
    if (entry->parent != folder)
      return true;
    bool is_last = i + 1 == entries->len || !ak_jffs2_same_name(entry, entry + 1);
    if (is_last && entry->inode != 0 && !visit(self, entry, path, depth, error))
      return false;
  }
  return true;
}

/* --- the account -------------------------------------------------------------------------------
 */

static void check_names(Filesystem *self) {
  GArray *entries = self->image.entries;
  for (guint i = 0; i < entries->len; i++) {
    const AkJffs2Entry *entry = &g_array_index(entries, AkJffs2Entry, i);
    bool is_last = i + 1 == entries->len || !ak_jffs2_same_name(entry, entry + 1);
    if (is_last && entry->inode != 0 && !entry->is_reached)
      ak_entries_cut(&self->entries, "inode %u is in a folder that stands nowhere", entry->inode);
  }
}

/* Inodes that no name leads to any more: removed files. */
static bool add_removed(Filesystem *self, GError **error) {
  guint count = self->image.pieces->len, to = 0;
  for (guint from = 0; from < count; from = to) {
    const char *cut = NULL;
    g_autoptr(GError) failure = NULL;
    to = inode_end(self, from);
    if ((self->seen[from / 8] >> from % 8 & 1) != 0 || S_ISDIR(piece_at(self, to - 1)->mode))
      continue;
    g_autoptr(GBytes) content = assemble(self, from, to, &cut, &failure);
    if (failure != NULL) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    if (cut != NULL)
      ak_entries_cut(&self->entries, "inode %u, removed: %s", piece_at(self, from)->inode, cut);
    if (content != NULL && g_bytes_get_size(content) > 0 &&
        !add_remains(self, "removed", piece_at(self, from)->at, content, error))
      return false;
  }
  return true;
}

static guint bid(const guint8 *data, gsize size) {
  bool is_big = false;
  return ak_jffs2_first_node(data, size, &is_big);
}

static bool open_jffs2(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                       gsize *used, GError **error) {
  g_auto(Filesystem) self = {.entries = {tree, node, "jffs2"}, .size = size};
  if (!ak_jffs2_scan(&self.image, data, size))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged first node");
  *used = self.image.end;
  self.seen = g_malloc0(self.image.pieces->len / 8 + 1);
  self.contents = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
  if (self.image.damage != NULL)
    ak_entries_cut(&self.entries, "%s", self.image.damage);
  guint root = ak_jffs2_find_inode(&self.image, AK_JFFS2_ROOT);
  if (root < self.image.pieces->len && piece_at(&self, root)->inode == AK_JFFS2_ROOT)
    meet(&self, root);
  if (!walk(&self, AK_JFFS2_ROOT, "", 0, error))
    return false;
  check_names(&self);
  return add_removed(&self, error);
}

static const char *const sources[] = {"Linux include/uapi/linux/jffs2.h", "Linux fs/jffs2/",
                                      "OpenWrt package/system/mtd/src/jffs2.c", NULL};

extern const AkFirmwareFormat ak_firmware_jffs2_format;
const AkFirmwareFormat ak_firmware_jffs2_format = {
    .name = "jffs2",
    .help_en = "JFFS2 of either byte order",
    .help_ja = "JFFS2（両エンディアン）",
    .sources = sources,
    /* a clean marker, an entry, a piece, a summary */
    .magics = {{"\x85\x19\x03\x20", 4},
               {"\x85\x19\x01\xe0", 4},
               {"\x85\x19\x02\xe0", 4},
               {"\x85\x19\x06\x20", 4},
               {"\x19\x85\x20\x03", 4},
               {"\x19\x85\xe0\x01", 4},
               {"\x19\x85\xe0\x02", 4},
               {"\x19\x85\x20\x06", 4}},
    .bid = bid,
    .open = open_jffs2,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_jffs2_fuzz(const guint8 *data, gsize size);
bool ak_firmware_jffs2_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_jffs2_format, data, size);
}
