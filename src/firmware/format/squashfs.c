/* squashfs 4.0, through libsquashfs over memory. Source: squashfs-tools-ng, doc/format.adoc; the
 * superblock's facts: Linux, fs/squashfs/squashfs_fs.h. */
#include <sqfs/block.h>
#include <sqfs/compressor.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <string.h>
#include <sys/resource.h>

#include "firmware/format/extents.h"
#include "firmware/format/format.h"
#include "firmware/format/squash-content.h"
#include "util/digest.h"
#include "util/reader.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AK_CLANG_ASAN
#endif
#endif

#define MAGIC "hsqs"
#define SUPER_SIZE 96
#define MAX_DEPTH 64 /* folders in folders: a loop of folders ends here */
#define MAX_FILE_BYTES (1024ull * 1024 * 1024)
#define MAX_FRAGMENTS (1u << 20) /* each holds the end of one file at least */
#define MAX_INODES (1u << 22)
#define NO_TABLE G_MAXUINT64
#define AHEAD_BYTES (32u * 1024 * 1024) /* unpacked before their turn, where threads help */
#define AT_ONCE_BYTES (512u * 1024)     /* that one thread takes */
#define PIECE_BYTES 256u                /* of memory, with its name */

/* --- the bid
 * ---------------------------------------------------------------------------------------- */

static guint bid(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint32 block_size = 0;
  guint16 compression = 0, block_log = 0, major = 0, minor = 0;
  guint64 bytes_used = 0;
  if (size < SUPER_SIZE || memcmp(data, MAGIC, 4) != 0 || !ak_reader_seek(&reader, 12, NULL) ||
      !ak_reader_u32le(&reader, &block_size, NULL) || !ak_reader_skip(&reader, 4, NULL) ||
      !ak_reader_u16le(&reader, &compression, NULL) ||
      !ak_reader_u16le(&reader, &block_log, NULL) || !ak_reader_skip(&reader, 4, NULL) ||
      !ak_reader_u16le(&reader, &major, NULL) || !ak_reader_u16le(&reader, &minor, NULL) ||
      !ak_reader_skip(&reader, 8, NULL) || !ak_reader_u64le(&reader, &bytes_used, NULL))
    return 0;
  bool plausible = major == 4 && minor == 0 && block_log >= 12 && block_log <= 20 &&
                   block_size == 1u << block_log && compression >= 1 && compression <= 6 &&
                   bytes_used >= SUPER_SIZE;
  return plausible ? 128 : 0;
}

/* --- a file in memory for the library
 * ---------------------------------------------------------------- */

typedef struct {
  sqfs_file_t file; /* first: the library sees only this */
  const guint8 *data;
  gsize size;
} Memory;

static int memory_read(sqfs_file_t *file, sqfs_u64 offset, void *buffer, size_t size) {
  const Memory *self = (const Memory *)file;
  if (offset > self->size || size > self->size - offset)
    return SQFS_ERROR_OUT_OF_BOUNDS;
  memcpy(buffer, self->data + offset, size);
  return 0;
}

static int memory_write(sqfs_file_t *file, sqfs_u64 offset, const void *buffer, size_t size) {
  return SQFS_ERROR_UNSUPPORTED;
}

static sqfs_u64 memory_size(const sqfs_file_t *file) {
  return ((const Memory *)file)->size;
}

static int memory_truncate(sqfs_file_t *file, sqfs_u64 size) {
  return SQFS_ERROR_UNSUPPORTED;
}

static void memory_destroy(sqfs_object_t *object) { /* lives on the stack */
}

static Memory memory_new(const guint8 *data, gsize size) {
  return (Memory){.file = {.base = {.destroy = memory_destroy},
                           .read_at = memory_read,
                           .write_at = memory_write,
                           .get_size = memory_size,
                           .truncate = memory_truncate},
                  .data = data,
                  .size = size};
}

/* --- walking
 * ----------------------------------------------------------------------------------------- */

