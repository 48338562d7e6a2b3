/* A token bucket: at most so many packets a second, shared by all threads. */
#pragma once

#include "util/error.h"

typedef struct {
  GMutex lock;
  guint per_second; /* 0: unlimited */
  gint64 tokens_us; /* saved up time; one packet costs 1,000,000 / per_second µs */
  gint64 last_us;   /* monotonic */
} AkBucket;

void ak_bucket_init(AkBucket *self, guint per_second);
void ak_bucket_clear(AkBucket *self);

/* Takes `packets` at `now_us` (g_get_monotonic_time) and returns 0, or takes none and returns for how
 * many microseconds to wait. A bucket saves up at most 20 ms, so that a pause is not followed by a
 * flood; a single packet is always possible in the end. */
gint64 ak_bucket_take(AkBucket *self, guint packets, gint64 now_us);

/* Charges packets that were sent already: the next ones wait for them. */
void ak_bucket_charge(AkBucket *self, guint packets);
