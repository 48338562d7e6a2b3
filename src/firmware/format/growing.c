#include "firmware/format/growing.h"

#include <string.h>

#define FIRST_ROOM (64u * 1024u)
#define MAX_EXPECTED (64u * 1024u * 1024u) /* set aside for a claim */
#define PIECE_BYTES (1024u * 1024u)

AkGrowing ak_growing_for(const AkFirmwareTree *tree, guint64 packed) {
  const AkFirmwareLimits *limits = ak_firmware_tree_limits(tree);
  return (AkGrowing){.limit = ak_firmware_tree_budget(tree, packed),
                     .spool = limits->memory_bytes > 0 ? limits->spool : NULL,
                     .apart_from = (gsize)limits->memory_bytes / 4};
}

/* What became large goes on in the spool, unless another content grows there. */
static void set_apart(AkGrowing *self) {
  if (self->is_apart || self->spool == NULL || self->size < self->apart_from ||
      !ak_spool_begin(self->spool))
    return;
  self->is_apart = ak_spool_append(self->spool, self->data, self->size);
  if (!self->is_apart) { /* no room there: it stays in memory */
    g_bytes_unref(ak_spool_end(self->spool));
    self->spool = NULL;
    return;
  }
  g_clear_pointer(&self->data, g_free);
  self->room = 0;
}

static bool add_apart(AkGrowing *self, const void *data, gsize size, GError **error) {
  if (!ak_spool_append(self->spool, data, size))
    return ak_error_set(error, AK_ERROR_LIMIT, "no room for %" G_GSIZE_FORMAT " bytes",
                        self->size + size);
  self->size += size;
  return true;
}

/* Room for a piece that will be put aside. */
static guint8 *room_apart(AkGrowing *self, gsize *room) {
  if (self->data == NULL)
    self->data = g_malloc(PIECE_BYTES);
  *room = (gsize)MIN(PIECE_BYTES, self->limit - self->size);
  return self->data;
}

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

void ak_growing_expect(AkGrowing *self, guint64 more) {
  self->needs = more < G_MAXUINT64 - self->size ? self->size + more : 0;
}

/* With the number that is needed, where its header tells one. */
static bool set_over_limit(const AkGrowing *self, GError **error) {
  if (self->needs > self->limit)
    return ak_error_set(error, AK_ERROR_LIMIT, "unpacks to more than %" G_GUINT64_FORMAT " bytes, needs %" G_GUINT64_FORMAT,
                        self->limit, self->needs);
  return ak_error_set(error, AK_ERROR_LIMIT, "unpacks to more than %" G_GUINT64_FORMAT " bytes", self->limit);
}

bool ak_growing_add(AkGrowing *self, const void *data, gsize size, GError **error) {
  if (size > self->limit - MIN(self->size, self->limit))
    return set_over_limit(self, error);
  if (size == 0)
    return true;
  set_apart(self);
  if (self->is_apart)
    return add_apart(self, data, size, error);
  if (!make_room(self, self->size + size, error))
    return false;
  memcpy(self->data + self->size, data, size);
  self->size += size;
  return true;
}

guint8 *ak_growing_room(AkGrowing *self, guint64 expected, gsize *room, GError **error) {
  if (self->size >= self->limit) {
    if (expected > 0)
      ak_growing_expect(self, expected - MIN(expected, self->size));
    set_over_limit(self, error);
    return NULL;
  }
  set_apart(self);
  if (self->is_apart)
    return room_apart(self, room);
  gsize whole = (gsize)MIN(expected, self->limit);
  bool is_first = self->room == 0 && whole > FIRST_ROOM && whole <= MAX_EXPECTED;
  guint8 *data = is_first ? g_try_malloc(whole) : NULL;
  if (data != NULL) {
    self->data = data;
    self->room = whole;
  }
  if (self->size == self->room && !make_room(self, self->size + 1, error))
    return NULL;
  *room = MIN(self->room - self->size, (gsize)MIN(self->limit - self->size, G_MAXSIZE));
  return self->data + self->size;
}

bool ak_growing_wrote(AkGrowing *self, gsize size, GError **error) {
  if (self->is_apart)
    return add_apart(self, self->data, size, error);
  self->size += size;
  return true;
}

/* The spool's file is the content's memory. */
static GBytes *end_apart(AkGrowing *self) {
  g_free(self->data);
  GBytes *bytes = ak_spool_end(self->spool);
  *self = (AkGrowing){.limit = self->limit, .spool = self->spool, .apart_from = self->apart_from};
  return bytes;
}

GBytes *ak_growing_end(AkGrowing *self) {
  if (self->is_apart)
    return end_apart(self);
  guint8 *shrunk = g_try_realloc(self->data, MAX(self->size, 1));
  GBytes *bytes = g_bytes_new_take(shrunk != NULL ? shrunk : self->data, self->size);
  *self = (AkGrowing){.limit = self->limit, .spool = self->spool, .apart_from = self->apart_from};
  return bytes;
}
