/* tar archives: ustar, GNU's long names, pax records, and the older header without magic.
 * Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual,
 * "Basic Tar Format". Headers have a checksum, contents have none. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/format.h"
#include "firmware/format/links.h"
#include "util/reader.h"

#define BLOCK 512
#define MAGIC "ustar"
#define MAGIC_OFFSET 257
#define MAX_RECORDS (1u << 20) /* bytes of one extended header or long name */
#define SPARSE_FLAG 482        /* GNU header: more maps of holes follow; in those at 504 */
#define SPARSE_MORE 504

/* Where a field stands in the header, in bytes. */
typedef struct {
  guint16 offset, size;
} Field;
static const Field name_field = {0, 100}, mode_field = {100, 8}, uid_field = {108, 8},
                   gid_field = {116, 8}, size_field = {124, 12}, sum_field = {148, 8},
                   link_field = {157, 100}, major_field = {329, 8}, minor_field = {337, 8},
                   prefix_field = {345, 155};
#define TYPE_OFFSET 156

/* Octal digits between blanks and NULs, or GNU's base 256 where the highest bit is set. */
static bool read_number(const guint8 *header, Field field, guint64 *out) {
  const guint8 *at = header + field.offset, *end = at + field.size;
  guint64 value = 0;
  if (*at & 0x80) {
    for (value = *at++ & 0x7f; at < end; at++)
      if (value >> 55 != 0)
        return false;
      else
        value = value << 8 | *at;
    *out = value;
    return true;
  }
  while (at < end && *at == ' ')
    at++;
  for (; at < end && *at >= '0' && *at <= '7'; at++)
    value = value << 3 | (guint64)(*at - '0');
  for (; at < end; at++)
    if (*at != ' ' && *at != '\0')
      return false;
  *out = value;
  return true;
}

/* All bytes, the checksum itself as blanks; some old writers summed signed ones. */
static bool has_checksum(const guint8 *header) {
  guint64 told = 0;
  gint64 plain = 0, as_signed = 0;
  for (guint i = 0; i < BLOCK; i++) {
    bool is_sum = i >= sum_field.offset && i < sum_field.offset + sum_field.size;
    guint8 byte = is_sum ? ' ' : header[i];
    plain += byte;
    as_signed += (gint8)byte;
  }
  return read_number(header, sum_field, &told) &&
         ((gint64)told == plain || (gint64)told == as_signed);
}

static bool is_zero(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0)
      return false;
  return true;
}

static bool is_posix(const guint8 *header) {
  return memcmp(header + MAGIC_OFFSET, "ustar\0", 6) == 0;
}

static bool is_header(const guint8 *data, gsize size) {
  guint64 ignored = 0;
  return size >= BLOCK && has_checksum(data) && read_number(data, size_field, &ignored) &&
         read_number(data, mode_field, &ignored);
}

static guint bid(const guint8 *data, gsize size) {
  if (!is_header(data, size))
    return 0;
  if (memcmp(data + MAGIC_OFFSET, MAGIC, 5) == 0)
    return 56;
  /* without magic: a name and a type that stood in 1979, digits where digits belong */
  return g_ascii_isgraph(data[0]) &&
                 memchr("\0"
                        "01234567",
                        data[TYPE_OFFSET], 9) != NULL &&
                 g_ascii_isdigit(data[mode_field.offset + 5]) &&
                 g_ascii_isdigit(data[size_field.offset + 10])
             ? 32
             : 0;
}

typedef struct {
  AkFirmwareTree *tree;
  guint root;
  const guint8 *data;
  gsize size, at; /* of the archive; of the header that is next */
  AkLinks links;
  /* what extended headers said of the next entry */
  GBytes *name, *target;
  bool has_size, is_sparse;
  guint64 content;
} Archive;

static void forget_extended(Archive *self) {
  g_clear_pointer(&self->name, g_bytes_unref);
  g_clear_pointer(&self->target, g_bytes_unref);
  self->has_size = self->is_sparse = false;
}

static void archive_clear(Archive *self) {
  forget_extended(self);
  ak_links_clear(&self->links);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Archive, archive_clear)

static void cut(Archive *self, const char *what, gsize at) {
  g_autofree char *reason = g_strdup_printf("tar: %s at %" G_GSIZE_FORMAT, what, at);
  ak_firmware_tree_cut(self->tree, self->root, reason);
}

/* --- extended headers --------------------------------------------------------------------------
 */

static void set_bytes(GBytes **slot, const void *data, gsize size) {
  g_clear_pointer(slot, g_bytes_unref);
  *slot = g_bytes_new(data, size);
}

static bool set_decimal(Archive *self, const char *value, gsize size) {
  g_autofree char *text = g_strndup(value, size);
  if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &self->content, NULL))
    return false;
  self->has_size = true;
  return true;
}

