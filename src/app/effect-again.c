#include "app/effect-again.h"

#include <string.h>

#include "app/effect-reload.h"
#include "app/effect-result.h"
#include "effect/adapter/adapter.h"
#include "effect/score/panel.h"

#define MAX_SHOWN 1000 /* of the cases that are judged otherwise */

/* A trial that is open. */
typedef struct {
  AkLog *log;
  AkEffectState *state;
  AkRange *range;
} Trial;

static void trial_clear(Trial *self) {
  g_clear_pointer(&self->state, ak_effect_state_free);
  g_clear_pointer(&self->range, ak_range_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Trial, trial_clear)

static bool trial_open(AkWorkspace *workspace, const char *run_id, Trial *out, GError **error) {
  out->log = ak_workspace_log(workspace);
  out->state = ak_effect_state_read(out->log, run_id, error);
  out->range = out->state != NULL ? ak_effect_reload_range(out->state, out->log, error) : NULL;
  return out->range != NULL;
}

json_t *ak_app_effect_result(AkWorkspace *workspace, const char *run_id, const json_t *panel,
                             AkEffectRows *rows, GError **error) {
  g_auto(Trial) trial = {0};
  if (!trial_open(workspace, run_id, &trial, error))
    return NULL;
  g_autoptr(json_t) result = ak_effect_result(trial.state, trial.log, trial.range, rows, error);
  if (result == NULL || panel == NULL)
    return g_steal_pointer(&result);
  AkBootstrap spec = {trial.range->seed, AK_STATS_ROUNDS, 0.95};
  json_t *said = ak_effect_panel(panel, &spec, error);
  if (said == NULL)
    return NULL;
  json_object_set_new(result, "panel", said);
  return g_steal_pointer(&result);
}

/* --- judging again
 * --------------------------------------------------------------------------------------- */

typedef struct {
  const Trial *trial;
  json_t *differing;
  guint64 cases, count;
} Again;

static void note_difference(Again *self, const AkEffectTurn *turn, const AkEffectOutcome *stored) {
  const AkRange *range = self->trial->range;
  const AkEffectCorpus *corpus = range->corpora->pdata[stored->corpus];
  const AkRangeProduct *product =
      stored->product != AK_EFFECT_CONTROL ? range->products->pdata[stored->product] : NULL;
  self->count++;
  if (json_array_size(self->differing) < MAX_SHOWN)
    json_array_append_new(self->differing,
                          json_pack("{s:s, s:s, s:s, s:i}", "corpus", corpus->id, "case",
                                    turn->one->id, "product", product != NULL ? product->id : "",
                                    "repetition", (int)stored->repetition));
}

static bool is_same(const AkEffectOutcome *a, const AkEffectOutcome *b) {
  return a->happened == b->happened && a->blocked == b->blocked && a->logged == b->logged &&
         a->error == b->error && a->score_ppm == b->score_ppm && a->alerted_ns == b->alerted_ns &&
         a->line_at == b->line_at && a->line_length == b->line_length;
}

/* The outcomes of a batch as its bytes say; those that its rows say otherwise are noted. */
static bool judge_again(Again *self, AkEffectBatch *batch, const AkRangeProduct *product,
                        GError **error) {
  const AkRange *range = self->trial->range;
  const AkEffectAdapter *adapter =
      ak_effect_adapter_find(product != NULL ? product->adapter : "proxy-waf");
  if (adapter == NULL)
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "there is no adapter %s", product->adapter);
  g_autoptr(GArray) stored = g_array_copy(batch->turns);
  adapter->judge(batch, product != NULL ? &product->reading : NULL, &range->limits);
  for (guint i = 0; i < batch->turns->len; i++) {
    const AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    const AkEffectOutcome *before = &g_array_index(stored, AkEffectTurn, i).outcome;
    if (!is_same(before, &turn->outcome))
      note_difference(self, turn, before);
  }
  self->cases += batch->turns->len;
  return true;
}

static bool each_batch(gpointer data, const json_t *record, AkEffectBatch **out, GError **error) {
  Again *self = data;
  const AkRange *range = self->trial->range;
  g_autoptr(AkEffectBatch) batch =
      ak_effect_reload_batch(self->trial->state, self->trial->log, range, record, error);
  json_int_t product = json_integer_value(json_object_get(record, "product"));
  if (batch == NULL)
    return false;
  if (product >= (json_int_t)range->products->len)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "trial-batch: there is no product %d",
                        (int)product);
  if (!judge_again(self, batch, product >= 0 ? range->products->pdata[product] : NULL, error))
    return false;
  *out = g_steal_pointer(&batch);
  return true;
}

json_t *ak_app_effect_rescore(AkWorkspace *workspace, const char *run_id, AkEffectRows *rows,
                              GError **error) {
  g_auto(Trial) trial = {0};
  if (!trial_open(workspace, run_id, &trial, error))
    return NULL;
  g_autoptr(json_t) differing = json_array();
  Again again = {.trial = &trial, .differing = differing};
  AkEffectSource source = {each_batch, &again};
  json_t *result = ak_effect_result_from(trial.state, trial.log, trial.range, &source, rows, error);
  if (result != NULL)
    json_object_set_new(result, "rescore",
                        json_pack("{s:I, s:I, s:O}", "cases", (json_int_t)again.cases,
                                  "differing_count", (json_int_t)again.count, "differing",
                                  differing));
  return result;
}
