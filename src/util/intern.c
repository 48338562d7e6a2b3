#include "util/intern.h"

#include <string.h>

#include "util/large.h"

#define ROOM_LEAST 64
#define ODD 0x9e3779b97f4a7c15u

typedef struct {
  guint32 hash;
  guint32 number; /* + 1; 0: empty */
} Slot;

struct _AkIntern {
  Slot *slots;
  const char **texts;
  guint64 seed;
  guint32 count, room; /* of texts */
  guint32 mask;        /* slots - 1; at most half of them are used */
};

/* --- hashing: multiplication by odd constants and folding, keyed by the seed (after Wang Yi's wyhash) ----------- */

static inline guint64 load(const char *at, gsize size) {
  guint32 low = 0, high = 0;
  guint64 word = 0;
  if (size >= 8) {
    memcpy(&word, at, 8);
    return word;
  }
  if (size >= 4) {
    memcpy(&low, at, 4);
    memcpy(&high, at + size - 4, 4);
    return low | (guint64)high << 32;
  }
  return size == 0 ? 0 : (guint64)(guint8)at[0] | (guint64)(guint8)at[size / 2] << 8 | (guint64)(guint8)at[size - 1] << 16;
}

static inline guint64 fold(guint64 a, guint64 b) {
  __uint128_t product = (__uint128_t)a * b;
  return (guint64)product ^ (guint64)(product >> 64);
}

guint32 ak_intern_hash(const AkIntern *self, const char *text, gsize size) {
  guint64 hash = self->seed ^ size;
  for (; size > 8; text += 8, size -= 8)
    hash = fold(hash ^ load(text, 8), ODD) ^ self->seed;
  hash = fold(hash ^ load(text, size), ODD);
  return (guint32)(hash ^ hash >> 32);
}

/* --- the table -------------------------------------------------------------------------------------------------- */

static inline bool is_text(const char *known, const char *text, gsize size) {
  return strncmp(known, text, size) == 0 && known[size] == '\0';
}

/* The slot of the text, or the empty one where it would stand. */
static inline guint32 slot_of(const AkIntern *self, guint32 hash, const char *text, gsize size) {
  guint32 at = hash & self->mask;
  for (; self->slots[at].number != 0; at = (at + 1) & self->mask)
    if (self->slots[at].hash == hash && is_text(self->texts[self->slots[at].number - 1], text, size))
      break;
  return at;
}

static bool make_room(AkIntern *self, gsize texts) {
  gsize slots = ROOM_LEAST;
  while (slots < texts * 2)
    slots *= 2;
  if (texts > AK_INTERN_MAX || slots > (gsize)G_MAXUINT32 + 1)
    return false;
  const char **larger = ak_large_renew(self->texts, texts, sizeof *larger);
  Slot *table = larger != NULL ? ak_large_new(slots, sizeof *table) : NULL;
  self->texts = larger != NULL ? larger : self->texts;
  if (table == NULL)
    return false;
  for (gsize i = 0; self->slots != NULL && i <= self->mask; i++) {
    guint32 at = self->slots[i].hash & (guint32)(slots - 1);
    if (self->slots[i].number == 0)
      continue;
    while (table[at].number != 0)
      at = (at + 1) & (guint32)(slots - 1);
    table[at] = self->slots[i];
  }
  ak_large_free(self->slots);
  self->slots = table;
  self->mask = (guint32)(slots - 1);
  self->room = (guint32)texts;
  return true;
}

AkIntern *ak_intern_new(gsize expected) {
  AkIntern *self = g_new0(AkIntern, 1);
  /* where a text stands in the table is never seen from outside: any seed gives the same numbers */
  self->seed = (guint64)g_random_int() << 32 | g_random_int();
  if (make_room(self, MAX(expected, ROOM_LEAST / 2)))
    return self;
  ak_intern_free(self);
  return NULL;
}

void ak_intern_free(AkIntern *self) {
  if (self == NULL)
    return;
  ak_large_free(self->slots);
  ak_large_free(self->texts);
  g_free(self);
}

guint32 ak_intern_count(const AkIntern *self) {
  return self->count;
}

guint32 ak_intern_add(AkIntern *self, const char *text, gsize size) {
  guint32 hash = ak_intern_hash(self, text, size), at = slot_of(self, hash, text, size);
  if (self->slots[at].number != 0)
    return self->slots[at].number - 1;
  if (self->count == self->room) {
    if (!make_room(self, MIN((gsize)self->room * 2, AK_INTERN_MAX)) || self->count == self->room)
      return AK_INTERN_NONE;
    at = slot_of(self, hash, text, size);
  }
  self->texts[self->count] = text;
  self->slots[at] = (Slot){hash, self->count + 1};
  return self->count++;
}

/* The first slot alone: most texts stand there. */
void ak_intern_prefetch_place(const AkIntern *self, guint32 hash) {
  const Slot *slot = &self->slots[hash & self->mask];
  if (slot->number != 0)
    __builtin_prefetch(&self->texts[slot->number - 1]);
}

void ak_intern_prefetch_text(const AkIntern *self, guint32 hash) {
  const Slot *slot = &self->slots[hash & self->mask];
  if (slot->number != 0)
    __builtin_prefetch(self->texts[slot->number - 1]);
}

guint32 ak_intern_find_hashed(const AkIntern *self, guint32 hash, const char *text, gsize size) {
  return self->slots[slot_of(self, hash, text, size)].number - 1; /* 0 - 1: none */
}

guint32 ak_intern_find(const AkIntern *self, const char *text, gsize size) {
  return ak_intern_find_hashed(self, ak_intern_hash(self, text, size), text, size);
}

const char *ak_intern_text(const AkIntern *self, guint32 number) {
  return self->texts[number];
}

void ak_intern_prefetch(const AkIntern *self, guint32 hash) {
  __builtin_prefetch(&self->slots[hash & self->mask]);
}
