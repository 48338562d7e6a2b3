#include "firmware/format/rock-ridge.h"

#include <string.h>

#include "util/reader.h"

#define MAX_AREAS 64 /* continuations of one record */
#define MAX_TEXT 4096

enum { NAME_CONTINUES = 1, PART_CONTINUES = 1, PART_CURRENT = 2, PART_PARENT = 4, PART_ROOT = 8 };

typedef struct {
  AkRockRidge *out;
  guint32 block, offset, size; /* of the area that follows; size 0: none */
  bool part_continues;
} State;

bool ak_rock_ridge_begins(const guint8 *area, gsize size, gsize *skip) {
  if (size < 7 || memcmp(area, "SP\7\1\xbe\xef", 6) != 0)
    return false;
  *skip = area[6];
  return true;
}

/* A number of 32 bits in both orders of bytes. */
static bool both(AkReader *reader, guint32 *out) {
  guint32 other = 0;
  return ak_reader_u32le(reader, out, NULL) && ak_reader_u32be(reader, &other, NULL) &&
         other == *out;
}

static void take_mode(State *self, AkReader *entry) {
  guint32 mode = 0, links = 0, uid = 0, gid = 0;
  if (!both(entry, &mode) || !both(entry, &links) || !both(entry, &uid) || !both(entry, &gid)) {
    self->out->damage = "a damaged mode";
    return;
  }
  self->out->has_mode = true;
  self->out->mode = mode;
  self->out->uid = uid;
  self->out->gid = gid;
}

/* Both halves of the number, or its parts in one half. */
static void take_device(State *self, AkReader *entry) {
  guint32 high = 0, low = 0;
  if (!both(entry, &high) || !both(entry, &low))
    self->out->damage = "a damaged device";
  bool is_packed = high == 0 && low > 0xff;
  self->out->major = is_packed ? low >> 8 : high;
  self->out->minor = is_packed ? low & 0xff : low;
}

static void append(State *self, GString **text, const void *data, gsize size) {
  if (*text == NULL)
    *text = g_string_new(NULL);
  if (size > MAX_TEXT - MIN((*text)->len, MAX_TEXT))
    self->out->damage = "a text that is too long";
  else
    g_string_append_len(*text, data, (gssize)size);
}

static void take_name(State *self, AkReader *entry) {
  guint8 flags = 0;
  gsize size = 0;
  const guint8 *text = NULL;
  if (!ak_reader_u8(entry, &flags, NULL))
    return;
  size = ak_reader_left(entry);
  if (ak_reader_bytes(entry, size, &text, NULL) && (flags & ~NAME_CONTINUES) == 0)
    append(self, &self->out->name, text, size);
}

static void take_target(State *self, AkReader *entry) {
  guint8 ignored = 0, flags = 0, size = 0;
  const guint8 *text = NULL;
  if (!ak_reader_u8(entry, &ignored, NULL))
    return;
  while (ak_reader_left(entry) >= 2) {
    if (!ak_reader_u8(entry, &flags, NULL) || !ak_reader_u8(entry, &size, NULL) ||
        !ak_reader_bytes(entry, size, &text, NULL)) {
      self->out->damage = "a damaged link";
      return;
    }
    GString *target = self->out->target;
    bool begins = target == NULL || target->len == 0 || target->str[target->len - 1] == '/';
    if (!self->part_continues && !begins)
      append(self, &self->out->target, "/", 1);
    self->part_continues = (flags & PART_CONTINUES) != 0;
    if ((flags & PART_ROOT) != 0)
      append(self, &self->out->target, "/", 1);
    else if ((flags & PART_PARENT) != 0)
      append(self, &self->out->target, "..", 2);
    else if ((flags & PART_CURRENT) != 0)
      append(self, &self->out->target, ".", 1);
    else
      append(self, &self->out->target, text, size);
  }
}

static void take_child(State *self, AkReader *entry) {
  if (!both(entry, &self->out->child))
    self->out->damage = "a damaged place of a folder";
}

static void take_relocated(State *self, AkReader *entry) {
  self->out->is_relocated = true;
}

static void take_packed(State *self, AkReader *entry) {
  self->out->is_packed = true;
}

static void take_continuation(State *self, AkReader *entry) {
  if (self->size > 0 || !both(entry, &self->block) || !both(entry, &self->offset) ||
      !both(entry, &self->size))
    self->out->damage = "a damaged continuation";
}

static const struct {
  char name[3];
  void (*take)(State *self, AkReader *entry);
} kinds[] = {
    {"PX", take_mode},  {"PN", take_device},    {"NM", take_name},   {"SL", take_target},
    {"CL", take_child}, {"RE", take_relocated}, {"ZF", take_packed}, {"CE", take_continuation},
};

static void read_area(State *self, const guint8 *area, gsize size) {
  AkReader reader = ak_reader_init(area, size), entry;
  const guint8 *name = NULL;
  guint8 length = 0, version = 0;
  while (ak_reader_left(&reader) >= 4) {
    if (!ak_reader_bytes(&reader, 2, &name, NULL) || !ak_reader_u8(&reader, &length, NULL) ||
        !ak_reader_u8(&reader, &version, NULL))
      return;
    if (length == 0 && ak_parts_is_filled(name, 2, 0))
      return; /* padding */
    if (length < 4 || !ak_reader_sub(&reader, length - 4u, &entry, NULL)) {
      self->out->damage = "damaged entries behind a name";
      return;
    }
    if (memcmp(name, "ST", 2) == 0)
      return;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
      if (memcmp(name, kinds[i].name, 2) == 0)
        kinds[i].take(self, &entry);
  }
}

void ak_rock_ridge_read(AkRockRidge *self, AkParts *parts, const guint8 *image, gsize image_size,
                        const guint8 *area, gsize size) {
  State state = {.out = self};
  read_area(&state, area, size);
  for (guint areas = 0; state.size > 0; areas++) {
    guint64 at = (guint64)state.block * AK_ROCK_RIDGE_BLOCK + state.offset;
    guint32 length = state.size;
    state.size = 0;
    if (areas == MAX_AREAS || at > image_size || length > image_size - at) {
      self->damage = "a continuation that cannot be";
      return;
    }
    ak_parts_note(parts, NULL, at, length);
    read_area(&state, image + at, length);
  }
}

void ak_rock_ridge_clear(AkRockRidge *self) {
  if (self->name != NULL)
    g_string_free(self->name, TRUE);
  if (self->target != NULL)
    g_string_free(self->target, TRUE);
  self->name = self->target = NULL;
}
