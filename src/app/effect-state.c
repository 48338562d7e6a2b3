#include "app/effect-state.h"

#include "core/record.h"

void ak_effect_state_free(AkEffectState *self) {
  if (self == NULL)
    return;
  g_free(self->run_id);
  json_decref(self->planned);
  json_decref(self->ended);
  g_ptr_array_unref(self->batches);
  g_ptr_array_unref(self->notes);
  g_free(self);
}

static void unref_json(gpointer data) { json_decref(data); }

static bool fold(guint64 index, const json_t *record, gpointer data) {
  AkEffectState *self = data;
  AkRecordType type;
  json_t *own = (json_t *)record;
  if (!ak_record_type(record, &type, NULL))
    return true;
  if (type == AK_RECORD_TRIAL_PLANNED && self->planned == NULL)
    self->planned = json_incref(own);
  else if (type == AK_RECORD_TRIAL_BATCH)
    g_ptr_array_add(self->batches, json_incref(own));
  else if (type == AK_RECORD_TRIAL_NOTE)
    g_ptr_array_add(self->notes, json_incref(own));
  else if (type == AK_RECORD_TRIAL_ENDED && self->ended == NULL)
    self->ended = json_incref(own);
  return true;
}

AkEffectState *ak_effect_state_read(AkLog *log, const char *run_id, GError **error) {
  g_autoptr(AkEffectState) self = g_new0(AkEffectState, 1);
  self->run_id = g_strdup(run_id);
  self->batches = g_ptr_array_new_with_free_func(unref_json);
  self->notes = g_ptr_array_new_with_free_func(unref_json);
  if (!ak_log_foreach_of(log, run_id, 0, fold, self, error))
    return NULL;
  if (self->planned == NULL) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "there is no trial %s", run_id);
    return NULL;
  }
  return g_steal_pointer(&self);
}

gsize ak_effect_state_done(const AkEffectState *self, guint32 unit) {
  gsize done = 0;
  for (guint i = 0; i < self->batches->len; i++) {
    const json_t *batch = self->batches->pdata[i];
    if (json_integer_value(json_object_get(batch, "unit")) == unit)
      done += (gsize)json_integer_value(json_object_get(batch, "count"));
  }
  return done;
}

guint ak_effect_state_deaths(const AkEffectState *self, guint32 unit) {
  json_int_t deaths = 0; /* each batch tells those of the unit so far */
  for (guint i = 0; i < self->batches->len; i++) {
    const json_t *batch = self->batches->pdata[i];
    if (json_integer_value(json_object_get(batch, "unit")) == unit)
      deaths = MAX(deaths, json_integer_value(json_object_get(batch, "deaths")));
  }
  return (guint)MIN(deaths, G_MAXINT);
}

static GBytes *blob_of(const json_t *record, const char *key, AkLog *log, GError **error) {
  AkDigest digest;
  const char *hex = ak_json_string(record, key, "trial-batch", error);
  if (hex == NULL)
    return NULL;
  if (!ak_digest_from_hex(hex, &digest)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "trial-batch: %s is no digest", key);
    return NULL;
  }
  return ak_log_get_blob(log, &digest, error);
}

AkEffectBatch *ak_effect_state_rows(const AkEffectState *self, AkLog *log, guint index,
                                    GError **error) {
  g_autoptr(GBytes) rows = blob_of(self->batches->pdata[index], "rows", log, error);
  gsize size = 0;
  const void *bytes = rows != NULL ? g_bytes_get_data(rows, &size) : NULL;
  if (rows == NULL)
    return NULL;
  g_autoptr(AkEffectBatch) batch = ak_effect_batch_new(0, 0, 0);
  g_array_set_size(batch->turns, (guint)(size / AK_EFFECT_TURN_BYTES));
  return ak_effect_batch_take_rows(batch, bytes, size, error) ? g_steal_pointer(&batch) : NULL;
}

bool ak_effect_state_outcomes(const AkEffectState *self, AkLog *log,
                              bool (*visit)(gpointer data, const AkEffectOutcome *outcome,
                                            GError **error),
                              gpointer data, GError **error) {
  for (guint i = 0; i < self->batches->len; i++) {
    g_autoptr(AkEffectBatch) batch = ak_effect_state_rows(self, log, i, error);
    if (batch == NULL)
      return false;
    for (guint t = 0; t < batch->turns->len; t++)
      if (!visit(data, &ak_effect_batch_turn(batch, t)->outcome, error))
        return false;
  }
  return true;
}
