#include "effect/score/tally.h"

#include <stdlib.h>
#include <string.h>

/* --- cases and their bases
 * --------------------------------------------------------------------------- */

#define BREATH 4096 /* cases */
#define SHORT_BREATH 64 /* cases, each of which may bring a dozen and more pages into the process */

static void breathe(const AkEffectScore *self) {
  ak_shelf_breathe(self->shelf);
  for (guint c = 0; c < self->spec->corpora->len; c++)
    ak_effect_corpus_breathe(self->spec->corpora->pdata[c]);
}

void ak_effect_score_breathe(const AkEffectScore *self, guint32 count) {
  if (count % BREATH == BREATH - 1)
    breathe(self);
}

void ak_effect_score_breathe_often(const AkEffectScore *self, guint32 count) {
  if (count % SHORT_BREATH == SHORT_BREATH - 1)
    breathe(self);
}

/* Of the corpora the last that begins at or before it; one without cases has none. */
guint ak_effect_score_corpus_number(const AkEffectScore *self, guint32 number) {
  guint low = 0, high = self->spec->corpora->len;
  while (high - low > 1) {
    guint middle = low + (high - low) / 2;
    *(self->starts[middle] <= number ? &low : &high) = middle;
  }
  return low;
}

static int compare_bases(gconstpointer a, gconstpointer b, gpointer data) {
  const AkEffectScore *self = data;
  const guint32 *left = a, *right = b;
  guint left_corpus = ak_effect_score_corpus_number(self, *left),
        right_corpus = ak_effect_score_corpus_number(self, *right);
  if (left_corpus != right_corpus)
    return left_corpus < right_corpus ? -1 : 1;
  int by_base =
      strcmp(ak_effect_score_case(self, *left)->base, ak_effect_score_case(self, *right)->base);
  return by_base != 0 ? by_base : (*left > *right) - (*left < *right);
}

/* Most ids begin with their base, and cases stand by id: then nothing has to be sorted. */
static bool is_sorted(AkEffectScore *self) {
  for (guint32 i = 1; i < self->case_count; i++) {
    ak_effect_score_breathe(self, i);
    if (compare_bases(&self->order[i - 1], &self->order[i], self) > 0)
      return false;
  }
  return true;
}

static void number_bases(AkEffectScore *self) {
  guint32 base = 0;
  for (guint32 i = 0; i < self->case_count; i++)
    self->order[i] = i;
  if (!is_sorted(self))
    g_qsort_with_data(self->order, (gint)self->case_count, sizeof *self->order, compare_bases, self);
  for (guint32 i = 0; i < self->case_count; i++) {
    guint32 before = i > 0 ? self->order[i - 1] : 0, now = self->order[i];
    const AkEffectCase *one = ak_effect_score_case(self, now);
    bool is_same = i > 0 &&
                   ak_effect_score_corpus_number(self, before) ==
                       ak_effect_score_corpus_number(self, now) &&
                   strcmp(ak_effect_score_case(self, before)->base, one->base) == 0;
    base += i > 0 && !is_same;
    self->bases[now] = base;
    self->marks[now] = one->attack ? AK_EFFECT_MARK_ATTACK : 0;
    ak_effect_score_breathe(self, i);
  }
}

static void count_cases(AkEffectScore *self) {
  const GPtrArray *corpora = self->spec->corpora;
  self->starts = g_new0(guint32, corpora->len + 1);
  for (guint c = 0; c < corpora->len; c++) {
    self->starts[c] = self->case_count;
    self->case_count += ((const AkEffectCorpus *)corpora->pdata[c])->cases->len;
  }
  self->starts[corpora->len] = self->case_count;
}

/* Takes room for `size` bytes a case. */
static gpointer take(AkEffectScore *self, gsize size, GError **error) {
  return ak_shelf_take(self->shelf, size * ((gsize)self->case_count + 1), error);
}

