/* cpio archives: newc, newc with checksums, and the portable (odc) one.
 * Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst; POSIX.1-2017, pax,
 * "cpio Interchange Format" (odc). */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/format.h"
#include "firmware/format/links.h"

#define MAGIC "07070"
#define LAST_NAME "TRAILER!!!"
#define MAX_NAME 4096

typedef struct {
  char kind; /* the magic's last digit */
  guint8 base, digits_wide, digits;
  guint8 pad; /* names and contents are filled up to so many bytes */
  gsize header_size;
  /* place of each field in order, by the meaning below; wide: 11 digits in odc */
  const char *fields;
} Variant;

/* i inode, m mode, u uid, g gid, n links, t time, s size, a/b device, c/d device it is, l name's
 * length, k checksum; capitals are wide fields */
static const Variant variants[] = {
    {'1', 16, 8, 8, 4, 110, "imugntsabcdlk"},
    {'2', 16, 8, 8, 4, 110, "imugntsabcdlk"},
    {'7', 8, 11, 6, 1, 76, "bimugndTlS"},
};

typedef struct {
  const Variant *variant;
  guint64 field[128];                     /* by the field's letter, small */
  gsize name_at, name_size, data_at, end; /* end: of the content and what fills it up */
  guint64 size;
} Entry;

static bool read_field(const guint8 *text, guint digits, guint base, guint64 *out) {
  guint64 value = 0;
  for (guint i = 0; i < digits; i++) {
    int digit = g_ascii_xdigit_value((char)text[i]);
    if (digit < 0 || digit >= (int)base)
      return false;
    value = value * base + (guint64)digit;
  }
  *out = value;
  return true;
}

static const Variant *variant_of(const guint8 *data, gsize size) {
  for (gsize i = 0; i < G_N_ELEMENTS(variants); i++)
    if (size > variants[i].header_size && memcmp(data, MAGIC, 5) == 0 &&
        data[5] == (guint8)variants[i].kind)
      return &variants[i];
  return NULL;
}

static gsize filled_up(gsize offset, guint to) {
  return (offset + to - 1) / to * to;
}

/* The header at `at` and where name and content stand; the content may reach beyond the end. */
static bool read_entry(const guint8 *data, gsize size, gsize at, Entry *out) {
  const Variant *variant = variant_of(data + at, size - at);
  if (variant == NULL)
    return false;
  const guint8 *text = data + at + 6;
  *out = (Entry){.variant = variant};
  for (const char *letter = variant->fields; *letter != '\0'; letter++) {
    guint digits = g_ascii_isupper(*letter) ? variant->digits_wide : variant->digits;
    if (!read_field(text, digits, variant->base, &out->field[(guint8)g_ascii_tolower(*letter)]))
      return false;
    text += digits;
  }
  gsize left = size - at - variant->header_size;
  guint64 name_size = out->field['l'];
  if (name_size < 2 || name_size > MIN(left, MAX_NAME))
    return false;
  out->name_at = at + variant->header_size;
  out->name_size = (gsize)name_size - 1;
  out->size = out->field['s'];
  gsize behind_name = variant->header_size + (gsize)name_size;
  out->data_at = MIN(at + filled_up(behind_name, variant->pad), size);
  out->end = out->data_at + (gsize)MIN(out->size, size - out->data_at);
  return data[out->name_at + out->name_size] == '\0' &&
         memchr(data + out->name_at, '\0', out->name_size) == NULL;
}

static guint bid(const guint8 *data, gsize size) {
  Entry entry;
  return read_entry(data, size, 0, &entry) ? 64 : 0;
}

static bool is_last(const guint8 *data, const Entry *entry) {
  return entry->name_size == strlen(LAST_NAME) &&
         memcmp(data + entry->name_at, LAST_NAME, entry->name_size) == 0;
}

typedef struct {
  AkFirmwareTree *tree;
  guint root;
  const guint8 *data;
  gsize size;
  AkLinks links;
} Archive;

static void archive_clear(Archive *self) {
  ak_links_clear(&self->links);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Archive, archive_clear)

static void cut(Archive *self, const char *what, gsize at) {
  g_autofree char *reason = g_strdup_printf("cpio: %s at %" G_GSIZE_FORMAT, what, at);
  ak_firmware_tree_cut(self->tree, self->root, reason);
}

static char *link_name(const Entry *entry) {
  return g_strdup_printf("%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x",
                         entry->field['a'], entry->field['b'], entry->field['i']);
}

static bool is_linked(const Entry *entry) {
  return entry->field['n'] > 1 && S_ISREG((guint)entry->field['m']);
}

static GBytes *content_of(const Archive *self, const Entry *entry) {
  return g_bytes_new_from_bytes(ak_firmware_tree_node(self->tree, self->root)->bytes,
                                entry->data_at, entry->end - entry->data_at);
}

/* Where what comes behind the entry begins. */
static gsize next_of(const Archive *self, const Entry *entry) {
  gsize from = entry->name_at - entry->variant->header_size;
  return MIN(from + filled_up(entry->end - from, entry->variant->pad), self->size);
}

