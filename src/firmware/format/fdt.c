/* Flattened device trees: plain ones, whose bytes are left to be looked at, and FIT images, whose
 * data stands in the tree or behind it. Source: Devicetree Specification 0.4, chapter 5; U-Boot,
 * doc/usage/fit/source_file_format.rst (images, hashes, data-position, data-offset). */
#include <libfdt.h>
#include <string.h>
#include <zlib.h>

#include "firmware/format/extents.h"
#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "firmware/unpack/padding.h"
#include "firmware/unpack/scan.h"
#include "util/reader.h"

#define MAGIC "\xd0\x0d\xfe\xed"
#define HEADER_SIZE 40
#define BEGIN_NODE 1
#define MIN_VERSION 16 /* and 17, which knows the structure's size */
#define LARGE 64       /* bytes of a property in which a structure is looked for */
#define MAX_HASHES 16  /* of one image */
#define MIN_COPY 16    /* bytes that are a copy of others, and no chance */
#define MAX_COPIES 32  /* behind the tree */

typedef struct {
  guint32 total, structure, strings, reserved, version, oldest, strings_size, structure_size;
} Header;

static bool read_header(const guint8 *data, gsize size, Header *out) {
  AkReader reader = ak_reader_init(data, size), structure = reader;
  guint32 token = 0;
  if (size < HEADER_SIZE || memcmp(data, MAGIC, 4) != 0 || !ak_reader_skip(&reader, 4, NULL) ||
      !ak_reader_u32be(&reader, &out->total, NULL) ||
      !ak_reader_u32be(&reader, &out->structure, NULL) ||
      !ak_reader_u32be(&reader, &out->strings, NULL) ||
      !ak_reader_u32be(&reader, &out->reserved, NULL) ||
      !ak_reader_u32be(&reader, &out->version, NULL) ||
      !ak_reader_u32be(&reader, &out->oldest, NULL) || !ak_reader_skip(&reader, 4, NULL) ||
      !ak_reader_u32be(&reader, &out->strings_size, NULL) ||
      !ak_reader_u32be(&reader, &out->structure_size, NULL))
    return false;
  return out->version >= MIN_VERSION && out->oldest <= 17 && out->total >= HEADER_SIZE &&
         out->total < G_MAXINT32 && out->structure % 4 == 0 && out->structure < out->total &&
         out->strings <= out->total && out->strings_size <= out->total - out->strings &&
         out->reserved % 8 == 0 && out->reserved < out->total &&
         out->structure_size <= out->total - out->structure &&
         ak_reader_seek(&structure, out->structure, NULL) &&
         ak_reader_u32be(&structure, &token, NULL) && token == BEGIN_NODE;
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  return read_header(data, size, &header) ? 120 : 0;
}

typedef struct {
  AkFirmwareTree *tree;
  guint root;
  const guint8 *data; /* of the node */
  gsize size, used;
  guint8 *blob; /* the tree alone, where the library may read it: aligned */
  Header header;
  AkExtents extents;
} Image;

static void image_clear(Image *self) {
  g_clear_pointer(&self->blob, g_free);
  ak_extents_clear(&self->extents);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Image, image_clear)

static void cut(Image *self, const char *name, const char *what) {
  g_autofree char *reason = g_strdup_printf("fdt: %s: %s", name, what);
  ak_firmware_tree_cut(self->tree, self->root, reason);
}

static bool add_slice(Image *self, const char *name, gsize offset, gsize size, GError **error) {
  g_autofree char *clean = ak_firmware_tree_child_path("", name, strlen(name));
  AkNode part = {.parent = self->root,
                 .path = g_strdup_printf("#%s", clean + 1),
                 .bytes = g_bytes_new_from_bytes(
                     ak_firmware_tree_node(self->tree, self->root)->bytes, offset, size),
                 .slice = true,
                 .offset = offset};
  return ak_firmware_tree_add(self->tree, part, NULL, error);
}

/* --- images of a FIT ---------------------------------------------------------------------------
 */

static const char *text_of(const Image *self, int node, const char *property) {
  int length = 0;
  const char *text = fdt_getprop(self->blob, node, property, &length);
  return text != NULL && length > 0 && memchr(text, '\0', (gsize)length) != NULL ? text : NULL;
}

static bool number_of(const Image *self, int node, const char *property, guint32 *out) {
  int length = 0;
  const void *value = fdt_getprop(self->blob, node, property, &length);
  AkReader reader = ak_reader_init(value, value != NULL && length == 4 ? 4 : 0);
  return ak_reader_u32be(&reader, out, NULL);
}

