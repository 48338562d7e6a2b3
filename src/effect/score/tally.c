#include "effect/score/tally.h"

#include <stdlib.h>
#include <string.h>

/* --- cases and their bases
 * --------------------------------------------------------------------------- */

static int compare_bases(gconstpointer a, gconstpointer b, gpointer data) {
  const AkEffectScore *self = data;
  const guint32 *left = a, *right = b;
  if (self->corpus_of[*left] != self->corpus_of[*right])
    return self->corpus_of[*left] < self->corpus_of[*right] ? -1 : 1;
  int by_base =
      strcmp(ak_effect_score_case(self, *left)->base, ak_effect_score_case(self, *right)->base);
  return by_base != 0 ? by_base : (*left > *right) - (*left < *right);
}

static void number_bases(AkEffectScore *self) {
  guint32 base = 0;
  for (guint32 i = 0; i < self->case_count; i++)
    self->order[i] = i;
  g_qsort_with_data(self->order, (gint)self->case_count, sizeof *self->order, compare_bases, self);
  for (guint32 i = 0; i < self->case_count; i++) {
    guint32 before = i > 0 ? self->order[i - 1] : 0, now = self->order[i];
    bool is_same = i > 0 && self->corpus_of[before] == self->corpus_of[now] &&
                   strcmp(ak_effect_score_case(self, before)->base,
                          ak_effect_score_case(self, now)->base) == 0;
    base += i > 0 && !is_same;
    self->bases[now] = base;
  }
}

static void number_cases(AkEffectScore *self) {
  const GPtrArray *corpora = self->spec->corpora;
  self->starts = g_new0(guint32, corpora->len + 1);
  for (guint c = 0; c < corpora->len; c++) {
    self->starts[c] = self->case_count;
    self->case_count += ((const AkEffectCorpus *)corpora->pdata[c])->cases->len;
  }
  self->starts[corpora->len] = self->case_count;
  self->corpus_of = g_new0(guint32, self->case_count + 1);
  self->bases = g_new0(guint32, self->case_count + 1);
  self->order = g_new0(guint32, self->case_count + 1);
  for (guint c = 0; c < corpora->len; c++)
    for (guint32 i = self->starts[c]; i < self->starts[c + 1]; i++)
      self->corpus_of[i] = c;
}

AkEffectScore *ak_effect_score_new(const AkEffectScoreSpec *spec) {
  AkEffectScore *self = g_new0(AkEffectScore, 1);
  guint rows = spec->product_count + 1;
  self->spec = spec;
  number_cases(self);
  number_bases(self);
  self->members = ak_effect_score_members(self);
  self->disputed = g_new0(guint8, self->case_count + 1);
  self->cells = g_new0(AkEffectCell *, rows);
  self->spans = g_new0(GArray *, rows);
  self->wrongs = g_new0(GArray *, rows);
  for (guint r = 0; r < rows; r++) {
    self->cells[r] = g_new0(AkEffectCell, self->case_count + 1);
    self->wrongs[r] = g_array_new(FALSE, FALSE, sizeof(AkEffectOutcome));
    self->spans[r] = g_array_new(FALSE, TRUE, sizeof(AkEffectSpan));
    for (guint32 i = 0; i < self->case_count; i++) {
      self->cells[r][i].alerted_ns = -1;
      self->cells[r][i].score_ppm = AK_EFFECT_NO_SCORE;
    }
  }
  self->given_stride = MAX(spec->repetitions, 1);
  self->given = g_new0(guint8, (gsize)rows * self->case_count * self->given_stride / 8 + 1);
  return self;
}

void ak_effect_score_free(AkEffectScore *self) {
  for (guint r = 0; r <= self->spec->product_count; r++) {
    g_free(self->cells[r]);
    g_array_unref(self->spans[r]);
    g_array_unref(self->wrongs[r]);
  }
  g_free(self->cells);
  g_free(self->spans);
  g_free(self->wrongs);
  g_free(self->starts);
  g_free(self->corpus_of);
  g_free(self->bases);
  g_free(self->order);
  g_free(self->given);
  g_free(self->disputed);
  g_array_unref(self->members);
  g_free(self);
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

static void note_wrong(AkEffectCell *cell, GArray *wrongs, const AkEffectOutcome *outcome) {
  if (cell->wrongs++ == 0) {
    g_array_append_val(wrongs, *outcome);
    cell->wrong = wrongs->len;
    return;
  }
  AkEffectOutcome *first = &g_array_index(wrongs, AkEffectOutcome, cell->wrong - 1);
  if (outcome->repetition < first->repetition)
    *first = *outcome;
}

static void add_to_cell(AkEffectCell *cell, GArray *wrongs, AkEffectDuty duty, bool attack,
                        const AkEffectOutcome *outcome) {
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
  if (failed || hit != attack)
    note_wrong(cell, wrongs, outcome);
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
  add_to_cell(cell, self->wrongs[row], duty, ak_effect_score_case(self, number)->attack, outcome);
  add_to_span(self->spans[row], outcome);
  return true;
}

bool ak_effect_score_dispute(AkEffectScore *self, const char *corpus, const char *case_id) {
  bool found = false;
  for (guint32 i = 0; i < self->case_count; i++) {
    if (strcmp(ak_effect_score_case(self, i)->id, case_id) != 0 ||
        (corpus != NULL && strcmp(ak_effect_score_corpus(self, i)->id, corpus) != 0))
      continue;
    self->dispute_count += !self->disputed[i];
    self->disputed[i] = 1;
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

AkEffectPart ak_effect_score_part(const AkEffectScore *self, guint product, guint32 number) {
  const AkEffectScoreProduct *one = &self->spec->products[product];
  const AkEffectCorpus *corpus = ak_effect_score_corpus(self, number);
  if (corpus->kind != one->kind || self->cells[product][number].runs == 0)
    return AK_EFFECT_NOWHERE;
  bool is_own = one->family != NULL && corpus->written_for != NULL &&
                g_strv_contains((const gchar *const *)corpus->written_for, one->family);
  if (is_own && !corpus->function_check)
    return AK_EFFECT_CONFORMANCE; /* that needs no proof of an effect */
  if (ak_effect_score_excluded(self, number) != NULL)
    return AK_EFFECT_NOWHERE;
  return corpus->function_check ? AK_EFFECT_FUNCTION_CHECK : AK_EFFECT_HEADLINE;
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
