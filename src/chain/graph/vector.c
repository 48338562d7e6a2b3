#include "chain/graph/vector.h"

#define ROOM_LEAST 256

bool ak_chain_vector_grow(AkChainVector *self) {
  guint64 room = MAX(ROOM_LEAST, (guint64)self->room + self->room / 2);
  room = MIN(ak_large_room(room, sizeof *self->data), G_MAXUINT32);
  guint32 *data = room > self->room ? ak_large_renew(self->data, room, sizeof *data) : NULL;
  if (data == NULL)
    return false;
  self->data = data;
  self->room = (guint32)room;
  return true;
}

bool ak_chain_vector_reserve(AkChainVector *self, guint32 more) {
  while (self->room - self->count < more)
    if (!ak_chain_vector_grow(self))
      return false;
  return true;
}

guint32 *ak_chain_vector_steal(AkChainVector *self) {
  guint32 *data = ak_large_renew(self->data, MAX(self->count, 1), sizeof *data);
  if (data == NULL) /* the same numbers in more room */
    data = self->data;
  *self = (AkChainVector){0};
  return data;
}
