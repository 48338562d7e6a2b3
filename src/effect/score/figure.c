#include "effect/score/figure.h"

#include <math.h>

#include "util/random.h"

json_t *ak_effect_number(double value) {
  return isfinite(value) ? json_real(round(value * 1e6) / 1e6) : NULL;
}

json_t *ak_effect_interval(AkInterval interval) {
  if (isnan(interval.lo) || isnan(interval.hi))
    return NULL;
  return json_pack("{s:o, s:o}", "lo", ak_effect_number(interval.lo), "hi",
                   ak_effect_number(interval.hi));
}

guint64 ak_effect_pool_seed(const AkBootstrap *spec) {
  return ak_random_fork(spec->seed, 0x706f6f6c);
}

void ak_effect_share_init(AkEffectShare *self, const AkBootstrap *spec) {
  *self = (AkEffectShare){0};
  ak_stats_set_init(&self->set, ak_effect_pool_seed(spec));
}

void ak_effect_share_clear(AkEffectShare *self) {
  ak_stats_set_clear(&self->set);
}

static void close_base(AkEffectShare *self) {
  if (self->bases > self->set.count)
    ak_stats_set_add(&self->set, &self->last);
}

void ak_effect_share_add(AkEffectShare *self, guint32 base, bool counts) {
  if (self->bases == 0 || self->last_base != base) {
    close_base(self);
    self->last = (AkBootstrapGroup){{0}};
    self->last_base = base;
    self->bases++;
  }
  self->k += counts;
  self->n++;
  self->last.at[0] += counts;
  self->last.at[1]++;
}

typedef struct {
  AkInterval interval;
  const char *method;
} Found;

static Found find_interval(AkEffectShare *self, const AkBootstrap *spec, guint64 name) {
  guint64 bases = self->bases;
  if (bases == self->n)
    return (Found){ak_stats_clopper_pearson(self->k, self->n, spec->confidence), "clopper-pearson"};
  if (self->k == 0 || self->k == self->n)
    return (Found){ak_stats_clopper_pearson(self->k == 0 ? 0 : bases, bases, spec->confidence),
                   "clopper-pearson-bases"};
  AkBootstrap own = *spec;
  own.seed = ak_random_fork(spec->seed, name);
  close_base(self);
  return (Found){ak_stats_set_interval(&self->set, ak_stats_ratio, &own, NULL), "bootstrap-bases"};
}

json_t *ak_effect_share_figure(AkEffectShare *self, const char *rule, bool needs_bases,
                               const AkBootstrap *spec, guint64 name) {
  guint64 bases = self->bases;
  bool too_few = bases < AK_EFFECT_SCORE_MIN_BASES;
  json_t *figure =
      json_pack("{s:I, s:I, s:I, s:b, s:s}", "k", (json_int_t)self->k, "n", (json_int_t)self->n,
                "bases", (json_int_t)bases, "too_few", too_few, "rule", rule);
  if (self->n == 0 || (too_few && needs_bases))
    return figure;
  Found found = find_interval(self, spec, name);
  json_object_set_new(figure, "rate", ak_effect_number((double)self->k / (double)self->n));
  json_object_set_new(figure, "lo", ak_effect_number(found.interval.lo));
  json_object_set_new(figure, "hi", ak_effect_number(found.interval.hi));
  json_object_set_new(figure, "method", json_string(found.method));
  if (bases == self->n)
    json_object_set_new(figure, "wilson",
                        ak_effect_interval(ak_stats_wilson(self->k, self->n, spec->confidence)));
  return figure;
}