/* Of names that share a content, newc gives it to the last: all are known before any is used. */
static void find_links(Archive *self) {
  Entry entry;
  for (gsize at = 0; read_entry(self->data, self->size, at, &entry) && !is_last(self->data, &entry);
       at = next_of(self, &entry)) {
    if (!is_linked(&entry) || entry.size == 0)
      continue;
    g_autofree char *name = link_name(&entry);
    g_autoptr(GBytes) content = content_of(self, &entry);
    ak_links_keep(&self->links, name, content);
  }
}

/* Source: buffer-format.rst, "c_chksum": the sum of all bytes of the content. */
static bool has_checksum(const Archive *self, const Entry *entry) {
  guint32 sum = 0;
  for (gsize i = entry->data_at; i < entry->end; i++)
    sum += self->data[i];
  return entry->variant->kind != '2' || entry->size == 0 || sum == (guint32)entry->field['k'];
}

static void set_file(Archive *self, AkNode *node, const Entry *entry) {
  g_autofree char *name = link_name(entry);
  node->type = AK_NODE_FILE;
  if (entry->size == 0 && is_linked(entry))
    node->bytes = ak_links_find(&self->links, name);
  if (node->bytes == NULL)
    node->bytes = content_of(self, entry);
  if (entry->end - entry->data_at < entry->size)
    node->cut = g_strdup("cpio: the archive ends within this file");
  else if (!has_checksum(self, entry))
    node->cut = g_strdup("cpio: this file has another checksum than its header says");
}

static void set_symlink(Archive *self, AkNode *node, const Entry *entry) {
  const guint8 *target = self->data + entry->data_at;
  gsize size = entry->end - entry->data_at;
  node->type = AK_NODE_SYMLINK;
  node->target = g_strndup((const char *)target, size);
  if (!ak_firmware_tree_is_target(target, size) || size < entry->size)
    node->cut = g_strdup("cpio: the target of this link is no path");
}

static guint low(guint64 number, guint bits) {
  return (guint)(number & ((1u << bits) - 1));
}

static void set_content(Archive *self, AkNode *node, const Entry *entry) {
  guint mode = (guint)entry->field['m'];
  bool is_old = entry->variant->kind == '7'; /* both numbers in one, as the first Unixes had it */
  if (S_ISREG(mode))
    return set_file(self, node, entry);
  if (S_ISLNK(mode))
    return set_symlink(self, node, entry);
  node->type = S_ISDIR(mode) ? AK_NODE_FOLDER : AK_NODE_OTHER;
  if (node->type == AK_NODE_OTHER)
    node->target = ak_firmware_tree_device_text(
        mode, is_old ? low(entry->field['d'] >> 8, 10) : (guint)entry->field['c'],
        is_old ? low(entry->field['d'], 8) : (guint)entry->field['d']);
  if (entry->size > 0)
    cut(self, "content of an entry that is no file", entry->data_at);
}

static bool add_entry(Archive *self, const Entry *entry, GError **error) {
  char *path = ak_firmware_tree_entry_path(self->data + entry->name_at, entry->name_size);
  if (path == NULL && S_ISDIR((guint)entry->field['m']) && entry->size == 0)
    return true; /* "." */
  AkNode node = {.parent = self->root,
                 .path = path != NULL ? path : g_strdup("/"),
                 .mode = (guint)entry->field['m'] & 07777,
                 .uid = (guint)entry->field['u'],
                 .gid = (guint)entry->field['g']};
  set_content(self, &node, entry);
  return ak_firmware_tree_add(self->tree, node, NULL, error);
}

static bool is_zero(const guint8 *data, gsize from, gsize to) {
  for (gsize i = from; i < to; i++)
    if (data[i] != 0)
      return false;
  return true;
}

static bool open_cpio(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  g_auto(Archive) self = {.tree = tree, .root = node, .data = data, .size = size};
  Entry entry;
  find_links(&self);
  for (*used = 0; read_entry(data, size, *used, &entry);) {
    gsize next = next_of(&self, &entry), behind_name = entry.name_at + entry.name_size;
    if (!is_zero(data, behind_name, entry.data_at) || !is_zero(data, entry.end, next))
      cut(&self, "something else beside an entry", *used);
    *used = next;
    if (is_last(data, &entry) && entry.size == 0)
      return true;
    if (!add_entry(&self, &entry, error))
      return false;
  }
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s at %" G_GSIZE_FORMAT,
                      *used < size ? "damaged header" : "the mark of its end is missing", *used);
}

static const char *const sources[] = {"Linux early-userspace/buffer-format.rst",
                                      "POSIX.1-2017 pax, cpio Interchange Format", NULL};

extern const AkFirmwareFormat ak_firmware_cpio_format;
const AkFirmwareFormat ak_firmware_cpio_format = {
    .name = "cpio",
    .help_en = "cpio archive (newc, crc, odc)",
    .help_ja = "cpioアーカイブ（newc、crc、odc）",
    .sources = sources,
    .magics = {{MAGIC, 5}},
    .bid = bid,
    .open = open_cpio,
};

bool ak_firmware_cpio_fuzz(const guint8 *data, gsize size);
bool ak_firmware_cpio_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_cpio_format, data, size);
}
