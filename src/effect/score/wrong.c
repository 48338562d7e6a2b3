/* Every case that a product got wrong. */
#include "effect/score/parts.h"

static const char *reason_of(const AkEffectCell *cell, const AkEffectOutcome *first, bool attack) {
  if (first->error != AK_EFFECT_FINE)
    return "error";
  if (!attack)
    return "false-alarm";
  return cell->let_through > 0 ? "blocked-yet-happened" : "missed";
}

/* A row of the key that sorts: where the line of a case stands in the log of its repetition. */
typedef struct {
  guint64 place, number;
} Wanted;

G_STATIC_ASSERT(sizeof(Wanted) == 2 * sizeof(guint64));

/* The repetition above where the line stands in its log. */
static guint64 place_of(const AkEffectOutcome *outcome) {
  guint64 mask = (G_GUINT64_CONSTANT(1) << AK_EFFECT_PLACE_BITS) - 1;
  return (guint64)outcome->repetition << AK_EFFECT_PLACE_BITS | (outcome->line_at & mask);
}

/* Lines are asked for as they stand in the log, so that whoever fetches them reads it once. */
static bool fetch_lines(const AkEffectScore *self, guint product, GError **error) {
  Wanted *wanted = (Wanted *)self->rows;
  gsize count = 0;
  if (self->spec->line == NULL)
    return true;
  for (guint32 i = 0; i < self->case_count; i++) {
    const AkEffectCell *cell = ak_effect_score_cell(self, product, i);
    ak_effect_score_breathe_often(self, i);
    if (cell->wrong != NULL && cell->part != AK_EFFECT_NOWHERE)
      wanted[count++] = (Wanted){place_of(&cell->wrong->first), i};
  }
  ak_shelf_sort(self->shelf, self->rows, self->spare, count, 2);
  for (gsize i = 0; i < count; i++) {
    AkEffectWrong *wrong = ak_effect_score_cell(self, product, (guint32)wanted[i].number)->wrong;
    g_autofree char *line = self->spec->line(self->spec->data, &wrong->first);
    g_autofree char *valid = line != NULL ? g_utf8_make_valid(line, -1) : NULL;
    ak_effect_score_breathe_often(self, (guint32)i);
    if (valid != NULL && (wrong->line = ak_shelf_text(self->shelf, valid, error)) == NULL)
      return false;
  }
  return true;
}

static json_t *wrong_row(const AkEffectScore *self, guint product, guint32 number) {
  static const char *const parts[] = {"", "headline", "conformance", "function-check"};
  const AkEffectCell *cell = ak_effect_score_cell(self, product, number);
  const AkEffectCase *one = ak_effect_score_case(self, number);
  const AkEffectOutcome *first = &cell->wrong->first;
  json_t *row =
      json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:s, s:s}", "corpus",
                ak_effect_score_corpus(self, number)->id, "case", one->id, "base", one->base,
                "reason", reason_of(cell, first, one->attack), "part",
                parts[ak_effect_score_part(self, product, number)], "wrong",
                (int)cell->wrongs, "runs", (int)cell->runs, "repetition", (int)first->repetition,
                "happened", ak_effect_facts[first->happened], "blocked",
                ak_effect_facts[first->blocked], "logged", ak_effect_facts[first->logged]);
  if (first->error != AK_EFFECT_FINE)
    json_object_set_new(row, "error", json_string(ak_effect_errors[first->error]));
  if (cell->wrong->line != NULL)
    json_object_set_new(row, "line", json_string(cell->wrong->line));
  return row;
}

static bool list_side(const AkEffectScore *self, guint product, bool attack, AkEffectList *list,
                      GError **error) {
  for (guint32 i = 0; i < self->case_count; i++) {
    const AkEffectCell *cell = ak_effect_score_cell(self, product, i);
    ak_effect_score_breathe_often(self, i);
    if (ak_effect_score_is(self, i, AK_EFFECT_MARK_ATTACK) == attack && cell->wrong != NULL &&
        cell->part != AK_EFFECT_NOWHERE &&
        !ak_effect_list_add(list, wrong_row(self, product, i), error))
      return false;
  }
  return true;
}

bool ak_effect_score_list_wrong(const AkEffectScore *self, guint product, json_t *out,
                                GError **error) {
  bool done = fetch_lines(self, product, error);
  for (guint attack = 2; done && attack-- > 0;) {
    AkEffectList list =
        ak_effect_list_begin(self->spec, product, attack ? "misses" : "false_alarms");
    done = list_side(self, product, attack, &list, error);
    ak_effect_list_end(&list, out);
  }
  return done;
}

/* --- lists
 * ------------------------------------------------------------------------------------------- */

AkEffectList ak_effect_list_begin(const AkEffectScoreSpec *spec, guint product, const char *name) {
  return (AkEffectList){spec, product, name, 0, json_array()};
}

bool ak_effect_list_add(AkEffectList *self, json_t *taken, GError **error) {
  g_autoptr(json_t) row = taken;
  bool keep = true;
  if (self->spec->listed != NULL && !self->spec->listed(self->spec->data, self->product, self->name,
                                                        self->count, row, &keep, error))
    return false;
  self->count++;
  if (keep)
    json_array_append(self->rows, row);
  return true;
}

void ak_effect_list_end(AkEffectList *self, json_t *out) {
  g_autofree char *name = g_strdup_printf("%s_count", self->name);
  json_object_set_new(out, self->name, g_steal_pointer(&self->rows));
  json_object_set_new(out, name, json_integer((json_int_t)self->count));
}
