/* The result of one product. */
#include <math.h>
#include <string.h>

#include "effect/score/parts.h"
#include "stats/classes.h"
#include "stats/quantile.h"

const char *const ak_effect_share_rules[] = {
    "effect.rule.detected",          "effect.rule.detected-clean",
    "effect.rule.alarmed",           "effect.rule.alarmed-clean",
    "effect.rule.stopped",           "effect.rule.detected-undisputed",
    "effect.rule.alarmed-undisputed"};

/* --- shares
 * -------------------------------------------------------------------------------------------- */

static bool is_of_attacks(AkEffectShareKind kind) {
  return kind != AK_EFFECT_SHARE_ALARMED && kind != AK_EFFECT_SHARE_ALARMED_CLEAN &&
         kind != AK_EFFECT_SHARE_ALARMED_UNDISPUTED;
}

static bool is_asked(const AkEffectCell *cell, AkEffectShareKind kind) {
  if (kind == AK_EFFECT_SHARE_STOPPED)
    return cell->happened[AK_EFFECT_UNKNOWN] == 0;
  bool is_clean = kind == AK_EFFECT_SHARE_DETECTED_CLEAN || kind == AK_EFFECT_SHARE_ALARMED_CLEAN;
  return !is_clean || !ak_effect_cell_is_error(cell);
}

static bool is_left_out(const AkEffectScore *self, guint32 number, AkEffectShareKind kind) {
  return ak_effect_score_is(self, number, AK_EFFECT_MARK_DISPUTED) &&
         (kind == AK_EFFECT_SHARE_DETECTED_UNDISPUTED ||
          kind == AK_EFFECT_SHARE_ALARMED_UNDISPUTED);
}

static bool is_counted(const AkEffectCell *cell, AkEffectShareKind kind) {
  if (kind == AK_EFFECT_SHARE_STOPPED)
    return cell->happened[AK_EFFECT_YES] == 0;
  return is_of_attacks(kind) ? ak_effect_cell_is_hit(cell)
                             : ak_effect_cell_is_alarm(cell) || ak_effect_cell_is_error(cell);
}

void ak_effect_share_fill(const AkEffectScore *self, guint product, AkEffectShareKind kind,
                          const guint32 *numbers, guint32 count, AkEffectShare *out) {
  for (guint32 i = 0; i < count; i++) {
    const AkEffectCell *cell = ak_effect_score_cell(self, product, numbers[i]);
    ak_effect_score_breathe(self, i);
    if (ak_effect_score_is(self, numbers[i], AK_EFFECT_MARK_ATTACK) == is_of_attacks(kind) &&
        ak_effect_score_part(self, product, numbers[i]) == AK_EFFECT_HEADLINE &&
        is_asked(cell, kind) && !is_left_out(self, numbers[i], kind))
      ak_effect_share_add(out, self->bases[numbers[i]], is_counted(cell, kind));
  }
}

/* Figures of one side are drawn alike: where they are out of the same cases they have the same interval. */
static json_t *figure_of(const AkEffectScore *self, guint product, AkEffectShareKind kind,
                         AkEffectShare *share) {
  ak_effect_share_init(share, &self->spec->bootstrap);
  ak_effect_share_fill(self, product, kind, self->order, self->case_count, share);
  return ak_effect_share_figure(share, ak_effect_share_rules[kind], false, &self->spec->bootstrap,
                                (guint64)product * 2 + is_of_attacks(kind));
}

/* --- counts
 * -------------------------------------------------------------------------------------------- */

/* Repetitions of the headline's cases, by error and by fact. */
typedef struct {
  guint64 errors[AK_EFFECT_HARNESS + 1]; /* cases, by their first error */
  guint64 facts[3][3]; /* happened, blocked, logged × AkEffectFact: repetitions */
  guint64 let_through, failed_open, errors_on_attacks;
  guint64 unsteady, not_tried, harness, attacks, harmless, broken_work;
} Counts;

