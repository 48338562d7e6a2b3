#include "app/verify.h"

#include <string.h>

#include "app/plan-record.h"
#include "app/product-rules.h"
#include "app/run-lock.h"
#include "core/authorization.h"
#include "exchange/product-yaml.h"
#include "sandbox/worker.h"
#include "verify/run/execute.h"

#define ROOM_BYTES (64ull * 1024 * 1024) /* free before a run starts: far more than its records need */
#define DEFAULT_PACKETS_PER_SECOND 500 /* for real devices; loopback is not slowed down */

void ak_verify_result_clear(AkVerifyResult *self) {
  g_free(self->run_id);
  json_decref(self->product);
  json_decref(self->earlier);
  g_free(self->profile);
  ak_app_verdict_clear(&self->verdict);
  *self = (AkVerifyResult){0};
}

/* --- what runs share ------------------------------------------------------------------------- */

void ak_gate_init(AkGate *self, guint room) {
  g_mutex_init(&self->lock);
  g_cond_init(&self->left);
  self->room = room;
}

void ak_gate_clear(AkGate *self) {
  g_mutex_clear(&self->lock);
  g_cond_clear(&self->left);
}

void ak_gate_enter(AkGate *self) {
  g_mutex_lock(&self->lock);
  while (self->room == 0)
    g_cond_wait(&self->left, &self->lock);
  self->room--;
  g_mutex_unlock(&self->lock);
}

void ak_gate_leave(AkGate *self) {
  g_mutex_lock(&self->lock);
  self->room++;
  g_cond_signal(&self->left);
  g_mutex_unlock(&self->lock);
}

static void enter_desk(const AkVerifyOptions *options) {
  if (options->share != NULL)
    ak_gate_enter(&options->share->desk);
}

static void leave_desk(const AkVerifyOptions *options) {
  if (options->share != NULL)
    ak_gate_leave(&options->share->desk);
}

/* --- the journal over the log ---------------------------------------------------------------- */

static bool journal_append(gpointer data, const json_t *record, GError **error) {
  guint64 index = 0;
  return ak_log_append(data, record, &index, error);
}

static bool journal_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                         GError **error) {
  AkDigest kept;
  return ak_log_put_blob(data, bytes, size, &kept, error);
}

/* --- consent -------------------------------------------------------------------------------------- */

static bool permit(gpointer data, const AkTest *test, const char *address, GError **error) {
  const AkProduct *product = data;
  if (!ak_authorization_check(product->authorization, address, ak_now_utc_us(), test->grade,
                              error))
    return false;
  return strcmp(test->id, "probe.lockout") != 0 ||
         ak_authorization_check_lockout(product->authorization, address, error);
}

/* Only the product's own addresses, and of them only those with consent. */
static GStrv allowed_addresses(const AkProduct *product) {
  g_autoptr(GStrvBuilder) allowed = g_strv_builder_new();
  for (guint i = 0; i < product->interfaces->len; i++) {
    const AkInterface *interface = product->interfaces->pdata[i];
    for (char **address = interface->addresses; address != NULL && *address != NULL; address++)
      if (ak_authorization_check(product->authorization, *address, ak_now_utc_us(),
                                 AK_GRADE_SAFE, NULL))
        g_strv_builder_add(allowed, *address);
  }
  return g_strv_builder_end(allowed);
}

/* Of all of them. */
static bool allows_credentials(const AkProduct *product, const char *const *allowed) {
  for (gsize i = 0; allowed[i] != NULL; i++)
    if (!ak_authorization_allows_credentials(product->authorization, allowed[i]))
      return false;
  return true;
}

static guint rate_of(const AkProduct *product, const char *const *allowed) {
  bool real = false;
  for (gsize i = 0; allowed[i] != NULL; i++)
    real = real || !ak_authorization_is_loopback(allowed[i]);
  if (!real)
    return 0;
  const AkAuthorization *consent = product->authorization;
  return consent != NULL && consent->max_packets_per_second > 0
             ? MIN(consent->max_packets_per_second, DEFAULT_PACKETS_PER_SECOND)
             : DEFAULT_PACKETS_PER_SECOND;
}