static bool take_cells(AkEffectScore *self, GError **error) {
  guint rows = self->spec->product_count + 1;
  for (guint r = 0; r < rows; r++) {
    self->spans[r] = g_array_new(FALSE, TRUE, sizeof(AkEffectSpan));
    if ((self->cells[r] = take(self, sizeof(AkEffectCell), error)) == NULL)
      return false;
    for (guint32 i = 0; i < self->case_count; i++) {
      self->cells[r][i].alerted_ns = -1;
      self->cells[r][i].score_ppm = AK_EFFECT_NO_SCORE;
      ak_effect_score_breathe(self, i);
    }
  }
  gsize bits = (gsize)rows * self->case_count * self->given_stride;
  return (self->given = ak_shelf_take(self->shelf, bits / 8 + 1, error)) != NULL;
}

AkEffectScore *ak_effect_score_new(const AkEffectScoreSpec *spec, GError **error) {
  g_autoptr(AkEffectScore) self = g_new0(AkEffectScore, 1);
  self->spec = spec;
  self->given_stride = MAX(spec->repetitions, 1);
  self->cells = g_new0(AkEffectCell *, spec->product_count + 1);
  self->spans = g_new0(GArray *, spec->product_count + 1);
  count_cases(self);
  self->shelf = ak_shelf_new(error);
  if (self->shelf == NULL || (self->bases = take(self, sizeof *self->bases, error)) == NULL ||
      (self->order = take(self, sizeof *self->order, error)) == NULL ||
      (self->marks = take(self, sizeof *self->marks, error)) == NULL ||
      (self->rows = take(self, 2 * sizeof *self->rows, error)) == NULL ||
      (self->spare = take(self, 2 * sizeof *self->spare, error)) == NULL ||
      !take_cells(self, error))
    return NULL;
  number_bases(self);
  return ak_effect_score_categorize(self, error) ? g_steal_pointer(&self) : NULL;
}

void ak_effect_score_free(AkEffectScore *self) {
  for (guint r = 0; r <= self->spec->product_count; r++)
    if (self->spans[r] != NULL)
      g_array_unref(self->spans[r]);
  g_free(self->cells);
  g_free(self->spans);
  g_free(self->starts);
  g_clear_pointer(&self->categories, g_ptr_array_unref);
  ak_shelf_free(self->shelf);
  g_free(self);
}

const double *ak_effect_score_sorted(const AkEffectScore *self, gsize count) {
  double *values = (gpointer)self->spare;
  ak_shelf_sort(self->shelf, self->rows, self->spare, count, 1);
  for (gsize i = 0; i < count; i++) {
    double value = ak_shelf_value(self->rows[i]);
    memcpy(&values[i], &value, sizeof value); /* which were whole numbers until now */
    ak_effect_score_breathe(self, (guint32)i);
  }
  return values;
}

/* --- outcomes
 * ------------------------------------------------------------------------------------------ */

static bool is_hit(AkEffectDuty duty, const AkEffectOutcome *outcome) {
  bool stopped = outcome->blocked == AK_EFFECT_YES && outcome->happened != AK_EFFECT_YES;
  bool logged = outcome->logged == AK_EFFECT_YES;
  return duty == AK_EFFECT_BY_BLOCK ? stopped
         : duty == AK_EFFECT_BY_LOG ? logged
                                    : stopped || logged;
}

/* Harmless work succeeds, or is blocked; that it succeeded all the same makes a block no better. */
static bool is_alarm(AkEffectDuty duty, const AkEffectOutcome *outcome) {
  bool blocked = outcome->blocked == AK_EFFECT_YES, logged = outcome->logged == AK_EFFECT_YES;
  return duty == AK_EFFECT_BY_BLOCK ? blocked
         : duty == AK_EFFECT_BY_LOG ? logged
                                    : blocked || logged;
}

