#include "exchange/yaml-feed.h"

#include <string.h>

enum {
  AHEAD_BYTES = 8 << 20, /* at most, from one value to the next */
  AHEAD_FREE = 64 << 10, /* marks are weighed behind these bytes */
  AHEAD_WEIGHT = 2 << 20, /* about 400 MiB of its tokens, beside what is kept of the chain */
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

/* What stays free behind the text in the library's buffer, which is made of pages: more than it
 * looks ahead at once. */
enum { SPARE = 64, PAGE = 4096 };

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* A text that would end near the end of a page is given blank lines to begin with, which say
 * nothing in YAML. */
void ak_yaml_feed_begin(AkYamlFeed *self, const char *data, gsize size, gsize text_most) {
  *self = (AkYamlFeed){.data = data, .size = size, .text_most = text_most};
  bool is_marked = size >= strlen(byte_order_mark) &&
                   memcmp(data, byte_order_mark, strlen(byte_order_mark)) == 0;
  self->lead_at = is_marked ? strlen(byte_order_mark) : 0;
  if ((PAGE - size % PAGE) % PAGE < SPARE)
    self->lead = self->lead_left = 2 * SPARE;
}

/* The next bytes; how many. 0: the text is at its end. */
static gsize hand_out(AkYamlFeed *self, char *buffer, gsize size) {
  if (self->at == self->lead_at && self->lead_left > 0) {
    size = MIN(size, self->lead_left);
    memset(buffer, '\n', size);
    self->lead_left -= (guint)size;
    return size;
  }
  size = MIN(size, (self->at < self->lead_at ? self->lead_at : self->size) - self->at);
  memcpy(buffer, self->data + self->at, size);
  self->at += size;
  return size;
}

static void weigh_next(AkYamlFeed *self, gsize size) {
  size = MIN(size, self->size - self->at);
  self->ahead += size;
  if (self->ahead > AHEAD_FREE)
    self->weight += weigh(self->data + self->at, size);
  if (self->ahead > MAX(AHEAD_BYTES, self->text_most) || self->weight > AHEAD_WEIGHT)
    self->is_over = true;
}

/* The last bytes that it gets, up to a line's end where there is one: a remark that breaks off
 * would be taken for more than that. */
static gsize hand_out_last(AkYamlFeed *self, char *buffer, gsize size) {
  size = MIN(size, MIN(SPARE, self->size - self->at));
  const char *end = memrchr(self->data + self->at, '\n', size);
  return hand_out(self, buffer, end != NULL ? (gsize)(end + 1 - (self->data + self->at)) : size);
}

/* Where the library got enough, the end is told in a call for which its buffer did not grow; one
 * for which it did gets a few bytes more. */
ssize_t ak_yaml_feed(void *user, void *buffer, size_t size) {
  AkYamlFeed *self = user;
  bool has_grown = size > self->room;
  gsize given = 0;
  if (!self->is_over)
    weigh_next(self, size);
  if (!self->is_over)
    given = hand_out(self, buffer, size);
  else if (has_grown)
    given = hand_out_last(self, buffer, size);
  self->room = size - given;
  return (ssize_t)given;
}