guint ak_app_verify_rate(const AkProduct *product) {
  g_auto(GStrv) allowed = allowed_addresses(product);
  return rate_of(product, (const char *const *)allowed);
}

const char *ak_app_verify_namespace(const AkProduct *product, const char *given) {
  return given != NULL ? given
                       : ak_json_string_or(product->laboratory, "network_namespace", NULL);
}

/* --- running ------------------------------------------------------------------------------------------ */

/* Ids of the tests as they were planned, whoever chose them. */
static GStrv planned_tests(const AkRunState *state) {
  const json_t *tests = json_object_get(state->planned, "tests");
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
  for (gsize i = 0; i < json_array_size(tests); i++)
    g_strv_builder_add(ids, ak_json_string_or(json_array_get(tests, i), "id", ""));
  return g_strv_builder_end(ids);
}

/* What the plan says is taken from its record, so that a resumed run goes on with the same. */
static bool run_planned(AkWorkspace *workspace, const AkProduct *product, AkRunState *state,
                        const AkVerifyOptions *options, bool *finished, GError **error) {
  const json_t *planned = json_object_get(state->planned, "options");
  g_auto(GStrv) only = planned_tests(state);
  g_auto(GStrv) allowed = allowed_addresses(product);
  AkNetPolicy policy = {.allowed = (const char *const *)allowed,
                        .packets_per_second = rate_of(product, (const char *const *)allowed),
                        .network_namespace = ak_app_verify_namespace(
                            product, ak_json_string_or(planned, "network_namespace", NULL)),
                        .credentials =
                            allows_credentials(product, (const char *const *)allowed),
                        .sharers = options->share != NULL ? options->share->sharers : 1};
  g_autoptr(AkNetDirect) direct = ak_net_direct_new(&policy, error);
  if (direct == NULL)
    return false;
  AkCache cache = {0};
  if (!options->no_cache && !ak_cache_of(ak_workspace_dir(workspace), &cache, error))
    return false;
  g_autofree char *cache_dir G_GNUC_UNUSED = (char *)cache.dir;
  AkReuseExecutor executor = {
      .reuse = options->share != NULL ? options->share->reuse : NULL,
      .run_id = state->run_id,
      .cache = cache,
      .worker = {.net = ak_net_direct_net(direct),
                 .folder = product->folder,
                 /* of many products side by side each has one */
                 .threads = options->share != NULL ? 0 : ak_worker_spare_threads()}};
  AkCacheExecutor alone = {executor.cache, executor.run_id, executor.worker};
  g_autoptr(json_t) given = ak_product_rules_options(workspace, state->planned, error);
  if (given == NULL)
    return false;
  AkRunSpec spec = {
      .plan = {.options = given,
               .tests = ak_test_table,
               .product = product,
               .only = (const char *const *)only,
               .ports = ak_json_string_or(planned, "ports", NULL)},
      .jobs = options->jobs,
      .pool = options->share != NULL ? options->share->pool : NULL,
      .repeat = (guint)json_integer_value(json_object_get(planned, "repeat")),
      .seed = (guint64)json_integer_value(json_object_get(state->planned, "seed")),
      .now_utc_us = ak_now_utc_us,
      .journal = {.append = journal_append, .blob = journal_blob},
      .journal_data = ak_workspace_log(workspace),
      .execute = executor.reuse != NULL ? ak_reuse_execute : ak_cache_execute,
      .execute_data = executor.reuse != NULL ? (gpointer)&executor : &alone,
      .permit = permit,
      .permit_data = (gpointer)product,
      .net = executor.worker.net,
      .packets_per_second = policy.packets_per_second,
      .progress = options->progress,
      .progress_data = options->progress_data,
      .cancelled = options->cancelled,
      .cancelled_data = options->cancelled_data,
  };
  return ak_run(&spec, state, finished, error);
}

