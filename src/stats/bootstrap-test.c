#include "stats/bootstrap.h"

#include "stats/quantile.h"
#include "stats/test-stats.h"
#include "util/random.h"

static const AkBootstrap spec = {.seed = 7, .rounds = AK_STATS_ROUNDS, .confidence = 0.95};

static AkInterval interval_of(const AkBootstrapGroup *groups, gsize count, AkBootstrapFigure *figure,
                              const AkBootstrap *drawing, guint *draws) {
  g_auto(AkBootstrapSet) set = {0};
  ak_stats_set_init(&set, 1);
  for (gsize i = 0; i < count; i++)
    ak_stats_set_add(&set, &groups[i]);
  g_assert_cmpuint(set.count, ==, count);
  return ak_stats_set_interval(&set, figure, drawing, draws);
}

/* Source: the sequence of SplitMix64 from 1234567, as Rosetta Code and others print it. */
static void test_random_published(void) {
  static const guint64 published[] = {6457827717110365317u, 3203168211198807973u,
                                      9817491932198370423u, 4593380528125082431u,
                                      16408922859458223821u};
  for (gsize i = 0; i < G_N_ELEMENTS(published); i++)
    g_assert_cmpuint(ak_random_at(1234567, i), ==, published[i]);
}

static void test_random_below(void) {
  guint seen[6] = {0};
  for (guint i = 0; i < 6000; i++)
    seen[ak_random_below(ak_random_at(3, i), 6)]++;
  for (guint i = 0; i < 6; i++) /* 1000 each, standard deviation 29 */
    g_assert_cmpfloat(fabs(seen[i] - 1000.0), <, 150);
  g_assert_cmpuint(ak_random_below(G_MAXUINT64, 6), ==, 5);
  g_assert_cmpfloat(ak_random_unit(G_MAXUINT64), <, 1);
}

/* By hand: 1, 2, 3, 4: at 0.5 · 3 = 1.5 between 2 and 3; at 0.95 · 3 = 2.85. */
static void test_quantiles(void) {
  double values[] = {4, 1, 3, 2};
  ak_stats_sort(values, 4);
  assert_near(ak_stats_median(values, 4), 2.5, 1e-12);
  assert_near(ak_stats_quantile(values, 4, 0.95), 3.85, 1e-12);
  g_assert_cmpfloat(ak_stats_quantile(values, 4, 1), ==, 4);
  g_assert_cmpfloat(ak_stats_quantile(values, 1, 0.3), ==, 1);
  g_assert_true(isnan(ak_stats_median(values, 0)));
}

/* The share of draws at or below a value against the exact distribution, binomial (10, 0.3):
 * P(X ≤ 2) = 0.3827828, by any table. And the mean and spread of a large one. */
static void test_binomial_draws(void) {
  guint at_most_two = 0;
  for (guint i = 0; i < 20000; i++)
    at_most_two += ak_stats_binomial_draw(ak_random_at(11, i), 10, 0.3) <= 2;
  assert_near(at_most_two / 20000.0, 0.3828, 0.014); /* four standard errors */
  double sum = 0, squares = 0;
  for (guint i = 0; i < 4000; i++) {
    double drawn = (double)ak_stats_binomial_draw(ak_random_at(12, i), 100000, 0.95);
    sum += drawn;
    squares += (drawn - 95000) * (drawn - 95000);
  }
  assert_near(sum / 4000, 95000, 4.4); /* standard error 1.09 */
  assert_near(sqrt(squares / 4000), 68.92, 3.1);
  g_assert_cmpuint(ak_stats_binomial_draw(5, 10, 1), ==, 10);
  g_assert_cmpuint(ak_stats_binomial_draw(5, 10, 0), ==, 0);
  g_assert_cmpuint(ak_stats_binomial_draw(G_MAXUINT64, 10, 0.5), ==, 10);
}

/* Groups of one case: the interval is near that of the normal approximation, 0.9 ± 1.96 · 0.0134.
 */
static void test_independent(void) {
  AkBootstrapGroup groups[500] = {0};
  for (guint i = 0; i < 500; i++)
    groups[i] = (AkBootstrapGroup){{i < 450, 1}};
  guint draws = 0;
  AkInterval found = interval_of(groups, 500, ak_stats_ratio, &spec, &draws);
  g_assert_cmpuint(draws, ==, AK_STATS_ROUNDS);
  assert_near(found.lo, 0.9 - 1.96 * 0.01342, 0.004);
  assert_near(found.hi, 0.9 + 1.96 * 0.01342, 0.004);
}

