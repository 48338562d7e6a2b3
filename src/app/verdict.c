#include "app/verdict.h"

#include <string.h>

#include "app/plan-record.h"
#include "exchange/product-yaml.h"

void ak_app_verdict_clear(AkAppVerdict *self) {
  json_decref(self->verdicts);
  g_strfreev(self->affected);
  g_strfreev(self->heirs);
  json_decref(self->changes);
  g_free(self->rules_before);
  g_free(self->rules);
  *self = (AkAppVerdict){0};
}

/* Relative image paths start at the product file's folder. It stays on this machine: no record
 * holds it. */
static char *product_folder(AkWorkspace *workspace, const char *run_id) {
  g_autofree char *path =
      g_build_filename(ak_workspace_dir(workspace), "runs", run_id, AK_PRODUCT_FOLDER_FILE, NULL);
  char *folder = NULL;
  g_file_get_contents(path, &folder, NULL, NULL);
  return folder;
}

AkProduct *ak_app_run_product(AkWorkspace *workspace, const AkRunState *state, GError **error) {
  AkDigest digest;
  if (!ak_digest_from_hex(ak_json_string_or(state->planned, "product", NULL), &digest)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "run %s: its plan names no product", state->run_id);
    return NULL;
  }
  g_autoptr(GBytes) bytes = ak_log_get_blob(ak_workspace_log(workspace), &digest, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(json_t) document = text ? ak_json_parse(text, size, "product", error) : NULL;
  if (document == NULL)
    return NULL;
  g_autofree char *folder = product_folder(workspace, state->run_id);
  return ak_product_from_document(document, folder, error);
}

/* --- the rules' input from the run's state ------------------------------------------------- */

/* Observations and executions of a run, borrowed from its state. */
typedef struct {
  GPtrArray *observations, *executions;
  GArray *repeats;
} Seen;

typedef struct {
  AkVerdictInput input;
  AkCatalog *catalog;
  AkProfile *profile;
  AkProduct *product;
  Seen own, lent;
  AkRunView *lender; /* of a retest: the run that is repeated in part, or NULL */
  AkInheritance inheritance;
} Loaded;

static void seen_clear(Seen *self) {
  g_clear_pointer(&self->observations, g_ptr_array_unref);
  g_clear_pointer(&self->executions, g_ptr_array_unref);
  g_clear_pointer(&self->repeats, g_array_unref);
}

static void loaded_clear(Loaded *self) {
  ak_catalog_free(self->catalog);
  ak_profile_free(self->profile);
  ak_product_free(self->product);
  seen_clear(&self->own);
  seen_clear(&self->lent);
  ak_run_view_free(self->lender);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Loaded, loaded_clear)

static AkExecution *execution_of(const AkRunExecution *done) {
  AkExecution *execution = g_new0(AkExecution, 1);
  execution->test_id = done->test_id;
  execution->subject = done->subject;
  execution->end = done->end != NULL ? done->end : (char *)"interrupted";
  execution->reason = done->reason;
  execution->repeat = done->repeat;
  return execution;
}

/* Of the tests that `but` (may be NULL) does not name. Observations of an attempt that never ended
 * do not count. */
static void see(Seen *self, const AkRunState *state, GHashTable *but) {
  self->observations = g_ptr_array_new();
  self->executions = g_ptr_array_new_with_free_func(g_free); /* texts are borrowed */
  self->repeats = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *done = state->executions->pdata[i];
    if (but != NULL && g_hash_table_contains(but, done->test_id))
      continue;
    g_ptr_array_add(self->executions, execution_of(done));
    for (guint o = 0; done->end != NULL && o < done->observations->len; o++) {
      g_ptr_array_add(self->observations, done->observations->pdata[o]);
      g_array_append_val(self->repeats, done->repeat);
    }
  }
}

/* The same bytes under the same name: images too, so that "same version" is no word alone. */
static bool is_same_version(const json_t *a, const json_t *b) {
  static const char *const members[] = {"product_name", "product_version", "images"};
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    if (!json_equal(json_object_get(a, members[i]), json_object_get(b, members[i])))
      return false;
  return true;
}

