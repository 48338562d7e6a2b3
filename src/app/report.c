#include "app/report.h"

#include <string.h>

#include "app/threats.h"
#include "app/validity.h"
#include "app/verdict.h"
#include "report/verification.h"

typedef struct {
  GPtrArray *observations; /* borrowed from the state */
  GPtrArray *executions;   /* of AkExecution with borrowed texts */
  GPtrArray *others;       /* of char, borrowed from the rows of runs; ends with NULL */
  AkRunView *lender;       /* keeps what a retest took over, or NULL */
  guint number, count;
} Gathered;

static void gathered_clear(Gathered *self) {
  g_clear_pointer(&self->observations, g_ptr_array_unref);
  g_clear_pointer(&self->executions, g_ptr_array_unref);
  g_clear_pointer(&self->others, g_ptr_array_unref);
  g_clear_pointer(&self->lender, ak_run_view_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Gathered, gathered_clear)

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* `runs`: all of this version. */
static void gather_runs(Gathered *self, const GPtrArray *runs, const AkRunState *state) {
  self->others = g_ptr_array_new();
  for (guint i = 0; i < runs->len; i++) {
    const AkRunRow *other = runs->pdata[i];
    self->count++;
    if (strcmp(other->run_id, state->run_id) == 0)
      self->number = self->count;
    else
      g_ptr_array_add(self->others, other->run_id);
  }
  g_ptr_array_sort(self->others, compare_texts);
  g_ptr_array_add(self->others, NULL);
}

static void gather_observations(Gathered *self, const AkRunExecution *done) {
  for (guint o = 0; done->end != NULL && o < done->observations->len; o++)
    g_ptr_array_add(self->observations, done->observations->pdata[o]);
}

static void gather_state(Gathered *self, const AkRunState *state) {
  self->observations = g_ptr_array_new();
  self->executions = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *done = state->executions->pdata[i];
    AkExecution *execution = g_new0(AkExecution, 1);
    *execution = (AkExecution){.test_id = done->test_id,
                               .subject = done->subject,
                               .end = done->end ? done->end : (char *)"interrupted",
                               .reason = done->reason,
                               .repeat = done->repeat};
    g_ptr_array_add(self->executions, execution);
    gather_observations(self, done);
  }
}

/* The rules that gave the verdict stand in the content store. */
static AkCatalog *catalog_of(AkWorkspace *workspace, const json_t *verdict, GError **error) {
  AkDigest digest;
  if (!ak_digest_from_hex(ak_json_string_or(verdict, "rules", NULL), &digest)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "the verdict names no rules");
    return NULL;
  }
  g_autoptr(GBytes) bytes = ak_log_get_blob(ak_workspace_log(workspace), &digest, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  return text != NULL ? ak_catalog_parse(text, size, "rules", error) : NULL;
}