typedef struct {
  AkFirmwareTree *tree;
  guint root; /* node of the filesystem */
  gsize size; /* of the image */
  Memory memory;
  sqfs_super_t super;
  sqfs_compressor_t *compressor;
  sqfs_id_table_t *ids;
  sqfs_frag_table_t *fragments;
  AkSquashContents *reader;
  AkAhead *ahead;       /* of Piece: what was met on the walk, in its order */
  GHashTable *contents; /* digest of where a content is stored → Content: links share them */
  AkExtents data;       /* where blocks and fragments are stored */
  guint8 *seen;         /* a bit an inode number */
  guint32 seen_count;
} Filesystem;

static bool refuse(GError **error, const char *what, int code) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s (libsquashfs %d)", what, code);
}

static void filesystem_clear(Filesystem *self) {
  g_clear_pointer(&self->ahead, ak_ahead_free); /* first: threads use what follows */
  g_clear_pointer(&self->reader, ak_squash_contents_free);
  void *objects[] = {self->fragments, self->ids, self->compressor};
  for (gsize i = 0; i < G_N_ELEMENTS(objects); i++)
    if (objects[i] != NULL)
      sqfs_destroy(objects[i]);
  g_clear_pointer(&self->contents, g_hash_table_unref);
  g_clear_pointer(&self->seen, g_free);
  ak_extents_clear(&self->data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

static bool open_tables(Filesystem *self, GError **error) {
  sqfs_compressor_config_t settings;
  int code = sqfs_super_read(&self->super, &self->memory.file);
  if (code != 0)
    return refuse(error, "superblock", code);
  if (self->super.fragment_entry_count > MAX_FRAGMENTS || self->super.inode_count > MAX_INODES)
    return ak_error_set(error, AK_ERROR_LIMIT, "%u fragments, %u inodes",
                        self->super.fragment_entry_count, self->super.inode_count);
  sqfs_compressor_config_init(&settings, (SQFS_COMPRESSOR)self->super.compression_id,
                              self->super.block_size, SQFS_COMP_FLAG_UNCOMPRESS);
  if ((code = sqfs_compressor_create(&settings, &self->compressor)) != 0)
    return refuse(error, "compression that is not supported", code);
  self->ids = sqfs_id_table_create(0);
  if (self->ids == NULL || (code = sqfs_id_table_read(self->ids, &self->memory.file, &self->super,
                                                      self->compressor)) != 0)
    return refuse(error, "table of ids", code);
  self->fragments = sqfs_frag_table_create(0);
  if (self->fragments == NULL ||
      (code = sqfs_frag_table_read(self->fragments, &self->memory.file, &self->super,
                                   self->compressor)) != 0)
    return refuse(error, "table of fragments", code);
  self->reader = ak_squash_contents_new(self->memory.data, self->size, &self->super,
                                        self->compressor, self->fragments);
  return true;
}

static guint id_of(const Filesystem *self, guint16 index) {
  sqfs_u32 id = 0;
  return sqfs_id_table_index_to_id(self->ids, index, &id) == 0 ? id : G_MAXUINT;
}

/* Inodes are numbered from 1 on. `is_new`: not met before; a number out of range never is. */
static bool mark_inode(Filesystem *self, guint32 number, bool *is_new) {
  if (number == 0 || number > self->super.inode_count)
    return false;
  guint8 bit = (guint8)(1u << number % 8);
  *is_new = (self->seen[number / 8] & bit) == 0;
  self->seen[number / 8] |= bit;
  self->seen_count += *is_new;
  return true;
}

/* The name of a content: all that says where it is stored. */
static char *content_key(const sqfs_inode_generic_t *inode, guint64 size) {
  sqfs_u64 start = 0;
  sqfs_u32 fragment = 0, offset = 0;
  sqfs_inode_get_file_block_start(inode, &start);
  sqfs_inode_get_frag_location(inode, &fragment, &offset);
  guint64 place[] = {size, start, fragment, offset};
  g_autoptr(GByteArray) all = g_byte_array_new();
  g_byte_array_append(all, (const guint8 *)place, sizeof place);
  g_byte_array_append(all, (const guint8 *)inode->extra, inode->payload_bytes_used);
  AkDigest digest = ak_digest_of(all->data, all->len);
  char *key = g_malloc(AK_DIGEST_HEX_SIZE);
  ak_digest_to_hex(&digest, key);
  return key;
}

/* A content that is being unpacked, or was. */
typedef struct {
  gint users; /* the table, the node it is met for first, and its pieces */
  const AkFirmwareTree *tree; /* borrowed: whose room `out` is */
  AkSquashPlace place;
  guint8 *out;   /* while pieces are missing; NULL: there was no memory */
  int code;      /* of the first piece that failed */
  GBytes *bytes; /* when all of it is there */
} Content;

static Content *content_new(const AkFirmwareTree *tree, const sqfs_inode_generic_t *inode, guint64 size) {
  Content *self = g_new0(Content, 1);
  self->users = 1;
  self->tree = tree;
  self->place = ak_squash_place_of(inode, size);
  self->out = ak_firmware_tree_room(tree, size, NULL);
  return self;
}

static Content *content_ref(Content *self) {
  self->users++;
  return self;
}

static void content_unref(Content *self) {
  if (--self->users > 0)
    return;
  ak_squash_place_clear(&self->place);
  g_clear_pointer(&self->bytes, g_bytes_unref);
  ak_firmware_tree_room_free(self->tree, self->out);
  g_free(self);
}

static void note_blocks(Filesystem *self, const AkSquashPlace *place) {
  if (place->blocks > 0)
    ak_extents_note(&self->data, place->starts[0], place->starts[place->blocks] - place->starts[0]);
}

static AkNodeType type_of(guint16 type) {
  switch (type) {
  case SQFS_INODE_FILE:
  case SQFS_INODE_EXT_FILE:
    return AK_NODE_FILE;
  case SQFS_INODE_DIR:
  case SQFS_INODE_EXT_DIR:
    return AK_NODE_FOLDER;
  case SQFS_INODE_SLINK:
  case SQFS_INODE_EXT_SLINK:
    return AK_NODE_SYMLINK;
  default:
    return AK_NODE_OTHER;
  }
}

static char *target_of(const sqfs_inode_generic_t *inode) {
  guint32 size = inode->base.type == SQFS_INODE_SLINK ? inode->data.slink.target_size
                                                      : inode->data.slink_ext.target_size;
  return g_strndup((const char *)inode->extra, MIN(size, inode->payload_bytes_available));
}

/* Numbers of devices as Linux packs them in 32 bits. Source: Linux, include/linux/kdev_t.h,
 * new_encode_dev. */
static char *device_of(const sqfs_inode_generic_t *inode) {
  bool is_extended =
      inode->base.type == SQFS_INODE_EXT_BDEV || inode->base.type == SQFS_INODE_EXT_CDEV;
  bool is_device =
      is_extended || inode->base.type == SQFS_INODE_BDEV || inode->base.type == SQFS_INODE_CDEV;
  guint32 number = is_extended ? inode->data.dev_ext.devno : is_device ? inode->data.dev.devno : 0;
  return ak_firmware_tree_device_text(inode->base.mode, (number >> 8) & 0xfff,
                                      (number & 0xff) | ((number >> 12) & 0xfff00));
}

/* --- what is met, unpacked ahead and taken in order
 * ------------------------------------------------------- */

/* Some blocks of a content; with the last of them, or alone, a node or why the filesystem is not whole. */
typedef struct {
  Filesystem *filesystem;
  Content *content; /* NULL: a node without bytes */
  guint from, to;   /* pieces to unpack; none: a content that was met before */
  int code;
  bool has_node;
  AkNode node;
  guint64 size; /* that its inode claims */
  char *cut;    /* no node: why the root is cut */
} Piece;

static void piece_free(gpointer data) {
  Piece *self = data;
  g_clear_pointer(&self->content, content_unref);
  g_free(self->node.path);
  g_free(self->node.target);
  g_free(self->cut);
  g_free(self);
}

static void unpack_piece(gpointer item, gpointer data) {
  Piece *self = item;
  Content *content = self->content;
  for (guint i = self->from; i < self->to && self->code == 0 && content->out != NULL; i++)
    self->code = ak_squash_contents_read(self->filesystem->reader, &content->place, i, content->out);
}

static bool is_too_large(const Filesystem *self, guint64 size) {
  return size > MAX_FILE_BYTES || size > ak_firmware_tree_budget(self->tree, self->size);
}

/* True if all of it was unpacked. */
static bool is_unpacked(const Piece *self, GError **error) {
  const Content *content = self->content;
  if (is_too_large(self->filesystem, self->size))
    return ak_error_set(error, AK_ERROR_LIMIT, "file of %" G_GUINT64_FORMAT " bytes", self->size);
  if (content->code != 0)
    return refuse(error, "file data", content->code);
  return content->bytes != NULL || content->out != NULL ||
         ak_error_set(error, AK_ERROR_LIMIT, "needs %" G_GUINT64_FORMAT " bytes of memory", self->size);
}

/* A file's bytes, or NULL with the reason; all its pieces were worked on. */
static GBytes *bytes_of(const Piece *self, GError **error) {
  Filesystem *filesystem = self->filesystem;
  Content *content = self->content;
  if (!is_unpacked(self, error)) {
    if (content != NULL)
      ak_firmware_tree_room_free(filesystem->tree, g_steal_pointer(&content->out));
    return NULL;
  }
  if (content->bytes == NULL)
    content->bytes = ak_firmware_tree_keep(
        filesystem->tree,
        ak_firmware_tree_room_take(filesystem->tree, g_steal_pointer(&content->out), self->size));
  return g_bytes_ref(content->bytes);
}

static bool take_piece(gpointer item, gpointer data, GError **error) {
  Piece *self = item;
  Filesystem *filesystem = self->filesystem;
  g_autoptr(GError) failure = NULL;
  if (self->cut != NULL)
    ak_firmware_tree_cut(filesystem->tree, filesystem->root, self->cut);
  if (self->content != NULL && self->content->code == 0)
    self->content->code = self->code;
  if (!self->has_node)
    return true;
  AkNode node = self->node;
  self->node = (AkNode){0};
  if (node.type == AK_NODE_FILE && (node.bytes = bytes_of(self, &failure)) == NULL)
    node.cut = g_strdup(failure->message);
  return ak_firmware_tree_add(filesystem->tree, node, NULL, error);
}

static bool push(Filesystem *self, Piece piece, gsize weight, GError **error) {
  Piece *copy = g_new(Piece, 1);
  *copy = piece;
  copy->filesystem = self;
  return ak_ahead_push(self->ahead, copy, weight + PIECE_BYTES, error);
}

/* A content that was not met before, some blocks at a time. Its node comes with the last of them. */
static bool push_content(Filesystem *self, Content *content, Piece last, GError **error) {
  guint pieces = ak_squash_contents_pieces(self->reader, &content->place);
  guint at_once = MAX(AT_ONCE_BYTES / self->super.block_size, 1), from = 0;
  note_blocks(self, &content->place);
  for (; pieces - from > at_once; from += at_once) {
    Piece piece = {.content = content_ref(content), .from = from, .to = from + at_once};
    if (!push(self, piece, (gsize)at_once * self->super.block_size, error)) {
      g_free(last.node.path);
      content_unref(last.content);
      return false;
    }
  }
  last.from = from;
  last.to = pieces;
  return push(self, last, (gsize)(pieces - from) * self->super.block_size, error);
}

static bool push_file(Filesystem *self, const sqfs_inode_generic_t *inode, Piece piece,
                      GError **error) {
  sqfs_u64 size = 0;
  piece.size = sqfs_inode_get_file_size(inode, &size) == 0 ? size : G_MAXUINT64;
  if (is_too_large(self, piece.size)) {
    AkSquashPlace place = ak_squash_place_of(inode, piece.size); /* not unpacked, but a file's nevertheless */
    note_blocks(self, &place);
    ak_squash_place_clear(&place);
    return push(self, piece, 0, error);
  }
  g_autofree char *key = content_key(inode, size);
  Content *content = g_hash_table_lookup(self->contents, key);
  if (content != NULL) {
    piece.content = content_ref(content);
    return push(self, piece, 0, error);
  }
  if (!ak_ahead_make_room(self->ahead, size, error)) {
    g_free(piece.node.path);
    return false;
  }
  content = content_new(self->tree, inode, size);
  g_hash_table_insert(self->contents, g_steal_pointer(&key), content);
  piece.content = content_ref(content);
  return push_content(self, content, piece, error);
}

static bool add_entry(Filesystem *self, const sqfs_inode_generic_t *inode, const char *path,
                      GError **error) {
  Piece piece = {.has_node = true,
                 .node = {.parent = self->root,
                          .type = type_of(inode->base.type),
                          .path = g_strdup(path),
                          .mode = inode->base.mode & 07777,
                          .uid = id_of(self, inode->base.uid_idx),
                          .gid = id_of(self, inode->base.gid_idx)}};
  if (piece.node.type == AK_NODE_FILE)
    return push_file(self, inode, piece, error);
  if (piece.node.type == AK_NODE_SYMLINK)
    piece.node.target = target_of(inode);
  if (piece.node.type == AK_NODE_OTHER)
    piece.node.target = device_of(inode);
  return push(self, piece, 0, error);
}

static bool walk(Filesystem *self, const sqfs_inode_generic_t *folder, const char *path,
                 guint depth, GError **error);

/* In its turn, so that of several reasons the same one comes first whatever was unpacked ahead. */
static bool cut_root(Filesystem *self, const char *what, const char *path, int code,
                     GError **error) {
  Piece piece = {
      .cut = g_strdup_printf("squashfs: %s: %s (libsquashfs %d)", path, what, code)};
  return push(self, piece, 0, error);
}

/* A folder stands in one place alone: one met again is a loop, or many paths to few folders. */
static bool visit(Filesystem *self, sqfs_dir_reader_t *reader, const sqfs_dir_entry_t *entry,
                  const char *folder, guint depth, GError **error) {
  sqfs_inode_generic_t *inode = NULL;
  g_autofree char *path = ak_firmware_tree_child_path(folder, entry->name, (gsize)entry->size + 1);
  bool is_new = false;
  int code = sqfs_dir_reader_get_inode(reader, &inode);
  if (code != 0) /* the other entries may still be whole */
    return cut_root(self, "inode", path, code, error);
  bool ok = mark_inode(self, inode->base.inode_number, &is_new) ||
            cut_root(self, "inode number out of range", path, 0, error);
  ok = ok && add_entry(self, inode, path, error);
  if (ok && type_of(inode->base.type) == AK_NODE_FOLDER) {
    if (is_new)
      ok = walk(self, inode, path, depth + 1, error);
    else
      ok = cut_root(self, "folder in more than one place", path, 0, error);
  }
  sqfs_free(inode);
  return ok;
}

/* One reader a level: the library's reader stands in one folder at a time. */
static bool walk(Filesystem *self, const sqfs_inode_generic_t *folder, const char *path,
                 guint depth, GError **error) {
  if (depth > MAX_DEPTH)
    return push(self, (Piece){.cut = g_strdup("folders nest too deep")}, 0, error);
  sqfs_dir_reader_t *reader =
      sqfs_dir_reader_create(&self->super, self->compressor, &self->memory.file, 0);
  if (reader == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  int code = sqfs_dir_reader_open_dir(reader, folder, 0);
  bool ok = true;
  while (code == 0 && ok) {
    sqfs_dir_entry_t *entry = NULL;
    code = sqfs_dir_reader_read(reader, &entry);
    if (code == 0)
      ok = visit(self, reader, entry, path, depth, error);
    sqfs_free(entry);
  }
  if (code < 0 && ok)
    ok = cut_root(self, "folder", path, code, error);
  sqfs_destroy(reader);
  return ok;
}

/* --- extent
 * ------------------------------------------------------------------------------------------ */

/* Where a table ends whose list of blocks begins at `start`: a position of 8 bytes for each 8 KiB.
 */
static guint64 end_of_table(guint64 start, guint64 count, gsize entry_size) {
  return start == NO_TABLE || start > G_MAXINT64 ? 0
                                                 : start + (count * entry_size + 8191) / 8192 * 8;
}

/* The end of the last table: what the superblock counts beyond it is none of the filesystem's. */
static gsize end_of_filesystem(const Filesystem *self) {
  const sqfs_super_t *super = &self->super;
  guint64 ends[] = {
      end_of_table(super->id_table_start, super->id_count, 4),
      end_of_table(super->fragment_table_start, super->fragment_entry_count, 16),
      end_of_table(super->export_table_start, super->inode_count, 8),
      0,
  };
  AkReader reader = ak_reader_init(self->memory.data, self->size);
  guint32 xattrs = 0;
  if (super->xattr_id_table_start < self->size &&
      ak_reader_seek(&reader, (gsize)super->xattr_id_table_start, NULL) &&
      ak_reader_skip(&reader, 8, NULL) && ak_reader_u32le(&reader, &xattrs, NULL))
    ends[3] = end_of_table(super->xattr_id_table_start + 16, xattrs, 16);
  guint64 end = SUPER_SIZE;
  for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
    end = MAX(end, ends[i]);
  return (gsize)MIN(MIN(super->bytes_used, end), self->size);
}

/* --- what belongs to no file
 * ------------------------------------------------------------------------- */

static bool note_fragments(Filesystem *self, GError **error) {
  for (gsize i = 0; i < sqfs_frag_table_get_size(self->fragments); i++) {
    sqfs_fragment_t fragment;
    int code = sqfs_frag_table_lookup(self->fragments, (sqfs_u32)i, &fragment);
    if (code != 0)
      return refuse(error, "table of fragments", code);
    ak_extents_note(&self->data, fragment.start_offset, SQFS_ON_DISK_BLOCK_SIZE(fragment.size));
  }
  return true;
}

/* Data begins behind the superblock and the compressor's settings, a metadata block of its own. */
static gsize start_of_data(const Filesystem *self) {
  AkReader reader = ak_reader_init(self->memory.data, self->size);
  guint16 length = 0;
  if ((self->super.flags & SQFS_FLAG_COMPRESSOR_OPTIONS) == 0 ||
      !ak_reader_seek(&reader, SUPER_SIZE, NULL) || !ak_reader_u16le(&reader, &length, NULL))
    return SUPER_SIZE;
  return MIN(SUPER_SIZE + 2 + (gsize)(length & 0x7fff), self->size);
}

/* Squashfs guards nothing by checksums; that all data belongs to files shows that none went astray.
 */
static bool check_data(Filesystem *self, GError **error) {
  gsize from = start_of_data(self), to = (gsize)MIN(self->super.inode_table_start, self->size);
  if (!note_fragments(self, error))
    return false;
  if (ak_extents_leave(&self->data, from, to))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "file data outside of its region");
  gsize gaps = ak_extents_count_gaps(&self->data, self->memory.data, from, MAX(from, to));
  return gaps == 0 || ak_error_set(error, AK_ERROR_INVALID_DATA,
                                   "%" G_GSIZE_FORMAT " bytes of data belong to no file", gaps);
}

static bool walk_root(Filesystem *self, GError **error) {
  sqfs_inode_generic_t *root = NULL;
  bool is_new = false;
  sqfs_dir_reader_t *reader =
      sqfs_dir_reader_create(&self->super, self->compressor, &self->memory.file, 0);
  int code = reader != NULL ? sqfs_dir_reader_get_root_inode(reader, &root) : SQFS_ERROR_ALLOC;
  bool ok = code == 0 || refuse(error, "root folder", code);
  if (ok && !mark_inode(self, root->base.inode_number, &is_new))
    ok = cut_root(self, "inode number out of range", "/", 0, error);
  ok = ok && walk(self, root, "", 0, error);
  sqfs_free(root);
  if (reader != NULL)
    sqfs_destroy(reader);
  return ok;
}

/* Tables stand at the end: where the image was cut, that they cannot be read says nothing of its own. */
static void tell_short(const Filesystem *self) {
  if (self->super.bytes_used <= self->size)
    return;
  g_autofree char *reason = g_strdup_printf("squashfs: the image ends after %" G_GSIZE_FORMAT
                                            " bytes, its superblock says %" G_GUINT64_FORMAT,
                                            self->size, (guint64)self->super.bytes_used);
  ak_firmware_tree_cut(self->tree, self->root, reason);
}

static bool open_squashfs(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                          gsize *used, GError **error) {
  g_auto(Filesystem)
      self = {.tree = tree, .root = node, .size = size, .memory = memory_new(data, size)};
  bool has_tables = open_tables(&self, error);
  tell_short(&self);
  if (!has_tables)
    return false;
  *used = end_of_filesystem(&self);
  AkAheadWork work = {
      .work = unpack_piece, .take = take_piece, .free = piece_free, .room = AHEAD_BYTES};
  self.contents =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)content_unref);
  self.seen = g_malloc0(self.super.inode_count / 8 + 1);
  self.ahead = ak_ahead_new(ak_firmware_tree_crew(tree), &work);
  if (!walk_root(&self, error) || !ak_ahead_end(self.ahead, error))
    return false;
  if (self.seen_count != self.super.inode_count) {
    g_autofree char *reason = g_strdup_printf("squashfs: %u inodes of %u are in its folders",
                                              self.seen_count, self.super.inode_count);
    ak_firmware_tree_cut(tree, node, reason);
  }
  return check_data(&self, error);
}

