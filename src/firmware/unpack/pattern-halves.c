#include "firmware/unpack/pattern-filter.h"

#define DEPTH AK_PATTERN_DEPTH
#define BUCKETS AK_PATTERN_BUCKETS
#define ANY G_MAXUINT16

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

static double passes_at(guint low, guint high) {
  double all = 0;
  for (guint upper = high; upper != 0; upper &= upper - 1)
    for (guint lower = low; lower != 0; lower &= lower - 1)
      all += frequency_of((guint)__builtin_ctz(upper) << 4 | (guint)__builtin_ctz(lower));
  return all;
}

static Bucket with_passes(Bucket self) {
  bool lets_zeros = true;
  self.passes = 1;
  for (guint depth = 0; depth < DEPTH; depth++) {
    if (self.low[depth] != ANY || self.high[depth] != ANY)
      self.passes *= passes_at(self.low[depth], self.high[depth]);
    lets_zeros = lets_zeros && (self.low[depth] & self.high[depth] & 1) != 0;
  }
  self.passes += lets_zeros ? ZEROS : 0;
  return self;
}

static Bucket bucket_of(const guint8 *bytes, gsize size) {
  Bucket self = {0};
  for (guint depth = 0; depth < DEPTH; depth++) {
    self.low[depth] = depth >= size ? ANY : (guint16)(1u << (bytes[depth] & 15));
    self.high[depth] = depth >= size ? ANY : (guint16)(1u << (bytes[depth] >> 4));
  }
  return with_passes(self);
}

static Bucket joined(const Bucket *a, const Bucket *b) {
  Bucket both = *a;
  for (guint depth = 0; depth < DEPTH; depth++) {
    both.low[depth] |= b->low[depth];
    both.high[depth] |= b->high[depth];
  }
  return with_passes(both);
}

/* What is let through more when two of `count` buckets are joined: a row for the later of the two. */
typedef struct {
  Bucket *buckets;
  guint count;
  double *costs;
} Joining;

static double *cost_at(const Joining *self, guint a, guint b) {
  guint later = MAX(a, b);
  return &self->costs[(gsize)later * (later - 1) / 2 + MIN(a, b)];
}

static void weigh(const Joining *self, guint one) {
  for (guint other = 0; other < self->count; other++)
    if (other != one) {
      Bucket both = joined(&self->buckets[one], &self->buckets[other]);
      *cost_at(self, one, other) = both.passes - self->buckets[one].passes - self->buckets[other].passes;
    }
}

static void join_best(Joining *self) {
  guint into = 0, gone = 1;
  for (guint later = 1; later < self->count; later++)
    for (guint earlier = 0; earlier < later; earlier++)
      if (*cost_at(self, earlier, later) < *cost_at(self, into, gone))
        into = earlier, gone = later;
  self->buckets[into] = joined(&self->buckets[into], &self->buckets[gone]);
  self->count--;
  self->buckets[gone] = self->buckets[self->count];
  weigh(self, into);
  if (gone < self->count)
    weigh(self, gone);
}

static bool is_alike(const Bucket *a, const Bucket *b) {
  bool alike = true;
  for (guint depth = 0; depth < DEPTH; depth++)
    alike = alike && a->low[depth] == b->low[depth] && a->high[depth] == b->high[depth];
  return alike;
}

/* Adds a bucket unless there is one of the same bytes. */
static void add(Joining *self, Bucket one) {
  guint i = 0;
  while (i < self->count && !is_alike(&self->buckets[i], &one))
    i++;
  self->buckets[i] = one;
  self->count = MAX(self->count, i + 1);
}

void ak_pattern_halves(AkPatternHalves *self, const guint8 (*heads)[DEPTH], const gsize *sizes, guint count) {
  g_autofree Bucket *buckets = g_new0(Bucket, count + 1);
  g_autofree double *costs = g_new0(double, (gsize)count * count / 2 + 1);
  Joining joining = {buckets, 0, costs};
  for (guint i = 0; i < count; i++)
    add(&joining, bucket_of(heads[i], sizes[i]));
  for (guint i = 1; i < joining.count; i++)
    weigh(&(Joining){buckets, i + 1, costs}, i);
  while (joining.count > BUCKETS)
    join_best(&joining);
  *self = (AkPatternHalves){0};
  for (guint i = 0; i < joining.count; i++)
    for (guint depth = 0; depth < DEPTH; depth++)
      for (guint half = 0; half < 16; half++) {
        self->low[depth][half] |= (guint8)((buckets[i].low[depth] >> half & 1) << i);
        self->high[depth][half] |= (guint8)((buckets[i].high[depth] >> half & 1) << i);
      }
}
