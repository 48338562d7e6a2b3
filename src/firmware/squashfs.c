/* squashfs 4.0, through libsquashfs over memory. Source: squashfs-tools-ng, doc/format.adoc; the
 * superblock's facts: Linux, fs/squashfs/squashfs_fs.h. */
#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <string.h>

#include "firmware/format.h"
#include "util/reader.h"

#define MAGIC "hsqs"
#define SUPER_SIZE 96
#define MAX_DEPTH 64 /* folders in folders: a loop of folders ends here */
#define MAX_FILE_BYTES (1024ull * 1024 * 1024)

/* --- the bid ---------------------------------------------------------------------------------------- */

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

/* --- a file in memory for the library ---------------------------------------------------------------- */

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

static sqfs_u64 memory_size(const sqfs_file_t *file) { return ((const Memory *)file)->size; }

static int memory_truncate(sqfs_file_t *file, sqfs_u64 size) { return SQFS_ERROR_UNSUPPORTED; }

static void memory_destroy(sqfs_object_t *object) { /* lives on the stack */ }

static Memory memory_new(const guint8 *data, gsize size) {
  return (Memory){.file = {.base = {.destroy = memory_destroy},
                           .read_at = memory_read,
                           .write_at = memory_write,
                           .get_size = memory_size,
                           .truncate = memory_truncate},
                  .data = data,
                  .size = size};
}

/* --- walking ----------------------------------------------------------------------------------------- */

typedef struct {
  AkFirmwareTree *tree;
  guint root; /* node of the filesystem */
  gsize size; /* of the image */
  Memory memory;
  sqfs_super_t super;
  sqfs_compressor_t *compressor;
  sqfs_id_table_t *ids;
  sqfs_data_reader_t *reader;
} Filesystem;

static bool refuse(GError **error, const char *what, int code) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s (libsquashfs %d)", what, code);
}

