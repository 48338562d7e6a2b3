#include "stats/agreement.h"

#include "stats/test-stats.h"

#define __ AK_RATING_MISSING

static const AkBootstrap spec = {.seed = 1, .rounds = 500, .confidence = 0.95};

static AkAgreement agreement(const gint64 *values, guint units, guint raters, AkScale scale) {
  AkAgreement out = {0};
  AkRatings ratings = {values, units, raters};
  g_assert_true(ak_stats_agreement(&ratings, scale, &spec, &out, NULL));
  return out;
}

/* Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, part C: four
 * observers, twelve units; 0.743 nominal, 0.815 ordinal, 0.849 interval. A row here is a unit. */
static const gint64 krippendorff[] = {
    1, 1, __, 1, 2, 2, 3, 2, 3, 3, 3, 3, 3,  3, 3, 3, 2,  2,  2, 2, 1,  2, 3,  4,
    4, 4, 4,  4, 1, 1, 2, 1, 2, 2, 2, 2, __, 5, 5, 5, __, __, 1, 1, __, 3, __, __,
};

static void test_four_observers(void) {
  static const double published[] = {0.743, 0.815, 0.849};
  for (guint scale = 0; scale < 3; scale++) {
    AkAgreement found = agreement(krippendorff, 12, 4, (AkScale)scale);
    assert_near(found.alpha, published[scale], 5e-4);
    g_assert_cmpuint(found.units, ==, 11); /* the last has one value alone */
    g_assert_false(found.too_few);
    g_assert_cmpfloat(found.interval.lo, <, found.alpha);
    g_assert_cmpfloat(found.interval.hi, >, found.alpha);
  }
}

/* Source: ibid., part A: two observers, ten units, two values; 0.095. */
static void test_two_observers(void) {
  static const gint64 values[] = {0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0};
  AkAgreement found = agreement(values, 10, 2, AK_SCALE_NOMINAL);
  assert_near(found.alpha, 0.095, 5e-4);
  g_assert_cmpuint(found.units, ==, 10);
}

/* Source: Wikipedia, Krippendorff's alpha, "A computational example": three coders, fifteen units,
 * 26 values that can be paired; 0.691 nominal, 0.811 interval. */
static void test_three_coders(void) {
  static const gint64 values[] = {
      __, 1, __, __, __, __, __, 2, 2,  __, 1, 1,  __, 3, 3,  3, 3,  4,  4,  4, 4,  1, 3,
      __, 2, __, 2,  1,  __, 1,  1, __, 1,  3, __, 3,  3, __, 3, __, __, __, 3, __, 4,
  };
  assert_near(agreement(values, 15, 3, AK_SCALE_NOMINAL).alpha, 0.691, 5e-4);
  assert_near(agreement(values, 15, 3, AK_SCALE_INTERVAL).alpha, 0.811, 5e-4);
}

static void test_limits(void) {
  static const gint64 equal[] = {2, 2, 2, 2}, apart[] = {1, 2, 2, 1};
  AkAgreement found = agreement(equal, 2, 2, AK_SCALE_NOMINAL);
  g_assert_true(isnan(found.alpha)); /* without variation agreement means nothing */
  g_assert_true(found.too_few);
  found = agreement(apart, 2, 2, AK_SCALE_NOMINAL);
  /* by hand: all pairs differ, D_o = 1; by chance 2·2·2 / (4·3) = 2/3; 1 − 3/2 */
  assert_near(found.alpha, -0.5, 1e-12);
  g_assert_true(found.too_few);
  g_assert_true(isnan(found.interval.lo));
  AkAgreement none = agreement(NULL, 0, 3, AK_SCALE_ORDINAL);
  g_assert_true(isnan(none.alpha));
  g_assert_cmpuint(none.units, ==, 0);
}

static void test_too_many_values(void) {
  g_autofree gint64 *values = g_new0(gint64, 2 * (AK_AGREEMENT_MAX_VALUES + 1));
  for (gint64 i = 0; i < 2 * (AK_AGREEMENT_MAX_VALUES + 1); i++)
    values[i] = i;
  AkRatings ratings = {values, AK_AGREEMENT_MAX_VALUES + 1, 2};
  AkAgreement out;
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_stats_agreement(&ratings, AK_SCALE_NOMINAL, &spec, &out, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

/* Five raters; the last is three points above the others everywhere. Deviations by hand: the first
 * four give 3, 3, 4, 4 (3, 4, 3, 4 …), the last 7. */
static void test_outlying_rater(void) {
  static const gint64 values[] = {
      3, 3, 4, 4, 7, 2, 2, 1, 2, 5, 5, 4, 5, 5, 8, 1, 2, 1, 1, 4,
  };
  AkRatings ratings = {values, 4, 5};
  AkRater raters[5];
  g_assert_true(ak_stats_raters(&ratings, AK_SCALE_INTERVAL, raters, NULL));
  /* rater 5: 7 − 3.5, 5 − 2, 8 − 5, 4 − 1: mean 3.125 */
  assert_near(raters[4].deviation, 3.125, 1e-12);
  /* rater 1: 3 − 4, 2 − 2, 5 − 5, 1 − 1.5 */
  assert_near(raters[0].deviation, -0.375, 1e-12);
  g_assert_cmpuint(raters[0].units, ==, 4);
  for (guint r = 0; r < 4; r++)
    g_assert_false(raters[r].outlying);
  g_assert_true(raters[4].outlying);
  g_assert_cmpfloat(raters[4].alpha_without, >, raters[0].alpha_without);
}

/* Two raters cannot say which of them is off. */
static void test_two_raters(void) {
  static const gint64 values[] = {1, 5, 2, 5, 3, 5};
  AkRatings ratings = {values, 3, 2};
  AkRater raters[2];
  g_assert_true(ak_stats_raters(&ratings, AK_SCALE_INTERVAL, raters, NULL));
  g_assert_true(isnan(raters[0].robust_z));
  g_assert_false(raters[0].outlying || raters[1].outlying);
}

/* 3·2 + 5·1 of 3; the missing third keeps its weight visible. */
static void test_weighted(void) {
  static const double scores[] = {3, 5, NAN};
  static const guint32 weights[] = {2, 1, 4};
  AkWeighted found = ak_stats_weighted(scores, weights, 3);
  assert_near(found.score, 11.0 / 3, 1e-12);
  g_assert_cmpuint(found.weight_scored, ==, 3);
  g_assert_cmpuint(found.weight_all, ==, 7);
  g_assert_true(isnan(ak_stats_weighted(scores + 2, weights, 1).score));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stats/agreement/four-observers", test_four_observers);
  g_test_add_func("/stats/agreement/two-observers", test_two_observers);
  g_test_add_func("/stats/agreement/three-coders", test_three_coders);
  g_test_add_func("/stats/agreement/limits", test_limits);
  g_test_add_func("/stats/agreement/too-many-values", test_too_many_values);
  g_test_add_func("/stats/agreement/outlying-rater", test_outlying_rater);
  g_test_add_func("/stats/agreement/two-raters", test_two_raters);
  g_test_add_func("/stats/agreement/weighted", test_weighted);
  return g_test_run();
}
