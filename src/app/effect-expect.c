#include "app/effect-expect.h"

#include <string.h>

#include "app/effect-reload.h"
#include "effect/http-answer.h"
#include "effect/token.h"
#include "exchange/go-ftw.h"

#define MAX_SHOWN 1000

typedef enum { NOT_SEEN, PASSES, UNTOLD, FAILS } Said; /* the worst of all repetitions counts */

/* A product's cases of one corpus. */
typedef struct {
  const AkEffectCorpus *corpus;
  guint8 *said; /* [cases] */
} Conformance;

typedef struct {
  const AkEffectState *state;
  AkLog *log;
  const AkRange *range;
  guint product;
  Conformance *of; /* [corpora]; said is NULL where the corpus is not for the product */
} Looking;

static bool is_own(const AkRangeProduct *product, const AkEffectCorpus *corpus) {
  return product->family != NULL && corpus->written_for != NULL && !corpus->function_check &&
         g_strv_contains((const gchar *const *)corpus->written_for, product->family);
}

static bool has_expectations(const AkEffectCorpus *corpus) {
  for (guint i = 0; i < corpus->cases->len; i++) {
    if (((const AkEffectCase *)corpus->cases->pdata[i])->expects != NULL)
      return true;
    ak_effect_corpus_pass(corpus, i);
  }
  return false;
}

/* --- a batch
 * ------------------------------------------------------------------------------------------- */

/* The product's lines of each turn, one after the other. */
static GPtrArray *lines_of(const AkEffectBatch *batch) {
  GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
  const char *data = (const char *)batch->log->data;
  for (guint i = 0; i < batch->turns->len; i++)
    g_ptr_array_add(lines, g_byte_array_new());
  for (gsize at = 0; at < batch->log->len;) {
    const char *newline = memchr(data + at, '\n', batch->log->len - at);
    gsize size = newline != NULL ? (gsize)(newline - data) - at + 1 : batch->log->len - at;
    guint32 place = 0;
    if (ak_token_find(batch->token_key, batch->unit, data + at, size, &place, NULL) &&
        place >= batch->first && place - batch->first < batch->turns->len)
      g_byte_array_append(lines->pdata[place - batch->first], (const guint8 *)data + at,
                          (guint)size);
    at += size;
  }
  return lines;
}

static Said look(const AkEffectBatch *batch, const AkEffectTurn *turn, const GByteArray *lines,
                 GError **error) {
  bool passes = false;
  g_autoptr(AkGoFtwExpected) expected = ak_go_ftw_expected_from_text(turn->one->expects, error);
  if (expected == NULL)
    return UNTOLD;
  const AkEffectOutcome *outcome = &turn->outcome;
  bool answered = turn->end == AK_EFFECT_END_ANSWERED || turn->end == AK_EFFECT_END_LATE;
  bool closed = turn->end == AK_EFFECT_END_CLOSED || turn->end == AK_EFFECT_END_BROKEN;
  bool is_whole = batch->log_is_whole && !batch->log_is_flooded;
  if ((!answered && !closed) || (!is_whole && lines->len == 0))
    return UNTOLD;
  AkGoFtwSeen seen = {.error = closed, .log = (const char *)lines->data, .log_size = lines->len};
  if (answered && outcome->answer_length > 0) {
    AkHttpAnswer answer = {0};
    seen.response = (const char *)batch->answers->data + (outcome->answer_at - batch->answers_at);
    seen.response_size = outcome->answer_length;
    ak_http_answer_scan(&answer, seen.response, seen.response_size, false, true);
    seen.status = answer.status;
  }
  seen.response = seen.response != NULL ? seen.response : "";
  seen.log = seen.log != NULL ? seen.log : "";
  if (!ak_go_ftw_passes(expected, &seen, &passes, error))
    return UNTOLD;
  return passes ? PASSES : FAILS;
}

static bool look_at_batch(Looking *self, const json_t *record, GError **error) {
  g_autoptr(AkEffectBatch) batch =
      ak_effect_reload_batch(self->state, self->log, self->range, record, error);
  if (batch == NULL)
    return false;
  g_autoptr(GPtrArray) lines = lines_of(batch);
  for (guint i = 0; i < batch->turns->len; i++) {
    const AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    guint8 *said = self->of[turn->outcome.corpus].said;
    if (said == NULL || turn->one->expects == NULL)
      continue;
    g_autoptr(GError) failure =
        NULL; /* an expectation that cannot be read is untold, not an error */
    guint8 now = (guint8)look(batch, turn, lines->pdata[i], &failure);
    said[turn->outcome.case_index] = MAX(said[turn->outcome.case_index], now);
  }
  return true;
}

/* --- a product
 * ------------------------------------------------------------------------------------------ */

static void add_to_row(json_t *row, const Conformance *conformance) {
  guint64 counts[4] = {0};
  json_t *failing = json_array();
  for (guint i = 0; i < conformance->corpus->cases->len; i++) {
    counts[conformance->said[i]]++;
    if (conformance->said[i] == FAILS && json_array_size(failing) < MAX_SHOWN)
      json_array_append_new(
          failing, json_string(((const AkEffectCase *)conformance->corpus->cases->pdata[i])->id));
  }
  json_object_set_new(row, "expectations",
                      json_pack("{s:I, s:I, s:I, s:s}", "pass", (json_int_t)counts[PASSES], "fail",
                                (json_int_t)counts[FAILS], "untold", (json_int_t)counts[UNTOLD],
                                "rule", "effect.rule.expectations"));
  json_object_set_new(row, "failing", failing);
}

static bool look_at_product(Looking *self, json_t *rows, GError **error) {
  for (guint i = 0; i < self->state->batches->len; i++) {
    const json_t *record = self->state->batches->pdata[i];
    if (json_integer_value(json_object_get(record, "product")) == (json_int_t)self->product &&
        !look_at_batch(self, record, error))
      return false;
  }
  for (gsize i = 0; i < json_array_size(rows); i++) {
    json_t *row = json_array_get(rows, i);
    for (guint c = 0; c < self->range->corpora->len; c++)
      if (self->of[c].said != NULL &&
          strcmp(self->of[c].corpus->id, ak_json_string_or(row, "corpus", "")) == 0)
        add_to_row(row, &self->of[c]);
  }
  return true;
}

bool ak_effect_expect_add(json_t *result, const AkEffectState *state, AkLog *log,
                          const AkRange *range, GError **error) {
  const json_t *products = json_object_get(result, "products");
  guint corpora = range->corpora->len;
  bool done = true;
  for (guint p = 0; p < range->products->len && done; p++) {
    g_autofree Conformance *of = g_new0(Conformance, corpora + 1);
    Looking self = {state, log, range, p, of};
    bool any = false;
    for (guint c = 0; c < corpora; c++) {
      of[c].corpus = range->corpora->pdata[c];
      if (is_own(range->products->pdata[p], of[c].corpus) && has_expectations(of[c].corpus)) {
        of[c].said = g_new0(guint8, of[c].corpus->cases->len + 1);
        any = true;
      }
    }
    done = !any || look_at_product(
                       &self, json_object_get(json_array_get(products, p), "conformance"), error);
    for (guint c = 0; c < corpora; c++)
      g_free(of[c].said);
  }
  return done;
}
