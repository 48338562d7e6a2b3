#include "firmware/unpack/patterns.h"

#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define MAX_PATTERNS 4096
#define MAX_PATTERN_BYTES 64
#define PREFIXES 65536 /* of two bytes */
#define BUCKETS 8
#define DEPTH 3 /* bytes that the vector filter looks at */
#define LANES 32

/* Two filters before patterns are compared. Vectors: each pattern belongs to one of eight buckets;
 * for each of its first bytes, the low and the high half of the byte choose a set of buckets, and a
 * place where all sets have a bucket in common may begin a pattern (Source: "Teddy", Langdale, in
 * Hyperscan's literature: Wang et al., NSDI 2019, 4.2). Without vectors: one bit for each pair of
 * first bytes. */
struct _AkPatterns {
  AkPattern *patterns; /* sorted by bytes */
  guint *numbers;      /* what the caller calls them */
  guint count;
  guint16 first[PREFIXES]; /* 1 + first pattern of that prefix, 0: none */
  guint8 pairs[PREFIXES / 8];
  guint8 low[DEPTH][16], high[DEPTH][16];
  bool has_vectors;
};

static guint prefix_of(const guint8 *bytes) {
  return (guint)bytes[0] << 8 | bytes[1];
}

static int compare(gconstpointer a, gconstpointer b, gpointer data) {
  const AkPattern *patterns = data, *left = &patterns[*(const guint *)a],
                  *right = &patterns[*(const guint *)b];
  int order = memcmp(left->bytes, right->bytes, MIN(left->size, right->size));
  return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

/* Neighbours in the order of bytes share a bucket: what they have in common filters best. */
static void fill_filters(AkPatterns *self) {
  for (guint i = 0; i < self->count; i++) {
    const guint8 *bytes = self->patterns[i].bytes;
    guint8 bucket = (guint8)(1u << (guint64)i * BUCKETS / self->count);
    for (guint depth = 0; depth < DEPTH; depth++) {
      bool is_any = depth >= self->patterns[i].size;
      for (guint half = 0; half < 16; half++) {
        if (is_any || (bytes[depth] & 15u) == half)
          self->low[depth][half] |= bucket;
        if (is_any || bytes[depth] >> 4 == half)
          self->high[depth][half] |= bucket;
      }
    }
    guint prefix = prefix_of(bytes);
    self->pairs[prefix / 8] |= (guint8)(1u << prefix % 8);
    if (self->first[prefix] == 0)
      self->first[prefix] = (guint16)(i + 1);
  }
}

static bool has_vectors(void) {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx2");
#else
  return false;
#endif
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
  for (guint i = 0; i < count; i++)
    self->numbers[i] = i;
  g_qsort_with_data(self->numbers, (gint)count, sizeof(guint), compare, (gpointer)patterns);
  for (guint i = 0; i < count; i++)
    self->patterns[i] = patterns[self->numbers[i]];
  fill_filters(self);
  self->has_vectors = has_vectors();
  return self;
}

void ak_patterns_free(AkPatterns *self) {
  if (self == NULL)
    return;
  g_free(self->patterns);
  g_free(self->numbers);
  g_free(self);
}

void ak_patterns_use_vectors(AkPatterns *self, bool wanted) {
  self->has_vectors = wanted && has_vectors();
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
  for (i--; i < self->count && prefix_of(self->patterns[i].bytes) == prefix; i++)
    if (self->patterns[i].size <= left &&
        memcmp(data, self->patterns[i].bytes, self->patterns[i].size) == 0)
      search->hits[search->count++] = (AkPatternHit){at, self->numbers[i]};
  return true;
}

static gsize search_plain(Search *search, gsize from, gsize end) {
  const guint8 *data = search->data, *pairs = search->self->pairs;
  for (gsize at = from; at < end; at++) {
    guint prefix = prefix_of(data + at);
    if ((pairs[prefix / 8] >> prefix % 8 & 1) != 0 && !take(search, at))
      return at;
  }
  return end;
}

#ifdef __x86_64__
/* Buckets that may begin at each of 32 places. */
__attribute__((target("avx2"))) static inline __m256i
buckets_at(const __m256i *low, const __m256i *high, const guint8 *data) {
  const __m256i half = _mm256_set1_epi8(15);
  __m256i all = _mm256_set1_epi8(-1);
  for (guint depth = 0; depth < DEPTH; depth++) {
    __m256i bytes = _mm256_loadu_si256((const __m256i_u *)(data + depth));
    __m256i lower = _mm256_shuffle_epi8(low[depth], _mm256_and_si256(bytes, half));
    __m256i upper =
        _mm256_shuffle_epi8(high[depth], _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
    all = _mm256_and_si256(all, _mm256_and_si256(lower, upper));
  }
  return all;
}

/* Up to where whole vectors can be read; returns where to go on. */
__attribute__((target("avx2"))) static gsize search_vectors(Search *search, gsize from, gsize end,
                                                            bool *is_full) {
  __m256i low[DEPTH], high[DEPTH];
  gsize last = MIN(end, search->size - MIN(search->size, DEPTH - 1));
  gsize at = from;
  for (guint depth = 0; depth < DEPTH; depth++) {
    low[depth] =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)search->self->low[depth]));
    high[depth] =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)search->self->high[depth]));
  }
  for (; at + LANES <= last; at += LANES) {
    __m256i buckets = buckets_at(low, high, search->data + at);
    guint32 none =
        (guint32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(buckets, _mm256_setzero_si256()));
    for (guint32 some = ~none; some != 0; some &= some - 1) {
      gsize place = at + (gsize)__builtin_ctz(some);
      if (!take(search, place)) {
        *is_full = true;
        return place;
      }
    }
  }
  return at;
}
#endif

gsize ak_patterns_search(const AkPatterns *self, const guint8 *data, gsize size, gsize *from,
                         gsize end, AkPatternHit *hits, gsize room) {
  Search search = {.self = self, .data = data, .size = size, .hits = hits, .room = room};
  gsize last = MIN(end, size - MIN(size, 1)); /* a prefix has two bytes */
  gsize at = *from;
  bool is_full = false;
#ifdef __x86_64__
  if (self->has_vectors && at < last)
    at = search_vectors(&search, at, last, &is_full);
#endif
  if (!is_full && at < last)
    at = search_plain(&search, at, last);
  *from = at >= last ? MAX(end, *from) : at;
  return search.count;
}
