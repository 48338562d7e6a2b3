/* Two products on the same cases. */
#include <math.h>

#include "effect/score/parts.h"
#include "stats/interval.h"
#include "stats/pairs.h"
#include "util/random.h"

/* One outcome a base: all its variants right, or not. */
typedef struct {
  guint64 both, only_a, only_b, neither, bases;
  AkBootstrapSet set;    /* cases right in a, in b, and all: of all bases but the last */
  AkBootstrapGroup last; /* to which cases still come */
  gint64 sums[AK_STATS_COLUMNS];
  guint32 base;
  bool a_right, b_right; /* so far in this base */
} Pair;

static void pair_clear(Pair *self) {
  ak_stats_set_clear(&self->set);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pair, pair_clear)

static void close_base(Pair *self) {
  if (self->bases == 0)
    return;
  ak_stats_set_add(&self->set, &self->last);
  for (guint i = 0; i < AK_STATS_COLUMNS; i++)
    self->sums[i] += self->last.at[i];
  self->both += self->a_right && self->b_right;
  self->only_a += self->a_right && !self->b_right;
  self->only_b += !self->a_right && self->b_right;
  self->neither += !self->a_right && !self->b_right;
}

static bool is_right(const AkEffectCell *cell, bool attack) {
  return attack ? ak_effect_cell_is_hit(cell)
                : !ak_effect_cell_is_alarm(cell) && !ak_effect_cell_is_error(cell);
}

static void add_case(Pair *self, guint32 base, bool a_right, bool b_right) {
  if (self->bases == 0 || self->base != base) {
    close_base(self);
    self->last = (AkBootstrapGroup){{0}};
    self->bases++;
    self->base = base;
    self->a_right = self->b_right = true;
  }
  self->last.at[0] += a_right;
  self->last.at[1] += b_right;
  self->last.at[2]++;
  self->a_right = self->a_right && a_right;
  self->b_right = self->b_right && b_right;
}

static void fill_pair(const AkEffectScore *self, guint a, guint b, bool attack, Pair *out) {
  ak_stats_set_init(&out->set, ak_effect_pool_seed(&self->spec->bootstrap));
  for (guint32 i = 0; i < self->case_count; i++) {
    guint32 number = self->order[i];
    ak_effect_score_breathe(self, i);
    if (ak_effect_score_is(self, number, AK_EFFECT_MARK_ATTACK) == attack &&
        ak_effect_score_part(self, a, number) == AK_EFFECT_HEADLINE &&
        ak_effect_score_part(self, b, number) == AK_EFFECT_HEADLINE)
      add_case(out, self->bases[number], is_right(ak_effect_score_cell(self, a, number), attack),
               is_right(ak_effect_score_cell(self, b, number), attack));
  }
  close_base(out);
}

/* Where all bases differ alike a bootstrap has no width: then exactly, how many that differ the other way as far as can
 * be may be among all and yet none among these. */
static void widen(AkInterval *found, double value, guint64 bases, double confidence) {
  double others = ak_stats_clopper_pearson(0, bases, confidence).hi;
  *found = (AkInterval){value - others * (1 + value), value + others * (1 - value)};
}

/* As the figure is named: of harmless work the share of false alarms, so turned round. */
static json_t *difference_json(const AkEffectScore *self, Pair *pair, bool attack, guint64 name) {
  AkBootstrap own = self->spec->bootstrap;
  own.seed = ak_random_fork(own.seed, name);
  AkInterval found = ak_stats_set_interval(&pair->set, ak_stats_difference, &own, NULL);
  double value = ak_stats_difference(pair->sums);
  bool has_width = !(found.lo >= found.hi);
  if (!has_width)
    widen(&found, value, pair->bases, own.confidence);
  AkInterval shown = attack ? found : (AkInterval){0 - found.hi, 0 - found.lo};
  return json_pack("{s:o, s:o*, s:o*, s:s}", "value", ak_effect_number(attack ? value : 0 - value), "lo",
                   ak_effect_number(shown.lo), "hi", ak_effect_number(shown.hi), "method",
                   has_width ? "bootstrap-bases" : "clopper-pearson-bases");
}

static void add_row(const AkEffectScore *self, guint a, guint b, bool attack, json_t *rows,
                    GArray *chances) {
  g_auto(Pair) pair = {0};
  fill_pair(self, a, b, attack, &pair);
  if (pair.bases == 0)
    return;
  double p = ak_stats_mcnemar(pair.only_a, pair.only_b);
  guint64 name = (guint64)a << 33 | (guint64)b << 1 | attack;
  json_t *row = json_pack(
      "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:s, s:b}", "a", self->spec->products[a].id,
      "b", self->spec->products[b].id, "figure", attack ? "detection" : "false_positive", "bases",
      (json_int_t)pair.bases, "both_right", (json_int_t)pair.both, "only_a_right",
      (json_int_t)pair.only_a, "only_b_right", (json_int_t)pair.only_b, "neither_right",
      (json_int_t)pair.neither, "difference", difference_json(self, &pair, attack, name), "rule",
      "effect.rule.comparison", "too_few", pair.bases < AK_EFFECT_SCORE_MIN_BASES);
  g_array_append_val(chances, p);
  json_array_append_new(rows, row);
}

/* A difference is shown where the interval leaves out 0 and the corrected chance is small enough.
 */
static void finish_row(json_t *row, double p, double corrected, double confidence) {
  const json_t *difference = json_object_get(row, "difference");
  const json_t *lo = json_object_get(difference, "lo"), *hi = json_object_get(difference, "hi");
  bool apart = lo != NULL && (json_number_value(lo) > 0 || json_number_value(hi) < 0);
  json_object_set_new(row, "p", json_real(p));
  json_object_set_new(row, "p_holm", json_real(corrected));
  json_object_set_new(row, "difference_shown",
                      json_boolean(apart && corrected < 1 - confidence &&
                                   !json_is_true(json_object_get(row, "too_few"))));
}

json_t *ak_effect_score_comparisons(const AkEffectScore *self) {
  const AkEffectScoreProduct *products = self->spec->products;
  json_t *rows = json_array();
  g_autoptr(GArray) chances = g_array_new(FALSE, FALSE, sizeof(double));
  for (guint a = 0; a < self->spec->product_count; a++)
    for (guint b = a + 1; b < self->spec->product_count; b++) {
      if (products[a].control || products[b].control || products[a].kind != products[b].kind ||
          (self->spec->across_groups && products[a].group == products[b].group))
        continue;
      add_row(self, a, b, true, rows, chances);
      add_row(self, a, b, false, rows, chances);
    }
  g_autofree double *corrected = g_new(double, chances->len + 1);
  for (guint i = 0; i < chances->len; i++)
    corrected[i] = g_array_index(chances, double, i);
  ak_stats_holm(corrected, chances->len);
  for (guint i = 0; i < chances->len; i++)
    finish_row(json_array_get(rows, i), g_array_index(chances, double, i), corrected[i],
               self->spec->bootstrap.confidence);
  return rows;
}
