#include "firmware/format/growing.h"

#include <string.h>

#define FIRST_ROOM (64u * 1024u)

static bool make_room(AkGrowing *self, gsize wanted, GError **error) {
  gsize room = MAX(self->room, FIRST_ROOM);
  while (room < wanted)
    room += room / 2;
  guint8 *data = room > self->room ? g_try_realloc(self->data, room) : self->data;
  if (data == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory for %" G_GSIZE_FORMAT " bytes", room);
  self->data = data;
  self->room = room;
  return true;
}

bool ak_growing_add(AkGrowing *self, const void *data, gsize size, GError **error) {
  if (size > self->limit - MIN(self->size, self->limit))
    return ak_error_set(error, AK_ERROR_LIMIT, "unpacks to more than %" G_GUINT64_FORMAT " bytes",
                        self->limit);
  if (size == 0)
    return true;
  if (!make_room(self, self->size + size, error))
    return false;
  memcpy(self->data + self->size, data, size);
  self->size += size;
  return true;
}

GBytes *ak_growing_end(AkGrowing *self) {
  guint8 *shrunk = g_try_realloc(self->data, MAX(self->size, 1));
  GBytes *bytes = g_bytes_new_take(shrunk != NULL ? shrunk : self->data, self->size);
  *self = (AkGrowing){.limit = self->limit};
  return bytes;
}
