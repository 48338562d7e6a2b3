#include "app/evidence.h"

#include <string.h>

static bool is_cited_by_observation(const AkRunState *state, const AkDigest *digest) {
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *execution = state->executions->pdata[i];
    for (guint o = 0; o < execution->observations->len; o++) {
      const GArray *evidence = ((AkObservation *)execution->observations->pdata[o])->evidence;
      for (guint e = 0; e < evidence->len; e++)
        if (ak_digest_equal(&g_array_index(evidence, AkEvidenceRef, e).digest, digest))
          return true;
    }
  }
  return false;
}

static bool is_answers_evidence(const AkRunState *state, const char *hex) {
  const char *path;
  json_t *kept;
  json_object_foreach(json_object_get(state->planned, "answers_evidence"), path, kept) {
    if (g_strcmp0(json_string_value(kept), hex) == 0)
      return true;
  }
  return false;
}

GBytes *ak_app_evidence_raw(AkWorkspace *workspace, const char *run_id, const AkDigest *digest,
                            const char *by, const char *reason, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_run(workspace, run_id, error);
  if (view == NULL)
    return NULL;
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  if (!is_cited_by_observation(view->state, digest) && !is_answers_evidence(view->state, hex)) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "run %s cites no evidence %s", run_id, hex);
    return NULL;
  }
  g_autoptr(json_t) record = ak_record_new(AK_RECORD_RAW_ACCESS, run_id, ak_now_utc_us());
  json_object_set_new(record, "digest", json_string(hex));
  json_object_set_new(record, "by", json_string(by));
  json_object_set_new(record, "reason", json_string(reason));
  guint64 index = 0;
  if (!ak_log_append(ak_workspace_log(workspace), record, &index, error))
    return NULL;
  return ak_log_get_blob(ak_workspace_log(workspace), digest, error);
}
