/* ar archives: packages of Debian and of older OpenWrt, libraries of objects. Names in the header,
 * in a list of long names (GNU) or before the content (BSD). Contents have no checksums.
 * Source: Debian ar(5) and deb(5); FreeBSD ar(5) (BSD names); binutils, include/aout/ar.h. */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"

#define MAGIC "!<arch>\n"
#define MAGIC_SIZE 8
#define HEADER_SIZE 60
#define END_MARK "`\n"
#define BSD_MARK "#1/"
#define MAX_NAME 4096

/* Where a field stands in the header, in bytes. */
typedef struct {
  guint8 offset, size;
} Field;
static const Field name_field = {0, 16}, uid_field = {28, 6}, gid_field = {34, 6},
                   mode_field = {40, 8}, size_field = {48, 10};

typedef struct {
  const guint8 *name;
  gsize name_size, at, size; /* at: of the content */
  guint64 uid, gid, mode;
  bool is_index; /* of symbols, or the long names: no file */
} Entry;

typedef struct {
  AkParts parts;
  const guint8 *data;
  gsize size;
  const guint8 *names; /* the long ones, or NULL */
  gsize names_size;
  bool is_package, has_data; /* of Debian: begins with its version, has contents to install */
} Archive;

static void archive_clear(Archive *self) {
  ak_parts_clear(&self->parts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Archive, archive_clear)

/* Digits, then blanks; all blanks are 0 (as index members have it). */
static bool read_number(const guint8 *header, Field field, guint base, guint64 *out) {
  const guint8 *at = header + field.offset, *end = at + field.size;
  guint64 value = 0;
  for (; at < end && *at >= '0' && *at < '0' + base; at++)
    value = value * base + (guint64)(*at - '0');
  for (; at < end; at++)
    if (*at != ' ')
      return false;
  *out = value;
  return true;
}

static bool read_header(const guint8 *header, Entry *out) {
  guint64 size = 0;
  *out = (Entry){.name = header};
  if (memcmp(header + HEADER_SIZE - 2, END_MARK, 2) != 0 ||
      !read_number(header, uid_field, 10, &out->uid) ||
      !read_number(header, gid_field, 10, &out->gid) ||
      !read_number(header, mode_field, 8, &out->mode) || header[size_field.offset] == ' ' ||
      !read_number(header, size_field, 10, &size))
    return false;
  out->size = (gsize)size;
  for (out->name_size = name_field.size; out->name_size > 0; out->name_size--)
    if (header[out->name_size - 1] != ' ')
      break;
  return out->name_size > 0;
}

static guint bid(const guint8 *data, gsize size) {
  Entry entry;
  if (size < MAGIC_SIZE || memcmp(data, MAGIC, MAGIC_SIZE) != 0)
    return 0;
  return size >= MAGIC_SIZE + HEADER_SIZE && read_header(data + MAGIC_SIZE, &entry) ? 120 : 0;
}

/* A name that stands elsewhere: "/12", a place in the list; "#1/12", so many bytes of the content.
 */
static bool resolve(Archive *self, Entry *entry) {
  guint64 number = 0;
  if (entry->name_size > 3 && memcmp(entry->name, BSD_MARK, 3) == 0) {
    Field digits = {3, 13};
    if (!read_number(entry->name, digits, 10, &number) || number > MIN(entry->size, MAX_NAME))
      return false;
    entry->name = self->data + entry->at;
    entry->name_size = strnlen((const char *)entry->name, (gsize)number);
    entry->at += (gsize)number;
    entry->size -= (gsize)number;
    entry->is_index = entry->name_size >= 9 && memcmp(entry->name, "__.SYMDEF", 9) == 0;
    return entry->name_size > 0;
  }
  if (entry->name[0] == '/' && entry->name_size > 1 && g_ascii_isdigit(entry->name[1])) {
    Field digits = {1, 15};
    if (!read_number(entry->name, digits, 10, &number) || number >= self->names_size)
      return false;
    entry->name = self->names + number;
    const guint8 *end = memchr(entry->name, '\n', self->names_size - (gsize)number);
    if (end == NULL || end == entry->name || end[-1] != '/')
      return false;
    entry->name_size = (gsize)(end - entry->name) - 1;
    return entry->name_size > 0 && entry->name_size <= MAX_NAME;
  }
  if (entry->name_size > 1 && entry->name[entry->name_size - 1] == '/' && entry->name[0] != '/')
    entry->name_size--; /* GNU ends each name so */
  return true;
}

/* The list of long names and the indexes of symbols are no files. */
static bool is_special(Archive *self, const Entry *entry) {
  static const char *const names[] = {"/", "//", "/SYM64/", "__.SYMDEF"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (entry->name_size == strlen(names[i]) &&
        memcmp(entry->name, names[i], entry->name_size) == 0) {
      if (i == 1) {
        self->names = self->data + entry->at;
        self->names_size = entry->size;
      }
      return true;
    }
  return false;
}

/* A package that was cut between its files would be an archive like any other. */
static void take_package(Archive *self, const Entry *entry, bool is_first) {
  static const char version[] = "debian-binary", contents[] = "data.tar";
  gsize size = sizeof contents - 1;
  if (is_first)
    self->is_package = entry->name_size == sizeof version - 1 &&
                       memcmp(entry->name, version, sizeof version - 1) == 0;
  self->has_data =
      self->has_data || (entry->name_size >= size && memcmp(entry->name, contents, size) == 0);
}

static bool add_entry(Archive *self, Entry *entry, bool is_whole, GError **error) {
  GBytes *whole = ak_firmware_tree_node(self->parts.tree, self->parts.node)->bytes;
  if (is_special(self, entry))
    return true;
  gsize at = entry->at;
  if (!resolve(self, entry)) {
    ak_parts_cut(&self->parts, "a name that cannot be, at %" G_GSIZE_FORMAT, at - HEADER_SIZE);
    entry->name = (const guint8 *)"?";
    entry->name_size = 1;
  }
  if (entry->is_index)
    return true;
  take_package(self, entry, at == MAGIC_SIZE + HEADER_SIZE);
  AkNode file = {.parent = self->parts.node,
                 .path = ak_firmware_tree_child_path("", entry->name, entry->name_size),
                 .mode = (guint)entry->mode & 07777,
                 .uid = (guint)entry->uid,
                 .gid = (guint)entry->gid,
                 .bytes = g_bytes_new_from_bytes(whole, entry->at, entry->size),
                 .cut = is_whole ? NULL : g_strdup("ar: the archive ends within this file")};
  return ak_firmware_tree_add(self->parts.tree, file, NULL, error);
}

/* One entry and what fills it up; false at the end of the archive or with an error. */
static bool take_entry(Archive *self, gsize *at, GError **error) {
  Entry entry;
  if (self->size - *at < HEADER_SIZE || !read_header(self->data + *at, &entry)) {
    guint8 byte = self->data[*at];
    bool is_padding =
        (byte == 0x00 || byte == 0xff) &&
        ak_parts_is_filled(self->data + *at, MIN(self->size - *at, HEADER_SIZE), byte);
    if (!is_padding)
      ak_parts_cut(&self->parts, "a damaged header at %" G_GSIZE_FORMAT, *at);
    return false;
  }
  entry.at = *at + HEADER_SIZE;
  gsize there = MIN(entry.size, self->size - entry.at), end = entry.at + there;
  bool is_whole = there == entry.size;
  entry.size = there;
  if (!add_entry(self, &entry, is_whole, error))
    return false;
  if (end < self->size && (end & 1) != 0) {
    if (self->data[end] != '\n' && self->data[end] != '\0')
      ak_parts_cut(&self->parts, "something else beside a file, at %" G_GSIZE_FORMAT, end);
    end++;
  }
  *at = end;
  return true;
}

static bool open_ar(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                    GError **error) {
  g_auto(Archive)
      self = {.parts = {.tree = tree, .node = node, .format = "ar"}, .data = data, .size = size};
  g_autoptr(GError) failure = NULL;
  for (*used = MAGIC_SIZE; *used < size;)
    if (!take_entry(&self, used, &failure))
      break;
  if (self.is_package && !self.has_data)
    ak_parts_cut(&self.parts, "a Debian package without its contents");
  if (failure == NULL)
    return true;
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

static const char *const sources[] = {"Debian deb(5)", "FreeBSD ar(5)",
                                      "binutils include/aout/ar.h", NULL};

extern const AkFirmwareFormat ak_firmware_ar_format;
const AkFirmwareFormat ak_firmware_ar_format = {
    .name = "ar",
    .help_en = "ar archive: Debian and opkg packages, libraries",
    .help_ja = "arアーカイブ（Debian・opkgパッケージ、ライブラリ）",
    .sources = sources,
    .magics = {{MAGIC, 8}},
    .bid = bid,
    .open = open_ar,
};

bool ak_firmware_ar_fuzz(const guint8 *data, gsize size);
bool ak_firmware_ar_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_ar_format, data, size);
}