/* What the run took over stands in the report too; not where the text of the lender was deleted. */
static bool gather_lent(Gathered *self, AkWorkspace *workspace, const AkRunState *state,
                        GError **error) {
  const json_t *retest = json_object_get(json_object_get(state->verdict, "verdicts"), "retest");
  g_autoptr(GError) failure = NULL;
  if (json_array_size(json_object_get(retest, "inherited")) == 0)
    return true;
  self->lender = ak_workspace_run(workspace, ak_json_string_or(retest, "of", ""), &failure);
  if (self->lender == NULL && !g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  for (guint i = 0; self->lender != NULL && i < self->lender->state->executions->len; i++)
    gather_observations(self, self->lender->state->executions->pdata[i]);
  return true;
}

static const char *newest_version(const GPtrArray *runs) {
  return runs->len > 0 ? ((const AkRunRow *)runs->pdata[0])->newest_version : NULL;
}

/* --- regions of files -------------------------------------------------------------------------------------- */

#define MAX_PLACE_BYTES 16384 /* of an evidence that names a place: a path and four members */

/* The bytes of a file that a secret's evidence names: {"sha256", "offset", "length"} of the file, or NULL. */
static json_t *region_of(AkWorkspace *workspace, const json_t *observation) {
  const json_t *ref = json_array_get(json_object_get(observation, "evidence"), 0);
  const char *locator = ak_json_string_or(json_object_get(observation, "subject"), "locator", "");
  AkDigest digest;
  if (!g_str_has_prefix(ak_json_string_or(observation, "property", ""), "secret.") ||
      json_integer_value(json_object_get(ref, "length")) > MAX_PLACE_BYTES ||
      !ak_digest_from_hex(ak_json_string_or(ref, "sha256", NULL), &digest))
    return NULL;
  g_autoptr(GBytes) bytes = ak_log_get_blob(ak_workspace_log(workspace), &digest, NULL);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(json_t) place = data != NULL ? ak_json_parse(data, size, "place", NULL) : NULL;
  const json_t *offset = json_object_get(place, "offset"), *length = json_object_get(place, "length");
  AkDigest file;
  if (strcmp(ak_json_string_or(place, "file", ""), locator) != 0 || !json_is_integer(offset) ||
      !json_is_integer(length) ||
      !ak_digest_from_hex(ak_json_string_or(place, "file_sha256", NULL), &file))
    return NULL;
  return json_pack("{s:O, s:O, s:O}", "sha256", json_object_get(place, "file_sha256"), "offset", offset,
                   "length", length);
}

static void add_regions(AkWorkspace *workspace, json_t *report) {
  const char *id = NULL;
  json_t *observation = NULL;
  json_object_foreach(json_object_get(report, "observations"), id, observation) {
    json_t *region = region_of(workspace, observation);
    if (region != NULL)
      json_object_set_new(observation, "region", region);
  }
}

json_t *ak_app_report(AkWorkspace *workspace, const char *run_id, const char *rules_dir,
                      gint64 at_utc_us, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_read_run(workspace, run_id, error);
  if (view == NULL)
    return NULL;
  const AkRunState *state = view->state;
  if (state->verdict == NULL) {
    ak_error_set(error, AK_ERROR_CONFLICT,
                 "run %s has no verdict yet; akashi verify --resume finishes it", run_id);
    return NULL;
  }
  g_autoptr(AkProduct) product = ak_app_run_product(workspace, state, error);
  g_autoptr(AkCatalog) catalog = product ? catalog_of(workspace, state->verdict, error) : NULL;
  g_autoptr(AkProfile) profile =
      catalog ? ak_profile_load(ak_json_string_or(state->planned, "profile", ""), rules_dir, error)
              : NULL;
  g_autoptr(GPtrArray) runs =
      profile ? ak_workspace_runs_of_version(
                    workspace, ak_json_string_or(state->planned, "product_name", ""),
                    ak_json_string_or(state->planned, "product_version", ""), error)
              : NULL;
  if (runs == NULL)
    return NULL;
  g_autoptr(json_t) threats = NULL;
  if (!ak_app_threats_planned(workspace, state, &threats, error))
    return NULL;
  g_auto(Gathered) gathered = {0};
  gather_runs(&gathered, runs, state);
  gather_state(&gathered, state);
  if (!gather_lent(&gathered, workspace, state, error))
    return NULL;
  g_auto(AkValidity) validity = {0};
  ak_app_validity(state, newest_version(runs), at_utc_us, &validity);
  AkReportInput input = {
      .run_id = run_id,
      .planned = state->planned,
      .verdict = state->verdict,
      .end = state->end,
      .catalog = catalog,
      .profile = profile,
      .product = product,
      .threats = threats,
      .observations = gathered.observations,
      .executions = gathered.executions,
      .run_number = gathered.number,
      .run_count = gathered.count,
      .other_runs = (const char *const *)gathered.others->pdata,
      .log_origin = ak_log_origin(ak_workspace_log(workspace)),
      .log_key = ak_log_verifier_key(ak_workspace_log(workspace)),
      .verdict_index = view->verdict_index,
      .valid_until = validity.until,
      .lapsed_by = validity.version,
      .expired = at_utc_us != 0 && ak_validity_is_past(validity.until, at_utc_us),
  };
  json_t *report = ak_report_verification(&input, error);
  if (report != NULL)
    add_regions(workspace, report);
  return report;
}
