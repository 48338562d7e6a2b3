#include "app/proof.h"

#include <string.h>

#include "proof/bundle.h"
#include "proof/checkpoint.h"
#include "proof/citations.h"

static void free_record(gpointer record) {
  ak_bundle_record_free(record);
}

static AkBundleRecord *reveal(AkLog *log, guint64 index, guint64 size, GError **error) {
  g_autoptr(json_t) record = NULL;
  guint8 salt[AK_SALT_SIZE];
  if (!ak_log_read(log, index, &record, salt, error))
    return NULL;
  if (record == NULL) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "record %" G_GUINT64_FORMAT " was deleted", index);
    return NULL;
  }
  g_autofree char *text = ak_json_canonical(record, NULL, error);
  GArray *proof = text != NULL ? ak_log_inclusion(log, index, size, error) : NULL;
  return proof != NULL ? ak_bundle_record_new(index, g_steal_pointer(&text), salt, proof) : NULL;
}

static gint compare_indices(gconstpointer a, gconstpointer b) {
  guint64 one = 0, other = 0;
  memcpy(&one, a, sizeof one);
  memcpy(&other, b, sizeof other);
  return one < other ? -1 : one > other;
}

/* Of the run that lent passes: its plan, and the observations that the verdict cites. */
typedef struct {
  const char *run_id;
  GHashTable *cited; /* identities */
  GArray *indices;
} Lender;

static bool note_lent(guint64 index, const json_t *record, gpointer data) {
  Lender *self = data;
  AkRecordType type;
  if (!ak_record_type(record, &type, NULL))
    return true;
  g_autoptr(AkObservation) observation =
      type == AK_RECORD_OBSERVATION
          ? ak_observation_from_json(json_object_get(record, "observation"), "observation", NULL)
          : NULL;
  char hex[AK_DIGEST_HEX_SIZE] = "";
  if (observation != NULL) {
    AkDigest identity = ak_observation_identity(observation);
    ak_digest_to_hex(&identity, hex);
  }
  if (type == AK_RECORD_RUN_PLANNED || g_hash_table_contains(self->cited, hex))
    g_array_append_val(self->indices, index);
  return true;
}

/* The run's own records and what it took over, by rising index. */
static GArray *indices_of(AkLog *log, const AkRunView *view, GError **error) {
  const json_t *verdicts = json_object_get(view->state->verdict, "verdicts");
  const json_t *retest = json_object_get(verdicts, "retest");
  g_autoptr(GArray) indices = g_array_copy(view->records);
  if (json_array_size(json_object_get(retest, "inherited")) == 0)
    return g_steal_pointer(&indices);
  g_auto(GStrv) cited = ak_citations_of(verdicts);
  g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);
  for (char **id = cited; *id != NULL; id++)
    g_hash_table_add(set, *id);
  Lender lender = {.run_id = ak_json_string_or(retest, "of", ""), .cited = set, .indices = indices};
  if (!ak_log_foreach_of(log, lender.run_id, 0, note_lent, &lender, error))
    return NULL;
  g_array_sort(indices, compare_indices);
  return g_steal_pointer(&indices);
}

static GPtrArray *reveal_all(AkLog *log, const AkRunView *view, guint64 size, GError **error) {
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func(free_record);
  g_autoptr(GArray) indices = indices_of(log, view, error);
  for (guint i = 0; indices != NULL && i < indices->len; i++) {
    AkBundleRecord *record = reveal(log, g_array_index(indices, guint64, i), size, error);
    if (record == NULL)
      return NULL;
    g_ptr_array_add(records, record);
  }
  return indices != NULL ? g_steal_pointer(&records) : NULL;
}

static bool sign(gpointer data, const void *bytes, gsize size, guint8 signature[static 64],
                 GError **error) {
  return ak_log_sign(data, bytes, size, signature, error);
}

