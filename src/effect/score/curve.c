/* The curve of a product that gives scores. */
#include <string.h>

#include "effect/score/parts.h"
#include "stats/classes.h"

#define MAX_POINTS 200 /* of a curve that are handed out */

G_STATIC_ASSERT(sizeof(AkScored) == 2 * sizeof(guint64));

/* A case as two numbers in the same place, of which the first is the key. */
static void to_row(AkScored *one, bool by_group) {
  guint64 who = (guint64)one->group << 1 | one->attack, score = ak_shelf_key(one->score);
  const guint64 row[2] = {by_group ? who : ~score, by_group ? score : who};
  memcpy(one, row, sizeof row);
}

static void from_row(AkScored *one, bool by_group) {
  guint64 row[2];
  memcpy(row, one, sizeof row);
  guint64 who = row[by_group ? 0 : 1], score = by_group ? row[1] : ~row[0];
  *one = (AkScored){ak_shelf_value(score), (guint32)(who >> 1), who & 1};
}

static void sort_scored(gpointer data, AkScored *cases, gsize count, bool by_group) {
  const AkEffectScore *self = data;
  for (gsize i = 0; i < count; i++) {
    to_row(&cases[i], by_group);
    ak_effect_score_breathe(self, (guint32)i);
  }
  ak_shelf_sort(self->shelf, (gpointer)cases, self->spare, count, 2);
  for (gsize i = 0; i < count; i++) {
    from_row(&cases[i], by_group);
    ak_effect_score_breathe(self, (guint32)i);
  }
}

/* On the shelf, until the next figure. */
static AkScoredList scored_cases(const AkEffectScore *self, guint product, guint64 *without) {
  AkScoredList list = {(AkScored *)self->rows, 0, sort_scored, (gpointer)self};
  for (guint32 i = 0; i < self->case_count; i++) {
    const AkEffectCell *cell = ak_effect_score_cell(self, product, i);
    ak_effect_score_breathe(self, i);
    if (ak_effect_score_part(self, product, i) != AK_EFFECT_HEADLINE)
      continue;
    if (cell->score_ppm == AK_EFFECT_NO_SCORE || cell->errors > 0) {
      (*without)++;
      continue;
    }
    list.cases[list.count++] =
        (AkScored){(double)cell->score_ppm / 1e6, self->bases[i],
                   ak_effect_score_is(self, i, AK_EFFECT_MARK_ATTACK)};
  }
  return list;
}

static json_t *points_json(const GArray *roc) {
  json_t *points = json_array();
  for (guint i = 0; i < roc->len; i++) {
    const AkRocPoint *point = &g_array_index(roc, AkRocPoint, i);
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
  AkScoredList list = scored_cases(self, product, &without);
  g_autoptr(GArray) roc = ak_stats_roc(&list, MAX_POINTS);
  if (roc == NULL)
    return NULL;
  double area = ak_stats_auc(&list);
  AkInterval found = ak_stats_auc_interval(&list, self->spec->bootstrap.confidence, &error);
  return json_pack("{s:o, s:o*, s:I, s:I, s:o, s:s}", "area", ak_effect_number(area), "interval",
                   ak_effect_interval(found), "n", (json_int_t)list.count, "without_score",
                   (json_int_t)without, "points", points_json(roc), "rule", "effect.rule.roc");
}
