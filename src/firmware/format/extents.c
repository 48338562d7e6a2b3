#include "firmware/format/extents.h"

typedef struct {
  guint64 from, to;
} Extent;

void ak_extents_note(AkExtents *self, guint64 offset, guint64 length) {
  if (length == 0)
    return;
  Extent extent = {MIN(offset, G_MAXINT64), MIN(offset, G_MAXINT64) + MIN(length, G_MAXINT64)};
  if (self->extents == NULL)
    self->extents = g_array_new(FALSE, FALSE, sizeof(Extent));
  g_array_append_val(self->extents, extent);
}

void ak_extents_clear(AkExtents *self) {
  g_clear_pointer(&self->extents, g_array_unref);
}

static gint by_offset(gconstpointer left, gconstpointer right) {
  const Extent *a = left, *b = right;
  return a->from < b->from ? -1 : a->from > b->from;
}

static gsize count_bytes(const guint8 *data, gsize from, gsize to) {
  gsize count = 0;
  for (gsize i = from; i < to; i++)
    count += data[i] != 0x00 && data[i] != 0xff;
  return count;
}

gsize ak_extents_count_gaps(AkExtents *self, const guint8 *data, gsize from, gsize to) {
  gsize gaps = 0, at = from;
  if (self->extents != NULL)
    g_array_sort(self->extents, by_offset);
  for (guint i = 0; self->extents != NULL && i < self->extents->len; i++) {
    const Extent *extent = &g_array_index(self->extents, Extent, i);
    if (extent->from > at)
      gaps += count_bytes(data, at, (gsize)MIN(extent->from, to));
    if (extent->to > at)
      at = (gsize)MIN(extent->to, to);
  }
  return gaps + count_bytes(data, at, MAX(at, to));
}

bool ak_extents_leave(const AkExtents *self, guint64 from, guint64 to) {
  for (guint i = 0; self->extents != NULL && i < self->extents->len; i++) {
    const Extent *extent = &g_array_index(self->extents, Extent, i);
    if (extent->from < from || extent->to > to)
      return true;
  }
  return false;
}
