#include "app/effect.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/effect-result.h"
#include "app/run-lock.h"
#include "core/record.h"
#include "effect/adapter/kit.h"

#define ROOM_BYTES (256ull << 20) /* free before a trial starts */
/* this very program, also for a user who may not come to the folder in which it stands */
#define SELF "/proc/self/exe"

typedef struct {
  AkWorkspace *workspace;
  const AkRange *range;
  const AkAppEffectOptions *options;
  AkEffectState *state; /* as it was when this process began */
  GHashTable *excluded; /* keys: corpus << 32 | case, as pointers to guint64 */
  GStrv only, cases;
} Running;

/* --- which cases ------------------------------------------------------------------------------------ */

static void exclude(Running *self, const AkEffectOutcome *outcome) {
  guint64 key = (guint64)outcome->corpus << 32 | outcome->case_index;
  g_hash_table_add(self->excluded, g_memdup2(&key, sizeof key));
}

static bool note_control(gpointer data, const AkEffectOutcome *outcome, GError **error) {
  Running *self = data;
  if (outcome->product != AK_EFFECT_CONTROL || outcome->corpus >= self->range->corpora->len)
    return true;
  const AkEffectCorpus *corpus = self->range->corpora->pdata[outcome->corpus];
  bool is_conformance = corpus->written_for != NULL && corpus->written_for[0] != NULL;
  if (outcome->case_index < corpus->cases->len && !is_conformance && /* it needs no proof to conform */
      ak_effect_excluded(outcome,
                         ((const AkEffectCase *)corpus->cases->pdata[outcome->case_index])->attack))
    exclude(self, outcome);
  return true;
}

/* Not asked for, or not proven by the control run. */
static bool is_excluded(gpointer data, const AkTrialUnit *unit, guint32 corpus, guint32 index) {
  Running *self = data;
  guint64 key = (guint64)corpus << 32 | index;
  const AkEffectCorpus *cases = self->range->corpora->pdata[corpus];
  const AkEffectCase *one = cases->cases->pdata[index];
  if (self->cases != NULL && !g_strv_contains((const gchar *const *)self->cases, one->id))
    return true;
  return unit->product != AK_EFFECT_CONTROL && g_hash_table_contains(self->excluded, &key);
}

static gsize done_of(gpointer data, const AkTrialUnit *unit) {
  Running *self = data;
  const AkRangeProduct *product =
      unit->product != AK_EFFECT_CONTROL ? self->range->products->pdata[unit->product] : NULL;
  if (product != NULL && self->only != NULL &&
      !g_strv_contains((const gchar *const *)self->only, product->id))
    return G_MAXSIZE;
  return ak_effect_state_done(self->state, unit->number);
}

/* --- running ---------------------------------------------------------------------------------------- */

static bool keep(gpointer data, const AkTrialUnit *unit, const AkEffectBatch *batch,
                 const AkTrialAccount *account, GError **error) {
  Running *self = data;
  for (guint i = 0; i < batch->turns->len; i++)
    note_control(self, &ak_effect_batch_turn(batch, i)->outcome, NULL);
  return ak_effect_record_batch(ak_workspace_log(self->workspace), self->state->run_id, unit, batch,
                                account, error);
}

static void progress(gpointer data, guint64 done, guint64 total) {
  const Running *self = data;
  if (self->options->progress != NULL)
    self->options->progress(self->options->data, done, total);
}

static bool cancelled(gpointer data) {
  const Running *self = data;
  return self->options->cancelled != NULL && self->options->cancelled(self->options->data);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk) {
  return remove(path);
}

static bool run_in(Running *self, const char *folder, guint64 token_key, bool *finished,
                   GError **error) {
  char *target[] = {(char *)SELF, (char *)"effect", (char *)"target", (char *)"@PORT@",
                    (char *)"@FOLDER@/log", NULL};
  AkTrialSpec spec = {.range = self->range,
                      .target = target,
                      .folder = folder,
                      .token_key = token_key,
                      .began_ns = ak_kit_now_ns(),
                      .done = done_of,
                      .excluded = is_excluded,
                      .keep = keep,
                      .progress = progress,
                      .cancelled = cancelled,
                      .data = self};
  return ak_trial_run(&spec, finished, error);
}

/* Products run in a folder of their own outside of the data folder, which is nobody else's to look
 * into. */
static bool run_trial(Running *self, bool *finished, GError **error) {
  guint64 token_key = 0;
  const char *key = ak_json_string_or(self->state->planned, "token_key", "");
  g_autoptr(GError) failure = NULL;
  if (!g_ascii_string_to_unsigned(key, 16, 0, G_MAXUINT64, &token_key, NULL))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "trial-planned: token_key is no number");
  g_autofree char *folder = g_dir_make_tmp("akashi-range-XXXXXX", &failure);
  if (folder == NULL)
    return ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
  g_chmod(folder, 0711);
  bool done = ak_effect_state_outcomes(self->state, ak_workspace_log(self->workspace), note_control,
                                       self, error) &&
              run_in(self, folder, token_key, finished, error);
  nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  return done;
}

