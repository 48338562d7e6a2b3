#include "stats/classes.h"

#include "stats/test-stats.h"

/* Source: D. Chicco, Ten quick tips for machine learning in computational biology, BioData Mining
 * 10 (2017), tip 8: 90, 4, 1, 5 give F1 95.24 % and MCC 0.14. */
static void test_published(void) {
  AkConfusion chicco = {.hit = 90, .false_alarm = 4, .quiet = 1, .miss = 5};
  assert_near(ak_stats_f1(&chicco), 0.9524, 5e-5);
  assert_near(ak_stats_mcc(&chicco), 0.135, 5e-4);
  assert_near(ak_stats_precision(&chicco), 90.0 / 94, 1e-15);
}

/* One that alarms at everything has no MCC, one that alarms at nothing no precision. */
static void test_undefined(void) {
  AkConfusion all = {.hit = 10, .false_alarm = 90}, none = {.miss = 10, .quiet = 90};
  g_assert_true(isnan(ak_stats_mcc(&all)));
  g_assert_true(isnan(ak_stats_mcc(&none)));
  g_assert_true(isnan(ak_stats_precision(&none)));
  assert_near(ak_stats_precision(&all), 0.1, 1e-15);
  AkConfusion perfect = {.hit = 10, .quiet = 90}, wrong = {.miss = 10, .false_alarm = 90};
  assert_near(ak_stats_mcc(&perfect), 1, 1e-12);
  assert_near(ak_stats_mcc(&wrong), -1, 1e-12);
}

/* Source: J. Hanley, B. McNeil, The meaning and use of the area under a ROC curve, Radiology 143
 * (1982), table I: 109 pictures rated 1 to 5; area 0.893. */
static const guint normal[] = {33, 6, 6, 11, 2}, abnormal[] = {3, 2, 2, 11, 33};

static guint hanley(AkScored *cases) {
  guint count = 0;
  for (guint rating = 0; rating < 5; rating++) {
    for (guint i = 0; i < normal[rating]; i++, count++)
      cases[count] = (AkScored){rating + 1, count, false};
    for (guint i = 0; i < abnormal[rating]; i++, count++)
      cases[count] = (AkScored){rating + 1, count, true};
  }
  return count;
}

/* The standard error of DeLong et al., worked out pair by pair over all 51 × 58 pairs. */
static void test_area(void) {
  AkScored cases[109];
  guint count = hanley(cases);
  g_assert_cmpuint(count, ==, 109);
  AkScoredList list = {.cases = cases, .count = count};
  g_autoptr(GArray) roc = ak_stats_roc(&list, 0), few = ak_stats_roc(&list, 2);
  g_assert_cmpuint(few->len, ==, 3); /* the begin, every third, and the last */
  g_assert_cmpfloat(g_array_index(few, AkRocPoint, 1).threshold, ==, 3);
  g_assert_cmpuint(roc->len, ==, 6);
  const AkRocPoint *point = &g_array_index(roc, AkRocPoint, 1);
  g_assert_cmpfloat(point->threshold, ==, 5);
  assert_near(point->hit, 33.0 / 51, 1e-15);
  assert_near(point->false_alarm, 2.0 / 58, 1e-15);
  assert_near(ak_stats_auc(&list), 0.8932, 5e-5);
  double error = 0;
  AkInterval interval = ak_stats_auc_interval(&list, 0.95, &error);
  assert_near(error, 0.030724408379381132, 1e-12);
  assert_near(interval.lo, 0.8164434579114811, 1e-10);
  assert_near(interval.hi, 0.9401761946121983, 1e-10);
}

/* Each case three times over in its group: the same area and the same error, not √3 smaller. */
static void test_groups(void) {
  AkScored cases[327];
  guint count = hanley(cases);
  for (guint i = 0; i < count; i++)
    cases[109 + i] = cases[218 + i] = cases[i];
  double error = 0;
  AkScoredList list = {.cases = cases, .count = 327};
  ak_stats_auc_interval(&list, 0.95, &error);
  assert_near(error, 0.030724408379381132, 1e-12);
}

static void test_no_curve(void) {
  AkScored same[] = {{1, 0, true}, {2, 1, true}};
  AkScoredList one_side = {.cases = same, .count = 2}, empty = {0};
  double error = 0;
  g_assert_null(ak_stats_roc(&one_side, 0));
  g_assert_null(ak_stats_roc(&empty, 0));
  g_assert_true(isnan(ak_stats_auc(&empty)));
  g_assert_true(isnan(ak_stats_auc_interval(&one_side, 0.95, &error).lo));
  AkScored apart[] = {{2, 0, true}, {2, 1, true}, {1, 2, false}, {1, 3, false}};
  AkScoredList whole = {.cases = apart, .count = 4};
  g_assert_cmpfloat(ak_stats_auc(&whole), ==, 1);
}

/* Two attacks above two harmless cases: an area of A would do so with a chance of A² at most, 0.158² = 0.025. */
static void test_apart(void) {
  AkScored apart[] = {{2, 0, true}, {2, 1, true}, {1, 2, false}, {1, 3, false}};
  AkScored turned[] = {{1, 0, true}, {1, 1, true}, {2, 2, false}, {2, 3, false}};
  AkScored one[] = {{2, 0, true}, {2, 0, true}, {1, 0, false}, {1, 0, false}};
  AkScoredList above = {.cases = apart, .count = 4}, below = {.cases = turned, .count = 4}, single = {.cases = one, .count = 4};
  double error = 0;
  AkInterval found = ak_stats_auc_interval(&above, 0.95, &error);
  assert_near(found.lo, 0.15811388300841897, 1e-12);
  g_assert_cmpfloat(found.hi, ==, 1);
  found = ak_stats_auc_interval(&below, 0.95, &error);
  g_assert_cmpfloat(found.lo, ==, 0);
  assert_near(found.hi, 1 - 0.15811388300841897, 1e-12);
  g_assert_true(isnan(ak_stats_auc_interval(&single, 0.95, &error).lo)); /* all of them depend on each other */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stats/classes/published", test_published);
  g_test_add_func("/stats/classes/undefined", test_undefined);
  g_test_add_func("/stats/classes/area", test_area);
  g_test_add_func("/stats/classes/groups", test_groups);
  g_test_add_func("/stats/classes/apart", test_apart);
  g_test_add_func("/stats/classes/no-curve", test_no_curve);
  return g_test_run();
}
