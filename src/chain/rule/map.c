#include "chain/rule/map.h"

#include "util/large.h"

#define ROOM_LEAST 256

void ak_chain_map_clear(AkChainMap *self) {
  g_clear_pointer(&self->keys, ak_large_free);
  g_clear_pointer(&self->values, ak_large_free);
  self->room = self->used = 0;
}

static guint32 slot_of(const AkChainMap *self, guint64 key) {
  guint32 mask = self->room - 1;
  guint32 slot = (guint32)((key * 0x9e3779b97f4a7c15u) >> 32) & mask; /* Fibonacci hashing */
  while (self->values[slot] != 0 && self->keys[slot] != key)
    slot = (slot + 1) & mask;
  return slot;
}

guint32 ak_chain_map_find(const AkChainMap *self, guint64 key) {
  return self->room == 0 ? AK_CHAIN_MAP_NONE : self->values[slot_of(self, key)] - 1;
}

static bool grow(AkChainMap *self) {
  if (self->room > G_MAXUINT32 / 4)
    return false;
  AkChainMap larger = {.room = MAX(ROOM_LEAST, self->room * 2), .used = self->used};
  larger.keys = ak_large_new(larger.room, sizeof *larger.keys);
  larger.values = ak_large_new(larger.room, sizeof *larger.values);
  if (larger.keys == NULL || larger.values == NULL) {
    ak_chain_map_clear(&larger);
    return false;
  }
  for (guint32 i = 0; i < self->room; i++) {
    if (self->values[i] == 0)
      continue;
    guint32 slot = slot_of(&larger, self->keys[i]);
    larger.keys[slot] = self->keys[i];
    larger.values[slot] = self->values[i];
  }
  ak_chain_map_clear(self);
  *self = larger;
  return true;
}

guint32 *ak_chain_map_at(AkChainMap *self, guint64 key) {
  if (self->used * 2 >= self->room && !grow(self))
    return NULL;
  guint32 slot = slot_of(self, key);
  if (self->values[slot] == 0) {
    self->keys[slot] = key;
    self->used++;
  }
  return &self->values[slot];
}
