#include "app/project-record.h"

#include <string.h>

#include "core/record.h"
#include "store/observations.h"
#include "store/runs.h"
#include "store/search.h"
#include "store/verdicts.h"

#define KIND_RUN "run"
#define KIND_FINDING "finding"
#define KIND_OBSERVATION "observation"

struct _AkRecordProjector {
  AkTx *tx; /* borrowed */
  gint64 log_id;
  GHashTable *runs;  /* run id → AkRunRow: rows that are written at the end */
  GHashTable *known; /* see ak_search_put */
  AkSpanRow span;    /* of the last record; valid if has_span */
  bool has_span;
};

typedef struct {
  AkRecordProjector *projector;
  AkRunRow *run;
  gint64 index;
  const json_t *record;
} Step;

static void free_run(gpointer run) {
  ak_run_row_free(run);
}

AkRecordProjector *ak_record_projector_new(AkTx *tx, gint64 log_id, GError **error) {
  g_autoptr(AkRecordProjector) self = g_new0(AkRecordProjector, 1);
  self->tx = tx;
  self->log_id = log_id;
  self->runs = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_run);
  self->known = ak_search_known_new();
  return ak_runs_last_span(tx, log_id, &self->span, &self->has_span, error) ? g_steal_pointer(&self)
                                                                            : NULL;
}

void ak_record_projector_free(AkRecordProjector *self) {
  if (self == NULL)
    return;
  g_hash_table_unref(self->runs);
  g_hash_table_unref(self->known);
  g_free(self);
}

static gint64 time_of(const json_t *record) {
  return json_integer_value(json_object_get(record, "when_utc_us"));
}

static void set_text(char **member, const char *text) {
  g_free(*member);
  *member = g_strdup(text);
}

static bool add_text(const Step *step, gint64 place, const char *kind, const char *body,
                     GError **error) {
  AkRecordProjector *self = step->projector;
  return ak_search_put(self->tx, self->log_id, step->run->run_index, step->index, place, kind, body,
                       self->known, error);
}

/* --- one function a type of record ----------------------------------------------------------- */

static bool take_planned(const Step *step, GError **error) {
  AkRunRow *run = step->run;
  if (run->planned_index >= 0)
    return true;
  const json_t *record = step->record;
  run->planned_index = step->index;
  run->planned_utc_us = time_of(record);
  set_text(&run->product_name, ak_json_string_or(record, "product_name", ""));
  set_text(&run->product_model, ak_json_string_or(record, "product_model", ""));
  set_text(&run->product_version, ak_json_string_or(record, "product_version", ""));
  set_text(&run->profile, ak_json_string_or(record, "profile", ""));
  set_text(&run->retest_of, ak_json_string_or(record, "retest_of", NULL));
  g_autofree char *body = g_strjoin(" ", run->product_name, run->product_model,
                                    run->product_version, run->profile, run->run_id, NULL);
  return add_text(step, 0, KIND_RUN, body, error);
}

static bool take_started(const Step *step, GError **error) {
  const char *execution = ak_json_string_or(step->record, "execution", NULL);
  if (execution == NULL)
    return true;
  AkExecutionRow row = {
      .log_id = step->projector->log_id,
      .run_index = step->run->run_index,
      .execution = (char *)execution,
      .test = (char *)ak_json_string_or(step->record, "test", ""),
      .attempt = json_integer_value(json_object_get(step->record, "attempt")),
      .started_index = step->index,
  };
  return ak_observations_start(step->projector->tx, &row, error);
}

static bool take_ended(const Step *step, GError **error) {
  const char *execution = ak_json_string_or(step->record, "execution", NULL);
  const char *end = ak_json_string_or(step->record, "end", NULL);
  return execution == NULL || end == NULL ||
         ak_observations_end(step->projector->tx, step->projector->log_id, step->run->run_index,
                             execution, end, error);
}