static void add_clean(AkEffectCell *cell, bool attack, const AkEffectOutcome *outcome) {
  cell->took_ns += MAX(outcome->took_ns, 0);
  cell->alerted_ns = MAX(cell->alerted_ns, outcome->alerted_ns);
  if (outcome->score_ppm == AK_EFFECT_NO_SCORE)
    return;
  bool is_worse =
      cell->score_ppm == AK_EFFECT_NO_SCORE ||
      (attack ? outcome->score_ppm < cell->score_ppm : outcome->score_ppm > cell->score_ppm);
  cell->score_ppm = is_worse ? outcome->score_ppm : cell->score_ppm;
}

static bool note_wrong(AkShelf *shelf, AkEffectCell *cell, const AkEffectOutcome *outcome,
                       GError **error) {
  if (cell->wrongs++ == 0)
    return (cell->wrong = ak_shelf_take(shelf, sizeof *cell->wrong, error)) != NULL &&
           ((cell->wrong->first = *outcome), true);
  if (outcome->repetition < cell->wrong->first.repetition)
    cell->wrong->first = *outcome;
  return true;
}

static bool add_to_cell(AkShelf *shelf, AkEffectCell *cell, AkEffectDuty duty, bool attack,
                        const AkEffectOutcome *outcome, GError **error) {
  bool happened = outcome->happened == AK_EFFECT_YES, failed = outcome->error != AK_EFFECT_FINE;
  bool hit = !failed && (attack ? is_hit(duty, outcome) : is_alarm(duty, outcome));
  cell->runs++;
  cell->happened[outcome->happened]++;
  cell->blocked[outcome->blocked]++;
  cell->logged[outcome->logged]++;
  cell->hits += hit;
  cell->let_through += attack && happened && outcome->blocked == AK_EFFECT_YES;
  cell->failed_open += attack && happened && failed;
  if (failed) {
    bool is_first = cell->errors++ == 0 || outcome->error < cell->error;
    cell->error = is_first ? outcome->error : cell->error; /* whatever the order they came in */
  } else {
    add_clean(cell, attack, outcome);
  }
  return (!failed && hit == attack) || note_wrong(shelf, cell, outcome, error);
}

static void add_to_span(GArray *spans, const AkEffectOutcome *outcome) {
  if (spans->len <= outcome->repetition)
    g_array_set_size(spans, outcome->repetition + 1);
  AkEffectSpan *span = &g_array_index(spans, AkEffectSpan, outcome->repetition);
  gint64 end = outcome->began_ns + MAX(outcome->took_ns, 0);
  span->first_ns = span->cases == 0 ? outcome->began_ns : MIN(span->first_ns, outcome->began_ns);
  span->last_ns = span->cases == 0 ? end : MAX(span->last_ns, end);
  span->cases++;
}

static bool is_named(const AkEffectScore *self, const AkEffectOutcome *outcome) {
  const GPtrArray *corpora = self->spec->corpora;
  return (outcome->product < self->spec->product_count ||
          outcome->product == AK_EFFECT_SCORE_CONTROL) &&
         outcome->corpus < corpora->len &&
         outcome->case_index <
             ((const AkEffectCorpus *)corpora->pdata[outcome->corpus])->cases->len &&
         outcome->repetition < self->given_stride && outcome->happened <= AK_EFFECT_YES &&
         outcome->blocked <= AK_EFFECT_YES && outcome->logged <= AK_EFFECT_YES &&
         outcome->error <= AK_EFFECT_HARNESS;
}