static void count_attack(Counts *out, const AkEffectCell *cell) {
  out->attacks++;
  out->let_through += cell->let_through > 0;
  out->failed_open += cell->failed_open > 0;
  out->errors_on_attacks += cell->errors > 0;
  for (guint fact = 0; fact < 3; fact++) {
    out->facts[0][fact] += cell->happened[fact];
    out->facts[1][fact] += cell->blocked[fact];
    out->facts[2][fact] += cell->logged[fact];
  }
}

static void count_cases(const AkEffectScore *self, guint product, Counts *out) {
  for (guint32 i = 0; i < self->case_count; i++) {
    const AkEffectCell *cell = ak_effect_score_cell(self, product, i);
    bool attack = ak_effect_score_is(self, i, AK_EFFECT_MARK_ATTACK);
    bool is_meant = ak_effect_score_corpus(self, i)->kind == self->spec->products[product].kind &&
                    !ak_effect_score_is(self, i, AK_EFFECT_MARK_EXCLUDED);
    ak_effect_score_breathe(self, i);
    out->not_tried += is_meant && cell->runs == 0 && cell->harness == 0;
    out->harness += is_meant && cell->harness > 0;
    if (ak_effect_score_part(self, product, i) != AK_EFFECT_HEADLINE)
      continue;
    out->unsteady += cell->hits > 0 && cell->hits < cell->runs;
    out->errors[cell->error] += cell->errors > 0;
    if (attack)
      count_attack(out, cell);
    out->harmless += !attack;
    out->broken_work +=
        !attack && cell->happened[AK_EFFECT_NO] > 0 && cell->hits == 0 && cell->errors == 0;
  }
}

static json_t *errors_json(const Counts *counts) {
  guint64 all = 0;
  json_t *kinds = json_object();
  for (guint i = AK_EFFECT_DIED; i < AK_EFFECT_HARNESS; i++) {
    all += counts->errors[i];
    if (counts->errors[i] > 0)
      json_object_set_new(kinds, ak_effect_errors[i], json_integer((json_int_t)counts->errors[i]));
  }
  return json_pack("{s:I, s:o, s:{s:I, s:I, s:s}}", "cases", (json_int_t)all, "kinds", kinds,
                   "failed_open", "k", (json_int_t)counts->failed_open, "n",
                   (json_int_t)counts->errors_on_attacks, "rule", "effect.rule.failed-open");
}

static json_t *facts_json(const Counts *counts) {
  static const char *const names[] = {"happened", "blocked", "logged"};
  json_t *facts = json_object();
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    json_t *row = json_object();
    for (guint fact = 0; fact < 3; fact++)
      json_object_set_new(row, ak_effect_facts[fact],
                          json_integer((json_int_t)counts->facts[i][fact]));
    json_object_set_new(facts, names[i], row);
  }
  json_object_set_new(facts, "blocked_yet_happened", json_integer((json_int_t)counts->let_through));
  json_object_set_new(facts, "rule", json_string("effect.rule.facts"));
  return facts;
}

/* --- what follows from the two rates
 * ------------------------------------------------------------------- */

static void set_number(json_t *object, const char *key, double value) {
  json_t *number = ak_effect_number(value);
  if (number != NULL)
    json_object_set_new(object, key, number);
}

static json_t *classes_json(const AkEffectShare *detected, const AkEffectShare *alarmed) {
  AkConfusion matrix = {.hit = detected->k,
                        .miss = detected->n - detected->k,
                        .false_alarm = alarmed->k,
                        .quiet = alarmed->n - alarmed->k};
  json_t *classes =
      json_pack("{s:{s:I, s:I, s:I, s:I}, s:[I, I], s:s}", "matrix", "hit", (json_int_t)matrix.hit,
                "miss", (json_int_t)matrix.miss, "false_alarm", (json_int_t)matrix.false_alarm,
                "quiet", (json_int_t)matrix.quiet, "attacks_to_harmless", (json_int_t)detected->n,
                (json_int_t)alarmed->n, "rule", "effect.rule.classes");
  set_number(classes, "precision", ak_stats_precision(&matrix));
  set_number(classes, "f1", ak_stats_f1(&matrix));
  set_number(classes, "mcc", ak_stats_mcc(&matrix));
  return classes;
}

