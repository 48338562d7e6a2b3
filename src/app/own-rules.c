#include "app/own-rules.h"

#include "firmware/analysis/yara-rules.h"
#include "sandbox/worker.h"

#define WALL_MS 30000 /* 4 MiB, the most that is taken, of 29,562 rules took 2.2 s on a machine with load 12 */

/* Within the worker: compiles them, to say what is wrong with them. */
static bool run(const AkWorkerCall *call, GError **error) {
  const char *source = ak_json_string(call->request, "yara", "request", error);
  g_autoptr(AkYaraRules) rules = source != NULL ? ak_yara_rules_new(source, error) : NULL;
  return rules != NULL;
}

extern const AkWorkerJob ak_app_own_rules_job;
const AkWorkerJob ak_app_own_rules_job = {.name = "app/own-rules", .run = run, .preload = ak_yara_rules_preload};

static bool take_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest, GError **error) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "rules: nothing is to be kept of them");
}

static bool take_observation(gpointer data, const AkObservation *observation, GError **error) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "rules: nothing is to be seen in them");
}

bool ak_app_own_rules_check(const char *source, const char *where, GError **error) {
  g_autoptr(json_t) request = json_pack("{s:s}", "yara", source);
  AkWorkerSpec spec = {.job = ak_app_own_rules_job.name, .request = request, .input_fd = -1, .wall_ms = WALL_MS};
  AkWorkerHandler handler = {.blob = take_blob, .observe = take_observation};
  AkWorkerEnd end = AK_WORKER_CRASHED;
  g_autofree char *reason = NULL;
  if (!ak_worker_run(&spec, &handler, NULL, &end, &reason, error))
    return false;
  if (end == AK_WORKER_DONE)
    return true;
  g_autofree char *told = ak_yara_rules_place(where, reason);
  return ak_error_set(error, AK_ERROR_CONFIG, end == AK_WORKER_FAILED ? "%s" : "%s (these rules cannot be compiled)", told);
}