/* What the run that a retest repeats in part may lend; nothing, where its text was forgotten. */
static bool load_inheritance(Loaded *self, AkWorkspace *workspace, const AkRunState *state,
                             GError **error) {
  const char *retest_of = ak_json_string_or(state->planned, "retest_of", NULL);
  g_autoptr(GError) failure = NULL;
  if (retest_of == NULL)
    return true;
  self->lender = ak_workspace_run(workspace, retest_of, &failure);
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND))
    return true;
  if (self->lender == NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  g_autoptr(GHashTable) run_again = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < state->executions->len; i++)
    g_hash_table_add(run_again, ((AkRunExecution *)state->executions->pdata[i])->test_id);
  const AkRunState *lender = self->lender->state;
  see(&self->lent, lender, run_again);
  self->inheritance =
      (AkInheritance){.run_id = lender->run_id,
                      .verdicts = json_object_get(lender->verdict, "verdicts"),
                      .observations = self->lent.observations,
                      .repeats = self->lent.repeats,
                      .executions = self->lent.executions,
                      .same_version = is_same_version(lender->planned, state->planned),
                      .version = ak_json_string_or(lender->planned, "product_version", ""),
                      .impact = json_object_get(state->planned, "impact")};
  self->input.inheritance = &self->inheritance;
  return true;
}

/* A retest leaves out what it takes over from the run before, and is no such run. */
static bool leaves_out(const AkRunState *state) {
  const json_t *options = json_object_get(state->planned, "options");
  return json_array_size(json_object_get(options, "only")) > 0 &&
         ak_json_string_or(state->planned, "retest_of", NULL) == NULL;
}

static bool load(Loaded *self, AkWorkspace *workspace, const AkRunState *state, const char *profile,
                 const char *rules_dir, gint64 now_utc_us, GError **error) {
  if (state->end == NULL) /* what was not looked at yet would be taken for what need not be */
    return ak_error_set(error, AK_ERROR_CONFLICT,
                        "not finished yet; akashi verify --resume --run-id %s goes on with it",
                        state->run_id);
  self->product = ak_app_run_product(workspace, state, error);
  self->profile = self->product ? ak_profile_load(profile, rules_dir, error) : NULL;
  self->catalog = self->profile ? ak_catalog_load(self->profile->catalog, rules_dir, error) : NULL;
  if (self->catalog == NULL || !load_inheritance(self, workspace, state, error))
    return false;
  see(&self->own, state, NULL);
  self->input.observations = self->own.observations;
  self->input.executions = self->own.executions;
  self->input.repeats = self->own.repeats;
  self->input.catalog = self->catalog;
  self->input.profile = self->profile;
  self->input.product = self->product;
  self->input.now_utc_us = now_utc_us;
  self->input.leaves_out = leaves_out(state);
  return true;
}

/* --- keeping it ------------------------------------------------------------------------------- */

/* The catalogue is kept too: years later the rules are there that gave the verdict. */
static bool keep_rules(AkWorkspace *workspace, const AkCatalog *catalog,
                       char hex[static AK_DIGEST_HEX_SIZE], GError **error) {
  g_autoptr(json_t) json = ak_catalog_to_json(catalog);
  gsize size = 0;
  g_autofree char *bytes = ak_json_canonical(json, &size, error);
  AkDigest digest;
  if (bytes == NULL || !ak_log_put_blob(ak_workspace_log(workspace), bytes, size, &digest, error))
    return false;
  ak_digest_to_hex(&digest, hex);
  return true;
}

static json_t *record_of(const Loaded *loaded, const AkRunView *view, const char *rules,
                         json_t *verdicts, gint64 now_utc_us) {
  json_t *record = ak_record_new(AK_RECORD_VERDICT, view->state->run_id, now_utc_us);
  json_object_set_new(
      record, "catalogue",
      json_pack("{s:s, s:s}", "id", loaded->catalog->id, "version", loaded->catalog->version));
  json_object_set_new(record, "rules", json_string(rules));
  json_object_set_new(record, "profile", json_string(loaded->profile->id));
  json_object_set_new(record, "program", json_string(AK_VERSION));
  json_object_set(record, "verdicts", verdicts);
  json_object_set_new(record, "supersedes",
                      view->state->verdict != NULL ? json_integer((json_int_t)view->verdict_index)
                                                   : json_null());
  return record;
}

/* The date a verdict was first given on stays: asked again, the same evidence and rules give the
 * same bytes, and no new record. */
static gint64 date_of(const AkRunView *view, gint64 now_utc_us) {
  const json_t *when = json_object_get(view->state->verdict, "when_utc_us");
  return when != NULL ? json_integer_value(when) : now_utc_us;
}

