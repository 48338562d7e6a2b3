#include "firmware/format/growing.h"

#include <string.h>

#define FIRST_ROOM (64u * 1024u)
#define MAX_EXPECTED (64u * 1024u * 1024u) /* set aside for a claim */

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

guint8 *ak_growing_room(AkGrowing *self, guint64 expected, gsize *room, GError **error) {
  gsize whole = (gsize)MIN(expected, self->limit);
  bool is_first = self->room == 0 && whole > FIRST_ROOM && whole <= MAX_EXPECTED;
  guint8 *data = is_first ? g_try_malloc(whole) : NULL;
  if (data != NULL) {
    self->data = data;
    self->room = whole;
  }
  if (self->size >= self->limit) {
    ak_error_set(error, AK_ERROR_LIMIT, "unpacks to more than %" G_GUINT64_FORMAT " bytes",
                 self->limit);
    return NULL;
  }
  if (self->size == self->room && !make_room(self, self->size + 1, error))
    return NULL;
  *room = MIN(self->room - self->size, (gsize)MIN(self->limit - self->size, G_MAXSIZE));
  return self->data + self->size;
}

void ak_growing_wrote(AkGrowing *self, gsize size) {
  self->size += size;
}

GBytes *ak_growing_end(AkGrowing *self) {
  guint8 *shrunk = g_try_realloc(self->data, MAX(self->size, 1));
  GBytes *bytes = g_bytes_new_take(shrunk != NULL ? shrunk : self->data, self->size);
  *self = (AkGrowing){.limit = self->limit};
  return bytes;
}
