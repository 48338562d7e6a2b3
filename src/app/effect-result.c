#include "app/effect-result.h"

#include <string.h>

#include "app/effect.h"
#include "app/effect-expect.h"
#include "app/effect-facts.h"
#include "effect/score/compliance.h"
#include "effect/score/score.h"

#define CONFIDENCE 0.95
#define LINE_BYTES 4000 /* of a product's log line that is shown */

typedef struct {
  const AkEffectState *state;
  AkLog *log;
  AkEffectScore *score;
  const AkRange *range;
  AkEffectRows *rows;  /* or NULL */
  GBytes *open;        /* log of batch `batch`; or NULL */
  guint batch;
} Reading;

/* While a result is made, a line's place is a batch and an offset in its log: where logs of a unit begin counts
 * from 0 again after a trial was gone on with. */
#define OFFSET_BITS 32
#define BATCH_BITS (AK_EFFECT_PLACE_BITS - OFFSET_BITS)

/* Opens the log of the batch, where it is not open already. */
static bool open_log(Reading *self, guint batch) {
  AkDigest digest;
  if (self->open != NULL && self->batch == batch)
    return true;
  const json_t *record = self->state->batches->pdata[batch];
  g_clear_pointer(&self->open, g_bytes_unref);
  self->batch = batch;
  if (ak_digest_from_hex(ak_json_string_or(record, "log", ""), &digest))
    self->open = ak_log_get_blob(self->log, &digest, NULL);
  return self->open != NULL;
}

static char *line_of(gpointer data, const AkEffectOutcome *outcome) {
  Reading *self = data;
  gsize size = 0;
  if (outcome->line_length == 0 || !open_log(self, (guint)(outcome->line_at >> OFFSET_BITS)))
    return NULL;
  const char *bytes = g_bytes_get_data(self->open, &size);
  guint64 at = outcome->line_at & G_MAXUINT32;
  if (at > size || outcome->line_length > size - at)
    return NULL;
  return g_utf8_make_valid(bytes + at, (gssize)MIN(outcome->line_length, LINE_BYTES));
}

/* Wrong cases get the command that repeats them. */
static bool note_row(gpointer data, guint product, const char *list, guint64 number, json_t *row,
                     bool *keep, GError **error) {
  const Reading *self = data;
  if (product != AK_EFFECT_SCORE_CONTROL) {
    const AkRangeProduct *one = self->range->products->pdata[product];
    g_autofree char *command = ak_effect_facts_command(self->state->run_id, one->id,
                                                       ak_json_string_or(row, "case", ""));
    json_object_set_new(row, "repeat", json_string(command));
  }
  *keep = self->rows == NULL || number < AK_EFFECT_ROWS_HELD;
  return *keep || ak_effect_rows_add(self->rows, product, list, row, error);
}

static AkEffectScoreProduct *products_of(const AkRange *range) {
  AkEffectScoreProduct *products = g_new0(AkEffectScoreProduct, range->products->len + 1);
  for (guint i = 0; i < range->products->len; i++) {
    const AkRangeProduct *product = range->products->pdata[i];
    const AkEffectAdapter *adapter = ak_effect_adapter_find(product->adapter);
    products[i] = (AkEffectScoreProduct){
        .id = product->id,
        .family = product->family,
        .kind = adapter != NULL ? adapter->kind : AK_EFFECT_HTTP,
        .duty = (AkEffectDuty)product->duty, /* ak_range_duties has their order */
        .control = g_strcmp0(product->configuration, "control") == 0,
    };
  }
  return products;
}

static json_t *complete(json_t *result, const AkEffectState *state, const AkRange *range) {
  json_object_set_new(result, "run", json_string(state->run_id));
  json_object_set_new(result, "name", json_string(range->name));
  json_object_set_new(result, "finished", json_boolean(state->ended != NULL));
  json_object_set(result, "plan", json_object_get(state->planned, "plan"));
  return result;
}

