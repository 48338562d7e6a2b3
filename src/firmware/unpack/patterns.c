#include "firmware/unpack/patterns.h"

#include <string.h>

#include "firmware/unpack/pattern-filter.h"

#define MAX_PATTERNS 512
#define MAX_PATTERN_BYTES 64
#define PREFIXES 65536 /* of two bytes */
#define DEPTH AK_PATTERN_DEPTH
#define HASH_BITS 13
#define BLOCKS 64 /* that are filtered before what is left of them is looked at */
#define LOOK_BYTES (AK_PATTERN_BLOCK * BLOCKS)

/* Three filters before patterns are compared. With vectors: pattern-filter.h. Of what that lets through, and without
 * vectors of all places: a table of hashes of the four first bytes, and one of the first two of
 * shorter patterns. Then the patterns with these first two, by their first four. */
struct _AkPatterns {
  AkPattern *patterns; /* sorted by bytes */
  guint32 *heads;      /* their first bytes, as they stand in memory, those that they have */
  guint32 *masks;      /* which these are */
  guint *numbers;      /* what the caller calls them */
  guint count;
  guint16 first[PREFIXES]; /* 1 + first pattern of that prefix, 0: none */
  guint8 prefixes[PREFIXES], hashes[1 << HASH_BITS]; /* 1: there are such */
  AkPatternHalves halves;
  const AkPatternFilter *filter; /* NULL: none */
};

static guint prefix_of(const guint8 *bytes) {
  return (guint)bytes[0] << 8 | bytes[1];
}

static guint32 head_of(const guint8 *bytes) {
  guint32 head;
  memcpy(&head, bytes, DEPTH);
  return head;
}

/* Multiplicative hashing, Knuth 1998, 6.4. */
static guint hash_of(guint32 head) {
  return (head * 2654435769u) >> (32 - HASH_BITS);
}

