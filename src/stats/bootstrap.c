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

#define FRESH 4096 /* groups that are put in order at a time */

static int compare_groups(gconstpointer a, gconstpointer b) {
  const AkBootstrapGroup *left = a, *right = b; /* also of Kind, which begins with one */
  for (guint i = 0; i < AK_STATS_COLUMNS; i++)
    if (left->at[i] != right->at[i])
      return left->at[i] < right->at[i] ? -1 : 1;
  return 0;
}

void ak_stats_set_init(AkBootstrapSet *self, guint64 seed) {
  *self = (AkBootstrapSet){.seed = seed,
                           .kinds = g_array_new(FALSE, TRUE, sizeof(Kind)),
                           .fresh = g_array_new(FALSE, FALSE, sizeof(Kind))};
}

void ak_stats_set_clear(AkBootstrapSet *self) {
  g_clear_pointer(&self->kinds, g_array_unref);
  g_clear_pointer(&self->fresh, g_array_unref);
}

static void add_to_pool(AkBootstrapSet *self, const AkBootstrapGroup *group) {
  guint64 which = ak_random_below(ak_random_at(self->seed, self->drawn++), AK_STATS_POOLS);
  Kind *pool = &g_array_index(self->kinds, Kind, which);
  pool->count = 1;
  for (guint c = 0; c < AK_STATS_COLUMNS; c++)
    pool->group.at[c] += group->at[c];
}

static void make_pools(AkBootstrapSet *self) {
  g_autoptr(GArray) kinds = self->kinds;
  self->kinds = g_array_new(FALSE, TRUE, sizeof(Kind));
  self->pooled = true;
  g_array_set_size(self->kinds, AK_STATS_POOLS);
  for (guint i = 0; i < kinds->len; i++) {
    const Kind *kind = &g_array_index(kinds, Kind, i);
    for (guint64 n = 0; n < kind->count; n++)
      add_to_pool(self, &kind->group);
  }
}

/* Puts what came into its place among the kinds. */
static void settle(AkBootstrapSet *self) {
  if (self->fresh->len == 0)
    return;
  g_array_append_vals(self->kinds, self->fresh->data, self->fresh->len);
  g_array_set_size(self->fresh, 0);
  qsort(self->kinds->data, self->kinds->len, sizeof(Kind), compare_groups);
  Kind *kinds = &g_array_index(self->kinds, Kind, 0);
  guint kept = 0;
  for (guint i = 1; i < self->kinds->len; i++)
    if (compare_groups(&kinds[kept], &kinds[i]) == 0)
      kinds[kept].count += kinds[i].count;
    else
      kinds[++kept] = kinds[i];
  g_array_set_size(self->kinds, kept + 1);
  if (self->kinds->len > AK_STATS_POOLS)
    make_pools(self);
}

void ak_stats_set_add(AkBootstrapSet *self, const AkBootstrapGroup *group) {
  self->count++;
  if (self->pooled) {
    add_to_pool(self, group);
    return;
  }
  Kind *last = self->fresh->len > 0 ? &g_array_index(self->fresh, Kind, self->fresh->len - 1) : NULL;
  Kind kind = {*group, 1};
  if (last != NULL && compare_groups(last, group) == 0)
    last->count++;
  else
    g_array_append_val(self->fresh, kind);
  if (self->fresh->len >= FRESH)
    settle(self);
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

/* A pool that got nothing is none. */
static GArray *filled_of(const GArray *kinds) {
  GArray *filled = g_array_sized_new(FALSE, FALSE, sizeof(Kind), kinds->len);
  for (guint i = 0; i < kinds->len; i++)
    if (g_array_index(kinds, Kind, i).count > 0)
      g_array_append_val(filled, g_array_index(kinds, Kind, i));
  return filled;
}

AkInterval ak_stats_set_interval(AkBootstrapSet *self, AkBootstrapFigure *figure,
                                 const AkBootstrap *spec, guint *draws) {
  settle(self);
  g_autoptr(GArray) kinds = filled_of(self->kinds);
  guint64 count = self->pooled ? kinds->len : self->count;
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