/* Of clean answers: an error is no alarm that somebody has to look at. */
static json_t *alarms_json(const AkEffectScore *self, const json_t *rate) {
  json_t *alarms = json_pack("{s:s}", "rule", "effect.rule.alarms");
  static const char *const ends[] = {"rate", "lo", "hi"};
  static const char *const per[] = {"per_10000", "per_10000_lo", "per_10000_hi"};
  static const char *const day[] = {"a_day", "a_day_lo", "a_day_hi"};
  guint64 traffic = self->spec->traffic_a_day;
  if (traffic > 0)
    json_object_set_new(alarms, "traffic_a_day", json_integer((json_int_t)traffic));
  for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
    const json_t *value = json_object_get(rate, ends[i]);
    if (value == NULL)
      continue;
    set_number(alarms, per[i], json_number_value(value) * 1e4);
    if (traffic > 0)
      set_number(alarms, day[i], json_number_value(value) * (double)traffic);
  }
  return alarms;
}

/* Of attacks that were detected each time and whose alert has a time. */
static json_t *time_json(const AkEffectScore *self, guint product) {
  guint64 detected = 0, timed = 0;
  for (guint32 i = 0; i < self->case_count; i++) {
    const AkEffectCell *cell = ak_effect_score_cell(self, product, i);
    ak_effect_score_breathe(self, i);
    if (!ak_effect_score_is(self, i, AK_EFFECT_MARK_ATTACK) || !ak_effect_cell_is_hit(cell) ||
        ak_effect_score_part(self, product, i) != AK_EFFECT_HEADLINE)
      continue;
    detected++;
    if (cell->alerted_ns >= 0)
      self->rows[timed++] = ak_shelf_key((double)cell->alerted_ns / 1000);
  }
  const double *values = ak_effect_score_sorted(self, timed);
  json_t *out = json_pack("{s:I, s:I, s:s}", "n", (json_int_t)timed, "without_time",
                          (json_int_t)(detected - timed), "rule", "effect.rule.time");
  set_number(out, "median_us", ak_stats_median(values, timed));
  set_number(out, "p95_us", ak_stats_quantile(values, timed, 0.95));
  return out;
}

/* --- what is no headline
 * ------------------------------------------------------------------------------- */

typedef struct {
  guint64 attacks, detected, harmless, alarmed, errors;
} Apart;

static json_t *apart_json(const AkEffectScore *self, guint product, AkEffectPart part) {
  json_t *rows = json_array();
  for (guint c = 0; c < self->spec->corpora->len; c++) {
    Apart sum = {0};
    for (guint32 i = self->starts[c]; i < self->starts[c + 1]; i++) {
      const AkEffectCell *cell = ak_effect_score_cell(self, product, i);
      ak_effect_score_breathe(self, i);
      if (ak_effect_score_part(self, product, i) != part)
        continue;
      bool attack = ak_effect_score_is(self, i, AK_EFFECT_MARK_ATTACK);
      sum.attacks += attack;
      sum.harmless += !attack;
      sum.detected += attack && ak_effect_cell_is_hit(cell);
      sum.alarmed += !attack && ak_effect_cell_is_alarm(cell);
      sum.errors += ak_effect_cell_is_error(cell);
    }
    if (sum.attacks + sum.harmless > 0)
      json_array_append_new(
          rows, json_pack("{s:s, s:{s:I, s:I}, s:{s:I, s:I}, s:I, s:s}", "corpus",
                          ((const AkEffectCorpus *)self->spec->corpora->pdata[c])->id, "detected",
                          "k", (json_int_t)sum.detected, "n", (json_int_t)sum.attacks, "alarmed",
                          "k", (json_int_t)sum.alarmed, "n", (json_int_t)sum.harmless, "errors",
                          (json_int_t)sum.errors, "rule",
                          part == AK_EFFECT_CONFORMANCE ? "effect.rule.conformance"
                                                        : "effect.rule.function-check"));
  }
  return rows;
}

