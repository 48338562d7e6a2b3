#include "app/chain-backing.h"

#include <fcntl.h>
#include <string.h>

#include "app/chain-verdict.h"
#include "chain/model/model.h"
#include "proof/check.h"
#include "util/io.h"

typedef struct {
  const AkAppChainBackingSpec *spec;
  const AkChainKnowledge *knowledge;
  GTree *runs; /* id → AkRunView; sorted, since the ids are a file's */
} LookUp;

typedef struct {
  const AkElement *element;
  AkElementMeasure *measure;
  json_t *row; /* what is said of it */
} Asked;

static int compare_ids(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

/* --- runs
 * ------------------------------------------------------------------------------------------------ */

/* NULL without an error: there is no such run. */
static const AkRunView *run_of(LookUp *self, const char *id, GError **error) {
  AkRunView *view = g_tree_lookup(self->runs, id);
  g_autoptr(GError) failure = NULL;
  if (view != NULL || !ak_workspace_is_run_id(id))
    return view;
  view = ak_workspace_run(self->spec->workspace, id, &failure);
  if (view != NULL)
    g_tree_insert(self->runs, g_strdup(id), view);
  else if (!g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND))
    g_propagate_error(error, g_steal_pointer(&failure));
  return view;
}

static bool is_member(const json_t *object, const char *key, const char *text) {
  return g_strcmp0(ak_json_string_or(object, key, NULL), text) == 0;
}

static const char *judge_product(const AkElement *element, const json_t *planned) {
  if (element->product == NULL || element->version == NULL)
    return "no-product";
  if (!is_member(planned, "product_name", element->product))
    return "other-product";
  return is_member(planned, "product_version", element->version) ? NULL : "other-version";
}

/* Does a later run of the same version say that what this one passed fails? */
static bool has_failed_since(LookUp *self, const Asked *asked, const AkRunView *view, bool *out,
                             GError **error) {
  const AkElement *element = asked->element;
  g_autoptr(GPtrArray) rows = ak_workspace_runs_of_version(self->spec->workspace, element->product,
                                                           element->version, error);
  gint64 planned = json_integer_value(json_object_get(view->state->planned, "when_utc_us"));
  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const AkRunRow *row = rows->pdata[i];
    if (row->planned_utc_us <= planned || strcmp(row->run_id, view->state->run_id) == 0)
      continue;
    g_autoptr(GError) failure = NULL;
    const AkRunView *later = run_of(self, row->run_id, &failure);
    if (failure != NULL) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    AkChainVerdictAsked question = {self->knowledge, asked->measure->requirement, element->version,
                                    self->spec->now_utc_us};
    *out = *out || (later != NULL && ak_chain_verdict_fails(&question, later->state->verdict));
  }
  return rows != NULL;
}

/* Sets `reason` where the run does not back the measure. False on an error of the data folder. */
static bool judge_run(LookUp *self, Asked *asked, const char *id, const char **reason,
                      GError **error) {
  const AkElement *element = asked->element;
  g_autoptr(GError) failure = NULL;
  const AkRunView *view = run_of(self, id, &failure);
  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (view == NULL || view->state->planned == NULL) {
    *reason = "missing-run";
    return true;
  }
  json_object_set_new(asked->row, "run", json_string(id));
  json_object_set_new(asked->row, "run_is_here", json_true());
  AkChainVerdictAsked question = {self->knowledge, asked->measure->requirement, element->version,
                                  self->spec->now_utc_us};
  *reason = judge_product(element, view->state->planned);
  if (*reason == NULL && g_strcmp0(view->state->end, "finished") != 0)
    *reason = "unfinished";
  if (*reason == NULL)
    *reason = ak_chain_verdict_judge(&question, view->state->verdict, asked->row,
                                     &asked->measure->until_utc_us);
  bool has_failed = false;
  if (*reason == NULL && !has_failed_since(self, asked, view, &has_failed, error))
    return false;
  if (has_failed)
    *reason = "failed-since";
  return true;
}

/* --- bundles
 * --------------------------------------------------------------------------------------------- */

static GBytes *bundle_of(const LookUp *self, const char *reference) {
  g_autofree char *path = g_path_is_absolute(reference)
                              ? g_strdup(reference)
                              : g_build_filename(self->spec->folder, reference, NULL);
  return ak_io_read_file(AT_FDCWD, path, AK_BUNDLE_MAX_BYTES, NULL);
}

/* Signed by the data folder's own log, or by the key that the user gave. */
static const char *judge_key(const LookUp *self, GBytes *bytes, AkProofReport *report) {
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autoptr(AkNoteKey) own =
      self->spec->workspace != NULL
          ? ak_note_key_parse(ak_log_verifier_key(ak_workspace_log(self->spec->workspace)), NULL)
          : NULL;
  const AkNoteKey *keys[] = {self->spec->key, own};
  const char *reason = "untrusted-key";
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
    AkProofTrust trust = {.key = keys[i]};
    if (keys[i] == NULL)
      continue;
    ak_proof_report_clear(report);
    if (!ak_proof_bundle_check(data, size, &trust, report, NULL))
      return "no-bundle";
    if (report->holds)
      return NULL;
    if (g_strcmp0(report->failed, "key") != 0)
      reason = "bundle-does-not-hold";
  }
  return reason;
}