/* What a seen value says in words, or NULL: of truth and numbers the property says enough. */
static char *text_of_value(const json_t *value) {
  if (json_is_string(value))
    return g_strdup(json_string_value(value));
  if (!json_is_array(value) || json_array_size(value) == 0)
    return NULL;
  g_autoptr(GString) text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(value); i++) {
    const char *item = json_string_value(json_array_get(value, i));
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", item != NULL ? item : "");
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool take_observation(const Step *step, GError **error) {
  const json_t *seen = json_object_get(step->record, "observation");
  const json_t *subject = json_object_get(seen, "subject");
  const char *execution = ak_json_string_or(step->record, "execution", NULL);
  const char *property = ak_json_string_or(seen, "property", NULL);
  if (execution == NULL || property == NULL)
    return true;
  AkObservationRow row = {
      .log_id = step->projector->log_id,
      .record_index = step->index,
      .run_index = step->run->run_index,
      .execution = (char *)execution,
      .test = (char *)ak_json_string_or(seen, "test", ""),
      .subject_kind = (char *)ak_json_string_or(subject, "kind", ""),
      .subject_locator = (char *)ak_json_string_or(subject, "locator", ""),
      .property = (char *)property,
      .outcome = (char *)ak_json_string_or(seen, "outcome", ""),
  };
  if (!ak_observations_put(step->projector->tx, &row, error))
    return false;
  g_autofree char *value =
      strcmp(row.outcome, "seen") == 0 ? text_of_value(json_object_get(seen, "value")) : NULL;
  g_autofree char *body =
      value != NULL ? g_strdup_printf("%s %s: %s", row.subject_locator, row.property, value) : NULL;
  return body == NULL || add_text(step, 0, KIND_OBSERVATION, body, error);
}

static bool add_verdict(const Step *step, gint64 place, const json_t *verdict, GError **error) {
  AkRunRow *run = step->run;
  const char *valid_until = ak_json_string_or(verdict, "valid_until", NULL);
  AkVerdictRow row = {
      .log_id = run->log_id,
      .run_index = run->run_index,
      .place = place,
      .record_index = step->index,
      .requirement = (char *)ak_json_string_or(verdict, "requirement", ""),
      .obligation = (char *)ak_json_string_or(verdict, "obligation", ""),
      .verdict = (char *)ak_json_string_or(verdict, "verdict", ""),
      .valid_until = (char *)valid_until,
  };
  bool is_decided = strcmp(row.verdict, "pass") == 0 || strcmp(row.verdict, "fail") == 0;
  /* ISO dates compare as texts. */
  if (is_decided && valid_until != NULL && *valid_until != '\0' &&
      (run->valid_until == NULL || strcmp(valid_until, run->valid_until) < 0))
    set_text(&run->valid_until, valid_until);
  return ak_verdicts_put(step->projector->tx, &row, error);
}

static bool add_finding(const Step *step, gint64 place, const json_t *finding, GError **error) {
  const json_t *subject = json_object_get(finding, "subject");
  const json_t *title = json_object_get(finding, "title");
  AkFindingRow row = {
      .log_id = step->run->log_id,
      .run_index = step->run->run_index,
      .place = place,
      .record_index = step->index,
      .finding = (char *)ak_json_string_or(finding, "finding", ""),
      .severity = (char *)ak_json_string_or(finding, "severity", ""),
      .subject_kind = (char *)ak_json_string_or(subject, "kind", ""),
      .subject_locator = (char *)ak_json_string_or(subject, "locator", ""),
      .property = (char *)ak_json_string_or(finding, "property", ""),
      .instances = json_integer_value(json_object_get(finding, "count")),
      .title_en = (char *)ak_json_string_or(title, "en", ""),
      .title_ja = (char *)ak_json_string_or(title, "ja", ""),
  };
  g_autofree char *body =
      g_strdup_printf("%s · %s · %s", row.title_ja, row.title_en, row.subject_locator);
  return ak_verdicts_put_finding(step->projector->tx, &row, error) &&
         add_text(step, place, KIND_FINDING, body, error);
}

static void set_summary(AkRunRow *run, const json_t *summary) {
  run->passed = json_integer_value(json_object_get(summary, "pass"));
  run->failed = json_integer_value(json_object_get(summary, "fail"));
  run->inconclusive = json_integer_value(json_object_get(summary, "inconclusive"));
  run->not_applicable = json_integer_value(json_object_get(summary, "not_applicable"));
}

/* The run whose passes were taken over, or NULL where none were. */
static const char *lender_of(const json_t *result) {
  const json_t *retest = json_object_get(result, "retest");
  return json_array_size(json_object_get(retest, "inherited")) > 0
             ? ak_json_string_or(retest, "of", NULL)
             : NULL;
}

/* The rows of an older verdict go: only the newest counts. */
static bool take_verdict(const Step *step, GError **error) {
  AkRecordProjector *self = step->projector;
  AkRunRow *run = step->run;
  const json_t *result = json_object_get(step->record, "verdicts");
  const json_t *verdicts = json_object_get(result, "verdicts");
  const json_t *findings = json_object_get(result, "findings");
  run->verdict_index = step->index;
  run->verdict_utc_us = time_of(step->record);
  set_summary(run, json_object_get(result, "summary"));
  set_text(&run->valid_until, NULL);
  set_text(&run->rules, ak_json_string_or(step->record, "rules", NULL));
  set_text(&run->inherits_from, lender_of(result));
  if (!ak_verdicts_delete(self->tx, self->log_id, run->run_index, error) ||
      !ak_search_delete(self->tx, self->log_id, run->run_index, KIND_FINDING, error))
    return false;
  for (gsize i = 0; i < json_array_size(verdicts); i++)
    if (!add_verdict(step, (gint64)i, json_array_get(verdicts, i), error))
      return false;
  for (gsize i = 0; i < json_array_size(findings); i++)
    if (!add_finding(step, (gint64)i, json_array_get(findings, i), error))
      return false;
  return true;
}

/* Looks at evidence, and deletions, which are no run's own: rows say nothing of them. */
static bool take_nothing(const Step *step, GError **error) {
  return true;
}

static bool take_run_ended(const Step *step, GError **error) {
  const char *end = ak_json_string_or(step->record, "end", NULL);
  if (end == NULL)
    return true;
  set_text(&step->run->run_end, end);
  step->run->ended_utc_us = time_of(step->record);
  return true;
}

static bool (*const takes[])(const Step *, GError **) = {
    [AK_RECORD_RUN_PLANNED] = take_planned,     [AK_RECORD_TEST_STARTED] = take_started,
    [AK_RECORD_OBSERVATION] = take_observation, [AK_RECORD_TEST_ENDED] = take_ended,
    [AK_RECORD_VERDICT] = take_verdict,         [AK_RECORD_RAW_ACCESS] = take_nothing,
    [AK_RECORD_RUN_ENDED] = take_run_ended,     [AK_RECORD_RUN_FORGOTTEN] = take_nothing,
    [AK_RECORD_CHAIN_ANALYZED] = take_nothing,
};

/* --- which records are a run's --------------------------------------------------------------- */

static AkRunRow *run_of(AkRecordProjector *self, const char *run_id, gint64 index, GError **error) {
  AkRunRow *run = g_hash_table_lookup(self->runs, run_id);
  if (run != NULL)
    return run;
  if (!ak_runs_get(self->tx, self->log_id, run_id, &run, error))
    return NULL;
  if (run == NULL)
    run = ak_run_row_new(self->log_id, index, run_id);
  g_hash_table_insert(self->runs, run->run_id, run);
  return run;
}

static bool extend_span(AkRecordProjector *self, const AkRunRow *run, gint64 index,
                        GError **error) {
  if (self->has_span && self->span.run_index == run->run_index &&
      self->span.last_index == index - 1) {
    self->span.last_index = index;
    return true;
  }
  if (self->has_span && !ak_runs_put_span(self->tx, &self->span, error))
    return false;
  self->span = (AkSpanRow){self->log_id, index, index, run->run_index};
  self->has_span = true;
  return true;
}

bool ak_record_projector_take(AkRecordProjector *self, guint64 index, const json_t *record,
                              GError **error) {
  const char *run_id = ak_json_string_or(record, "run", NULL);
  if (run_id == NULL || *run_id == '\0')
    return true; /* no run's: such records are no part of any list */
  AkRecordType type;
  bool is_known = ak_record_type(record, &type, NULL);
  if (is_known && ak_record_is_trial(type))
    return true; /* trials are no runs of verification: app/effect-state.h lists them */
  AkRunRow *run = run_of(self, run_id, (gint64)index, error);
  if (run == NULL || !extend_span(self, run, (gint64)index, error))
    return false;
  run->record_count++;
  Step step = {self, run, (gint64)index, record};
  return !is_known || takes[type](&step, error);
}

bool ak_record_projector_finish(AkRecordProjector *self, GError **error) {
  GHashTableIter iter;
  gpointer run = NULL;
  g_hash_table_iter_init(&iter, self->runs);
  while (g_hash_table_iter_next(&iter, NULL, &run))
    if (!ak_runs_put(self->tx, run, error))
      return false;
  return !self->has_span || ak_runs_put_span(self->tx, &self->span, error);
}
