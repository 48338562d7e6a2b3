/* What a product costs in speed: the same harmless cases with it and without. */
#include <math.h>

#include "effect/score/parts.h"
#include "stats/quantile.h"
#include "util/random.h"

/* Harmless cases that both let through without an error, a group a base: sums of mean round trips
 * with and without the product, and how many. */
typedef struct {
  GArray *groups;         /* of AkBootstrapGroup */
  GArray *with, *without; /* of double, microseconds */
  gint64 sums[AK_STATS_COLUMNS];
  guint32 base;
} Pairs;

static void pairs_clear(Pairs *self) {
  g_clear_pointer(&self->groups, g_array_unref);
  g_clear_pointer(&self->with, g_array_unref);
  g_clear_pointer(&self->without, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pairs, pairs_clear)

static void add_pair(Pairs *self, guint32 base, gint64 with_ns, gint64 without_ns) {
  double with = (double)with_ns / 1000, without = (double)without_ns / 1000;
  if (self->groups->len == 0 || self->base != base)
    g_array_set_size(self->groups, self->groups->len + 1);
  AkBootstrapGroup *group = &g_array_index(self->groups, AkBootstrapGroup, self->groups->len - 1);
  const gint64 added[] = {with_ns, without_ns, 1};
  self->base = base;
  for (guint i = 0; i < G_N_ELEMENTS(added); i++) {
    group->at[i] += added[i];
    self->sums[i] += added[i];
  }
  g_array_append_val(self->with, with);
  g_array_append_val(self->without, without);
}

static void fill_pairs(const AkEffectScore *self, guint product, Pairs *out) {
  out->groups = g_array_new(FALSE, TRUE, sizeof(AkBootstrapGroup));
  out->with = g_array_new(FALSE, FALSE, sizeof(double));
  out->without = g_array_new(FALSE, FALSE, sizeof(double));
  for (guint32 i = 0; i < self->case_count; i++) {
    guint32 number = self->order[i];
    const AkEffectCell *with = ak_effect_score_cell(self, product, number);
    const AkEffectCell *without = ak_effect_score_cell(self, self->spec->product_count, number);
    if (ak_effect_score_case(self, number)->attack || with->runs == 0 || without->runs == 0 ||
        with->errors + without->errors + with->hits > 0 ||
        ak_effect_score_excluded(self, number) != NULL)
      continue;
    add_pair(out, self->bases[number], with->took_ns / with->runs,
             without->took_ns / without->runs);
  }
}

static json_t *spread_json(GArray *values) {
  double *list = &g_array_index(values, double, 0);
  ak_stats_sort(list, values->len);
  return json_pack("{s:o, s:o}", "median", ak_effect_number(ak_stats_median(list, values->len)),
                   "p95", ak_effect_number(ak_stats_quantile(list, values->len, 0.95)));
}

static double added_us(const gint64 sums[static AK_STATS_COLUMNS]) {
  return sums[2] != 0 ? (double)(sums[0] - sums[1]) / 1000 / (double)sums[2] : NAN;
}

/* Of cases a second on one connection: turned round, as it falls where round trips grow. */
static double kept_share(const gint64 sums[static AK_STATS_COLUMNS]) {
  return sums[0] != 0 ? (double)sums[1] / (double)sums[0] : NAN;
}

static json_t *figure_json(const Pairs *pairs, AkBootstrapFigure *figure, const AkBootstrap *spec) {
  AkInterval found = {NAN, NAN};
  if (pairs->groups->len >= AK_EFFECT_SCORE_MIN_BASES)
    found = ak_stats_bootstrap(&g_array_index(pairs->groups, AkBootstrapGroup, 0),
                               pairs->groups->len, figure, spec, NULL);
  return json_pack("{s:o*, s:o*, s:o*}", "value", ak_effect_number(figure(pairs->sums)), "lo",
                   ak_effect_number(found.lo), "hi", ak_effect_number(found.hi));
}

/* Cases a second, all connections together: of all repetitions. */
static json_t *rate_of(const GArray *spans) {
  double cases = 0, seconds = 0;
  for (guint i = 0; i < spans->len; i++) {
    const AkEffectSpan *span = &g_array_index(spans, AkEffectSpan, i);
    cases += (double)span->cases;
    seconds += (double)(span->last_ns - span->first_ns) / 1e9;
  }
  return seconds > 0 ? ak_effect_number(cases / seconds) : NULL;
}

json_t *ak_effect_score_overhead(const AkEffectScore *self, guint product) {
  g_auto(Pairs) pairs = {0};
  fill_pairs(self, product, &pairs);
  if (pairs.groups->len == 0)
    return NULL;
  AkBootstrap own = self->spec->bootstrap;
  own.seed = ak_random_fork(own.seed, (guint64)product << 32 | 0x6f68);
  return json_pack("{s:i, s:i, s:b, s:s, s:{s:o, s:o, s:o}, s:{s:o*, s:o*, s:o}}", "pairs",
                   (int)pairs.with->len, "bases", (int)pairs.groups->len, "too_few",
                   pairs.groups->len < AK_EFFECT_SCORE_MIN_BASES, "rule", "effect.rule.overhead",
                   "latency_us", "with", spread_json(pairs.with), "without",
                   spread_json(pairs.without), "added", figure_json(&pairs, added_us, &own),
                   "throughput", "with_a_second", rate_of(self->spans[product]), "without_a_second",
                   rate_of(self->spans[self->spec->product_count]), "kept",
                   figure_json(&pairs, kept_share, &own));
}