static bool append_and_fold(AkWorkspace *workspace, AkRunState *state, json_t *taken,
                            guint64 *index, GError **error) {
  g_autoptr(json_t) record = taken;
  return ak_log_append(ak_workspace_log(workspace), record, index, error) &&
         ak_run_state_fold(state, record, error);
}

static bool finish(AkWorkspace *workspace, AkRunState *state, const AkVerifyOptions *options,
                   AkVerifyResult *out, GError **error) {
  if (state->end == NULL) { /* killed after its end, it has one already */
    json_t *ended = ak_record_new(AK_RECORD_RUN_ENDED, state->run_id, ak_now_utc_us());
    json_object_set_new(ended, "end", json_string("finished"));
    guint64 index = 0;
    if (!append_and_fold(workspace, state, ended, &index, error))
      return false;
  }
  return ak_app_verdict_record(workspace, state->run_id, options->rules_dir, ak_now_utc_us(),
                               &out->verdict, error);
}

static bool run_and_judge(AkWorkspace *workspace, const AkProduct *product, AkRunState *state,
                          const AkVerifyOptions *options, AkVerifyResult *out, GError **error) {
  out->run_id = g_strdup(state->run_id);
  out->profile = g_strdup(ak_json_string_or(state->planned, "profile", ""));
  out->product = json_pack("{s:s, s:s, s:s}", "name", product->name, "model",
                           product->model ? product->model : "", "version",
                           product->version ? product->version : "");
  out->earlier = json_deep_copy(json_object_get(state->planned, "earlier"));
  if (!run_planned(workspace, product, state, options, &out->finished, error))
    return false;
  if (!out->finished)
    return true;
  enter_desk(options);
  bool judged = finish(workspace, state, options, out, error);
  leave_desk(options);
  return judged;
}

guint64 ak_app_verify_new_seed(void) { return (guint64)ak_now_utc_us() & G_MAXINT32; }

char *ak_app_verify_new_id(gint64 now_utc_us) {
  g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_utc_us / 1000000);
  g_autofree char *stamp = g_date_time_format(now, "%Y%m%d-%H%M%S");
  return g_strdup_printf("r%s-%04x", stamp, g_random_int() & 0xffff);
}

/* NULL where there is none. */
static const AkRunRow *find_run(const GPtrArray *runs, const char *run_id) {
  for (guint i = 0; i < runs->len; i++) {
    const AkRunRow *run = runs->pdata[i];
    if (strcmp(run->run_id, run_id) == 0)
      return run;
  }
  return NULL;
}

/* The run that is repeated must be there, of the same product; the statement must speak of the two
 * versions. */
static bool check_retest(const GPtrArray *runs, const AkProduct *product,
                         const AkVerifyOptions *options, GError **error) {
  if (options->retest_of == NULL)
    return options->impact == NULL ||
           ak_error_set(error, AK_ERROR_CONFIG, "an impact statement is for a retest alone");
  const AkRunRow *run = find_run(runs, options->retest_of);
  const char *name = run != NULL && run->planned_index >= 0 ? run->product_name : NULL;
  const char *before = run != NULL ? run->product_version : "";
  const char *now = product->version != NULL ? product->version : "";
  if (g_strcmp0(name, product->name) != 0)
    return ak_error_set(error, AK_ERROR_CONFIG, "run %s is about \"%s\", not about \"%s\"",
                        options->retest_of, name != NULL ? name : "nothing", product->name);
  if (options->impact != NULL &&
      (strcmp(ak_json_string_or(options->impact, "from", ""), before) != 0 ||
       strcmp(ak_json_string_or(options->impact, "to", ""), now) != 0))
    return ak_error_set(error, AK_ERROR_CONFIG,
                        "the impact statement is about versions %s to %s, but run %s tested %s and "
                        "the product is %s",
                        ak_json_string_or(options->impact, "from", ""),
                        ak_json_string_or(options->impact, "to", ""), options->retest_of, before,
                        now);
  return true;
}

