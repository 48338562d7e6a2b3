#include "log/tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util/io.h"

/* Source: C2SP tlog-tiles, Merkle Tree. */
#define TILE_HEIGHT 8
#define TILE_WIDTH 256u
#define MAX_LEVELS 64
#define MAX_TILE_LEVELS (MAX_LEVELS / TILE_HEIGHT)
#define ENTRIES MAX_TILE_LEVELS /* stands for the entry bundles beside the tile levels */

struct _AkTree {
  AkTreeLeaf leaf;
  gpointer data;
  GMutex mutex;
  GArray *entries;                      /* of AkDigest: leaf data; no record is read twice */
  GArray *levels[MAX_LEVELS];           /* of AkDigest: complete subtrees of 2^level leaves */
  guint64 written[MAX_TILE_LEVELS + 1]; /* full tiles known to be there */
};

AkTree *ak_tree_new(AkTreeLeaf leaf, gpointer data) {
  AkTree *self = g_new0(AkTree, 1);
  self->leaf = leaf;
  self->data = data;
  g_mutex_init(&self->mutex);
  self->entries = g_array_new(FALSE, FALSE, sizeof(AkDigest));
  for (guint i = 0; i < MAX_LEVELS; i++)
    self->levels[i] = g_array_new(FALSE, FALSE, sizeof(AkDigest));
  return self;
}

void ak_tree_free(AkTree *self) {
  if (self == NULL)
    return;
  g_array_unref(self->entries);
  for (guint i = 0; i < MAX_LEVELS; i++)
    g_array_unref(self->levels[i]);
  g_mutex_clear(&self->mutex);
  g_free(self);
}

static const AkDigest *node_at(const AkTree *self, guint level, guint64 index) {
  return &g_array_index(self->levels[level], AkDigest, index);
}

static bool grow(AkTree *self, guint64 size, GError **error) {
  while (self->levels[0]->len < size) {
    guint64 index = self->levels[0]->len;
    AkDigest entry;
    if (!self->leaf(self->data, index, entry.bytes, error))
      return false;
    AkDigest node = ak_merkle_leaf(entry.bytes, AK_DIGEST_SIZE);
    g_array_append_val(self->entries, entry);
    g_array_append_val(self->levels[0], node);
    for (guint level = 0; (index & 1) != 0; level++, index >>= 1) {
      node = ak_merkle_node(node_at(self, level, index - 1), node_at(self, level, index));
      g_array_append_val(self->levels[level + 1], node);
    }
  }
  return true;
}

static bool node_hash(gpointer data, guint level, guint64 index, AkDigest *out, GError **error) {
  const AkTree *self = data;
  if (level >= MAX_LEVELS || index >= self->levels[level]->len)
    return ak_error_set(error, AK_ERROR_INTERNAL, "log: the tree has no such node");
  *out = *node_at(self, level, index);
  return true;
}

bool ak_tree_root(AkTree *self, guint64 size, AkDigest *out, GError **error) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->mutex);
  return grow(self, size, error) && ak_merkle_root(size, node_hash, self, out, error);
}

GArray *ak_tree_inclusion(AkTree *self, guint64 index, guint64 size, GError **error) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->mutex);
  return grow(self, size, error) ? ak_merkle_inclusion(index, size, node_hash, self, error) : NULL;
}

GArray *ak_tree_consistency(AkTree *self, guint64 old_size, guint64 new_size, GError **error) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->mutex);
  return grow(self, new_size, error)
             ? ak_merkle_consistency(old_size, new_size, node_hash, self, error)
             : NULL;
}