static void filesystem_clear(Filesystem *self) {
  void *objects[] = {self->reader, self->ids, self->compressor};
  for (gsize i = 0; i < G_N_ELEMENTS(objects); i++)
    if (objects[i] != NULL)
      sqfs_destroy(objects[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

static bool open_tables(Filesystem *self, GError **error) {
  sqfs_compressor_config_t settings;
  int code = sqfs_super_read(&self->super, &self->memory.file);
  if (code != 0)
    return refuse(error, "superblock", code);
  sqfs_compressor_config_init(&settings, (SQFS_COMPRESSOR)self->super.compression_id,
                              self->super.block_size, SQFS_COMP_FLAG_UNCOMPRESS);
  if ((code = sqfs_compressor_create(&settings, &self->compressor)) != 0)
    return refuse(error, "compression that is not supported", code);
  self->ids = sqfs_id_table_create(0);
  if (self->ids == NULL || (code = sqfs_id_table_read(self->ids, &self->memory.file, &self->super,
                                                      self->compressor)) != 0)
    return refuse(error, "table of ids", code);
  self->reader = sqfs_data_reader_create(&self->memory.file, self->super.block_size,
                                         self->compressor, 0);
  if (self->reader == NULL ||
      (code = sqfs_data_reader_load_fragment_table(self->reader, &self->super)) != 0)
    return refuse(error, "table of fragments", code);
  return true;
}

static guint id_of(const Filesystem *self, guint16 index) {
  sqfs_u32 id = 0;
  return sqfs_id_table_index_to_id(self->ids, index, &id) == 0 ? id : G_MAXUINT;
}

/* A file's bytes, or NULL with the reason. */
static GBytes *read_file(Filesystem *self, const sqfs_inode_generic_t *inode, GError **error) {
  sqfs_u64 size = 0;
  int code = sqfs_inode_get_file_size(inode, &size);
  if (code != 0 || size > MAX_FILE_BYTES ||
      size > ak_firmware_tree_budget(self->tree, self->size)) {
    ak_error_set(error, AK_ERROR_LIMIT, "file of %" G_GUINT64_FORMAT " bytes", (guint64)size);
    return NULL;
  }
  g_autofree guint8 *bytes = g_try_malloc(MAX(size, 1));
  if (bytes == NULL) {
    ak_error_set(error, AK_ERROR_LIMIT, "no memory for %" G_GUINT64_FORMAT " bytes",
                 (guint64)size);
    return NULL;
  }
  for (sqfs_u64 at = 0; at < size;) {
    sqfs_u32 piece = (sqfs_u32)MIN(size - at, 1u << 20);
    sqfs_s32 got = sqfs_data_reader_read(self->reader, inode, at, bytes + at, piece);
    if (got <= 0) {
      refuse(error, "file data", got);
      return NULL;
    }
    at += (sqfs_u64)got;
  }
  return g_bytes_new_take(g_steal_pointer(&bytes), size);
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

static bool add_entry(Filesystem *self, const sqfs_inode_generic_t *inode, const char *path,
                      GError **error) {
  AkNode node = {.parent = self->root,
                 .type = type_of(inode->base.type),
                 .path = g_strdup(path),
                 .mode = inode->base.mode & 07777,
                 .uid = id_of(self, inode->base.uid_idx),
                 .gid = id_of(self, inode->base.gid_idx)};
  g_autoptr(GError) failure = NULL;
  if (node.type == AK_NODE_SYMLINK)
    node.target = target_of(inode);
  if (node.type == AK_NODE_FILE && (node.bytes = read_file(self, inode, &failure)) == NULL)
    node.cut = g_strdup(failure->message);
  return ak_firmware_tree_add(self->tree, node, NULL, error);
}

static bool walk(Filesystem *self, const sqfs_inode_generic_t *folder, const char *path,
                 guint depth, GError **error);

static bool visit(Filesystem *self, sqfs_dir_reader_t *reader, const sqfs_dir_entry_t *entry,
                  const char *folder, guint depth, GError **error) {
  sqfs_inode_generic_t *inode = NULL;
  g_autofree char *name = g_strndup((const char *)entry->name, (gsize)entry->size + 1);
  g_autofree char *path = g_strdup_printf("%s/%s", folder, name);
  int code = sqfs_dir_reader_get_inode(reader, &inode);
  if (code != 0) {
    g_autofree char *reason = g_strdup_printf("inode of %s (libsquashfs %d)", path, code);
    ak_firmware_tree_cut(self->tree, self->root, reason);
    return true; /* the other entries may still be whole */
  }
  bool ok = add_entry(self, inode, path, error);
  if (ok && type_of(inode->base.type) == AK_NODE_FOLDER)
    ok = walk(self, inode, path, depth + 1, error);
  sqfs_free(inode);
  return ok;
}

/* One reader a level: the library's reader stands in one folder at a time. */
static bool walk(Filesystem *self, const sqfs_inode_generic_t *folder, const char *path,
                 guint depth, GError **error) {
  if (depth > MAX_DEPTH) {
    ak_firmware_tree_cut(self->tree, self->root, "folders nest too deep");
    return true;
  }
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
  if (code < 0) {
    g_autofree char *reason = g_strdup_printf("folder %s (libsquashfs %d)", path, code);
    ak_firmware_tree_cut(self->tree, self->root, reason);
  }
  sqfs_destroy(reader);
  return ok;
}

static bool open_squashfs(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                          gsize *used, GError **error) {
  g_auto(Filesystem) self = {.tree = tree, .root = node, .size = size,
                             .memory = memory_new(data, size)};
  if (!open_tables(&self, error))
    return false;
  *used = (gsize)MIN(self.super.bytes_used, size);
  if (self.super.bytes_used > size)
    ak_firmware_tree_cut(tree, node, "squashfs: the image ends before its superblock says");
  sqfs_dir_reader_t *reader =
      sqfs_dir_reader_create(&self.super, self.compressor, &self.memory.file, 0);
  sqfs_inode_generic_t *root = NULL;
  int code = reader != NULL ? sqfs_dir_reader_get_root_inode(reader, &root) : SQFS_ERROR_ALLOC;
  bool ok = code == 0 ? walk(&self, root, "", 0, error) : refuse(error, "root folder", code);
  sqfs_free(root);
  if (reader != NULL)
    sqfs_destroy(reader);
  return ok;
}

static const char *const sources[] = {"squashfs-tools-ng doc/format.adoc",
                                      "Linux fs/squashfs/squashfs_fs.h", NULL};

extern const AkFirmwareFormat ak_firmware_squashfs_format;
const AkFirmwareFormat ak_firmware_squashfs_format = {
    .name = "squashfs",
    .help_en = "squashfs 4.0 (gzip, xz, lzma, lz4, zstd)",
    .help_ja = "squashfs 4.0（gzip、xz、lzma、lz4、zstd）",
    .sources = sources,
    .magic = MAGIC,
    .magic_size = 4,
    .bid = bid,
    .open = open_squashfs,
};

bool ak_firmware_squashfs_fuzz(const guint8 *data, gsize size);
bool ak_firmware_squashfs_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GBytes) image = g_bytes_new_static(data, size);
  AkFirmwareLimits limits = {.total_bytes = 8 << 20, .files = 500, .depth = 2, .ratio = 100};
  g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(image, "fuzz", &limits, NULL);
  return tree != NULL && bid(data, size) > 0 && ak_firmware_tree_is_complete(tree);
}