static int compare_cases(gconstpointer a, gconstpointer b) {
  const AkEffectOutcome *left = &((const AkEffectTurn *)a)->outcome;
  const AkEffectOutcome *right = &((const AkEffectTurn *)b)->outcome;
  int by_corpus = (left->corpus > right->corpus) - (left->corpus < right->corpus);
  return by_corpus != 0 ? by_corpus
                        : (left->case_index > right->case_index) - (left->case_index < right->case_index);
}

/* What is known of cases lies on a shelf in their order: it is gone over once a batch. */
static bool add_batch(Reading *self, guint index, AkEffectBatch *batch, GError **error) {
  guint64 log_at = (guint64)ak_json_number(self->state->batches->pdata[index], "log_at");
  g_array_sort(batch->turns, compare_cases);
  for (guint t = 0; t < batch->turns->len; t++) {
    AkEffectOutcome outcome = ak_effect_batch_turn(batch, t)->outcome;
    guint64 at = outcome.line_at - log_at;
    bool has_line = outcome.line_at >= log_at && at <= G_MAXUINT32;
    outcome.line_at = (guint64)index << OFFSET_BITS | (has_line ? at : 0);
    outcome.line_length = has_line ? outcome.line_length : 0;
    if (!ak_effect_score_add(self->score, &outcome, error))
      return false;
  }
  return true;
}

static bool add_batches(Reading *self, const AkEffectSource *source, GError **error) {
  const GPtrArray *records = self->state->batches;
  if (records->len >> BATCH_BITS != 0)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than 16 million batches");
  for (guint i = 0; i < records->len; i++) {
    g_autoptr(AkEffectBatch) batch = NULL;
    if (source == NULL)
      batch = ak_effect_state_rows(self->state, self->log, i, error);
    else if (!source->each(source->data, records->pdata[i], &batch, error))
      return false;
    if (batch == NULL || !add_batch(self, i, batch, error))
      return false;
  }
  return true;
}

/* Cases that a dispute names; the figures stand with them and without. */
static void note_disputes(AkEffectScore *score, const AkEffectState *state) {
  for (guint i = 0; i < state->notes->len; i++) {
    const json_t *note = state->notes->pdata[i], *cases = json_object_get(note, "cases");
    if (strcmp(ak_json_string_or(note, "kind", ""), "dispute") != 0)
      continue;
    for (gsize c = 0; c < json_array_size(cases); c++)
      if (json_is_string(json_array_get(cases, c)))
        ak_effect_score_dispute(score, NULL, json_string_value(json_array_get(cases, c)));
  }
}

json_t *ak_effect_result(const AkEffectState *state, AkLog *log, const AkRange *range,
                         AkEffectRows *rows, GError **error) {
  return ak_effect_result_from(state, log, range, NULL, rows, error);
}

json_t *ak_effect_result_from(const AkEffectState *state, AkLog *log, const AkRange *range,
                              const AkEffectSource *source, AkEffectRows *rows, GError **error) {
  g_autofree AkEffectScoreProduct *products = products_of(range);
  Reading reading = {.state = state, .log = log, .range = range, .rows = rows};
  AkEffectScoreSpec spec = {
      .products = products,
      .product_count = range->products->len,
      .corpora = range->corpora,
      .repetitions = range->repetitions,
      .has_control = range->has_target,
      .traffic_a_day = range->traffic_a_day,
      .bootstrap = {.seed = range->seed, .rounds = AK_STATS_ROUNDS, .confidence = CONFIDENCE},
      .line = line_of,
      .listed = note_row,
      .data = &reading};
  g_autoptr(AkEffectScore) score = ak_effect_score_new(&spec, error);
  if (score == NULL)
    return NULL;
  reading.score = score;
  note_disputes(score, state);
  g_autoptr(json_t) result = add_batches(&reading, source, error)
                                 ? ak_effect_score_result(score, error)
                                 : NULL;
  g_clear_pointer(&reading.open, g_bytes_unref);
  if (result == NULL || !ak_effect_expect_add(complete(result, state, range), state, log, range, error) ||
      !ak_effect_facts_add(result, state, log, range, error))
    return NULL;
  return g_steal_pointer(&result);
}

bool ak_app_effect_was_tried(const json_t *product) { return ak_effect_was_tried(product); }
