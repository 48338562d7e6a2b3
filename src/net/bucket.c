#include "net/bucket.h"

#define BURST_US 20000

void ak_bucket_init(AkBucket *self, guint per_second) {
  g_mutex_init(&self->lock);
  self->per_second = per_second;
  self->tokens_us = 0;
  self->last_us = 0;
}

void ak_bucket_clear(AkBucket *self) { g_mutex_clear(&self->lock); }

static gint64 price_us(const AkBucket *self, guint packets) {
  return ((gint64)packets * G_USEC_PER_SEC + self->per_second - 1) / self->per_second;
}

gint64 ak_bucket_take(AkBucket *self, guint packets, gint64 now_us) {
  if (self->per_second == 0)
    return 0;
  gint64 price = price_us(self, packets);
  g_mutex_lock(&self->lock);
  if (self->last_us == 0)
    self->last_us = now_us - price; /* the first packet need not wait */
  self->tokens_us += MAX(now_us - self->last_us, 0);
  self->tokens_us = MIN(self->tokens_us, MAX(BURST_US, price));
  self->last_us = MAX(now_us, self->last_us);
  gint64 missing = price - self->tokens_us;
  if (missing <= 0)
    self->tokens_us -= price;
  g_mutex_unlock(&self->lock);
  return MAX(missing, 0);
}

void ak_bucket_charge(AkBucket *self, guint packets) {
  if (self->per_second == 0)
    return;
  g_mutex_lock(&self->lock);
  self->tokens_us -= price_us(self, packets);
  g_mutex_unlock(&self->lock);
}