/* The newest record of a type, of the run that the bundle is about; the caller's. */
static json_t *newest(const AkBundle *bundle, const char *run, const char *type) {
  json_t *found = NULL;
  for (guint i = 0; i < bundle->records->len; i++) {
    const char *text = ((const AkBundleRecord *)bundle->records->pdata[i])->text;
    json_t *record = ak_json_parse(text, strlen(text), "record", NULL);
    if (record == NULL || !is_member(record, "run", run) || !is_member(record, "type", type)) {
      json_decref(record);
      continue;
    }
    json_decref(found);
    found = record;
  }
  return found;
}

/* `run` gets the bundle's; the caller's. */
static const char *judge_bundle(const LookUp *self, Asked *asked, char **run) {
  if (self->spec->folder == NULL)
    return "bundle-not-read";
  g_autoptr(GBytes) bytes = bundle_of(self, asked->measure->reference);
  g_auto(AkProofReport) report = {0};
  const char *reason = bytes != NULL ? judge_key(self, bytes, &report) : "no-bundle";
  if (reason != NULL)
    return reason;
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autoptr(AkBundle) bundle = ak_bundle_parse(data, size, NULL);
  g_autoptr(json_t) planned = newest(bundle, report.run, "run-planned");
  g_autoptr(json_t) verdict = newest(bundle, report.run, "verdict");
  *run = g_strdup(report.run);
  json_object_set_new(asked->row, "run", json_string(report.run));
  AkChainVerdictAsked question = {self->knowledge, asked->measure->requirement,
                                  asked->element->version, self->spec->now_utc_us};
  reason = judge_product(asked->element, planned);
  return reason != NULL ? reason
                        : ak_chain_verdict_judge(&question, verdict, asked->row,
                                                 &asked->measure->until_utc_us);
}

/* --- all measures
 * ---------------------------------------------------------------------------------------- */

/* What can be said without looking anything up; NULL: look. */
static const char *judge_shape(const LookUp *self, const Asked *asked) {
  const AkElementMeasure *measure = asked->measure;
  if (!ak_chain_can_be_verified(asked->element->kind))
    return "kind";
  if (measure->reference == NULL)
    return "no-reference";
  if (!ak_chain_knowledge_has_test(self->knowledge, measure->requirement))
    return "no-test";
  if (self->spec->now_utc_us > measure->until_utc_us)
    return "expired";
  bool is_run = strcmp(ak_chain_backings[measure->backing], "verified") == 0;
  return is_run && self->spec->workspace == NULL ? "no-data-folder" : NULL;
}

/* A bundle shows what was so when it was made: where its run is in the data folder, what that says now counts too. */
static bool judge_proof(LookUp *self, Asked *asked, const char **reason, GError **error) {
  g_autofree char *run = NULL;
  const char *since = NULL;
  *reason = judge_bundle(self, asked, &run);
  if (*reason != NULL || self->spec->workspace == NULL)
    return true;
  if (!judge_run(self, asked, run, &since, error))
    return false;
  *reason = since != NULL && strcmp(since, "missing-run") == 0 ? NULL : since;
  return true;
}

static bool look_up(LookUp *self, Asked *asked, GError **error) {
  AkElementMeasure *measure = asked->measure;
  const char *backing = ak_chain_backings[measure->backing];
  const char *reason = judge_shape(self, asked);
  bool is_proven = strcmp(backing, "proven") == 0;
  bool is_answered = reason != NULL ||
                     (is_proven ? judge_proof(self, asked, &reason, error)
                                : judge_run(self, asked, measure->reference, &reason, error));
  if (!is_answered)
    return false;
  measure->is_backed = reason == NULL;
  json_object_set_new(asked->row, "counts_as", json_string(reason == NULL ? backing : "claimed"));
  if (reason != NULL)
    json_object_set_new(asked->row, "reason", json_string(reason));
  return true;
}

static bool look_at_element(LookUp *self, AkElement *element, json_t *rows, GError **error) {
  for (guint m = 0; m < element->measures->len; m++) {
    AkElementMeasure *measure = element->measures->pdata[m];
    if (strcmp(ak_chain_statuses[measure->status], "implemented") != 0 ||
        strcmp(ak_chain_backings[measure->backing], "claimed") == 0)
      continue;
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:s*}", "element", element->id, "requirement",
                  measure->requirement, "backing", ak_chain_backings[measure->backing], "reference",
                  measure->reference);
    json_array_append_new(rows, row);
    Asked asked = {element, measure, row};
    if (!look_up(self, &asked, error)) {
      g_prefix_error(error, "%s of %s: ", measure->requirement, element->id);
      return false;
    }
  }
  return true;
}

json_t *ak_app_chain_look_up(AkChain *chain, const AkChainKnowledge *knowledge,
                             const AkAppChainBackingSpec *spec, GError **error) {
  g_autoptr(GTree) runs =
      g_tree_new_full(compare_ids, NULL, g_free, (GDestroyNotify)ak_run_view_free);
  g_autoptr(json_t) rows = json_array();
  LookUp self = {.spec = spec, .knowledge = knowledge, .runs = runs};
  for (guint i = 0; i < chain->elements->len; i++)
    if (!look_at_element(&self, chain->elements->pdata[i], rows, error))
      return NULL;
  return g_steal_pointer(&rows);
}