/* Where the data of an image stands, in bytes of the node. False where it has none. */
static bool place_of(const Image *self, int node, guint64 *offset, guint64 *size) {
  int length = 0;
  guint32 told = 0, told_size = 0;
  const guint8 *inside = fdt_getprop(self->blob, node, "data", &length);
  if (inside != NULL && length >= 0) {
    *offset = (guint64)(inside - self->blob);
    *size = (guint64)length;
    return true;
  }
  if (!number_of(self, node, "data-size", &told_size))
    return false;
  *size = told_size;
  if (number_of(self, node, "data-position", &told))
    *offset = told;
  else if (number_of(self, node, "data-offset", &told))
    *offset = (((guint64)self->header.total + 3) & ~(guint64)3) + told;
  else
    return false;
  return true;
}

/* True if the digest is the one told, or of a kind that is not known here. */
static bool holds(const char *kind, const guint8 *told, gsize told_size, const guint8 *data,
                  gsize size) {
  static const struct {
    const char *name;
    GChecksumType type;
  } kinds[] = {{"md5", G_CHECKSUM_MD5},
               {"sha1", G_CHECKSUM_SHA1},
               {"sha256", G_CHECKSUM_SHA256},
               {"sha384", G_CHECKSUM_SHA384},
               {"sha512", G_CHECKSUM_SHA512}};
  AkReader reader = ak_reader_init(told, told_size);
  guint32 crc = 0;
  if (strcmp(kind, "crc32") == 0)
    return ak_reader_u32be(&reader, &crc, NULL) && crc == (guint32)crc32_z(0, data, size);
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    guint8 digest[64];
    gsize length = sizeof digest;
    if (strcmp(kind, kinds[i].name) != 0)
      continue;
    g_autoptr(GChecksum) sum = g_checksum_new(kinds[i].type);
    for (gsize at = 0; at < size; at += 1u << 30)
      g_checksum_update(sum, data + at, (gssize)MIN(size - at, 1u << 30));
    g_checksum_get_digest(sum, digest, &length);
    return length == told_size && memcmp(digest, told, length) == 0;
  }
  return true;
}

static void check_hashes(Image *self, int node, const char *name, const guint8 *data, gsize size) {
  int child = 0, length = 0;
  guint count = 0;
  fdt_for_each_subnode(child, self->blob, node) {
    const char *title = fdt_get_name(self->blob, child, NULL);
    if (title == NULL || strncmp(title, "hash", 4) != 0)
      continue;
    if (++count > MAX_HASHES) {
      cut(self, name, "more hashes than are looked at");
      return;
    }
    const char *kind = text_of(self, child, "algo");
    const guint8 *told = fdt_getprop(self->blob, child, "value", &length);
    if (kind == NULL || told == NULL)
      cut(self, name, "a hash without kind or value");
    else if (!holds(kind, told, (gsize)length, data, size))
      cut(self, name, "its data has another digest than its hash says");
  }
}

static bool add_image(Image *self, int node, GError **error) {
  const char *name = fdt_get_name(self->blob, node, NULL);
  guint64 offset = 0, size = 0;
  if (name == NULL || !place_of(self, node, &offset, &size)) {
    cut(self, name != NULL ? name : "image", "an image without data");
    return true;
  }
  gsize from = (gsize)MIN(offset, self->size), there = (gsize)MIN(size, self->size - from);
  if (offset >= self->header.total) {
    ak_extents_note(&self->extents, offset, size);
    self->used = MAX(self->used, from + there);
  }
  if (from < offset || there < size)
    cut(self, name, "the image ends before its data");
  else
    check_hashes(self, node, name, self->data + from, there);
  const char *kind = text_of(self, node, "type");
  if (g_strcmp0(kind, "script") == 0 && ak_parts_is_text(self->data + from, there)) {
    g_autofree char *file = g_strconcat(name, ".txt", NULL), *path = ak_firmware_tree_child_path("", file, strlen(file));
    return ak_parts_add_file(self->tree, self->root, path, from, there, error);
  }
  return there == 0 || add_slice(self, name, from, there, error);
}

static bool add_images(Image *self, int images, GError **error) {
  int node = 0;
  fdt_for_each_subnode(node, self->blob, images) if (!add_image(self, node, error)) return false;
  return true;
}

/* --- everything else ---------------------------------------------------------------------------
 */

/* Structures in properties that are no image's data: opened too, whatever they are for. */
static bool add_property(Image *self, int property, GError **error) {
  int length = 0;
  const char *name = NULL;
  const guint8 *value = fdt_getprop_by_offset(self->blob, property, &name, &length);
  gsize size = value != NULL && length > 0 ? (gsize)length : 0;
  if (size < LARGE || !ak_firmware_scan_holds(value, size, ak_firmware_tree_until(self->tree)))
    return true;
  g_autofree char *label = g_strdup_printf("%s@%u", name, (guint)(value - self->blob));
  return add_slice(self, label, (gsize)(value - self->blob), size, error);
}

