#include "stats/agreement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "util/random.h"

const char *const ak_scale_names[] = {"nominal", "ordinal", "interval", NULL};

/* --- values as numbers from 0
 * ----------------------------------------------------------------------- */

typedef struct {
  gint64 *levels; /* distinct values, rising */
  guint level_count;
  guint16 *counts; /* [units][levels] how often a unit got it */
  guint *sizes;    /* [units] values in it */
  guint units;
} Table;

static int compare_values(gconstpointer a, gconstpointer b) {
  const gint64 *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

static void table_clear(Table *self) {
  g_free(self->levels);
  g_free(self->counts);
  g_free(self->sizes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Table, table_clear)

static guint level_of(const Table *self, gint64 value) {
  guint low = 0, high = self->level_count;
  while (high - low > 1) {
    guint middle = low + (high - low) / 2;
    if (self->levels[middle] <= value)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static bool find_levels(const AkRatings *ratings, Table *out, GError **error) {
  gsize all = (gsize)ratings->units * ratings->raters, kept = 0, distinct = 0;
  gint64 *values = g_new(gint64, all + 1);
  for (gsize i = 0; i < all; i++)
    if (ratings->values[i] != AK_RATING_MISSING)
      values[kept++] = ratings->values[i];
  if (kept > 1)
    qsort(values, kept, sizeof *values, compare_values);
  for (gsize i = 0; i < kept; i++)
    if (distinct == 0 || values[distinct - 1] != values[i])
      values[distinct++] = values[i];
  out->levels = values;
  out->level_count = (guint)distinct;
  return distinct <= AK_AGREEMENT_MAX_VALUES ||
         ak_error_set(error, AK_ERROR_LIMIT, "ratings: %zu different values, at most %d", distinct,
                      AK_AGREEMENT_MAX_VALUES);
}

/* Without the values of the rater `without` (or of none: G_MAXUINT). */
static bool table_fill(const AkRatings *ratings, guint without, Table *out, GError **error) {
  if (ratings->raters > G_MAXUINT16)
    return ak_error_set(error, AK_ERROR_LIMIT, "ratings: more than %d raters", G_MAXUINT16);
  if (!find_levels(ratings, out, error))
    return false;
  out->units = ratings->units;
  out->counts = g_new0(guint16, (gsize)out->units * out->level_count + 1);
  out->sizes = g_new0(guint, out->units + 1);
  for (guint u = 0; u < ratings->units; u++)
    for (guint r = 0; r < ratings->raters; r++) {
      gint64 value = ratings->values[(gsize)u * ratings->raters + r];
      if (r == without || value == AK_RATING_MISSING)
        continue;
      out->counts[(gsize)u * out->level_count + level_of(out, value)]++;
      out->sizes[u]++;
    }
  return true;
}

/* --- alpha
 * --------------------------------------------------------------------------------------------- */

/* How often each value stands in units that can be compared; `times` how often a unit counts. */
static double totals_of(const Table *self, const guint *times, double *totals) {
  double all = 0;
  memset(totals, 0, self->level_count * sizeof *totals);
  for (guint u = 0; u < self->units; u++) {
    if (self->sizes[u] < 2 || times[u] == 0)
      continue;
    for (guint v = 0; v < self->level_count; v++)
      totals[v] += (double)times[u] * self->counts[(gsize)u * self->level_count + v];
    all += (double)times[u] * self->sizes[u];
  }
  return all;
}

/* Where a value lies on its scale, so that the squared distance of two is that of their places: for
 * ordinal values the number of those below plus half of its own. */
static double *places_of(const Table *self, AkScale scale, const double *totals) {
  double *places = g_new0(double, self->level_count + 1), below = 0;
  for (guint v = 0; v < self->level_count; v++) {
    places[v] = scale == AK_SCALE_ORDINAL ? below + totals[v] / 2
                                          : (double)self->levels[v] - (double)self->levels[0];
    below += totals[v];
  }
  return places;
}

/* Half of the sum over all pairs of values of counts × counts × squared distance: by moments, so
 * that it takes one pass. */
typedef struct {
  double sum, first, second, squares;
} Moments;

static void moments_add(Moments *self, double count, double place) {
  self->sum += count;
  self->first += count * place;
  self->second += count * place * place;
  self->squares += count * count;
}

static double spread_of(const Moments *self, AkScale scale) {
  return scale == AK_SCALE_NOMINAL ? (self->sum * self->sum - self->squares) / 2
                                   : self->sum * self->second - self->first * self->first;
}

static double alpha_of(const Table *self, AkScale scale, const guint *times) {
  g_autofree double *totals = g_new0(double, self->level_count + 1);
  double all = totals_of(self, times, totals), seen = 0;
  g_autofree double *places = places_of(self, scale, totals);
  Moments expected = {0};
  for (guint v = 0; v < self->level_count; v++)
    moments_add(&expected, totals[v], places[v]);
  for (guint u = 0; u < self->units; u++) {
    Moments unit = {0};
    if (self->sizes[u] < 2 || times[u] == 0)
      continue;
    for (guint v = 0; v < self->level_count; v++)
      moments_add(&unit, self->counts[(gsize)u * self->level_count + v], places[v]);
    seen += times[u] * spread_of(&unit, scale) / (self->sizes[u] - 1);
  }
  double chance = spread_of(&expected, scale);
  return chance > 0 && all > 1 ? 1 - (all - 1) * seen / chance : NAN;
}

static guint *times_once(const Table *self, guint *comparable) {
  guint *times = g_new0(guint, self->units + 1);
  for (guint u = 0; u < self->units; u++) {
    times[u] = self->sizes[u] >= 2;
    *comparable += times[u];
  }
  return times;
}

static AkInterval draw_units(const Table *self, AkScale scale, const guint *times, guint comparable,
                             const AkBootstrap *spec, guint *draws) {
  g_autofree guint *units = g_new0(guint, comparable + 1);
  g_autofree guint *drawn = g_new0(guint, self->units + 1);
  g_autofree double *figures = g_new0(double, spec->rounds + 1);
  guint at = 0;
  for (guint u = 0; u < self->units; u++)
    if (times[u])
      units[at++] = u;
  for (guint round = 0; round < spec->rounds; round++) {
    guint64 seed = ak_random_fork(spec->seed, round);
    memset(drawn, 0, self->units * sizeof *drawn);
    for (guint i = 0; i < comparable; i++)
      drawn[units[ak_random_below(ak_random_at(seed, i), comparable)]]++;
    figures[round] = alpha_of(self, scale, drawn);
  }
  return ak_stats_percentile_interval(figures, spec->rounds, spec->confidence, draws);
}

bool ak_stats_agreement(const AkRatings *ratings, AkScale scale, const AkBootstrap *spec,
                        AkAgreement *out, GError **error) {
  g_auto(Table) table = {0};
  if (!table_fill(ratings, G_MAXUINT, &table, error))
    return false;
  AkAgreement found = {.interval = {NAN, NAN}};
  g_autofree guint *times = times_once(&table, &found.units);
  found.alpha = alpha_of(&table, scale, times);
  found.too_few = found.units < AK_AGREEMENT_MIN_UNITS;
  if (!found.too_few && !isnan(found.alpha))
    found.interval = draw_units(&table, scale, times, found.units, spec, &found.draws);
  *out = found;
  return true;
}

/* --- raters
 * --------------------------------------------------------------------------------------------- */

static void deviation_of(const AkRatings *ratings, guint rater, AkRater *out) {
  g_autofree double *others = g_new(double, ratings->raters + 1);
  double sum = 0;
  for (guint u = 0; u < ratings->units; u++) {
    const gint64 *row = ratings->values + (gsize)u * ratings->raters;
    gsize count = 0;
    for (guint r = 0; r < ratings->raters; r++)
      if (r != rater && row[r] != AK_RATING_MISSING)
        others[count++] = (double)row[r];
    if (count == 0 || row[rater] == AK_RATING_MISSING)
      continue;
    ak_stats_sort(others, count);
    sum += (double)row[rater] - ak_stats_median(others, count);
    out->units++;
  }
  out->deviation = out->units > 0 ? sum / out->units : NAN;
}

static void mark_outlying(AkRater *raters, guint count) {
  g_autofree double *sorted = g_new(double, count + 1);
  gsize kept = 0;
  for (guint r = 0; r < count; r++)
    if (!isnan(raters[r].deviation))
      sorted[kept++] = raters[r].deviation;
  gsize compared = kept;
  ak_stats_sort(sorted, kept);
  double middle = ak_stats_median(sorted, kept), mean = 0;
  for (gsize i = 0; i < kept; i++) {
    sorted[i] = fabs(sorted[i] - middle);
    mean += sorted[i] / (double)kept;
  }
  ak_stats_sort(sorted, kept);
  double median = ak_stats_median(sorted, kept);
  for (guint r = 0; r < count; r++) {
    double off = raters[r].deviation - middle;
    raters[r].robust_z = compared < 3 ? NAN
                         : median > 0 ? 0.6745 * off / median
                         : mean > 0   ? 0.7979 * off / mean
                                      : 0;
    raters[r].outlying = compared >= 5 && fabs(raters[r].robust_z) > 3.5;
  }
}

bool ak_stats_raters(const AkRatings *ratings, AkScale scale, AkRater *out, GError **error) {
  for (guint r = 0; r < ratings->raters; r++) {
    g_auto(Table) table = {0};
    guint comparable = 0;
    if (!table_fill(ratings, r, &table, error))
      return false;
    g_autofree guint *times = times_once(&table, &comparable);
    out[r] = (AkRater){.alpha_without = alpha_of(&table, scale, times)};
    deviation_of(ratings, r, &out[r]);
  }
  mark_outlying(out, ratings->raters);
  return true;
}

AkWeighted ak_stats_weighted(const double *scores, const guint32 *weights, gsize count) {
  AkWeighted out = {0};
  double sum = 0;
  for (gsize i = 0; i < count; i++) {
    out.weight_all += weights[i];
    if (isnan(scores[i]))
      continue;
    out.weight_scored += weights[i];
    sum += scores[i] * weights[i];
  }
  out.score = out.weight_scored > 0 ? sum / (double)out.weight_scored : NAN;
  return out;
}
