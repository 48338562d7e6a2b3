#include "net/bucket.h"

#define START 1000000

/* How many packets a greedy sender gets out in `for_us`. */
static guint sent_in(AkBucket *bucket, gint64 from_us, gint64 for_us) {
  guint sent = 0;
  gint64 now = from_us;
  for (;;) {
    gint64 wait = ak_bucket_take(bucket, 1, now);
    if (wait == 0)
      sent++;
    now += wait;
    if (now >= from_us + for_us)
      return sent;
  }
}

static void test_rate_is_kept(void) {
  AkBucket bucket;
  ak_bucket_init(&bucket, 500);
  guint sent = sent_in(&bucket, START, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint(sent, >=, 995);
  g_assert_cmpuint(sent, <=, 1001);
  ak_bucket_clear(&bucket);
}

static void test_a_pause_is_not_followed_by_a_flood(void) {
  AkBucket bucket;
  ak_bucket_init(&bucket, 500);
  g_assert_cmpint(ak_bucket_take(&bucket, 1, START), ==, 0);
  guint sent = 0;
  while (ak_bucket_take(&bucket, 1, START + 60 * (gint64)G_USEC_PER_SEC) == 0)
    sent++;
  g_assert_cmpuint(sent, ==, 10); /* 20 ms of 500 a second */
  ak_bucket_clear(&bucket);
}

static void test_slow_rates_send_at_last(void) {
  AkBucket bucket;
  ak_bucket_init(&bucket, 1);
  g_assert_cmpint(ak_bucket_take(&bucket, 2, START), ==, 0);
  g_assert_cmpint(ak_bucket_take(&bucket, 2, START), ==, 2 * G_USEC_PER_SEC);
  g_assert_cmpint(ak_bucket_take(&bucket, 2, START + 2 * G_USEC_PER_SEC), ==, 0);
  ak_bucket_clear(&bucket);
}

static void test_charged_packets_delay_the_next(void) {
  AkBucket bucket;
  ak_bucket_init(&bucket, 100);
  g_assert_cmpint(ak_bucket_take(&bucket, 1, START), ==, 0);
  ak_bucket_charge(&bucket, 2);
  g_assert_cmpint(ak_bucket_take(&bucket, 1, START), ==, 30000);
  ak_bucket_clear(&bucket);
}

static void test_unlimited(void) {
  AkBucket bucket;
  ak_bucket_init(&bucket, 0);
  for (guint i = 0; i < 100000; i++)
    g_assert_cmpint(ak_bucket_take(&bucket, 1, START), ==, 0);
  ak_bucket_charge(&bucket, 5);
  ak_bucket_clear(&bucket);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/bucket/rate", test_rate_is_kept);
  g_test_add_func("/bucket/pause", test_a_pause_is_not_followed_by_a_flood);
  g_test_add_func("/bucket/slow", test_slow_rates_send_at_last);
  g_test_add_func("/bucket/charged", test_charged_packets_delay_the_next);
  g_test_add_func("/bucket/unlimited", test_unlimited);
  return g_test_run();
}