static bool add_properties(Image *self, int images, GError **error) {
  int depth = -1; /* the root has 0 */
  bool in_images = false;
  for (int node = fdt_next_node(self->blob, -1, &depth); node >= 0;
       node = fdt_next_node(self->blob, node, &depth)) {
    int property = 0;
    in_images = depth <= 1 ? node == images : in_images;
    fdt_for_each_property_offset(property, self->blob, node) {
      const char *name = NULL;
      const void *value = fdt_getprop_by_offset(self->blob, property, &name, NULL);
      bool is_data = in_images && depth == 2 && value != NULL && strcmp(name, "data") == 0;
      if (!is_data && !add_property(self, property, error))
        return false;
    }
  }
  return true;
}

/* How many bytes from `at` stand elsewhere in the image too, before `at` or from `end` on. */
static gsize copied_at(const Image *self, gsize at, gsize end) {
  gsize key = MIN(end - at, MIN_COPY), length = key;
  const guint8 *data = self->data, *from = memmem(data, at, data + at, key);
  if (from == NULL)
    from = memmem(data + end, self->used - end, data + at, key);
  gsize last = from != NULL && from < data + at ? at : self->used, place = from != NULL ? (gsize)(from - data) : 0;
  while (from != NULL && at + length < end && place + length < last && data[place + length] == data[at + length])
    length++;
  return from != NULL ? length : 0;
}

/* mkimage moves the data out of the tree and leaves behind it, where its end is aligned (-B), what stood there: copies of
 * what it moved. They say nothing new; anything else is a region. */
static bool check_tail(Image *self, gsize from, gsize end, GError **error) {
  gsize at = from;
  for (guint i = 0; at < end && i < MAX_COPIES; i++) {
    gsize length = copied_at(self, at, end);
    if (length == 0)
      break;
    at += length;
  }
  ak_extents_note(&self->extents, from, end - from);
  return at >= end || add_slice(self, "gap", from, end - from, error);
}

/* Bytes between the blocks of the tree, and behind it before the last data. */
static bool check_gaps(Image *self, GError **error) {
  const Header *header = &self->header;
  gsize total = header->total, end = header->structure + header->structure_size;
  ak_extents_note(&self->extents, 0, HEADER_SIZE);
  ak_extents_note(&self->extents, header->reserved, 16u * (guint)(fdt_num_mem_rsv(self->blob) + 1));
  ak_extents_note(&self->extents, header->structure,
                  header->version >= 17 ? end - header->structure : total - header->structure);
  ak_extents_note(&self->extents, header->strings, header->strings_size);
  /* packers fill up to four or eight bytes with what stood there */
  gsize tail = header->strings + header->strings_size, filled = MIN(total - tail, 7u);
  ak_extents_note(&self->extents, tail, filled);
  bool is_last = header->version >= 17 && end <= tail && tail + filled < total;
  gsize padding = is_last ? ak_padding_back(self->data + tail, total - tail, AK_PADDING_ANY) : 0;
  if (is_last && tail + filled < total - padding && !check_tail(self, tail, total - padding, error))
    return false;
  gsize gaps = ak_extents_count_gaps(&self->extents, self->data, 0, MAX(total, self->used));
  if (gaps > 0)
    cut(self, "gaps", "bytes that belong to nothing");
  return true;
}

static bool open_fdt(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(Image) self = {.tree = tree, .root = node, .data = data, .size = size};
  if (!read_header(data, size, &self.header))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  gsize total = self.header.total;
  if (total > size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "ends too early");
  self.blob = g_try_malloc(total);
  if (self.blob == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  memcpy(self.blob, data, total);
  if (fdt_check_full(self.blob, total) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged tree");
  int images = fdt_path_offset(self.blob, "/images");
  self.used = total;
  bool ok =
      (images < 0 || add_images(&self, images, error)) && add_properties(&self, images, error);
  *used = self.used;
  ok = ok && check_gaps(&self, error);
  if (images < 0)
    ak_firmware_tree_leave(tree, node);
  return ok;
}

static const char *const sources[] = {"Devicetree Specification 0.4, 5",
                                      "U-Boot doc/usage/fit/source_file_format.rst", NULL};

extern const AkFirmwareFormat ak_firmware_fdt_format;
const AkFirmwareFormat ak_firmware_fdt_format = {
    .name = "fdt",
    .help_en = "FIT image, or a device tree",
    .help_ja = "FITイメージ、デバイスツリー",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_fdt,
};

bool ak_firmware_fdt_fuzz(const guint8 *data, gsize size);
bool ak_firmware_fdt_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_fdt_format, data, size);
}