static int compare(gconstpointer a, gconstpointer b, gpointer data) {
  const AkPattern *patterns = data, *left = &patterns[*(const guint *)a],
                  *right = &patterns[*(const guint *)b];
  int order = memcmp(left->bytes, right->bytes, MIN(left->size, right->size));
  return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

static void fill_filters(AkPatterns *self) {
  g_autofree guint8(*heads)[DEPTH] = g_malloc0_n(self->count + 1, DEPTH);
  g_autofree gsize *sizes = g_new0(gsize, self->count + 1);
  static const guint8 whole[DEPTH] = {255, 255, 255, 255};
  for (guint i = 0; i < self->count; i++) {
    const AkPattern *pattern = &self->patterns[i];
    sizes[i] = MIN(pattern->size, DEPTH);
    memcpy(heads[i], pattern->bytes, sizes[i]);
    memcpy(&self->heads[i], pattern->bytes, sizes[i]);
    memcpy(&self->masks[i], whole, sizes[i]);
    guint prefix = prefix_of(pattern->bytes);
    if (sizes[i] == DEPTH)
      self->hashes[hash_of(self->heads[i])] = 1;
    else
      self->prefixes[prefix] = 1;
    if (self->first[prefix] == 0)
      self->first[prefix] = (guint16)(i + 1);
  }
  ak_pattern_halves(&self->halves, (const guint8(*)[DEPTH])heads, sizes, self->count);
}

AkPatterns *ak_patterns_new(const AkPattern *patterns, guint count) {
  if (count > MAX_PATTERNS)
    return NULL;
  for (guint i = 0; i < count; i++)
    if (patterns[i].size < 2 || patterns[i].size > MAX_PATTERN_BYTES)
      return NULL;
  AkPatterns *self = g_new0(AkPatterns, 1);
  self->count = count;
  self->patterns = g_new0(AkPattern, MAX(count, 1));
  self->numbers = g_new0(guint, MAX(count, 1));
  self->heads = g_new0(guint32, MAX(count, 1));
  self->masks = g_new0(guint32, MAX(count, 1));
  for (guint i = 0; i < count; i++)
    self->numbers[i] = i;
  g_qsort_with_data(self->numbers, (gint)count, sizeof(guint), compare, (gpointer)patterns);
  for (guint i = 0; i < count; i++)
    self->patterns[i] = patterns[self->numbers[i]];
  fill_filters(self);
  ak_patterns_use(self, NULL);
  return self;
}

void ak_patterns_free(AkPatterns *self) {
  if (self == NULL)
    return;
  g_free(self->patterns);
  g_free(self->numbers);
  g_free(self->heads);
  g_free(self->masks);
  g_free(self);
}

bool ak_patterns_use(AkPatterns *self, const char *vectors) {
  const AkPatternFilter *one = ak_pattern_filters;
  bool is_plain = vectors != NULL && vectors[0] == '\0';
  while (one->name != NULL && (is_plain || !one->is_there() || (vectors != NULL && strcmp(vectors, one->name) != 0)))
    one++;
  bool found = one->name != NULL || is_plain || vectors == NULL;
  if (found)
    self->filter = one->name != NULL ? one : NULL;
  return found;
}

typedef struct {
  const AkPatterns *self;
  const guint8 *data;
  gsize size;
  AkPatternHit *hits;
  gsize count, room;
} Search;

/* Adds what really stands at `at`; false where its hits might not fit. */
static bool take(Search *search, gsize at) {
  const AkPatterns *self = search->self;
  const guint8 *data = search->data + at;
  gsize left = search->size - at;
  guint prefix = prefix_of(data), i = self->first[prefix];
  if (i == 0)
    return true;
  if (search->room - search->count < self->count)
    return false;
  guint32 head = 0;
  memcpy(&head, data, MIN(left, DEPTH));
  for (i--; i < self->count && prefix_of(self->patterns[i].bytes) == prefix; i++)
    if (((head ^ self->heads[i]) & self->masks[i]) == 0 && self->patterns[i].size <= left &&
        memcmp(data, self->patterns[i].bytes, self->patterns[i].size) == 0)
      search->hits[search->count++] = (AkPatternHit){at, self->numbers[i]};
  return true;
}

/* 1 or 0. */
static guint may_begin(const AkPatterns *self, const guint8 *data) {
  return self->hashes[hash_of(head_of(data))] | self->prefixes[prefix_of(data)];
}

/* Places in `data` that the first filter lets through, as they follow. Without branches that depend on the bytes: those
 * would be guessed wrong at every other place. */
static guint places_by_vectors(const AkPatterns *self, const guint8 *data, guint blocks, guint16 *places) {
  guint64 masks[BLOCKS];
  guint count = 0;
  self->filter->look(&self->halves, data, blocks, masks);
  for (guint i = 0; i < blocks; i++)
    for (guint64 some = masks[i]; some != 0; some &= some - 1) {
      guint place = i * AK_PATTERN_BLOCK + (guint)__builtin_ctzll(some);
      places[count] = (guint16)place;
      count += may_begin(self, data + place);
    }
  return count;
}

static guint places_plainly(const AkPatterns *self, const guint8 *data, guint size, guint16 *places) {
  guint count = 0;
  for (guint place = 0; place < size; place++) {
    places[count] = (guint16)place;
    count += may_begin(self, data + place);
  }
  return count;
}

/* Up to where four bytes can be read; returns where to go on. */
static gsize search_ahead(Search *search, gsize from, gsize end, bool *is_full) {
  guint16 places[LOOK_BYTES];
  gsize at = from;
  while (at < end && !*is_full) {
    guint size = (guint)MIN(end - at, LOOK_BYTES), blocks = size / AK_PATTERN_BLOCK;
    bool is_plain = search->self->filter == NULL || blocks == 0;
    size = is_plain ? size : blocks * AK_PATTERN_BLOCK;
    guint count = is_plain ? places_plainly(search->self, search->data + at, size, places)
                           : places_by_vectors(search->self, search->data + at, blocks, places);
    guint taken = 0;
    while (taken < count && take(search, at + places[taken]))
      taken++;
    *is_full = taken < count;
    at += *is_full ? places[taken] : size;
  }
  return at;
}

gsize ak_patterns_search(const AkPatterns *self, const guint8 *data, gsize size, gsize *from,
                         gsize end, AkPatternHit *hits, gsize room) {
  Search search = {.self = self, .data = data, .size = size, .hits = hits, .room = room};
  gsize last = MIN(end, size - MIN(size, 1)); /* a prefix has two bytes */
  gsize readable = MIN(last, size - MIN(size, DEPTH - 1));
  gsize at = *from;
  bool is_full = false;
  at = search_ahead(&search, at, readable, &is_full);
  while (!is_full && at < last && take(&search, at))
    at++;
  *from = at >= last ? MAX(end, *from) : at;
  return search.count;
}
