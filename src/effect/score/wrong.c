/* Every case that a product got wrong, and its curve where it gives scores. */
#include <stdlib.h>
#include <string.h>

#include "effect/score/parts.h"
#include "stats/classes.h"

#define MAX_POINTS 200 /* of a curve that are handed out */

/* --- cases
 * --------------------------------------------------------------------------------------------- */

static const char *reason_of(const AkEffectCell *cell, const AkEffectOutcome *first, bool attack) {
  if (first->error != AK_EFFECT_FINE)
    return "error";
  if (!attack)
    return "false-alarm";
  return cell->let_through > 0 ? "blocked-yet-happened" : "missed";
}

/* A wrong case, with the product's own line. */
typedef struct {
  guint32 number;
  const AkEffectOutcome *first;
  char *line; /* or NULL */
} Wrong;

static void wrong_clear(gpointer data) {
  g_free(((Wrong *)data)->line);
}

static int compare_places(gconstpointer a, gconstpointer b) {
  const AkEffectOutcome *left = (*(Wrong *const *)a)->first, *right = (*(Wrong *const *)b)->first;
  if (left->repetition != right->repetition)
    return left->repetition < right->repetition ? -1 : 1;
  return (left->line_at > right->line_at) - (left->line_at < right->line_at);
}

/* In the order in which the lines stand in the log, so that whoever fetches them reads it once. */
static void fetch_lines(const AkEffectScoreSpec *spec, GArray *wrongs) {
  g_autofree Wrong **order = g_new(Wrong *, wrongs->len + 1);
  for (guint i = 0; i < wrongs->len; i++)
    order[i] = &g_array_index(wrongs, Wrong, i);
  if (wrongs->len > 1)
    qsort(order, wrongs->len, sizeof *order, compare_places);
  for (guint i = 0; spec->line != NULL && i < wrongs->len; i++)
    order[i]->line = spec->line(spec->line_data, order[i]->first);
}

/* Of Wrong, by number. */
static GArray *find_wrongs(const AkEffectScore *self, guint product, bool attack) {
  GArray *wrongs = g_array_new(FALSE, TRUE, sizeof(Wrong));
  g_array_set_clear_func(wrongs, wrong_clear);
  for (guint32 i = 0; i < self->case_count; i++) {
    const AkEffectCell *cell = ak_effect_score_cell(self, product, i);
    if (ak_effect_score_case(self, i)->attack != attack || cell->wrongs == 0 ||
        ak_effect_score_part(self, product, i) == AK_EFFECT_NOWHERE)
      continue;
    Wrong wrong = {i, &g_array_index(self->wrongs[product], AkEffectOutcome, cell->wrong - 1),
                   NULL};
    g_array_append_val(wrongs, wrong);
  }
  return wrongs;
}

static json_t *wrong_row(const AkEffectScore *self, guint product, const Wrong *wrong) {
  static const char *const parts[] = {"headline", "conformance", "function-check"};
  const AkEffectCell *cell = ak_effect_score_cell(self, product, wrong->number);
  const AkEffectCase *one = ak_effect_score_case(self, wrong->number);
  const AkEffectOutcome *first = wrong->first;
  json_t *row =
      json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:s, s:s}", "corpus",
                ak_effect_score_corpus(self, wrong->number)->id, "case", one->id, "base", one->base,
                "reason", reason_of(cell, first, one->attack), "part",
                parts[ak_effect_score_part(self, product, wrong->number)], "wrong",
                (int)cell->wrongs, "runs", (int)cell->runs, "repetition", (int)first->repetition,
                "happened", ak_effect_facts[first->happened], "blocked",
                ak_effect_facts[first->blocked], "logged", ak_effect_facts[first->logged]);
  if (first->error != AK_EFFECT_FINE)
    json_object_set_new(row, "error", json_string(ak_effect_errors[first->error]));
  g_autofree char *valid = wrong->line != NULL ? g_utf8_make_valid(wrong->line, -1) : NULL;
  if (valid != NULL)
    json_object_set_new(row, "line", json_string(valid));
  return row;
}

json_t *ak_effect_score_wrong(const AkEffectScore *self, guint product, bool attack) {
  json_t *rows = json_array();
  g_autoptr(GArray) wrongs = find_wrongs(self, product, attack);
  fetch_lines(self->spec, wrongs);
  for (guint i = 0; i < wrongs->len; i++)
    json_array_append_new(rows, wrong_row(self, product, &g_array_index(wrongs, Wrong, i)));
  return rows;
}

/* --- the curve
 * ------------------------------------------------------------------------------------------ */

static GArray *scored_cases(const AkEffectScore *self, guint product, guint64 *without) {
  GArray *cases = g_array_new(FALSE, FALSE, sizeof(AkScored));
  for (guint32 i = 0; i < self->case_count; i++) {
    const AkEffectCell *cell = ak_effect_score_cell(self, product, i);
    if (ak_effect_score_part(self, product, i) != AK_EFFECT_HEADLINE)
      continue;
    if (cell->score_ppm == AK_EFFECT_NO_SCORE || cell->errors > 0) {
      (*without)++;
      continue;
    }
    AkScored one = {(double)cell->score_ppm / 1e6, self->bases[i],
                    ak_effect_score_case(self, i)->attack};
    g_array_append_val(cases, one);
  }
  return cases;
}

static json_t *points_json(const GArray *roc) {
  json_t *points = json_array();
  guint step = MAX(1, (roc->len + MAX_POINTS - 1) / MAX_POINTS);
  for (guint i = 0; i < roc->len; i++) {
    const AkRocPoint *point = &g_array_index(roc, AkRocPoint, i);
    if (i % step != 0 && i + 1 != roc->len)
      continue;
    json_t *row = json_pack("{s:o, s:o}", "hit", ak_effect_number(point->hit), "false_alarm",
                            ak_effect_number(point->false_alarm));
    json_t *threshold = ak_effect_number(point->threshold); /* the first has none */
    if (threshold != NULL)
      json_object_set_new(row, "threshold", threshold);
    json_array_append_new(points, row);
  }
  return points;
}

json_t *ak_effect_score_roc(const AkEffectScore *self, guint product) {
  guint64 without = 0;
  double error = 0;
  g_autoptr(GArray) cases = scored_cases(self, product, &without);
  AkScored *list = cases->len > 0 ? &g_array_index(cases, AkScored, 0) : NULL;
  g_autoptr(GArray) roc = ak_stats_roc(list, cases->len);
  if (roc == NULL)
    return NULL;
  AkInterval found =
      ak_stats_auc_interval(list, cases->len, self->spec->bootstrap.confidence, &error);
  return json_pack("{s:o, s:o*, s:i, s:I, s:o, s:s}", "area", ak_effect_number(ak_stats_auc(roc)),
                   "interval", ak_effect_interval(found), "n", (int)cases->len, "without_score",
                   (json_int_t)without, "points", points_json(roc), "rule", "effect.rule.roc");
}
