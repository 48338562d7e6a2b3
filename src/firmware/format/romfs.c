/* romfs. Sums guard its beginning and each header; of contents each byte is accounted for instead:
 * it belongs to a header, a file or padding. Source: Linux, Documentation/filesystems/romfs.rst;
 * the modes: fs/romfs/super.c. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/entries.h"
#include "firmware/format/extents.h"
#include "firmware/format/format.h"
#include "util/reader.h"

#define MAGIC "-rom1fs-"
#define SUPER_SIZE 16
#define HEADER_SIZE 16
#define STEP 16      /* headers and contents begin at multiples */
#define SUMMED 512   /* bytes of the beginning that its sum covers */
#define MAX_NAME 128 /* as Linux takes them */
#define MAX_DEPTH 64
#define MAX_LINKS 8 /* hard links to hard links */
#define EXECUTABLE 8

enum { LINK, FOLDER, FILE_, SYMLINK, BLOCK, CHAR, SOCKET, FIFO };

typedef struct {
  gsize at, content; /* where header and content begin */
  guint32 next;      /* 0: the last of its folder */
  guint type;
  bool is_executable;
  guint32 info, size;
  const guint8 *name;
  gsize name_size;
} Header;

typedef struct {
  AkEntries entries;
  const guint8 *data;
  gsize size;
  guint8 *seen; /* a bit a header's place */
  AkExtents used;
} Filesystem;