/* Ten variants that always answer alike: as wide as 50 groups, not as 500 cases; √10 times. */
static void test_dependent(void) {
  AkBootstrapGroup groups[50] = {0};
  for (guint i = 0; i < 50; i++)
    groups[i] = (AkBootstrapGroup){{i < 45 ? 10 : 0, 10}};
  AkInterval found = interval_of(groups, 50, ak_stats_ratio, &spec, NULL);
  assert_near(found.hi - found.lo, 2 * 1.96 * 0.04243, 0.02);
}

/* The same groups in another order, and again: the same interval; another seed: another one. */
static void test_same_seed(void) {
  AkBootstrapGroup groups[60] = {0}, turned[60] = {0};
  for (guint i = 0; i < 60; i++)
    turned[59 - i] = groups[i] = (AkBootstrapGroup){{i % 4, 3 + i % 2}};
  AkBootstrap other = spec;
  other.seed = 8;
  AkInterval one = interval_of(groups, 60, ak_stats_ratio, &spec, NULL);
  AkInterval two = interval_of(turned, 60, ak_stats_ratio, &spec, NULL);
  AkInterval three = interval_of(groups, 60, ak_stats_ratio, &other, NULL);
  g_assert_true(one.lo == two.lo && one.hi == two.hi);
  g_assert_false(one.lo == three.lo && one.hi == three.hi);
}

/* Sums that all differ: the ratio of means 2 : 1 with a spread that is known. Pools of 10,000
 * groups are as wide as the groups themselves. Each group adds (20000 + e, 10000), e from −9999.5
 * to 9999.5, evenly: standard deviation 5773.5, so the ratio's standard error is 0.57735 / 100. */
static void test_pools(void) {
  g_autofree AkBootstrapGroup *groups = g_new0(AkBootstrapGroup, 10000);
  for (gint64 i = 0; i < 10000; i++)
    groups[i] = (AkBootstrapGroup){{20000 + 2 * i - 9999, 10000}};
  AkInterval found = interval_of(groups, 10000, ak_stats_ratio, &spec, NULL);
  assert_near((found.lo + found.hi) / 2, 2, 0.001);
  assert_near(found.hi - found.lo, 2 * 1.96 * 0.0057735, 0.0022);
}

/* 50,000 groups of three kinds in any order, more than are put in order at a time: one multinomial. */
static void test_many(void) {
  g_autofree AkBootstrapGroup *groups = g_new0(AkBootstrapGroup, 50000);
  g_autofree AkBootstrapGroup *turned = g_new0(AkBootstrapGroup, 50000);
  for (guint i = 0; i < 50000; i++)
    turned[49999 - i] = groups[i] = (AkBootstrapGroup){{i * 7 % 3, 2}};
  AkInterval one = interval_of(groups, 50000, ak_stats_ratio, &spec, NULL);
  AkInterval two = interval_of(turned, 50000, ak_stats_ratio, &spec, NULL);
  g_assert_true(one.lo == two.lo && one.hi == two.hi);
  /* 0, 1 or 2 of 2: mean 0.5, standard deviation √(1/6) of a group */
  assert_near(one.hi - one.lo, 2 * 1.96 * sqrt(1.0 / 6 / 50000), 4e-4);
}

static void test_difference(void) {
  AkBootstrapGroup groups[400] = {0};
  for (guint i = 0; i < 400; i++)
    groups[i] = (AkBootstrapGroup){{i < 360, i < 300, 1}};
  AkInterval found = interval_of(groups, 400, ak_stats_difference, &spec, NULL);
  /* 60 of 400 differ: 0.15 ± 1.96 √(0.15 · 0.85 / 400) */
  assert_near(found.lo, 0.15 - 1.96 * 0.01785, 0.005);
  assert_near(found.hi, 0.15 + 1.96 * 0.01785, 0.005);
}

static void test_undefined(void) {
  AkBootstrapGroup groups[2] = {{{0, 0}}, {{0, 0}}};
  guint draws = 9;
  g_assert_true(isnan(interval_of(groups, 2, ak_stats_ratio, &spec, &draws).lo));
  g_assert_cmpuint(draws, ==, 0);
  g_assert_true(isnan(interval_of(NULL, 0, ak_stats_ratio, &spec, NULL).hi));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stats/random/published", test_random_published);
  g_test_add_func("/stats/random/below", test_random_below);
  g_test_add_func("/stats/quantile", test_quantiles);
  g_test_add_func("/stats/bootstrap/binomial-draws", test_binomial_draws);
  g_test_add_func("/stats/bootstrap/independent", test_independent);
  g_test_add_func("/stats/bootstrap/dependent", test_dependent);
  g_test_add_func("/stats/bootstrap/same-seed", test_same_seed);
  g_test_add_func("/stats/bootstrap/pools", test_pools);
  g_test_add_func("/stats/bootstrap/many", test_many);
  g_test_add_func("/stats/bootstrap/difference", test_difference);
  g_test_add_func("/stats/bootstrap/undefined", test_undefined);
  return g_test_run();
}
