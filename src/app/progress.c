#include "app/progress.h"

#include <string.h>

#include "app/run-lock.h"
#include "store/observations.h"

typedef struct {
  gint64 log_id;
  const char *run_id;
  AkRunRow *run;
  GPtrArray *spans, *executions;
} Rows;

static void rows_clear(Rows *self) {
  g_clear_pointer(&self->run, ak_run_row_free);
  g_clear_pointer(&self->spans, g_ptr_array_unref);
  g_clear_pointer(&self->executions, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rows, rows_clear)

static bool find(AkTx *tx, gpointer data, GError **error) {
  Rows *self = data;
  rows_clear(self);
  if (!ak_runs_get(tx, self->log_id, self->run_id, &self->run, error))
    return false;
  if (self->run == NULL)
    return true;
  self->spans = ak_runs_spans(tx, self->log_id, self->run->run_index, error);
  if (self->spans == NULL)
    return false;
  self->executions =
      ak_observations_executions(tx, self->log_id, self->run->run_index, error);
  return self->executions != NULL;
}

/* The record of that index, or NULL: it was deleted meanwhile, or is not there. Caller frees. */
static json_t *record_at(AkWorkspace *workspace, gint64 index) {
  json_t *record = NULL;
  guint8 salt[32];
  if (index < 0 || !ak_log_read(ak_workspace_log(workspace), (guint64)index, &record, salt, NULL))
    return NULL;
  return record;
}

static gint64 when_of(const json_t *record) {
  return json_integer_value(json_object_get(record, "when_utc_us"));
}

/* When the run's newest record was made; 0 where that is not known. */
static gint64 last_when(AkWorkspace *workspace, const Rows *rows) {
  if (rows->spans->len == 0)
    return 0;
  const AkSpanRow *last = rows->spans->pdata[rows->spans->len - 1];
  g_autoptr(json_t) record = record_at(workspace, last->last_index);
  const json_t *trace = json_object_get(json_object_get(record, "observation"), "trace");
  return MAX(when_of(record), when_of(trace));
}

/* --- tests ------------------------------------------------------------------------------------------- */

/* A planned test has ended when it started and none of its executions is in flight; another may yet
 * start, on a subject that is still to be found. */
static json_t *count_tests(const json_t *planned, const GPtrArray *executions) {
  const json_t *tests = json_object_get(planned, "tests");
  int started = 0, ended = 0;
  for (gsize i = 0; i < json_array_size(tests); i++) {
    const char *id = ak_json_string_or(json_array_get(tests, i), "id", "");
    bool has_started = false, is_in_flight = false;
    for (guint e = 0; e < executions->len; e++) {
      const AkExecutionRow *row = executions->pdata[e];
      bool is_its = strcmp(row->test, id) == 0;
      has_started |= is_its;
      is_in_flight |= is_its && row->execution_end == NULL;
    }
    started += has_started;
    ended += has_started && !is_in_flight;
  }
  return json_pack("{s:i, s:i, s:i}", "planned", (int)json_array_size(tests), "started", started,
                   "ended", ended);
}

static json_t *count_executions(const GPtrArray *executions) {
  json_int_t ended = 0, attempts = 0, again = 0;
  json_t *ends = json_object();
  for (guint i = 0; i < executions->len; i++) {
    const AkExecutionRow *row = executions->pdata[i];
    attempts += row->attempt;
    again += row->attempt > 1;
    ended += row->execution_end != NULL;
    if (row->execution_end != NULL)
      json_object_set_new(ends, row->execution_end,
                          json_integer(1 + json_integer_value(json_object_get(
                                               ends, row->execution_end))));
  }
  return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "started", (json_int_t)executions->len,
                   "ended", ended, "in_flight", (json_int_t)executions->len - ended, "attempts",
                   attempts, "started_again", again, "ends", ends);
}

static json_t *in_flight(AkWorkspace *workspace, const GPtrArray *executions) {
  json_t *list = json_array();
  for (guint i = 0; i < executions->len; i++) {
    const AkExecutionRow *row = executions->pdata[i];
    if (row->execution_end != NULL || json_array_size(list) >= AK_PROGRESS_MAX_IN_FLIGHT)
      continue;
    g_autoptr(json_t) record = record_at(workspace, row->started_index);
    const json_t *subject = json_object_get(record, "subject");
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "test", row->test, "kind",
                        ak_json_string_or(subject, "kind", ""), "locator",
                        ak_json_string_or(subject, "locator", ""), "repeat",
                        json_integer_value(json_object_get(record, "repeat")), "attempt",
                        (json_int_t)row->attempt, "started_utc_us", (json_int_t)when_of(record)));
  }
  return list;
}

/* --- the whole ------------------------------------------------------------------------------------------ */

static json_t *time_or_null(gint64 when_utc_us) {
  return when_utc_us > 0 ? json_integer((json_int_t)when_utc_us) : json_null();
}

static json_t *progress_of(AkWorkspace *workspace, const Rows *rows, gint64 now_utc_us) {
  const AkRunRow *run = rows->run;
  g_autoptr(json_t) planned = record_at(workspace, run->planned_index);
  const char *status = ak_run_status(workspace, run->run_id, run->run_end);
  bool is_running = strcmp(status, "running") == 0;
  gint64 last_utc_us = last_when(workspace, rows);
  gint64 until_utc_us = is_running ? now_utc_us : run->ended_utc_us > 0 ? run->ended_utc_us : last_utc_us;
  gint64 elapsed_us = run->planned_utc_us > 0 ? MAX(until_utc_us - run->planned_utc_us, 0) : 0;
  json_t *json = json_pack(
      "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:b}", "run", run->run_id, "status",
      status, "product", run->product_name, "version", run->product_version, "profile",
      run->profile, "planned_utc_us", time_or_null(run->planned_utc_us), "last_utc_us",
      time_or_null(last_utc_us), "ended_utc_us", time_or_null(run->ended_utc_us), "now_utc_us",
      (json_int_t)now_utc_us, "elapsed_us", (json_int_t)elapsed_us, "records",
      (json_int_t)run->record_count, "has_verdict", (int)(run->verdict_index >= 0));
  json_object_set_new(json, "tests", count_tests(planned, rows->executions));
  json_object_set_new(json, "executions", count_executions(rows->executions));
  json_object_set_new(json, "in_flight", in_flight(workspace, rows->executions));
  return json;
}

json_t *ak_app_progress(AkWorkspace *workspace, const char *run_id, gint64 now_utc_us,
                        GError **error) {
  g_auto(Rows) rows = {.log_id = ak_logs_id(ak_log_origin(ak_workspace_log(workspace))),
                       .run_id = run_id};
  if (g_utf8_validate(run_id, -1, NULL) &&
      !ak_index_ask(ak_workspace_index(workspace), find, &rows, error))
    return NULL;
  if (rows.run == NULL) {
    ak_workspace_set_no_run(workspace, run_id, error);
    return NULL;
  }
  return progress_of(workspace, &rows, now_utc_us);
}
