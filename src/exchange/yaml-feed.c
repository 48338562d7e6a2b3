#include "exchange/yaml-feed.h"

#include <string.h>

enum {
  AHEAD_BYTES = 8 << 20,  /* at most, from one value to the next */
  AHEAD_FREE = 64 << 10,  /* marks are weighed behind these bytes */
  AHEAD_WEIGHT = 2 << 20, /* about 400 MiB of the library's tokens, beside what is kept of the chain */
};

/* What may be a token of the library's. */
static const guint8 weights[256] = {['['] = 2, [']'] = 2, ['{'] = 2, ['}'] = 2, [','] = 2,
                                    [':'] = 2, ['?'] = 2, ['-'] = 1, ['"'] = 1, ['\''] = 1};

static guint weigh(const char *data, gsize size) {
  guint weight = 0;
  for (gsize i = 0; i < size; i++)
    weight += weights[(guchar)data[i]];
  return weight;
}

ssize_t ak_yaml_feed(void *user, void *buffer, size_t size) {
  AkYamlFeed *self = user;
  size = MIN(size, self->size - self->at);
  self->ahead += size;
  if (self->ahead > AHEAD_FREE)
    self->weight += weigh(self->data + self->at, size);
  if (self->ahead > MAX(AHEAD_BYTES, self->text_most) || self->weight > AHEAD_WEIGHT)
    self->is_over = true;
  if (self->is_over)
    return 0;
  memcpy(buffer, self->data + self->at, size);
  self->at += size;
  return (ssize_t)size;
}
