#include "app/firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/cache.h"
#include "app/extract.h"
#include "app/firmware-map.h"
#include "app/own-rules.h"
#include "app/workspace.h"
#include "core/test.h"
#include "firmware/analysis/yara-rules.h"
#include "sandbox/worker.h"

#define MEMORY_BYTES (512ull * 1024 * 1024) /* as in a verification */
#define SPOOL_BYTES (1280ull * 1024 * 1024) /* what was unpacked and does not fit */
#define EXTRACT_MS 600000u                  /* for handing over what was unpacked */
#define JOB "verify/image"

typedef struct {
  const AkFirmwareOptions *options;
  AkExtract *extract; /* NULL: nothing is written */
  GPtrArray *seen;      /* of AkObservation: of the image as a whole */
  json_t *observations; /* all, as they came */
  GBytes *blob;       /* the evidence that came last, until the listing is known */
  AkDigest blob_digest;
  json_t *listing;
  char *rules; /* text of the user's rules, or NULL */
  AkCacheDraft *draft; /* NULL: nothing is kept */
} Look;

static void look_clear(Look *self) {
  g_clear_pointer(&self->extract, ak_extract_free);
  g_clear_pointer(&self->seen, g_ptr_array_unref);
  g_clear_pointer(&self->observations, json_decref);
  g_clear_pointer(&self->blob, g_bytes_unref);
  g_clear_pointer(&self->listing, json_decref);
  g_clear_pointer(&self->draft, ak_cache_draft_free);
  g_clear_pointer(&self->rules, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* --- what the worker says ----------------------------------------------------------------------
 */

static bool take_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                      GError **error) {
  Look *self = data;
  if (self->draft != NULL)
    ak_cache_draft_blob(self->draft, bytes, size);
  if (self->listing != NULL)
    return true; /* nothing is kept of an image that is no run's */
  g_clear_pointer(&self->blob, g_bytes_unref);
  self->blob = g_bytes_new(bytes, size);
  self->blob_digest = *digest;
  return true;
}

/* The listing is what the image's digest cites. */
static void find_listing(Look *self, const AkObservation *seen) {
  if (self->listing != NULL || self->blob == NULL || seen->evidence->len == 0 ||
      strcmp(seen->property, "firmware.digest") != 0 ||
      !ak_digest_equal(&g_array_index(seen->evidence, AkEvidenceRef, 0).digest, &self->blob_digest))
    return;
  gsize size = 0;
  const char *text = g_bytes_get_data(self->blob, &size);
  self->listing = ak_json_parse(text, size, "listing", NULL);
}

static bool take_observation(gpointer data, const AkObservation *observation, GError **error) {
  Look *self = data;
  if (self->draft != NULL)
    ak_cache_draft_observation(self->draft, observation);
  find_listing(self, observation);
  if (g_str_has_prefix(observation->property, "firmware."))
    g_ptr_array_add(self->seen, ak_observation_copy(observation));
  json_array_append_new(self->observations, ak_observation_to_json(observation, false));
  return true;
}

static void show_progress(gpointer data, guint64 done, guint64 total) {
  const AkFirmwareOptions *options = ((Look *)data)->options;
  if (options->progress != NULL)
    options->progress(options->data, done, total);
}

static bool is_cancelled(gpointer data) {
  const AkFirmwareOptions *options = ((Look *)data)->options;
  return options->cancelled != NULL && options->cancelled(options->data);
}

static bool take_entry(gpointer data, const AkEntry *entry, GError **error) {
  return ak_extract_entry(((Look *)data)->extract, entry, error);
}

static bool take_content(gpointer data, const void *bytes, gsize size, GError **error) {
  return ak_extract_content(((Look *)data)->extract, bytes, size, error);
}

static bool take_entry_end(gpointer data, const AkDigest *digest, GError **error) {
  return ak_extract_entry_end(((Look *)data)->extract, digest, error);
}

/* --- the worker --------------------------------------------------------------------------------
 */

/* All analyses of an image, those first that others need: as the table has them. */
static json_t *tests_of(const json_t *params, guint *wall_ms) {
  json_t *tests = json_array();
  for (gsize i = 0; ak_test_table[i] != NULL; i++) {
    const AkTest *test = ak_test_table[i];
    bool is_asked = test->option == NULL || json_object_get(params, test->option) != NULL;
    if (!g_str_has_prefix(test->id, "firmware.") || test->run == NULL || !is_asked ||
        test->isolation != AK_ISOLATION_SANDBOX || g_strcmp0(test->subject_kind, "image") != 0)
      continue;
    json_array_append_new(tests, json_string(test->id));
    *wall_ms += test->limits.wall_ms;
  }
  return tests;
}

static char *name_of(const char *path) {
  g_autofree char *base = g_path_get_basename(path);
  AkValue clean = ak_value_text_from_bytes(base, strlen(base), 255);
  return clean.text;
}

static bool run_worker(Look *self, int fd, const json_t *request, guint wall_ms, AkWorkerEnd *end,
                       char **reason, GError **error) {
  AkWorkerSpec spec = {.job = JOB,
                       .request = request,
                       .input_fd = fd,
                       .wall_ms = wall_ms,
                       .memory_bytes = MEMORY_BYTES,
                       .spool_bytes = SPOOL_BYTES,
                       .threads = ak_worker_spare_threads()};
  AkWorkerHandler handler = {.blob = take_blob,
                             .observe = take_observation,
                             .progress = show_progress,
                             .cancelled = is_cancelled};
  if (self->extract != NULL) {
    handler.entry = take_entry;
    handler.content = take_content;
    handler.entry_end = take_entry_end;
  }
  return ak_worker_run(&spec, &handler, self, end, reason, error);
}

/* As it was kept, or fresh from the worker and kept. */
static bool recall_or_run(Look *self, int fd, const json_t *request, guint wall_ms,
                          AkWorkerEnd *end, char **reason, GError **error) {
  static const AkRunReceiver receiver = {.blob = take_blob, .observe = take_observation};
  AkCache cache = {0};
  AkDigest before, after;
  if (self->options->data_dir == NULL || self->extract != NULL ||
      !ak_cache_of(self->options->data_dir, &cache, NULL) || !ak_cache_digest(fd, &before)) {
    g_free((char *)cache.dir);
    return run_worker(self, fd, request, wall_ms, end, reason, error);
  }
  g_autofree char *dir G_GNUC_UNUSED = (char *)cache.dir;
  g_autofree char *key = ak_cache_key(&cache, JOB, request, &before), *origin = NULL;
  *end = AK_WORKER_DONE;
  if (!ak_cache_say(&cache, key, ak_now_utc_us(), &receiver, self, &origin, error))
    return false;
  if (origin != NULL)
    return true;
  self->draft = ak_cache_draft_new();
  bool ran = run_worker(self, fd, request, wall_ms, end, reason, error);
  if (ran && *end == AK_WORKER_DONE && ak_cache_digest(fd, &after) &&
      ak_digest_equal(&before, &after))
    ak_cache_keep(&cache, key, self->draft, "akashi firmware", ak_now_utc_us());
  return ran;
}

static bool ask(Look *self, int fd, const char *name, AkWorkerEnd *end, char **reason,
                GError **error) {
  guint wall_ms = self->extract != NULL ? EXTRACT_MS : 0;
  json_t *params = json_pack("{s:s*}", "yara", self->rules);
  json_t *tests = tests_of(params, &wall_ms);
  g_autoptr(json_t) request =
      json_pack("{s:o, s:{s:s, s:s}, s:o, s:[], s:I, s:I, s:b}", "tests", tests, "subject", "kind",
                "image", "locator", name, "params", params, "prior", "seed", (json_int_t)0,
                "now_utc_us", (json_int_t)ak_now_utc_us(), "extract", self->extract != NULL);
  return recall_or_run(self, fd, request, wall_ms, end, reason, error);
}

/* --- the result --------------------------------------------------------------------------------
 */

static const AkObservation *find_seen(const Look *self, const char *property) {
  for (guint i = 0; i < self->seen->len; i++) {
    const AkObservation *seen = self->seen->pdata[i];
    if (strcmp(seen->property, property) == 0)
      return seen;
  }
  return NULL;
}

/* What is known of the image as a whole: members of the result and of the manifest. */
static json_t *facts_of(const Look *self, const char *name, const char *reason) {
  const AkObservation *digest = find_seen(self, "firmware.digest");
  const AkObservation *coverage = find_seen(self, "firmware.coverage");
  bool is_complete = coverage != NULL && coverage->outcome == AK_OUTCOME_SEEN;
  return json_pack("{s:s, s:s*, s:b, s:s*}", "image", name, "sha256",
                   digest != NULL ? digest->value.text : NULL, "complete", is_complete, "reason",
                   reason);
}

static const char *name_of_end(AkWorkerEnd end) {
  static const char *const names[] = {
      [AK_WORKER_DONE] = "done",
      [AK_WORKER_FAILED] = "failed",
      [AK_WORKER_CRASHED] = "cut",
      [AK_WORKER_TIMED_OUT] = "cut",
      [AK_WORKER_CANCELLED] = "interrupted",
  };
  return names[end];
}

static bool result_of(const Look *self, const json_t *facts, const char *end, json_t **result,
                      GError **error) {
  json_t *regions = NULL, *files = NULL;
  if (self->listing != NULL && !ak_firmware_map(self->listing, &regions, &files, error))
    return false;
  json_t *document = json_deep_copy(facts);
  json_object_set_new(document, "end", json_string(end));
  json_object_set_new(document, "regions", regions != NULL ? regions : json_array());
  json_object_set_new(document, "files", files != NULL ? files : json_array());
  json_object_set_new(document, "coverage",
                      ak_firmware_map_coverage(json_object_get(document, "regions"),
                                               json_object_get(document, "files")));
  json_object_set(document, "observations", self->observations);
  if (self->extract != NULL)
    json_object_set_new(document, "extracted", ak_extract_summary(self->extract));
  *result = document;
  return true;
}

/* The manifest says what is there, however the worker ended. */
static bool finish(Look *self, const json_t *facts, const char *end, GError **error) {
  return self->extract == NULL || ak_extract_finish(self->extract, end, facts, error);
}

static bool look(Look *self, int fd, const char *name, json_t **result, GError **error) {
  AkWorkerEnd how = AK_WORKER_CRASHED;
  g_autofree char *reason = NULL;
  g_autoptr(GError) failure = NULL;
  if (!ask(self, fd, name, &how, &reason, &failure)) {
    g_autoptr(json_t) broken = facts_of(self, name, failure->message);
    finish(self, broken, "failed", NULL);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  g_autoptr(json_t) facts = facts_of(self, name, reason);
  return finish(self, facts, name_of_end(how), error) &&
         result_of(self, facts, name_of_end(how), result, error);
}

/* The user's own file: compiled in a worker of its own to say what is wrong with it, and again in the one that
 * looks for it in the image. */
static bool load_rules(Look *self, GError **error) {
  const char *path = self->options->yara;
  g_autoptr(GError) failure = NULL;
  gsize size = 0;
  if (path == NULL)
    return true;
  if (!g_file_get_contents(path, &self->rules, &size, &failure))
    return ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
  if (!g_utf8_validate(self->rules, (gssize)size, NULL))
    return ak_error_set(error, AK_ERROR_CONFIG, "%s: no UTF-8 text", path);
  if (size > AK_YARA_MAX_SOURCE)
    return ak_error_set(error, AK_ERROR_CONFIG, "%s: rules of more than %u bytes", path, AK_YARA_MAX_SOURCE);
  return ak_app_own_rules_check(self->rules, path, error);
}

bool ak_app_firmware(const AkFirmwareOptions *options, json_t **result, GError **error) {
  g_auto(Look) self = {.options = options,
                       .seen = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free),
                       .observations = json_array()};
  g_autofree char *name = name_of(options->path);
  if (!load_rules(&self, error))
    return false;
  int fd = open(options->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return ak_error_set_errno(error, errno, "firmware image %s", options->path);
  bool ok =
      options->extract == NULL || (self.extract = ak_extract_open(options->extract, error)) != NULL;
  ok = ok && look(&self, fd, name, result, error);
  close(fd);
  return ok;
}
