#include "stats/interval.h"

#include "stats/test-stats.h"

/* Source: R. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in
 * Medicine 17 (1998), table I, methods 3 (score) and 5 (exact), 95 %. */
static const struct {
  guint64 k, n;
  AkInterval wilson, exact;
} newcombe[] = {
    {81, 263, {.2553, .3662}, {.2527, .3676}},
    {15, 148, {.0624, .1605}, {.0578, .1617}},
    {0, 20, {0, .1611}, {0, .1684}},
    {1, 29, {.0061, .1718}, {.0009, .1776}},
};

static void test_published(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(newcombe); i++) {
    AkInterval wilson = ak_stats_wilson(newcombe[i].k, newcombe[i].n, 0.95);
    AkInterval exact = ak_stats_clopper_pearson(newcombe[i].k, newcombe[i].n, 0.95);
    assert_near(wilson.lo, newcombe[i].wilson.lo, 5e-5);
    assert_near(wilson.hi, newcombe[i].wilson.hi, 5e-5);
    assert_near(exact.lo, newcombe[i].exact.lo, 5e-5);
    assert_near(exact.hi, newcombe[i].exact.hi, 5e-5);
  }
}

/* All of n: the lower end of the exact interval is (α/2)^(1/n), by hand. */
static void test_ends(void) {
  AkInterval all = ak_stats_clopper_pearson(29, 29, 0.95);
  assert_near(all.lo, pow(0.025, 1.0 / 29), 1e-12);
  g_assert_cmpfloat(all.hi, ==, 1);
  AkInterval none = ak_stats_wilson(0, 100, 0.95), every = ak_stats_wilson(100, 100, 0.95);
  g_assert_cmpfloat(none.lo, ==, 0);
  g_assert_cmpfloat(every.hi, ==, 1);
  assert_near(none.hi, 1 - every.lo, 1e-12);
  AkInterval nothing = ak_stats_clopper_pearson(0, 0, 0.95);
  g_assert_cmpfloat(nothing.lo, ==, 0);
  g_assert_cmpfloat(nothing.hi, ==, 1);
}

/* Exact binomial sums, worked out with whole numbers: 950 of 1000. */
static void test_large(void) {
  AkInterval exact = ak_stats_clopper_pearson(950, 1000, 0.95);
  assert_near(exact.lo, 0.9346095120845063, 1e-10);
  assert_near(exact.hi, 0.9626646023953381, 1e-10);
}

/* I_½(2, 3) = P(at least 2 of 4) = 11/16; I_x(1, b) = 1 − (1 − x)^b; I_½(a, a) = ½. */
static void test_beta(void) {
  assert_near(ak_stats_beta(0.5, 2, 3), 11.0 / 16, 1e-14);
  assert_near(ak_stats_beta(0.3, 1, 7), 1 - pow(0.7, 7), 1e-14);
  for (double a = 0.5; a < 1e6; a *= 7)
    assert_near(ak_stats_beta(0.5, a, a), 0.5, 1e-9);
  g_assert_cmpfloat(ak_stats_beta(0, 2, 3), ==, 0);
  g_assert_cmpfloat(ak_stats_beta(1, 2, 3), ==, 1);
  assert_near(ak_stats_beta_quantile(11.0 / 16, 2, 3), 0.5, 1e-12);
}

/* Source: any table of the normal distribution: z(0.975), z(0.995), z(0.5). */
static void test_normal(void) {
  assert_near(ak_stats_normal_quantile(0.975), 1.959963984540054, 1e-12);
  assert_near(ak_stats_normal_quantile(0.995), 2.575829303548901, 1e-12);
  assert_near(ak_stats_normal_quantile(0.5), 0, 1e-12);
  assert_near(ak_stats_normal_quantile(1e-9), -5.997807015007682, 1e-9);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stats/interval/published", test_published);
  g_test_add_func("/stats/interval/ends", test_ends);
  g_test_add_func("/stats/interval/large", test_large);
  g_test_add_func("/stats/interval/beta", test_beta);
  g_test_add_func("/stats/interval/normal", test_normal);
  return g_test_run();
}
