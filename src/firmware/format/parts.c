#include "firmware/format/parts.h"

#include <string.h>
#include <zlib.h>

typedef struct {
  char *name; /* owned, or NULL */
  guint64 offset, size;
  guint order; /* of noting */
} Part;

static void part_clear(gpointer data) {
  g_free(((Part *)data)->name);
}

void ak_parts_note(AkParts *self, const char *name, guint64 offset, guint64 size) {
  if (size == 0)
    return;
  if (self->parts == NULL) {
    self->parts = g_array_new(FALSE, FALSE, sizeof(Part));
    g_array_set_clear_func(self->parts, part_clear);
  }
  Part part = {.name = g_strdup(name), .offset = offset, .size = size, .order = self->parts->len};
  g_array_append_val(self->parts, part);
}

void ak_parts_clear(AkParts *self) {
  g_clear_pointer(&self->parts, g_array_unref);
}

void ak_parts_cut(const AkParts *self, const char *reason, ...) {
  va_list arguments;
  va_start(arguments, reason);
  g_autofree char *text = g_strdup_vprintf(reason, arguments);
  va_end(arguments);
  g_autofree char *whole = g_strdup_printf("%s: %s", self->format, text);
  ak_firmware_tree_cut(self->tree, self->node, whole);
}

static gint by_offset(gconstpointer left, gconstpointer right) {
  const Part *a = left, *b = right;
  if (a->offset != b->offset)
    return a->offset < b->offset ? -1 : 1;
  return a->order < b->order ? -1 : a->order > b->order;
}

static bool emit_slice(const AkParts *self, const char *name, gsize offset, gsize size,
                       GError **error) {
  GBytes *whole = ak_firmware_tree_node(self->tree, self->node)->bytes;
  g_autofree char *clean = ak_firmware_tree_child_path("", name, strlen(name));
  AkNode part = {.parent = self->node,
                 .path = g_strdup_printf("#%s", clean + 1),
                 .bytes = g_bytes_new_from_bytes(whole, offset, size),
                 .slice = true,
                 .offset = offset};
  return ak_firmware_tree_add(self->tree, part, NULL, error);
}

bool ak_parts_add_file(AkFirmwareTree *tree, guint node, const char *path, gsize offset, gsize size, GError **error) {
  AkNode file = {.parent = node,
                 .path = g_strdup(path),
                 .no_mode = true,
                 .bytes = g_bytes_new_from_bytes(ak_firmware_tree_node(tree, node)->bytes, offset, size)};
  return ak_firmware_tree_add(tree, file, NULL, error);
}

bool ak_parts_is_text(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if ((data[i] < 0x20 && data[i] != '\t' && data[i] != '\n' && data[i] != '\r') || data[i] == 0x7f)
      return false;
  return size > 0 && g_utf8_validate((const char *)data, (gssize)size, NULL);
}

bool ak_parts_is_filled(const guint8 *data, gsize size, guint8 byte) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != byte)
      return false;
  return true;
}

/* One kind of padding throughout is nothing to look at. */
static bool emit_gap(const AkParts *self, gsize from, gsize to, GError **error) {
  const guint8 *data = g_bytes_get_data(ak_firmware_tree_node(self->tree, self->node)->bytes, NULL);
  if (from >= to || ak_parts_is_filled(data + from, to - from, 0x00) ||
      ak_parts_is_filled(data + from, to - from, 0xff))
    return true;
  g_autofree char *name = g_strdup_printf("gap@%" G_GSIZE_FORMAT, from);
  return emit_slice(self, name, from, to - from, error);
}

bool ak_parts_emit(AkParts *self, gsize end, GError **error) {
  gsize size = g_bytes_get_size(ak_firmware_tree_node(self->tree, self->node)->bytes), at = 0;
  if (self->parts != NULL)
    g_array_sort(self->parts, by_offset);
  for (guint i = 0; self->parts != NULL && i < self->parts->len; i++) {
    const Part *part = &g_array_index(self->parts, Part, i);
    const char *name = part->name != NULL ? part->name : "header";
    gsize from = (gsize)MIN(part->offset, size), there = (gsize)MIN(part->size, size - from);
    if (there < part->size)
      ak_parts_cut(self, "%s: the bytes end before it does", name);
    else if (from < at && !(self->may_share && part->name == NULL))
      ak_parts_cut(self, "%s overlaps what stands before it", name);
    if (!emit_gap(self, at, MIN(from, end), error) ||
        (part->name != NULL && there > 0 && !emit_slice(self, name, from, there, error)))
      return false;
    at = MAX(at, from + there);
  }
  return emit_gap(self, at, MIN(end, size), error);
}

bool ak_parts_has_digest(GChecksumType type, const guint8 *data, gsize size, const guint8 *told) {
  guint8 digest[64];
  gsize length = sizeof digest;
  g_autoptr(GChecksum) sum = g_checksum_new(type);
  g_checksum_update(sum, data, (gssize)size);
  g_checksum_get_digest(sum, digest, &length);
  return memcmp(digest, told, length) == 0;
}

guint32 ak_parts_crc32(const guint8 *data, gsize size) {
  return (guint32)crc32_z(0, data, size);
}
