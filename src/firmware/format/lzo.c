#include "firmware/format/lzo.h"

#include <string.h>

#define MANY_LITERALS 4 /* state behind a run of literals that an instruction of its own copied */
#define FAR 16384       /* distances of the far instruction count from here; this one ends it */

typedef struct {
  const guint8 *data;
  gsize size, at;
  guint8 *out;
  gsize room, got;
} Stream;

/* What an instruction says: copy from so far back so many bytes, then so many literals. */
typedef struct {
  gsize distance, length;
  guint literals;
} Step;

static bool take(Stream *self, guint8 *byte) {
  if (self->at >= self->size)
    return false;
  *byte = self->data[self->at++];
  return true;
}

/* A length of few bits, or, where they are 0, of bytes that follow. */
static bool take_length(Stream *self, guint bits, guint mask, gsize *length) {
  guint8 byte = 0;
  *length = bits & mask;
  if (*length > 0)
    return true;
  *length = mask;
  while (take(self, &byte) && byte == 0)
    *length += 255;
  *length += byte;
  return byte != 0;
}

static bool copy_literals(Stream *self, gsize count) {
  if (count > self->size - self->at || count > self->room - self->got)
    return false;
  memcpy(self->out + self->got, self->data + self->at, count);
  self->at += count;
  self->got += count;
  return true;
}

/* What is copied may be what is being written. */
static bool copy_back(Stream *self, gsize distance, gsize length) {
  if (distance > self->got || length > self->room - self->got)
    return false;
  for (gsize i = 0; i < length; i++, self->got++)
    self->out[self->got] = self->out[self->got - distance];
  return true;
}

/* A distance of two bytes, little-endian, whose last two bits count literals. */
static bool take_distance(Stream *self, Step *step) {
  guint8 low = 0, high = 0;
  if (!take(self, &low) || !take(self, &high))
    return false;
  step->distance = (gsize)low >> 2 | (gsize)high << 6;
  step->literals = low & 3;
  return true;
}

/* Instructions with a distance of some bits and one byte. */
static bool take_near(Stream *self, guint8 code, guint state, Step *step) {
  guint8 high = 0;
  if (!take(self, &high))
    return false;
  step->literals = code & 3;
  if (code >= 64) {
    step->length = (code >> 5) + 1u;
    step->distance = ((gsize)high << 3) + (code >> 2 & 7) + 1;
  } else {
    step->length = state == MANY_LITERALS ? 3 : 2;
    step->distance = ((gsize)high << 2) + (code >> 2) + (state == MANY_LITERALS ? 2049 : 1);
  }
  return true;
}

static bool take_step(Stream *self, guint8 code, guint state, Step *step) {
  if (code >= 64 || code < 16)
    return take_near(self, code, state, step);
  bool is_far = code < 32;
  if (!take_length(self, code, is_far ? 7 : 31, &step->length) || !take_distance(self, step))
    return false;
  step->length += 2;
  step->distance += is_far ? FAR + ((gsize)(code & 8) << 11) : 1;
  return true;
}

/* The first byte may count literals. */
static bool begin(Stream *self, guint *state) {
  guint8 first = self->size > 0 ? self->data[0] : 0;
  if (first <= 17)
    return true;
  self->at = 1;
  *state = MIN((guint)first - 17, MANY_LITERALS);
  return copy_literals(self, (gsize)first - 17);
}

/* One instruction; `is_end`: it was the mark of the end. */
static bool run_step(Stream *self, guint *state, bool *is_end) {
  guint8 code = 0;
  Step step = {0};
  gsize length = 0;
  if (!take(self, &code))
    return false;
  if (code < 16 && *state == 0) {
    *state = MANY_LITERALS;
    return take_length(self, code, 15, &length) && copy_literals(self, length + 3);
  }
  if (!take_step(self, code, *state, &step))
    return false;
  *is_end = code >= 16 && code < 32 && step.distance == FAR;
  *state = step.literals;
  return *is_end ||
         (copy_back(self, step.distance, step.length) && copy_literals(self, step.literals));
}

bool ak_lzo_unpack(const guint8 *data, gsize size, guint8 *out, gsize room, gsize *got, gsize *used,
                   GError **error) {
  Stream self = {.data = data, .size = size, .out = out, .room = room};
  guint state = 0;
  bool is_end = false, ok = begin(&self, &state);
  while (ok && !is_end)
    ok = run_step(&self, &state, &is_end);
  *got = self.got;
  *used = self.at;
  return ok || ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged LZO stream");
}
