#include "firmware/unpack/patterns.h"

#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define MAX_PATTERNS 4096
#define MAX_PATTERN_BYTES 64
#define PREFIXES 65536 /* of two bytes */
#define BUCKETS 8
#define DEPTH 4 /* bytes that the filters look at */
#define LANES 32

/* Two filters before patterns are compared. Vectors: each pattern belongs to one of eight buckets;
 * for each of its first bytes, the low and the high half of the byte choose a set of buckets, and a
 * place where all sets have a bucket in common may begin a pattern (Source: "Teddy", Langdale, in
 * Hyperscan's literature: Wang et al., NSDI 2019, 4.2). Without vectors: one bit for each pair of
 * first bytes. */
struct _AkPatterns {
  AkPattern *patterns; /* sorted by bytes */
  guint32 *heads;      /* their first bytes, as they stand in memory, those that they have */
  guint32 *masks;      /* which these are */
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

/* --- buckets
 * -----------------------------------------------------------------------------------
 *
 * Which patterns share a bucket decides how often bytes pass that begin none: "00 00 00 01" and
 * "01 00 00 00" in one would let all zeros through. So the two whose union lets least more through are joined,
 * until as few are left as there are buckets. */

/* Halves of bytes that a bucket lets through, a bit each. */
typedef struct {
  guint16 low[DEPTH], high[DEPTH];
  double passes; /* of all places, about */
} Bucket;

/* How often a byte stands in programs, about: only the order of magnitude matters. */
static double frequency_of(guint byte) {
  return byte == 0                    ? 0.25
         : byte == 0xff               ? 0.04
         : byte < 16                  ? 0.01
         : byte >= 0x40 && byte < 0x80 ? 0.006
                                      : 0.002;
}
#define ZEROS 0.2 /* of all places begin a run of zeros */

static double passes_of(const Bucket *self) {
  double all = 1;
  bool lets_zeros = true;
  for (guint depth = 0; depth < DEPTH; depth++) {
    double one = 0;
    for (guint byte = 0; byte < 256; byte++)
      if ((self->low[depth] >> (byte & 15) & self->high[depth] >> (byte >> 4) & 1) != 0)
        one += frequency_of(byte);
    all *= one;
    lets_zeros = lets_zeros && (self->low[depth] & self->high[depth] & 1) != 0;
  }
  return all + (lets_zeros ? ZEROS : 0);
}

static Bucket bucket_of(const AkPattern *pattern) {
  const guint8 *bytes = pattern->bytes;
  Bucket self = {0};
  for (guint depth = 0; depth < DEPTH; depth++) {
    bool is_any = depth >= pattern->size;
    self.low[depth] = is_any ? G_MAXUINT16 : (guint16)(1u << (bytes[depth] & 15));
    self.high[depth] = is_any ? G_MAXUINT16 : (guint16)(1u << (bytes[depth] >> 4));
  }
  self.passes = passes_of(&self);
  return self;
}

static Bucket join(const Bucket *a, const Bucket *b) {
  Bucket both = *a;
  for (guint depth = 0; depth < DEPTH; depth++) {
    both.low[depth] |= b->low[depth];
    both.high[depth] |= b->high[depth];
  }
  both.passes = passes_of(&both);
  return both;
}

/* The two neighbours in the order of bytes that are joined best; what begins alike stands together. */
static guint best_pair(const Bucket *buckets, const double *costs, guint count) {
  guint best = 0;
  for (guint i = 1; i + 1 < count; i++)
    if (costs[i] < costs[best])
      best = i;
  return best;
}

static double cost_of(const Bucket *a, const Bucket *b) {
  Bucket both = join(a, b);
  return both.passes - a->passes - b->passes;
}

/* Joins neighbours until at most BUCKETS are left; returns how many. */
static guint join_buckets(Bucket *buckets, guint count) {
  g_autofree double *costs = g_new0(double, MAX(count, 1));
  for (guint i = 0; i + 1 < count; i++)
    costs[i] = cost_of(&buckets[i], &buckets[i + 1]);
  for (; count > BUCKETS; count--) {
    guint i = best_pair(buckets, costs, count);
    buckets[i] = join(&buckets[i], &buckets[i + 1]);
    memmove(&buckets[i + 1], &buckets[i + 2], (count - i - 2) * sizeof *buckets);
    memmove(&costs[i], &costs[i + 1], (count - i - 2) * sizeof *costs);
    if (i + 2 < count)
      costs[i] = cost_of(&buckets[i], &buckets[i + 1]);
    if (i > 0)
      costs[i - 1] = cost_of(&buckets[i - 1], &buckets[i]);
  }
  return count;
}

static void fill_buckets(AkPatterns *self) {
  g_autofree Bucket *buckets = g_new0(Bucket, MAX(self->count, 1));
  for (guint i = 0; i < self->count; i++)
    buckets[i] = bucket_of(&self->patterns[i]);
  guint count = join_buckets(buckets, self->count);
  for (guint i = 0; i < count; i++)
    for (guint depth = 0; depth < DEPTH; depth++)
      for (guint half = 0; half < 16; half++) {
        self->low[depth][half] |= (guint8)((buckets[i].low[depth] >> half & 1) << i);
        self->high[depth][half] |= (guint8)((buckets[i].high[depth] >> half & 1) << i);
      }
}

static void fill_filters(AkPatterns *self) {
  fill_buckets(self);
  for (guint i = 0; i < self->count; i++) {
    const AkPattern *pattern = &self->patterns[i];
    static const guint8 whole[DEPTH] = {255, 255, 255, 255};
    memcpy(&self->heads[i], pattern->bytes, MIN(pattern->size, DEPTH));
    memcpy(&self->masks[i], whole, MIN(pattern->size, DEPTH));
    guint prefix = prefix_of(pattern->bytes);
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
  self->heads = g_new0(guint32, MAX(count, 1));
  self->masks = g_new0(guint32, MAX(count, 1));
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
  g_free(self->heads);
  g_free(self->masks);
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
  guint32 head = 0;
  memcpy(&head, data, MIN(left, DEPTH));
  for (i--; i < self->count && prefix_of(self->patterns[i].bytes) == prefix; i++)
    if (((head ^ self->heads[i]) & self->masks[i]) == 0 && self->patterns[i].size <= left &&
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