/* `first` gets the index of the plan's record. */
static AkRunState *plan(AkWorkspace *workspace, const AkProduct *product,
                        const AkVerifyOptions *options, const char *run_id, guint64 *first,
                        GError **error) {
  if (!ak_log_check_room(ak_workspace_log(workspace), ROOM_BYTES, error)) {
    g_prefix_error(error, "nothing was started: ");
    return NULL;
  }
  g_autofree char *folder = ak_workspace_run_folder(workspace, run_id, error);
  g_autoptr(GPtrArray) runs = folder != NULL ? ak_workspace_runs(workspace, error) : NULL;
  if (runs == NULL)
    return NULL;
  if (find_run(runs, run_id) != NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "run %s is there already; --resume goes on with it",
                 run_id);
    return NULL;
  }
  if (!check_retest(runs, product, options, error))
    return NULL;
  g_autoptr(GPtrArray) earlier = ak_workspace_runs_of_version(
      workspace, product->name, product->version ? product->version : "", error);
  json_t *planned =
      earlier != NULL ? ak_plan_record(workspace, product, options, run_id, earlier, error) : NULL;
  g_autoptr(AkRunState) state = ak_run_state_new(run_id);
  if (planned == NULL || !append_and_fold(workspace, state, planned, first, error))
    return NULL;
  return g_steal_pointer(&state);
}

bool ak_app_verify(AkWorkspace *workspace, const AkProduct *product,
                   const AkVerifyOptions *given, AkVerifyResult *out, GError **error) {
  AkVerifyOptions options = *given;
  g_autofree char *made_id =
      options.run_id == NULL ? ak_app_verify_new_id(ak_now_utc_us()) : NULL;
  const char *run_id = options.run_id != NULL ? options.run_id : made_id;
  if (options.seed == 0)
    options.seed = ak_app_verify_new_seed();
  g_autoptr(AkRunLock) lock = ak_run_lock_take(workspace, run_id, error);
  if (lock == NULL)
    return false;
  enter_desk(&options);
  g_autoptr(AkRunState) state =
      plan(workspace, product, &options, run_id, &out->first_record, error);
  leave_desk(&options);
  return state != NULL && run_and_judge(workspace, product, state, &options, out, error);
}

bool ak_app_verify_resume(AkWorkspace *workspace, const char *run_id,
                          const AkVerifyOptions *options, AkVerifyResult *out, GError **error) {
  enter_desk(options);
  g_autoptr(AkRunView) known = ak_workspace_run(workspace, run_id, error);
  g_autoptr(AkRunLock) lock = known != NULL ? ak_run_lock_take(workspace, run_id, error) : NULL;
  /* what another process may have added until the lock was ours counts too */
  g_autoptr(AkRunView) view = lock != NULL ? ak_workspace_run(workspace, run_id, error) : NULL;
  g_autoptr(AkProduct) product =
      view != NULL ? ak_app_run_product(workspace, view->state, error) : NULL;
  leave_desk(options);
  return product != NULL &&
         run_and_judge(workspace, product, view->state, options, out, error);
}

static bool is_unfinished(const AkRunRow *run) {
  return run->run_end == NULL || run->verdict_index < 0;
}

GStrv ak_app_verify_all_unfinished(AkWorkspace *workspace, GError **error) {
  g_autoptr(GPtrArray) runs = ak_workspace_runs(workspace, error);
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
  guint count = 0;
  for (guint i = 0; runs != NULL && i < runs->len; i++) {
    const AkRunRow *run = runs->pdata[i];
    if (!is_unfinished(run) || ak_run_lock_look(workspace, run->run_id) == AK_RUN_HELD)
      continue;
    g_strv_builder_add(ids, run->run_id);
    count++;
  }
  if (count > 0)
    return g_strv_builder_end(ids);
  if (runs != NULL)
    ak_error_set(error, AK_ERROR_NOT_FOUND, "no run is unfinished in %s",
                 ak_workspace_dir(workspace));
  return NULL;
}

char *ak_app_verify_unfinished(AkWorkspace *workspace, GError **error) {
  g_auto(GStrv) ids = ak_app_verify_all_unfinished(workspace, error);
  return ids != NULL ? g_strdup(ids[g_strv_length(ids) - 1]) : NULL;
}