static bool take_record(Archive *self, const char *key, gsize key_size, const char *value,
                        gsize size) {
  if (key_size == 4 && memcmp(key, "path", 4) == 0)
    set_bytes(&self->name, value, size);
  else if (key_size == 8 && memcmp(key, "linkpath", 8) == 0)
    set_bytes(&self->target, value, size);
  else if (key_size == 4 && memcmp(key, "size", 4) == 0)
    return set_decimal(self, value, size);
  else if (key_size > 11 && memcmp(key, "GNU.sparse.", 11) == 0)
    self->is_sparse = true;
  return true;
}

/* "LENGTH KEY=VALUE\n", one after the other. */
static bool take_records(Archive *self, const char *data, gsize size) {
  for (gsize at = 0; at < size;) {
    gsize length = 0, digits = 0;
    while (digits < 8 && at + digits < size && g_ascii_isdigit(data[at + digits]))
      length = length * 10 + (gsize)(data[at + digits++] - '0');
    if (digits == 0 || length < digits + 4 || length > size - at || data[at + digits] != ' ' ||
        data[at + length - 1] != '\n')
      return false;
    const char *key = data + at + digits + 1, *end = data + at + length - 1;
    const char *equals = memchr(key, '=', (gsize)(end - key));
    if (equals == NULL ||
        !take_record(self, key, (gsize)(equals - key), equals + 1, (gsize)(end - equals - 1)))
      return false;
    at += length;
  }
  return true;
}

/* True if the entry is one of these: it speaks of the next one. */
static bool take_extended(Archive *self, guint8 type, const guint8 *content, gsize size, gsize at) {
  if (memchr("xgLK", type, 4) == NULL)
    return false;
  if (size > MAX_RECORDS || (type == 'x' && !take_records(self, (const char *)content, size)))
    cut(self, "damaged extended header", at);
  else if (type == 'g' &&
           (memmem(content, size, "path=", 5) != NULL || memmem(content, size, "size=", 5) != NULL))
    cut(self, "an extended header for all entries", at);
  else if (type == 'L' || type == 'K')
    set_bytes(type == 'L' ? &self->name : &self->target, content,
              strnlen((const char *)content, size));
  return true;
}

/* --- entries -----------------------------------------------------------------------------------
 */

/* The name in the header: a prefix and a name, neither with a NUL where it is full. */
static char *path_of(const Archive *self, const guint8 *header) {
  gsize size = 0;
  if (self->name != NULL) {
    const void *name = g_bytes_get_data(self->name, &size);
    return ak_firmware_tree_entry_path(name, size);
  }
  const char *text = (const char *)header;
  g_autoptr(GString) name = g_string_new(NULL);
  if (is_posix(header) && text[prefix_field.offset] != '\0') {
    g_string_append_len(name, text + prefix_field.offset,
                        (gssize)strnlen(text + prefix_field.offset, prefix_field.size));
    g_string_append_c(name, '/');
  }
  g_string_append_len(name, text, (gssize)strnlen(text, name_field.size));
  return ak_firmware_tree_entry_path(name->str, name->len);
}

static char *target_of(const Archive *self, const guint8 *header) {
  const char *text = (const char *)header + link_field.offset;
  gsize size = strnlen(text, link_field.size);
  if (self->target != NULL)
    text = g_bytes_get_data(self->target, &size);
  return g_strndup(text != NULL ? text : "", size);
}

static void set_link(Archive *self, AkNode *node, const guint8 *header) {
  g_autofree char *target = target_of(self, header);
  g_autofree char *path = ak_firmware_tree_entry_path(target, strlen(target));
  node->type = AK_NODE_FILE;
  node->bytes = path != NULL ? ak_links_find(&self->links, path) : NULL;
  if (node->bytes == NULL)
    node->cut = g_strdup("tar: a hard link to what is no file before it");
}

static void set_file(Archive *self, AkNode *node, gsize at, guint64 size) {
  gsize there = (gsize)MIN(size, self->size - at);
  GBytes *whole = ak_firmware_tree_node(self->tree, self->root)->bytes;
  node->type = AK_NODE_FILE;
  node->bytes = g_bytes_new_from_bytes(whole, at, there);
  if (there < size)
    node->cut = g_strdup("tar: the archive ends within this file");
  else if (self->is_sparse)
    node->cut = g_strdup("tar: a sparse file, whose holes are not put back");
  ak_links_keep(&self->links, node->path, node->bytes);
}

static void set_other(AkNode *node, const guint8 *header, guint type) {
  guint64 major = 0, minor = 0;
  if (type != S_IFIFO &&
      (!read_number(header, major_field, &major) || !read_number(header, minor_field, &minor)))
    node->cut = g_strdup("tar: damaged numbers of a device");
  node->type = AK_NODE_OTHER;
  node->target = ak_firmware_tree_device_text(type, (guint)major, (guint)minor);
}