/* "tile/LEVEL/x001/x234/067", with ".p/WIDTH" unless full. */
static char *tile_path(guint kind, guint64 number, guint width) {
  g_autofree char *level = kind == ENTRIES ? g_strdup("entries") : g_strdup_printf("%u", kind);
  g_autoptr(GString) elements = g_string_new(NULL);
  g_string_printf(elements, "%03u", (guint)(number % 1000));
  for (guint64 left = number / 1000; left > 0; left /= 1000) {
    char element[8];
    g_snprintf(element, sizeof element, "x%03u/", (guint)(left % 1000));
    g_string_prepend(elements, element);
  }
  if (width == TILE_WIDTH)
    return g_strdup_printf("tile/%s/%s", level, elements->str);
  return g_strdup_printf("tile/%s/%s.p/%u", level, elements->str, width);
}

static void append_entry(const AkTree *self, guint64 index, GByteArray *out) {
  const guint8 length[2] = {0, AK_DIGEST_SIZE}; /* u16, big-endian */
  g_byte_array_append(out, length, sizeof length);
  g_byte_array_append(out, g_array_index(self->entries, AkDigest, index).bytes, AK_DIGEST_SIZE);
}

static GByteArray *tile_bytes(const AkTree *self, guint kind, guint64 number, guint width) {
  GByteArray *bytes = g_byte_array_new();
  for (guint i = 0; i < width; i++) {
    guint64 index = number * TILE_WIDTH + i;
    if (kind != ENTRIES)
      g_byte_array_append(bytes, node_at(self, kind * TILE_HEIGHT, index)->bytes, AK_DIGEST_SIZE);
    else
      append_entry(self, index, bytes);
  }
  return bytes;
}

/* Opens the folder of `path`, making what is missing of it; `name` gets the last element. */
static int open_tile_folder(int dir_fd, const char *path, char **name, GError **error) {
  g_auto(GStrv) elements = g_strsplit(path, "/", -1);
  guint last = g_strv_length(elements) - 1;
  int fd = ak_io_open_dir(dir_fd, ".", error);
  for (guint i = 0; fd >= 0 && i < last; i++) {
    int inner = ak_io()->open_at(fd, elements[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (inner < 0 && ak_io_make_dir(fd, elements[i], 0755, error))
      inner = ak_io_open_dir(fd, elements[i], error);
    ak_io()->close(fd);
    fd = inner;
  }
  *name = g_strdup(elements[last]);
  return fd;
}

static bool write_tile(const AkTree *self, int dir_fd, guint kind, guint64 number, guint width,
                       GError **error) {
  g_autofree char *path = tile_path(kind, number, width);
  const gsize entry_size = kind == ENTRIES ? 2 + AK_DIGEST_SIZE : AK_DIGEST_SIZE;
  struct stat st;
  if (fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
      (gsize)st.st_size == width * entry_size)
    return true;
  g_autoptr(GByteArray) bytes = tile_bytes(self, kind, number, width);
  g_autofree char *name = NULL;
  int fd = open_tile_folder(dir_fd, path, &name, error);
  if (fd < 0)
    return false;
  bool ok = ak_io_replace(fd, name, 0644, bytes->data, bytes->len, error);
  ak_io()->close(fd);
  return ok;
}

/* All full tiles of one level and its partial one, if any. */
static bool write_level(AkTree *self, int dir_fd, guint kind, guint64 hashes, GError **error) {
  guint64 *written = &self->written[kind];
  for (; *written < hashes / TILE_WIDTH; (*written)++)
    if (!write_tile(self, dir_fd, kind, *written, TILE_WIDTH, error))
      return false;
  guint width = (guint)(hashes % TILE_WIDTH);
  return width == 0 || write_tile(self, dir_fd, kind, hashes / TILE_WIDTH, width, error);
}

bool ak_tree_write_tiles(AkTree *self, int dir_fd, guint64 size, GError **error) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->mutex);
  if (!grow(self, size, error) || !write_level(self, dir_fd, ENTRIES, size, error))
    return false;
  for (guint level = 0; level < MAX_TILE_LEVELS && size > 0; level++, size /= TILE_WIDTH)
    if (!write_level(self, dir_fd, level, size, error))
      return false;
  return true;
}