static bool is_same(const json_t *record, const json_t *newest) {
  return newest != NULL &&
         json_equal(json_object_get(record, "verdicts"), json_object_get(newest, "verdicts")) &&
         json_equal(json_object_get(record, "rules"), json_object_get(newest, "rules"));
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GStrv derived_files(AkWorkspace *workspace, const char *run_id) {
  g_autoptr(GStrvBuilder) files = g_strv_builder_new();
  g_autofree char *folder = g_build_filename(ak_workspace_dir(workspace), "runs", run_id, NULL);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;)
    if (!ak_workspace_is_private(name))
      g_ptr_array_add(names, g_build_filename(folder, name, NULL));
  g_ptr_array_sort(names, compare_names);
  for (guint i = 0; i < names->len; i++)
    g_strv_builder_add(files, names->pdata[i]);
  return g_strv_builder_end(files);
}

static const json_t *row_of(const json_t *verdicts, const char *requirement) {
  const json_t *rows = json_object_get(verdicts, "verdicts");
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (strcmp(ak_json_string_or(json_array_get(rows, i), "requirement", ""), requirement) == 0)
      return json_array_get(rows, i);
  return NULL;
}

/* Requirements whose verdict is another one now. */
static json_t *changes_of(const json_t *before, const json_t *after) {
  json_t *changes = json_array();
  const json_t *rows = json_object_get(after, "verdicts");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const char *requirement = ak_json_string_or(row, "requirement", "");
    json_t *old = json_object_get(row_of(before, requirement), "verdict");
    json_t *new = json_object_get(row, "verdict");
    if (!json_equal(old, new))
      json_array_append_new(changes, json_pack("{s:s, s:O?, s:O}", "requirement", requirement,
                                               "before", old, "after", new));
  }
  return changes;
}

/* Their verdicts rest on this run's. */
static GStrv heirs_of(const GPtrArray *runs, const char *run_id) {
  g_autoptr(GStrvBuilder) heirs = g_strv_builder_new();
  for (guint i = 0; i < runs->len; i++) {
    const AkRunRow *run = runs->pdata[i];
    if (g_strcmp0(run->inherits_from, run_id) == 0)
      g_strv_builder_add(heirs, run->run_id);
  }
  return g_strv_builder_end(heirs);
}

bool ak_app_verdict_record(AkWorkspace *workspace, const char *run_id, const char *rules_dir,
                           gint64 now_utc_us, AkAppVerdict *out, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_run(workspace, run_id, error);
  g_autoptr(GPtrArray) runs = view != NULL ? ak_workspace_runs(workspace, error) : NULL;
  g_auto(Loaded) loaded = {0};
  if (runs == NULL)
    return false;
  gint64 date = date_of(view, now_utc_us);
  const char *profile = ak_json_string_or(view->state->planned, "profile", "");
  if (!load(&loaded, workspace, view->state, profile, rules_dir, date, error))
    return false;
  char rules[AK_DIGEST_HEX_SIZE];
  g_autoptr(json_t) verdicts = ak_verdict_compute(&loaded.input, error);
  if (verdicts == NULL || !keep_rules(workspace, loaded.catalog, rules, error))
    return false;
  g_autoptr(json_t) record = record_of(&loaded, view, rules, verdicts, now_utc_us);
  guint64 index = view->verdict_index;
  bool changed = !is_same(record, view->state->verdict);
  if (changed && !ak_log_append(ak_workspace_log(workspace), record, &index, error))
    return false;
  const json_t *before = json_object_get(view->state->verdict, "verdicts");
  *out = (AkAppVerdict){.changed = changed,
                        .index = index,
                        .affected = derived_files(workspace, run_id),
                        .changes = changes_of(before, verdicts),
                        .rules_before =
                            g_strdup(ak_json_string_or(view->state->verdict, "rules", NULL)),
                        .rules = g_strdup(rules),
                        .heirs = heirs_of(runs, run_id)};
  out->verdicts = g_steal_pointer(&verdicts);
  return true;
}

/* --- by another profile ----------------------------------------------------------------------- */

json_t *ak_app_verdict_judge(AkWorkspace *workspace, const char *run_id, const char *profile,
                             const char *rules_dir, gint64 now_utc_us, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_run(workspace, run_id, error);
  g_auto(Loaded) loaded = {0};
  if (view == NULL ||
      !load(&loaded, workspace, view->state, profile, rules_dir, now_utc_us, error))
    return NULL;
  AkVerifyOptions options = {.profile = profile, .rules_dir = rules_dir};
  bool all = false;
  if (!ak_plan_holds_all(view->state->planned, loaded.product, &options, &all, error))
    return NULL;
  loaded.input.leaves_out = loaded.input.leaves_out || !all;
  return ak_verdict_compute(&loaded.input, error);
}