static void set_symlink(Archive *self, AkNode *node, const guint8 *header) {
  node->type = AK_NODE_SYMLINK;
  node->target = target_of(self, header);
  if (!ak_firmware_tree_is_target(node->target, strlen(node->target)))
    node->cut = g_strdup("tar: the target of this link is no path");
}

static void set_content(Archive *self, AkNode *node, const guint8 *header, gsize at, guint64 size) {
  guint8 type = header[TYPE_OFFSET];
  gsize length = strnlen((const char *)header, name_field.size);
  bool is_folder = type == '5' || type == 'D' ||
                   (type == '\0' && size == 0 && length > 0 && header[length - 1] == '/');
  if (is_folder)
    node->type = AK_NODE_FOLDER;
  else if (type == '1' && size == 0)
    set_link(self, node, header);
  else if (type == '2')
    set_symlink(self, node, header);
  else if (type == '3' || type == '4' || type == '6')
    set_other(node, header, type == '3' ? S_IFCHR : type == '4' ? S_IFBLK : S_IFIFO);
  else
    set_file(self, node, at, size);
  if (size > 0 && node->type != AK_NODE_FILE)
    cut(self, "content of an entry that is no file", at);
  if (memchr("\0"
             "01234567DS",
             type, 11) == NULL)
    cut(self, "an entry of a kind that is not known", at);
}

static bool add_entry(Archive *self, const guint8 *header, gsize at, guint64 size, GError **error) {
  guint64 mode = 0, uid = 0, gid = 0;
  char *path = path_of(self, header);
  if (!read_number(header, mode_field, &mode) || !read_number(header, uid_field, &uid) ||
      !read_number(header, gid_field, &gid))
    cut(self, "damaged numbers in the header of the entry", at);
  if (size == 0 && (path == NULL || header[TYPE_OFFSET] == 'V')) { /* "./", or a volume's label */
    g_free(path);
    return true;
  }
  AkNode node = {.parent = self->root,
                 .path = path != NULL ? path : g_strdup("/"),
                 .mode = (guint)mode & 07777,
                 .uid = (guint)uid,
                 .gid = (guint)gid};
  set_content(self, &node, header, at, size);
  return ak_firmware_tree_add(self->tree, node, NULL, error);
}

/* Bytes of further maps of a sparse file, between its header and its data. */
static gsize skip_maps(const Archive *self, const guint8 *header) {
  gsize at = self->at + BLOCK;
  bool more = header[TYPE_OFFSET] == 'S' && header[SPARSE_FLAG] != 0;
  while (more && self->size - at >= BLOCK) {
    more = self->data[at + SPARSE_MORE] != 0;
    at += BLOCK;
  }
  return at;
}

/* One header and its content; moves on to the next. */
static bool take_entry(Archive *self, GError **error) {
  const guint8 *header = self->data + self->at;
  guint64 size = 0;
  read_number(header, size_field, &size); /* is_header holds */
  guint8 type = header[TYPE_OFFSET];
  gsize at = skip_maps(self, header);
  self->is_sparse = self->is_sparse || type == 'S';
  if (self->has_size && memchr("xgLK", type, 4) == NULL)
    size = self->content;
  gsize there = (gsize)MIN(size, self->size - at);
  if (!take_extended(self, type, self->data + at, there, at)) {
    if (!add_entry(self, header, at, size, error))
      return false;
    forget_extended(self);
  }
  gsize end = at + there,
        next = at + (gsize)MIN((there + BLOCK - 1) / BLOCK * BLOCK, self->size - at);
  if (there < size)
    cut(self, "the archive ends within an entry", at);
  if (!is_zero(self->data + end, next - end))
    cut(self, "something else behind the end of an entry", end);
  self->at = next;
  return true;
}

static bool open_tar(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(Archive) self = {.tree = tree, .root = node, .data = data, .size = size};
  while (is_header(data + self.at, size - self.at)) {
    bool ok = take_entry(&self, error);
    *used = self.at;
    if (!ok)
      return false;
  }
  gsize left = size - self.at, end = MIN(left, BLOCK);
  if (left < BLOCK || !is_zero(data + self.at, end))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s at %" G_GSIZE_FORMAT,
                        left < BLOCK ? "the mark of its end is missing" : "damaged header",
                        self.at);
  *used = self.at + end;
  return true;
}

static const char *const sources[] = {"POSIX.1-2017 pax", "GNU tar manual, Basic Tar Format", NULL};

extern const AkFirmwareFormat ak_firmware_tar_format;
const AkFirmwareFormat ak_firmware_tar_format = {
    .name = "tar",
    .help_en = "tar archive (ustar, GNU, pax)",
    .help_ja = "tarアーカイブ（ustar、GNU、pax）",
    .sources = sources,
    .magics = {{MAGIC, 5, MAGIC_OFFSET}},
    .bid = bid,
    .open = open_tar,
};

bool ak_firmware_tar_fuzz(const guint8 *data, gsize size);
bool ak_firmware_tar_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_tar_format, data, size);
}