/* Every blob that an observation of the run cites, once. */
static GPtrArray *evidence_of(AkLog *log, const AkRunState *state, GError **error) {
  g_autoptr(GPtrArray) blobs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *execution = state->executions->pdata[i];
    for (guint o = 0; o < execution->observations->len; o++) {
      const GArray *refs = ((AkObservation *)execution->observations->pdata[o])->evidence;
      for (guint e = 0; e < refs->len; e++) {
        const AkDigest *digest = &g_array_index(refs, AkEvidenceRef, e).digest;
        char hex[AK_DIGEST_HEX_SIZE];
        ak_digest_to_hex(digest, hex);
        if (!g_hash_table_add(taken, g_strdup(hex)))
          continue;
        GBytes *blob = ak_log_get_blob(log, digest, error);
        if (blob == NULL)
          return NULL;
        g_ptr_array_add(blobs, blob);
      }
    }
  }
  return g_steal_pointer(&blobs);
}

static void free_earlier(gpointer earlier) {
  ak_bundle_earlier_free(earlier);
}

/* The proof that the log of now grew from the one under an earlier checkpoint. */
static GPtrArray *growth_since(AkLog *log, const char *since, guint64 size, GError **error) {
  g_autoptr(GPtrArray) earlier = g_ptr_array_new_with_free_func(free_earlier);
  if (since == NULL)
    return g_steal_pointer(&earlier);
  g_autoptr(AkNote) note = ak_note_parse(since, strlen(since), error);
  g_autoptr(AkCheckpoint) old = note != NULL ? ak_checkpoint_parse(note->text, error) : NULL;
  if (old == NULL)
    return NULL;
  GArray *proof = ak_log_consistency(log, old->size, size, error);
  if (proof == NULL)
    return NULL;
  g_ptr_array_add(earlier, ak_bundle_earlier_new(g_strdup(since), proof));
  return g_steal_pointer(&earlier);
}

static bool log_raw_access(AkLog *log, const char *run_id, const char *reason, GError **error) {
  g_autoptr(json_t) record = ak_record_new(AK_RECORD_RAW_ACCESS, run_id, ak_now_utc_us());
  json_object_set_new(record, "digest", json_string("all evidence, in a bundle"));
  json_object_set_new(record, "by", json_string(g_get_user_name()));
  json_object_set_new(record, "reason", json_string(reason != NULL ? reason : ""));
  guint64 index = 0;
  return ak_log_append(log, record, &index, error);
}

/* A proof rests on the log alone, whatever the store says: all of the log is read anyway for the
 * tree. */
static AkRunView *view_of_log(AkWorkspace *workspace, const char *run_id, guint64 first,
                              GError **error) {
  g_autoptr(GError) failure = NULL;
  AkRunView *view =
      ak_run_view_fold_run(ak_workspace_log(workspace), run_id, first, &failure);
  if (failure != NULL)
    g_propagate_error(error, g_steal_pointer(&failure));
  else if (view == NULL)
    ak_workspace_set_no_run(workspace, run_id, error);
  return view;
}

GBytes *ak_app_proof_bundle(AkWorkspace *workspace, const char *run_id,
                            const AkProofOptions *options, GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  g_autoptr(AkRunView) view = view_of_log(workspace, run_id, options->first_record, error);
  if (view == NULL)
    return NULL;
  if (view->state->verdict == NULL) {
    ak_error_set(error, AK_ERROR_CONFLICT,
                 "run %s has no verdict yet; akashi verify --resume finishes it", run_id);
    return NULL;
  }
  if (options->with_evidence && !log_raw_access(log, run_id, options->reason, error))
    return NULL;
  guint64 size = 0;
  g_autofree char *checkpoint = ak_log_checkpoint(log, &size, error);
  g_autoptr(GPtrArray) records = checkpoint ? reveal_all(log, view, size, error) : NULL;
  g_autoptr(GPtrArray) earlier =
      records != NULL ? growth_since(log, options->since, size, error) : NULL;
  g_autoptr(GPtrArray) evidence = NULL;
  if (earlier == NULL)
    return NULL;
  if (options->with_evidence && (evidence = evidence_of(log, view->state, error)) == NULL)
    return NULL;
  g_autofree char *product =
      g_strdup_printf("%s@%s", ak_json_string_or(view->state->planned, "product_name", ""),
                      ak_json_string_or(view->state->planned, "product_version", ""));
  AkBundleInput input = {.log_key = ak_log_verifier_key(log),
                         .checkpoint = checkpoint,
                         .product = product,
                         .records = records,
                         .earlier = earlier,
                         .evidence = evidence,
                         .sign = sign,
                         .sign_data = log};
  return ak_proof_bundle_write(&input, error);
}
