/* What a product costs in speed: the same harmless cases with it and without. */
#include <math.h>

#include "effect/score/parts.h"
#include "stats/quantile.h"
#include "util/random.h"

/* Harmless cases that both let through without an error, a group a base: sums of mean round trips
 * with and without the product, and how many. */
typedef struct {
  AkBootstrapSet set;    /* of all bases but the last */
  AkBootstrapGroup last; /* to which cases still come */
  gint64 sums[AK_STATS_COLUMNS];
  guint64 bases;
  guint32 base;
} Pairs;

static void pairs_clear(Pairs *self) {
  ak_stats_set_clear(&self->set);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pairs, pairs_clear)

static void close_base(Pairs *self) {
  if (self->bases > 0)
    ak_stats_set_add(&self->set, &self->last);
}

static void add_pair(Pairs *self, guint32 base, const gint64 added[static 3]) {
  if (self->bases == 0 || self->base != base) {
    close_base(self);
    self->last = (AkBootstrapGroup){{0}};
    self->base = base;
    self->bases++;
  }
  for (guint i = 0; i < 3; i++) {
    self->last.at[i] += added[i];
    self->sums[i] += added[i];
  }
}

/* Mean round trips of a case with and without the product, and 1; false where it is no pair. */
static bool pair_of(const AkEffectScore *self, guint product, guint32 number,
                    gint64 out[static 3]) {
  const AkEffectCell *with = ak_effect_score_cell(self, product, number);
  const AkEffectCell *without = ak_effect_score_cell(self, self->spec->product_count, number);
  if (ak_effect_score_is(self, number, AK_EFFECT_MARK_ATTACK | AK_EFFECT_MARK_EXCLUDED) ||
      with->runs == 0 || without->runs == 0 || with->errors + without->errors + with->hits > 0)
    return false;
  out[0] = with->took_ns / with->runs;
  out[1] = without->took_ns / without->runs;
  out[2] = 1;
  return true;
}

static void fill_pairs(const AkEffectScore *self, guint product, Pairs *out) {
  gint64 added[3];
  ak_stats_set_init(&out->set, ak_effect_pool_seed(&self->spec->bootstrap));
  for (guint32 i = 0; i < self->case_count; i++) {
    ak_effect_score_breathe(self, i);
    if (pair_of(self, product, self->order[i], added))
      add_pair(out, self->bases[self->order[i]], added);
  }
  close_base(out);
}

/* `side`: 0 with the product, 1 without. */
static json_t *spread_json(const AkEffectScore *self, guint product, guint side) {
  gint64 added[3];
  guint64 count = 0;
  for (guint32 i = 0; i < self->case_count; i++) {
    ak_effect_score_breathe(self, i);
    if (pair_of(self, product, i, added))
      self->rows[count++] = ak_shelf_key((double)added[side] / 1000);
  }
  const double *values = ak_effect_score_sorted(self, count);
  return json_pack("{s:o, s:o}", "median", ak_effect_number(ak_stats_median(values, count)), "p95",
                   ak_effect_number(ak_stats_quantile(values, count, 0.95)));
}

static double added_us(const gint64 sums[static AK_STATS_COLUMNS]) {
  return sums[2] != 0 ? (double)(sums[0] - sums[1]) / 1000 / (double)sums[2] : NAN;
}

/* Of cases a second on one connection: turned round, as it falls where round trips grow. */
static double kept_share(const gint64 sums[static AK_STATS_COLUMNS]) {
  return sums[0] != 0 ? (double)sums[1] / (double)sums[0] : NAN;
}

static json_t *figure_json(Pairs *pairs, AkBootstrapFigure *figure, const AkBootstrap *spec) {
  AkInterval found = {NAN, NAN};
  if (pairs->bases >= AK_EFFECT_SCORE_MIN_BASES)
    found = ak_stats_set_interval(&pairs->set, figure, spec, NULL);
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
  if (pairs.bases == 0)
    return NULL;
  AkBootstrap own = self->spec->bootstrap;
  own.seed = ak_random_fork(own.seed, (guint64)product << 32 | 0x6f68);
  return json_pack("{s:I, s:I, s:b, s:s, s:{s:o, s:o, s:o}, s:{s:o*, s:o*, s:o}}", "pairs",
                   (json_int_t)pairs.sums[2], "bases", (json_int_t)pairs.bases, "too_few",
                   pairs.bases < AK_EFFECT_SCORE_MIN_BASES, "rule", "effect.rule.overhead",
                   "latency_us", "with", spread_json(self, product, 0), "without",
                   spread_json(self, product, 1), "added", figure_json(&pairs, added_us, &own),
                   "throughput", "with_a_second", rate_of(self->spans[product]), "without_a_second",
                   rate_of(self->spans[self->spec->product_count]), "kept",
                   figure_json(&pairs, kept_share, &own));
}
