#include "firmware/format/segments.h"

#include <string.h>

typedef struct {
  guint32 group;
  guint64 address;
  gsize at, size; /* in the data */
} Piece;

bool ak_segments_add(AkSegments *self, guint32 group, guint64 address, const guint8 *data,
                     gsize size, GError **error) {
  if (size == 0)
    return true;
  if (self->pieces == NULL)
    self->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
  Piece *last =
      self->pieces->len > 0 ? &g_array_index(self->pieces, Piece, self->pieces->len - 1) : NULL;
  Piece piece = {.group = group, .address = address, .at = self->data.size, .size = size};
  if (!ak_growing_add(&self->data, data, size, error))
    return false;
  if (last != NULL && last->group == group && last->address + last->size == address)
    last->size += size;
  else
    g_array_append_val(self->pieces, piece);
  return true;
}

void ak_segments_clear(AkSegments *self) {
  g_clear_pointer(&self->pieces, g_array_unref);
  g_clear_pointer(&self->data.data, g_free);
}

static gint by_address(gconstpointer left, gconstpointer right) {
  const Piece *a = left, *b = right;
  if (a->group != b->group)
    return a->group < b->group ? -1 : 1;
  if (a->address != b->address)
    return a->address < b->address ? -1 : 1;
  return a->at < b->at ? -1 : a->at > b->at;
}

/* Appends what of the piece lies behind the run; false where what lies within it differs. */
static bool extend(GByteArray *run, guint64 start, const guint8 *data, const Piece *piece) {
  gsize skip = (gsize)(piece->address - start), known = MIN(run->len - skip, piece->size);
  bool same = known == 0 || memcmp(run->data + skip, data + piece->at, known) == 0;
  g_byte_array_append(run, data + piece->at + known, (guint)(piece->size - known));
  return same;
}

static bool emit_run(AkFirmwareTree *tree, guint node, const char *name, guint64 start,
                     GByteArray *run, GError **error) {
  AkNode segment = {.parent = node,
                    .path = g_strdup_printf("#%s@%08" G_GINT64_MODIFIER "x", name, start),
                    .bytes = g_byte_array_free_to_bytes(run)};
  return ak_firmware_tree_add(tree, segment, NULL, error);
}

bool ak_segments_emit(AkSegments *self, AkFirmwareTree *tree, guint node, const char *format,
                      bool by_group, GError **error) {
  guint count = self->pieces != NULL ? self->pieces->len : 0;
  if (count > 0)
    g_array_sort(self->pieces, by_address);
  for (guint i = 0; i < count;) {
    const Piece *first = &g_array_index(self->pieces, Piece, i);
    GByteArray *run = g_byte_array_new();
    bool same = true;
    for (; i < count; i++) {
      const Piece *piece = &g_array_index(self->pieces, Piece, i);
      if (piece->group != first->group || piece->address > first->address + run->len)
        break;
      same = extend(run, first->address, self->data.data, piece) && same;
    }
    g_autofree char *name = by_group ? g_strdup_printf("%08x", first->group) : g_strdup("segment");
    g_autofree char *reason = g_strdup_printf("%s: pieces overlap with other bytes", format);
    if (!same)
      ak_firmware_tree_cut(tree, node, reason);
    if (!emit_run(tree, node, name, first->address, run, error))
      return false;
  }
  return true;
}