/* --- retest ----------------------------------------------------------------------------------------------- */

static bool is_open(const json_t *verdict) {
  const char *name = ak_json_string_or(verdict, "verdict", "");
  return strcmp(name, "fail") == 0 || strcmp(name, "inconclusive") == 0;
}

/* A test belongs to a rule that names one of its properties. */
static void add_tests_of_rule(GHashTable *ids, const json_t *rule) {
  g_autofree char *text = json_dumps(rule, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
  for (gsize i = 0; text != NULL && ak_test_table[i] != NULL; i++)
    for (const AkTestOutput *o = ak_test_table[i]->outputs; o->property != NULL; o++)
      if (strstr(text, o->property) != NULL)
        g_hash_table_add(ids, g_strdup(ak_test_table[i]->id));
}

static const AkTestCase *find_case(const AkCatalog *catalog, const char *requirement,
                                   const char *case_id) {
  const AkRequirement *row = ak_catalog_requirement(catalog, requirement);
  for (guint i = 0; row != NULL && i < row->cases->len; i++) {
    const AkTestCase *test_case = row->cases->pdata[i];
    if (g_strcmp0(test_case->id, case_id) == 0)
      return test_case;
  }
  return NULL;
}

static void add_tests_of_verdict(GHashTable *ids, const AkCatalog *catalog,
                                 const json_t *verdict) {
  const json_t *cases = json_object_get(verdict, "cases");
  for (gsize i = 0; i < json_array_size(cases); i++) {
    const json_t *row = json_array_get(cases, i);
    const AkTestCase *test_case =
        is_open(row) ? find_case(catalog, ak_json_string_or(verdict, "requirement", ""),
                                 ak_json_string_or(row, "case", ""))
                     : NULL;
    if (test_case != NULL)
      add_tests_of_rule(ids, test_case->rule);
  }
}

static GPtrArray *keys_of(GHashTable *table) {
  GPtrArray *keys = g_ptr_array_new();
  GHashTableIter iter;
  gpointer key = NULL;
  g_hash_table_iter_init(&iter, table);
  while (g_hash_table_iter_next(&iter, &key, NULL))
    g_ptr_array_add(keys, key);
  return keys;
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What needs a test that is run again is run again too. */
static void add_dependents(GHashTable *ids) {
  for (bool grew = true; grew;) {
    grew = false;
    for (gsize i = 0; ak_test_table[i] != NULL; i++) {
      const AkTest *test = ak_test_table[i];
      bool depends = false;
      for (gsize n = 0; test->needs != NULL && test->needs[n] != NULL; n++)
        depends |= g_hash_table_contains(ids, test->needs[n]);
      if (depends && !g_hash_table_contains(ids, test->id))
        grew = g_hash_table_add(ids, g_strdup(test->id));
    }
  }
}

GStrv ak_app_retest_tests(AkWorkspace *workspace, const char *run_id, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_run(workspace, run_id, error);
  if (view == NULL)
    return NULL;
  const json_t *catalogue = json_object_get(view->state->verdict, "catalogue");
  if (catalogue == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "run %s has no verdict yet; --resume finishes it",
                 run_id);
    return NULL;
  }
  g_autoptr(AkCatalog) catalog =
      ak_catalog_load(ak_json_string_or(catalogue, "id", ""), NULL, error);
  if (catalog == NULL)
    return NULL;
  g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const json_t *verdicts =
      json_object_get(json_object_get(view->state->verdict, "verdicts"), "verdicts");
  for (gsize i = 0; i < json_array_size(verdicts); i++)
    add_tests_of_verdict(ids, catalog, json_array_get(verdicts, i));
  add_dependents(ids);
  g_autoptr(GPtrArray) sorted = keys_of(ids);
  g_ptr_array_sort(sorted, compare_texts);
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  for (guint i = 0; i < sorted->len; i++)
    g_strv_builder_add(builder, sorted->pdata[i]);
  return g_strv_builder_end(builder);
}
