#include "verify/run/state.h"

static void execution_free(AkRunExecution *self) {
  g_free(self->key);
  g_free(self->test_id);
  g_free(self->subject.kind);
  g_free(self->subject.locator);
  g_free(self->end);
  g_free(self->reason);
  g_ptr_array_unref(self->observations);
  g_free(self);
}

AkRunState *ak_run_state_new(const char *run_id) {
  AkRunState *self = g_new0(AkRunState, 1);
  self->run_id = g_strdup(run_id);
  self->executions = g_ptr_array_new_with_free_func((GDestroyNotify)execution_free);
  self->by_key = g_hash_table_new(g_str_hash, g_str_equal);
  return self;
}

void ak_run_state_free(AkRunState *self) {
  if (self == NULL)
    return;
  g_hash_table_unref(self->by_key);
  g_ptr_array_unref(self->executions);
  json_decref(self->planned);
  json_decref(self->verdict);
  g_free(self->run_id);
  g_free(self->end);
  g_free(self);
}

char *ak_run_execution_key(const char *test_id, const char *locator, guint repeat) {
  return g_strdup_printf("%s/%s/%u", test_id, locator, repeat);
}

AkRunExecution *ak_run_state_find(const AkRunState *self, const char *key) {
  return g_hash_table_lookup(self->by_key, key);
}

static GPtrArray *observations_new(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
}

static AkRunExecution *execution_new(const char *key, const char *test_id, const char *kind,
                                     const char *locator, guint repeat) {
  AkRunExecution *self = g_new0(AkRunExecution, 1);
  self->key = g_strdup(key);
  self->test_id = g_strdup(test_id);
  self->subject = (AkSubject){.kind = g_strdup(kind), .locator = g_strdup(locator)};
  self->repeat = repeat;
  self->observations = observations_new();
  return self;
}

static bool fold_started(AkRunState *self, const json_t *record, GError **error) {
  const char *key = ak_json_string(record, "execution", "test-started", error);
  const char *test = key ? ak_json_string(record, "test", "test-started", error) : NULL;
  const json_t *subject = test ? ak_json_object(record, "subject", "test-started", error) : NULL;
  const char *kind = subject ? ak_json_string(subject, "kind", "test-started", error) : NULL;
  const char *locator = kind ? ak_json_string(subject, "locator", "test-started", error) : NULL;
  gint64 attempt = 0, repeat = 0, when = 0;
  if (locator == NULL ||
      !ak_json_integer(record, "attempt", 1, 1000000, "test-started", &attempt, error) ||
      !ak_json_integer(record, "repeat", 1, 1000000, "test-started", &repeat, error) ||
      !ak_json_integer(record, "when_utc_us", 0, G_MAXINT64, "test-started", &when, error))
    return false;
  AkRunExecution *execution = ak_run_state_find(self, key);
  if (execution != NULL && execution->end != NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s started again after its end", key);
  if (execution == NULL) {
    execution = execution_new(key, test, kind, locator, (guint)repeat);
    g_ptr_array_add(self->executions, execution);
    g_hash_table_insert(self->by_key, execution->key, execution);
  } else {
    g_ptr_array_set_size(execution->observations, 0);
  }
  execution->attempt = (guint)attempt;
  execution->started_utc_us = when;
  return true;
}

static AkRunExecution *running_of(AkRunState *self, const json_t *record, GError **error) {
  const char *key = ak_json_string(record, "execution", "record", error);
  AkRunExecution *execution = key != NULL ? ak_run_state_find(self, key) : NULL;
  if (key != NULL && (execution == NULL || execution->end != NULL)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s is not running", key);
    return NULL;
  }
  return execution;
}

static bool fold_observation(AkRunState *self, const json_t *record, GError **error) {
  AkRunExecution *execution = running_of(self, record, error);
  const json_t *json =
      execution ? ak_json_object(record, "observation", "observation", error) : NULL;
  AkObservation *observation =
      json ? ak_observation_from_json(json, "observation", error) : NULL;
  if (observation == NULL)
    return false;
  g_ptr_array_add(execution->observations, observation);
  return true;
}

static bool fold_ended(AkRunState *self, const json_t *record, GError **error) {
  AkRunExecution *execution = running_of(self, record, error);
  const char *end = execution ? ak_json_string(record, "end", "test-ended", error) : NULL;
  if (end == NULL)
    return false;
  execution->end = g_strdup(end);
  execution->reason = g_strdup(ak_json_string_or(record, "reason", NULL));
  execution->ended_utc_us = json_integer_value(json_object_get(record, "when_utc_us"));
  return true;
}

static bool fold_planned(AkRunState *self, const json_t *record, GError **error) {
  if (self->planned != NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "run %s is planned twice", self->run_id);
  self->planned = json_incref((json_t *)record);
  return true;
}

static bool fold_verdict(AkRunState *self, const json_t *record, GError **error) {
  json_decref(self->verdict);
  self->verdict = json_incref((json_t *)record);
  return true;
}

static bool fold_raw_access(AkRunState *self, const json_t *record, GError **error) {
  return true; /* says who read evidence; changes nothing in the run */
}

/* Belongs to no run. */
static bool fold_foreign(AkRunState *self, const json_t *record, GError **error) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s is no record of a run",
                      ak_json_string_or(record, "type", ""));
}

static bool fold_run_ended(AkRunState *self, const json_t *record, GError **error) {
  const char *end = ak_json_string(record, "end", "run-ended", error);
  if (end == NULL)
    return false;
  g_free(self->end);
  self->end = g_strdup(end);
  return true;
}

bool ak_run_state_fold(AkRunState *self, const json_t *record, GError **error) {
  static bool (*const folds[])(AkRunState *, const json_t *, GError **) = {
      [AK_RECORD_RUN_PLANNED] = fold_planned,     [AK_RECORD_TEST_STARTED] = fold_started,
      [AK_RECORD_OBSERVATION] = fold_observation, [AK_RECORD_TEST_ENDED] = fold_ended,
      [AK_RECORD_VERDICT] = fold_verdict,         [AK_RECORD_RAW_ACCESS] = fold_raw_access,
      [AK_RECORD_RUN_ENDED] = fold_run_ended,     [AK_RECORD_RUN_FORGOTTEN] = fold_foreign,
      [AK_RECORD_CHAIN_ANALYZED] = fold_foreign,
      [AK_RECORD_TRIAL_PLANNED] = fold_foreign,   [AK_RECORD_TRIAL_BATCH] = fold_foreign,
      [AK_RECORD_TRIAL_NOTE] = fold_foreign,      [AK_RECORD_TRIAL_ENDED] = fold_foreign,
  };
  AkRecordType type;
  if (!ak_record_type(record, &type, error))
    return false;
  if (g_strcmp0(ak_json_string_or(record, "run", NULL), self->run_id) != 0)
    return true;
  if (!folds[type](self, record, error)) {
    g_prefix_error(error, "run %s: ", self->run_id);
    return false;
  }
  return true;
}