static void filesystem_clear(Filesystem *self) {
  g_clear_pointer(&self->seen, g_free);
  ak_extents_clear(&self->used);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

/* --- sums and headers --------------------------------------------------------------------------
 */

/* Words, big-endian, add up to 0. */
static bool has_sum(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint32 sum = 0, word = 0;
  while (ak_reader_u32be(&reader, &word, NULL))
    sum += word;
  return sum == 0;
}

static gsize filled_up(gsize offset) {
  return (offset + STEP - 1) / STEP * STEP;
}

/* A name with the NULs behind it, or false. */
static bool read_name(AkReader *reader, const guint8 **name, gsize *size) {
  gsize limit = MIN(ak_reader_left(reader), MAX_NAME);
  const guint8 *end = memchr(reader->data + reader->position, 0, limit);
  if (end == NULL)
    return false;
  *size = (gsize)(end - (reader->data + reader->position));
  return ak_reader_bytes(reader, *size, name, NULL) &&
         ak_reader_seek(reader, filled_up(reader->position + 1), NULL);
}

static bool read_super(const guint8 *data, gsize size, guint32 *whole, gsize *first) {
  AkReader reader = ak_reader_init(data, size);
  const guint8 *name = NULL;
  gsize name_size = 0;
  if (size < SUPER_SIZE || memcmp(data, MAGIC, 8) != 0 || !ak_reader_skip(&reader, 8, NULL) ||
      !ak_reader_u32be(&reader, whole, NULL) || !ak_reader_skip(&reader, 4, NULL) ||
      *whole < SUPER_SIZE + HEADER_SIZE || size < MIN(*whole, SUMMED) ||
      !has_sum(data, MIN(*whole, SUMMED)) || !read_name(&reader, &name, &name_size))
    return false;
  *first = reader.position;
  return true;
}

static guint bid(const guint8 *data, gsize size) {
  guint32 whole = 0;
  gsize first = 0;
  return read_super(data, size, &whole, &first) ? 64 + 32 : 0;
}

/* A header whose sum holds. */
static bool read_header(const Filesystem *self, gsize at, Header *out) {
  AkReader reader = ak_reader_init(self->data, self->size);
  guint32 next = 0;
  *out = (Header){.at = at};
  if (at < SUPER_SIZE || !ak_reader_seek(&reader, at, NULL) ||
      !ak_reader_u32be(&reader, &next, NULL) || !ak_reader_u32be(&reader, &out->info, NULL) ||
      !ak_reader_u32be(&reader, &out->size, NULL) || !ak_reader_skip(&reader, 4, NULL) ||
      !read_name(&reader, &out->name, &out->name_size))
    return false;
  out->content = reader.position;
  out->next = next & ~(guint32)(STEP - 1);
  out->type = next & 7;
  out->is_executable = (next & EXECUTABLE) != 0;
  return has_sum(self->data + at, out->content - at);
}

static guint mode_of(const Header *header) {
  static const guint modes[] = {0,
                                S_IFDIR | 0644,
                                S_IFREG | 0644,
                                S_IFLNK | 0777,
                                S_IFBLK | 0600,
                                S_IFCHR | 0600,
                                S_IFSOCK | 0644,
                                S_IFIFO | 0644};
  return modes[header->type] | (header->is_executable ? 0111 : 0);
}

/* --- the walk ----------------------------------------------------------------------------------
 */

static bool walk(Filesystem *self, gsize first, const char *path, guint depth, GError **error);

/* The header that a hard link leads to, or false. */
static bool follow(const Filesystem *self, const Header *link, Header *out) {
  *out = *link;
  for (guint i = 0; i < MAX_LINKS && out->type == LINK; i++) {
    gsize at = out->info & ~(guint32)(STEP - 1);
    if (!read_header(self, at, out))
      return false;
  }
  return out->type != LINK;
}

static GBytes *read_content(Filesystem *self, const Header *header, const char **cut) {
  gsize left = self->size - header->content;
  gsize size = MIN(header->size, left);
  ak_extents_note(&self->used, header->content, size);
  if (header->size > left)
    *cut = "the image ends within this file";
  return g_bytes_new_from_bytes(
      ak_firmware_tree_node(self->entries.tree, self->entries.root)->bytes, header->content, size);
}

static bool add_header(Filesystem *self, const Header *header, const char *path, GError **error) {
  AkEntry entry = {.path = path, .mode = mode_of(header)};
  if (header->type == FILE_ || header->type == SYMLINK)
    entry.content = read_content(self, header, &entry.cut);
  else if (header->size > 0)
    ak_entries_cut(&self->entries, "%s: content of an entry that is no file", path);
  if (header->type == BLOCK || header->type == CHAR) {
    entry.major = header->info >> 16;
    entry.minor = header->info & 0xffff;
  }
  return ak_entries_add(&self->entries, entry, error);
}

static bool is_self_or_parent(const Header *header) {
  return (header->name_size == 1 && header->name[0] == '.') ||
         (header->name_size == 2 && memcmp(header->name, "..", 2) == 0);
}

static bool visit(Filesystem *self, const Header *header, const char *folder, guint depth,
                  GError **error) {
  g_autofree char *path = ak_firmware_tree_child_path(folder, header->name, header->name_size);
  Header real;
  if (is_self_or_parent(header))
    return true;
  if (!ak_entries_is_name(header->name, header->name_size))
    ak_entries_cut(&self->entries, "%s: no name", path);
  if (!follow(self, header, &real) || (header->type == LINK && real.type == FOLDER)) {
    ak_entries_cut(&self->entries, "%s: a link to nothing", path);
    return true;
  }
  if (!add_header(self, &real, path, error))
    return false;
  if (real.type != FOLDER)
    return true;
  if (depth < MAX_DEPTH)
    return walk(self, real.info & ~(guint32)(STEP - 1), path, depth + 1, error);
  ak_entries_cut(&self->entries, "folders nest too deep");
  return true;
}

/* Each header stands in one folder. */
static bool claim(Filesystem *self, const Header *header) {
  gsize step = header->at / STEP;
  guint8 bit = (guint8)(1u << step % 8);
  bool is_new = (self->seen[step / 8] & bit) == 0;
  self->seen[step / 8] |= bit;
  ak_extents_note(&self->used, header->at, header->content - header->at);
  return is_new;
}

static bool walk(Filesystem *self, gsize first, const char *path, guint depth, GError **error) {
  Header header;
  for (gsize at = first; at != 0; at = header.next) {
    if (at >= self->size || !read_header(self, at, &header)) {
      ak_entries_cut(&self->entries, "%s/: a damaged header at %" G_GSIZE_FORMAT, path, at);
      return true;
    }
    if (!claim(self, &header)) {
      ak_entries_cut(&self->entries, "%s/: a header in more than one place", path);
      return true;
    }
    if (!visit(self, &header, path, depth, error))
      return false;
  }
  return true;
}

static void check_whole(Filesystem *self, gsize whole, gsize first) {
  if (self->size < whole) {
    ak_entries_cut(&self->entries, "the image ends before its beginning says");
    return;
  }
  ak_extents_note(&self->used, 0, first);
  gsize gaps = ak_extents_count_gaps(&self->used, self->data, 0, self->size);
  if (gaps > 0)
    ak_entries_cut(&self->entries, "%" G_GSIZE_FORMAT " bytes belong to no file", gaps);
}

/* The first header is the root, a folder that names the first entry: most often itself. */
static bool open_romfs(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                       gsize *used, GError **error) {
  g_auto(Filesystem) self = {.entries = {tree, node, "romfs"}, .data = data};
  guint32 whole = 0;
  gsize first = 0;
  Header root;
  if (!read_super(data, size, &whole, &first))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged beginning");
  self.size = MIN(size, whole);
  *used = self.size;
  if (!read_header(&self, first, &root) || root.type != FOLDER)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the root folder is damaged");
  self.seen = g_try_malloc0(self.size / STEP / 8 + 1);
  if (self.seen == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  gsize entries = root.info & ~(guint32)(STEP - 1);
  if (entries != first)
    claim(&self, &root);
  if (!walk(&self, entries, "", 0, error))
    return false;
  check_whole(&self, whole, first);
  return true;
}

static const char *const sources[] = {"Linux Documentation/filesystems/romfs.rst", NULL};

extern const AkFirmwareFormat ak_firmware_romfs_format;
const AkFirmwareFormat ak_firmware_romfs_format = {
    .name = "romfs",
    .help_en = "romfs",
    .help_ja = "romfs",
    .sources = sources,
    .magics = {{MAGIC, 8}},
    .bid = bid,
    .open = open_romfs,
    .guards = AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_romfs_fuzz(const guint8 *data, gsize size);
bool ak_firmware_romfs_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_romfs_format, data, size);
}