bool ak_effect_score_add(AkEffectScore *self, const AkEffectOutcome *outcome, GError **error) {
  if (!is_named(self, outcome))
    return ak_error_set(
        error, AK_ERROR_INVALID_DATA,
        "outcome of product %u, corpus %u, case %u, repetition %u: there is no such",
        outcome->product, outcome->corpus, outcome->case_index, outcome->repetition);
  bool is_control = outcome->product == AK_EFFECT_SCORE_CONTROL;
  guint row = is_control ? self->spec->product_count : outcome->product;
  guint32 number = self->starts[outcome->corpus] + outcome->case_index;
  gsize bit = ((gsize)row * self->case_count + number) * self->given_stride + outcome->repetition;
  if (self->given[bit / 8] & 1u << bit % 8)
    return ak_error_set(error, AK_ERROR_CONFLICT, "the case %s came twice in repetition %u",
                        ak_effect_score_case(self, number)->id, outcome->repetition);
  self->given[bit / 8] |= (guint8)(1u << bit % 8);
  AkEffectCell *cell = &self->cells[row][number];
  if (outcome->error == AK_EFFECT_HARNESS) {
    cell->harness++;
    return true;
  }
  AkEffectDuty duty = is_control ? AK_EFFECT_BY_BLOCK : self->spec->products[row].duty;
  add_to_span(self->spans[row], outcome);
  ak_effect_score_breathe_often(self, (guint32)self->added++);
  return add_to_cell(self->shelf, cell, duty, ak_effect_score_is(self, number, AK_EFFECT_MARK_ATTACK),
                     outcome, error);
}

bool ak_effect_score_dispute(AkEffectScore *self, const char *corpus, const char *case_id) {
  bool found = false;
  for (guint32 i = 0; i < self->case_count; i++) {
    ak_effect_score_breathe(self, i);
    if (strcmp(ak_effect_score_case(self, i)->id, case_id) != 0 ||
        (corpus != NULL && strcmp(ak_effect_score_corpus(self, i)->id, corpus) != 0))
      continue;
    self->dispute_count += !ak_effect_score_is(self, i, AK_EFFECT_MARK_DISPUTED);
    self->marks[i] |= AK_EFFECT_MARK_DISPUTED;
    found = true;
  }
  return found;
}

/* --- what a case counts for
 * ---------------------------------------------------------------------------- */

const char *ak_effect_score_excluded(const AkEffectScore *self, guint32 number) {
  const AkEffectCell *control = &self->cells[self->spec->product_count][number];
  if (!self->spec->has_control || ak_effect_score_corpus(self, number)->kind != AK_EFFECT_HTTP)
    return NULL;
  if (control->runs == 0)
    return "control-missing";
  return ak_effect_unproven(ak_effect_score_case(self, number), control->errors > 0,
                            control->happened[AK_EFFECT_YES] == control->runs);
}

static AkEffectPart part_of(const AkEffectScore *self, guint product, guint32 number) {
  const AkEffectScoreProduct *one = &self->spec->products[product];
  const AkEffectCorpus *corpus = ak_effect_score_corpus(self, number);
  if (corpus->kind != one->kind || self->cells[product][number].runs == 0)
    return AK_EFFECT_NOWHERE;
  bool is_own = one->family != NULL && corpus->written_for != NULL &&
                g_strv_contains((const gchar *const *)corpus->written_for, one->family);
  if (is_own && !corpus->function_check)
    return AK_EFFECT_CONFORMANCE; /* that needs no proof of an effect */
  if (ak_effect_score_is(self, number, AK_EFFECT_MARK_EXCLUDED))
    return AK_EFFECT_NOWHERE;
  return corpus->function_check ? AK_EFFECT_FUNCTION_CHECK : AK_EFFECT_HEADLINE;
}

void ak_effect_score_settle(AkEffectScore *self) {
  for (guint32 i = 0; i < self->case_count; i++) {
    ak_effect_score_breathe(self, i);
    if (ak_effect_score_excluded(self, i) != NULL)
      self->marks[i] |= AK_EFFECT_MARK_EXCLUDED;
    for (guint p = 0; p < self->spec->product_count; p++)
      self->cells[p][i].part = (guint8)part_of(self, p, i);
  }
}

const char *const ak_effect_duties[] = {"block", "log", "either", NULL};

bool ak_effect_cell_is_error(const AkEffectCell *cell) {
  return cell->errors > 0;
}

bool ak_effect_cell_is_hit(const AkEffectCell *cell) {
  return cell->runs > 0 && cell->hits == cell->runs;
}

bool ak_effect_cell_is_alarm(const AkEffectCell *cell) {
  return cell->hits > 0;
}
