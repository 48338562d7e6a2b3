#include "stats/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "util/random.h"

/* --- figures -------------------------------------------------------------------------------------
 */

double ak_stats_ratio(const gint64 sums[static AK_STATS_COLUMNS]) {
  return sums[1] != 0 ? (double)sums[0] / (double)sums[1] : NAN;
}

double ak_stats_difference(const gint64 sums[static AK_STATS_COLUMNS]) {
  return sums[2] != 0 ? (double)(sums[0] - sums[1]) / (double)sums[2] : NAN;
}

/* --- groups that add the same
 * --------------------------------------------------------------------- */

typedef struct {
  AkBootstrapGroup group;
  guint64 count;
} Kind;

static int compare_groups(gconstpointer a, gconstpointer b) {
  const AkBootstrapGroup *left = a, *right = b;
  for (guint i = 0; i < AK_STATS_COLUMNS; i++)
    if (left->at[i] != right->at[i])
      return left->at[i] < right->at[i] ? -1 : 1;
  return 0;
}

/* Of Kind; in order, so that the order of the groups does not matter. */
static GArray *kinds_of(const AkBootstrapGroup *groups, gsize count) {
  g_autofree AkBootstrapGroup *sorted = g_memdup2(groups, count * sizeof *groups);
  GArray *kinds = g_array_new(FALSE, FALSE, sizeof(Kind));
  if (count > 1)
    qsort(sorted, count, sizeof *sorted, compare_groups);
  for (gsize i = 0; i < count; i++) {
    Kind *last = kinds->len > 0 ? &g_array_index(kinds, Kind, kinds->len - 1) : NULL;
    Kind fresh = {sorted[i], 1};
    if (last != NULL && compare_groups(&last->group, &sorted[i]) == 0)
      last->count++;
    else
      g_array_append_val(kinds, fresh);
  }
  return kinds;
}

/* Of Kind, with a count of 1 each: random pools of them. */
static GArray *pools_of(const GArray *kinds, guint64 seed) {
  GArray *pools = g_array_new(FALSE, TRUE, sizeof(Kind));
  guint64 counter = 0;
  g_array_set_size(pools, AK_STATS_POOLS);
  for (guint i = 0; i < kinds->len; i++) {
    const Kind *kind = &g_array_index(kinds, Kind, i);
    for (guint64 n = 0; n < kind->count; n++) {
      guint64 which = ak_random_below(ak_random_at(seed, counter++), AK_STATS_POOLS);
      Kind *pool = &g_array_index(pools, Kind, which);
      pool->count = 1;
      for (guint c = 0; c < AK_STATS_COLUMNS; c++)
        pool->group.at[c] += kind->group.at[c];
    }
  }
  return pools;
}

/* --- drawing
 * ---------------------------------------------------------------------------------------- */

static double log_gamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

guint64 ak_stats_binomial_draw(guint64 random, guint64 n, double p) {
  if (n == 0 || p <= 0 || p >= 1)
    return p >= 1 ? n : 0;
  double u = ak_random_unit(random), count = (double)n, odds = p / (1 - p);
  guint64 mode = MIN((guint64)((count + 1) * p), n), low = mode, high = mode;
  double m = (double)mode;
  double chance = exp(log_gamma(count + 1) - log_gamma(m + 1) - log_gamma(count - m + 1) +
                      m * log(p) + (count - m) * log1p(-p));
  double below = chance, above = chance; /* chances of `low` and `high` */
  for (u -= chance; u >= 0 && (low > 0 || high < n);) {
    if (low > 0) {
      below *= (double)low / ((count - (double)low + 1) * odds);
      low--;
      if ((u -= below) < 0)
        return low;
    }
    if (high < n) {
      above *= (count - (double)high) * odds / (double)(high + 1);
      high++;
      if ((u -= above) < 0)
        return high;
    }
    if (below + above <= 0)
      break; /* what rounding left of u */
  }
  return mode;
}

/* As many of each kind as drawing `total` groups with replacement would give. */
static void draw_kinds(const GArray *kinds, guint64 total, guint64 seed, gint64 *sums) {
  guint64 left = total, weight = total;
  for (guint i = 0; i < kinds->len && left > 0; i++) {
    const Kind *kind = &g_array_index(kinds, Kind, i);
    double share = weight > 0 ? (double)kind->count / (double)weight : 1;
    guint64 drawn =
        kind->count >= weight ? left : ak_stats_binomial_draw(ak_random_at(seed, i), left, share);
    for (guint c = 0; c < AK_STATS_COLUMNS; c++)
      sums[c] += (gint64)drawn * kind->group.at[c];
    left -= drawn;
    weight -= kind->count;
  }
}

/* Where most groups differ, one at a time. */
static void draw_single(const GArray *groups, guint64 seed, gint64 *sums) {
  for (guint i = 0; i < groups->len; i++) {
    guint64 which = ak_random_below(ak_random_at(seed, i), groups->len);
    const Kind *one = &g_array_index(groups, Kind, which);
    for (guint c = 0; c < AK_STATS_COLUMNS; c++)
      sums[c] += one->group.at[c];
  }
}

static bool are_single(const GArray *kinds) {
  for (guint i = 0; i < kinds->len; i++)
    if (g_array_index(kinds, Kind, i).count != 1)
      return false;
  return kinds->len > 0;
}

AkInterval ak_stats_bootstrap(const AkBootstrapGroup *groups, gsize count,
                              AkBootstrapFigure *figure, const AkBootstrap *spec, guint *draws) {
  g_autoptr(GArray) kinds = kinds_of(groups, count);
  if (kinds->len > AK_STATS_POOLS) {
    GArray *pools = pools_of(kinds, ak_random_fork(spec->seed, 0));
    g_array_unref(kinds);
    kinds = pools;
    for (guint i = kinds->len; i > 0; i--) /* a pool that got nothing is none */
      if (g_array_index(kinds, Kind, i - 1).count == 0)
        g_array_remove_index(kinds, i - 1);
    count = kinds->len;
  }
  bool single = are_single(kinds);
  g_autofree double *figures = g_new(double, spec->rounds + 1);
  for (guint round = 0; round < spec->rounds; round++) {
    guint64 seed = ak_random_fork(spec->seed, (guint64)round + 1);
    gint64 sums[AK_STATS_COLUMNS] = {0};
    if (single)
      draw_single(kinds, seed, sums);
    else
      draw_kinds(kinds, count, seed, sums);
    figures[round] = count > 0 ? figure(sums) : NAN;
  }
  return ak_stats_percentile_interval(figures, spec->rounds, spec->confidence, draws);
}

AkInterval ak_stats_percentile_interval(double *figures, gsize count, double confidence,
                                        guint *draws) {
  gsize kept = 0;
  for (gsize i = 0; i < count; i++)
    if (!isnan(figures[i]))
      figures[kept++] = figures[i];
  if (draws != NULL)
    *draws = (guint)kept;
  if (kept == 0 || kept < count / 2)
    return (AkInterval){NAN, NAN};
  ak_stats_sort(figures, kept);
  double tail = (1 - confidence) / 2;
  return (AkInterval){ak_stats_quantile(figures, kept, tail),
                      ak_stats_quantile(figures, kept, 1 - tail)};
}