static GStrv strings_of(const json_t *list) {
  if (json_array_size(list) == 0)
    return NULL;
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
  for (gsize i = 0; i < json_array_size(list); i++)
    g_strv_builder_add(texts, json_string_value(json_array_get(list, i)));
  return g_strv_builder_end(texts);
}

static json_t *result_of(AkWorkspace *workspace, const AkRange *range, const char *run_id,
                         GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  g_autoptr(AkEffectState) state = ak_effect_state_read(log, run_id, error);
  return state != NULL ? ak_effect_result(state, log, range, error) : NULL;
}

/* The run is locked, and planned. */
static json_t *go_on(AkWorkspace *workspace, const AkRange *range, const char *run_id,
                     const AkAppEffectOptions *options, GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  g_autoptr(AkEffectState) state = ak_effect_state_read(log, run_id, error);
  if (state == NULL)
    return NULL;
  g_autoptr(GHashTable) excluded =
      g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  g_auto(GStrv) only = strings_of(json_object_get(state->planned, "only"));
  g_auto(GStrv) cases = strings_of(json_object_get(state->planned, "only_cases"));
  Running self = {workspace, range, options, state, excluded, only, cases};
  bool finished = state->ended != NULL;
  if (!finished && !run_trial(&self, &finished, error))
    return NULL;
  if (finished && state->ended == NULL && !ak_effect_record_end(log, run_id, "finished", error))
    return NULL;
  return result_of(workspace, range, run_id, error);
}

static bool is_planned(AkLog *log, const char *run_id) {
  g_autoptr(AkEffectState) state = ak_effect_state_read(log, run_id, NULL);
  return state != NULL;
}

static char *new_id(void) {
  g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(ak_now_utc_us() / G_USEC_PER_SEC);
  g_autofree char *stamp = g_date_time_format(now, "%Y%m%d-%H%M%S");
  return g_strdup_printf("e%s-%04x", stamp, g_random_int() & 0xffff);
}

json_t *ak_app_effect_run(AkWorkspace *workspace, const AkRange *range,
                          const AkAppEffectOptions *options, GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  g_autofree char *run_id = options->run_id != NULL ? g_strdup(options->run_id) : new_id();
  guint64 token_key = 0;
  if (!ak_log_check_room(log, ROOM_BYTES, error))
    return NULL;
  g_autoptr(AkRunLock) lock = ak_run_lock_take(workspace, run_id, error);
  if (lock == NULL)
    return NULL;
  if (is_planned(log, run_id)) {
    ak_error_set(error, AK_ERROR_CONFLICT, "trial %s is there already; --resume goes on with it",
                 run_id);
    return NULL;
  }
  randombytes_buf(&token_key, sizeof token_key);
  return ak_effect_record_plan(log, range, run_id, token_key, options->only, options->cases, error)
             ? go_on(workspace, range, run_id, options, error)
             : NULL;
}

json_t *ak_app_effect_resume(AkWorkspace *workspace, const AkRange *range, const char *run_id,
                             const AkAppEffectOptions *options, GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  g_autoptr(AkRunLock) lock = ak_run_lock_take(workspace, run_id, error);
  g_autoptr(AkEffectState) state = lock != NULL ? ak_effect_state_read(log, run_id, error) : NULL;
  AkDigest digest;
  char hex[AK_DIGEST_HEX_SIZE];
  if (state == NULL || !ak_effect_range_digest(range, &digest, error))
    return NULL;
  ak_digest_to_hex(&digest, hex);
  if (strcmp(ak_json_string_or(state->planned, "range", ""), hex) != 0) {
    ak_error_set(error, AK_ERROR_CONFLICT,
                 "trial %s was planned with another range, corpus or file of a product: start a new "
                 "one",
                 run_id);
    return NULL;
  }
  return go_on(workspace, range, run_id, options, error);
}

/* --- which trials there are --------------------------------------------------------------------------- */

static bool note_trial(guint64 index, const json_t *record, gpointer data) {
  char **open = data;
  AkRecordType type;
  const char *run = ak_json_string_or(record, "run", "");
  if (!ak_record_type(record, &type, NULL))
    return true;
  if (type == AK_RECORD_TRIAL_PLANNED) {
    g_free(*open);
    *open = g_strdup(run);
  } else if (type == AK_RECORD_TRIAL_ENDED && g_strcmp0(*open, run) == 0) {
    g_clear_pointer(open, g_free);
  }
  return true;
}

char *ak_app_effect_unfinished(AkWorkspace *workspace, GError **error) {
  char *open = NULL;
  if (ak_log_foreach(ak_workspace_log(workspace), 0, note_trial, &open, error) && open == NULL)
    ak_error_set(error, AK_ERROR_NOT_FOUND, "the newest trial has its end: nothing to go on with");
  return open;
}
