#include "app/evidence.h"

#include <string.h>

#include "core/test.h"

/* --- what a run cites ------------------------------------------------------------------------------- */

static void item_free(gpointer data) {
  AkEvidenceItem *self = data;
  g_ptr_array_unref(self->seen);
  g_free(self->answer);
  g_free(self);
}

typedef struct {
  GPtrArray *items;
  GHashTable *by_digest; /* hex → AkEvidenceItem, borrowed */
} Listing;

static AkEvidenceItem *item_of(Listing *self, const AkDigest *digest) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  AkEvidenceItem *item = g_hash_table_lookup(self->by_digest, hex);
  if (item != NULL)
    return item;
  item = g_new0(AkEvidenceItem, 1);
  item->digest = *digest;
  item->seen = g_ptr_array_new();
  item->is_masked = true;
  g_ptr_array_add(self->items, item);
  g_hash_table_insert(self->by_digest, g_strdup(hex), item);
  return item;
}

/* A test that this program does not know, or an older one than masks, masks nothing. */
static bool masks(const AkObservation *seen) {
  const AkTest *test = seen->test_id != NULL ? ak_test_find(seen->test_id) : NULL;
  return test != NULL && test->masked_since > 0 && seen->test_rev >= test->masked_since;
}

static void add_observation(Listing *self, const AkObservation *seen) {
  for (guint i = 0; i < seen->evidence->len; i++) {
    AkEvidenceItem *item = item_of(self, &g_array_index(seen->evidence, AkEvidenceRef, i).digest);
    item->is_masked = item->is_masked && masks(seen);
    if (item->seen->len == 0 || item->seen->pdata[item->seen->len - 1] != seen)
      g_ptr_array_add(item->seen, (gpointer)seen);
  }
}

static void add_answers(Listing *self, const AkRunState *state) {
  const char *path;
  json_t *kept;
  json_object_foreach(json_object_get(state->planned, "answers_evidence"), path, kept) {
    AkDigest digest;
    if (!json_is_string(kept) || !ak_digest_from_hex(json_string_value(kept), &digest))
      continue;
    AkEvidenceItem *item = item_of(self, &digest);
    item->is_answer = true;
    item->is_masked = false;
    if (item->answer == NULL)
      item->answer = g_strdup(path);
  }
}

GPtrArray *ak_app_evidence_list(const AkRunState *state) {
  g_autoptr(GHashTable) by_digest = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Listing self = {g_ptr_array_new_with_free_func(item_free), by_digest};
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *execution = state->executions->pdata[i];
    for (guint o = 0; o < execution->observations->len; o++)
      add_observation(&self, execution->observations->pdata[o]);
  }
  add_answers(&self, state);
  return self.items;
}

const AkEvidenceItem *ak_app_evidence_find(const GPtrArray *items, const AkDigest *digest) {
  for (guint i = 0; i < items->len; i++) {
    const AkEvidenceItem *item = items->pdata[i];
    if (ak_digest_equal(&item->digest, digest))
      return item;
  }
  return NULL;
}

/* --- masked bytes ----------------------------------------------------------------------------------- */

GBytes *ak_app_evidence_masked(AkWorkspace *workspace, const AkEvidenceItem *item,
                               GError **error) {
  if (item->is_masked)
    return ak_log_get_blob(ak_workspace_log(workspace), &item->digest, error);
  ak_error_set(error, AK_ERROR_PERMISSION,
               "what is not masked is handed out by akashi evidence --raw alone");
  return NULL;
}

bool ak_app_evidence_is_kept(AkWorkspace *workspace, const AkEvidenceItem *item) {
  return ak_log_has_blob(ak_workspace_log(workspace), &item->digest);
}

/* --- raw bytes -------------------------------------------------------------------------------------- */

GBytes *ak_app_evidence_raw(AkWorkspace *workspace, const char *run_id, const AkDigest *digest,
                            const char *by, const char *reason, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_run(workspace, run_id, error);
  if (view == NULL)
    return NULL;
  g_autoptr(GPtrArray) items = ak_app_evidence_list(view->state);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  if (ak_app_evidence_find(items, digest) == NULL) {
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
