#include "stats/pairs.h"

#include "stats/test-stats.h"

/* 1 against 9: 2 (1 + 10) / 2^10, by hand. 86 against 150: the approval table of A. Agresti,
 * Categorical Data Analysis, 1990, p. 350; 59 against 121: the table of statsmodels' documentation
 * of mcnemar; both exact sums of binomial coefficients. */
static void test_mcnemar(void) {
  assert_near(ak_stats_mcnemar(1, 9), 22.0 / 1024, 1e-14);
  assert_near(ak_stats_mcnemar(9, 1), 22.0 / 1024, 1e-14);
  assert_near(ak_stats_mcnemar(86, 150), 3.715936139571442e-05, 1e-14);
  assert_near(ak_stats_mcnemar(121, 59), 4.434449263755176e-06, 1e-15);
  g_assert_cmpfloat(ak_stats_mcnemar(5, 5), ==, 1);
  g_assert_cmpfloat(ak_stats_mcnemar(0, 0), ==, 1);
  assert_near(ak_stats_mcnemar(0, 5), 2.0 / 32, 1e-15);
  assert_near(ak_stats_mcnemar(0, 1), 1, 1e-15);
}

/* By hand: 0.005 × 4, 0.01 × 3, 0.03 × 2, and 0.04 × 1 may not be below the one before. */
static void test_holm(void) {
  double p[] = {0.01, 0.04, 0.03, 0.005};
  ak_stats_holm(p, 4);
  assert_near(p[0], 0.03, 1e-15);
  assert_near(p[1], 0.06, 1e-15);
  assert_near(p[2], 0.06, 1e-15);
  assert_near(p[3], 0.02, 1e-15);
  double large[] = {0.6, 0.5};
  ak_stats_holm(large, 2);
  g_assert_cmpfloat(large[0], ==, 1);
  g_assert_cmpfloat(large[1], ==, 1);
  ak_stats_holm(NULL, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stats/pairs/mcnemar", test_mcnemar);
  g_test_add_func("/stats/pairs/holm", test_holm);
  return g_test_run();
}