static const char *const sources[] = {"squashfs-tools-ng doc/format.adoc",
                                      "Linux fs/squashfs/squashfs_fs.h", NULL};

extern const AkFirmwareFormat ak_firmware_squashfs_format;
const AkFirmwareFormat ak_firmware_squashfs_format = {
    .name = "squashfs",
    .help_en = "squashfs 4.0 (gzip, xz, lzma, lz4, zstd)",
    .help_ja = "squashfs 4.0（gzip、xz、lzma、lz4、zstd）",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_squashfs,
};

/* The library sets aside what an inode claims, up to 4 GiB, before it reads; in a worker the limit
 * of address space refuses that, and so here. Address sanitizers need theirs. */
static void limit_memory(struct rlimit *before) {
  getrlimit(RLIMIT_AS, before);
#if !defined(__SANITIZE_ADDRESS__) && !defined(AK_CLANG_ASAN)
  struct rlimit limited = {MIN(before->rlim_max, 512u << 20), before->rlim_max};
  setrlimit(RLIMIT_AS, &limited);
#endif
}

bool ak_firmware_squashfs_fuzz(const guint8 *data, gsize size);
bool ak_firmware_squashfs_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GBytes) image = g_bytes_new_static(data, size);
  AkFirmwareLimits limits = {.total_bytes = 8 << 20, .files = 500, .depth = 2, .ratio = 100};
  struct rlimit before;
  limit_memory(&before);
  g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(image, "fuzz", &limits, NULL);
  setrlimit(RLIMIT_AS, &before);
  return tree != NULL && bid(data, size) > 0 && ak_firmware_tree_node(tree, 0)->cut == NULL;
}