/* --- all of it
 * ------------------------------------------------------------------------------------------ */

static void set_if(json_t *object, const char *key, json_t *value) {
  if (value != NULL)
    json_object_set_new(object, key, value);
}

static void set_figures(const AkEffectScore *self, guint product, json_t *row) {
  g_auto(AkEffectShare) detected = {0}, detected_clean = {0}, alarmed = {0}, alarmed_clean = {0},
                        stopped = {0};
  json_object_set_new(row, "detection",
                      figure_of(self, product, AK_EFFECT_SHARE_DETECTED, &detected));
  json_object_set_new(row, "false_positive",
                      figure_of(self, product, AK_EFFECT_SHARE_ALARMED, &alarmed));
  json_object_set_new(row, "detection_without_errors",
                      figure_of(self, product, AK_EFFECT_SHARE_DETECTED_CLEAN, &detected_clean));
  json_t *clean = figure_of(self, product, AK_EFFECT_SHARE_ALARMED_CLEAN, &alarmed_clean);
  json_object_set_new(row, "false_positive_without_errors", clean);
  json_object_set_new(row, "stopped", figure_of(self, product, AK_EFFECT_SHARE_STOPPED, &stopped));
  json_object_set_new(row, "classes", classes_json(&detected, &alarmed));
  json_object_set_new(row, "alarms", alarms_json(self, clean));
}

/* The headline again without the cases that are disputed. */
static json_t *undisputed_json(const AkEffectScore *self, guint product) {
  g_auto(AkEffectShare) detected = {0}, alarmed = {0};
  json_t *out = json_pack("{s:i}", "disputed", (int)self->dispute_count);
  json_object_set_new(out, "detection",
                      figure_of(self, product, AK_EFFECT_SHARE_DETECTED_UNDISPUTED, &detected));
  json_object_set_new(out, "false_positive",
                      figure_of(self, product, AK_EFFECT_SHARE_ALARMED_UNDISPUTED, &alarmed));
  return out;
}

json_t *ak_effect_score_product(const AkEffectScore *self, guint product, GError **error) {
  const AkEffectScoreProduct *one = &self->spec->products[product];
  Counts counts = {0};
  count_cases(self, product, &counts);
  g_autoptr(json_t) row = json_pack("{s:s, s:s, s:s, s:b}", "id", one->id, "kind", ak_effect_kinds[one->kind],
                          "detected_by", ak_effect_duties[one->duty], "control", one->control);
  set_figures(self, product, row);
  if (self->dispute_count > 0)
    json_object_set_new(row, "undisputed", undisputed_json(self, product));
  json_object_set_new(row, "errors", errors_json(&counts));
  json_object_set_new(row, "facts", facts_json(&counts));
  json_object_set_new(row, "unsteady", json_integer((json_int_t)counts.unsteady));
  json_object_set_new(row, "not_tried", json_integer((json_int_t)counts.not_tried));
  json_object_set_new(row, "range_failed", json_integer((json_int_t)counts.harness));
  json_object_set_new(row, "broken_work", json_integer((json_int_t)counts.broken_work));
  json_object_set_new(row, "time_to_detect", time_json(self, product));
  set_if(row, "roc", ak_effect_score_roc(self, product));
  set_if(row, "overhead", ak_effect_score_overhead(self, product));
  json_object_set_new(row, "categories", ak_effect_score_categories(self, product));
  json_object_set_new(row, "conformance", apart_json(self, product, AK_EFFECT_CONFORMANCE));
  json_object_set_new(row, "function_check", apart_json(self, product, AK_EFFECT_FUNCTION_CHECK));
  return ak_effect_score_list_wrong(self, product, row, error) ? g_steal_pointer(&row) : NULL;
}
