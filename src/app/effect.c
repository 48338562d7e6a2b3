#include "app/effect.h"

#include <sodium.h>
#include <string.h>

#include "app/effect-result.h"
#include "app/run-lock.h"
#include "core/record.h"
#include "effect/adapter/kit.h"
#include "effect/left.h"

#define ROOM_BYTES (256ull << 20) /* free before a trial starts */
/* this very program, also for a user who may not come to the folder in which it stands */
#define SELF "/proc/self/exe"

typedef struct {
  AkWorkspace *workspace;
  const AkRange *range;
  const AkAppEffectOptions *options;
  AkEffectState *state; /* as it was when this process began */
  guint8 **excluded;    /* [corpora][cases] 1: not proven by the control run; on the shelf */
  AkShelf *shelf;
  GStrv only, cases;
  guint looks; /* at cases, in no order */
} Running;

/* --- which cases ------------------------------------------------------------------------------------ */

static void breathe(Running *self) {
  if (++self->looks % AK_EFFECT_LOOKS == 0)
    ak_effect_corpora_breathe(self->range->corpora);
}

static bool note_control(gpointer data, const AkEffectOutcome *outcome, GError **error) {
  Running *self = data;
  if (outcome->product != AK_EFFECT_CONTROL || outcome->corpus >= self->range->corpora->len)
    return true;
  const AkEffectCorpus *corpus = self->range->corpora->pdata[outcome->corpus];
  bool is_conformance = corpus->written_for != NULL && corpus->written_for[0] != NULL;
  if (outcome->case_index < corpus->cases->len && !is_conformance && /* it needs no proof to conform */
      ak_effect_unproven(corpus->cases->pdata[outcome->case_index],
                         outcome->error != AK_EFFECT_FINE,
                         outcome->happened == AK_EFFECT_YES) != NULL)
    self->excluded[outcome->corpus][outcome->case_index] = 1;
  breathe(self);
  return true;
}

/* Not asked for, or not proven by the control run. */
static bool is_excluded(gpointer data, const AkTrialUnit *unit, guint32 corpus, guint32 index) {
  Running *self = data;
  const AkEffectCorpus *cases = self->range->corpora->pdata[corpus];
  const AkEffectCase *one = cases->cases->pdata[index];
  ak_effect_corpus_pass(cases, index);
  if (self->cases != NULL && !g_strv_contains((const gchar *const *)self->cases, one->id))
    return true;
  return unit->product != AK_EFFECT_CONTROL && self->excluded[corpus][index] != 0;
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

static guint deaths_of(gpointer data, const AkTrialUnit *unit) {
  const Running *self = data;
  return ak_effect_state_deaths(self->state, unit->number);
}

/* --- running ---------------------------------------------------------------------------------------- */

static bool keep(gpointer data, const AkTrialUnit *unit, const AkEffectBatch *batch,
                 const AkTrialAccount *account, GError **error) {
  Running *self = data;
  for (guint i = 0; i < batch->turns->len; i++)
    note_control(self, &ak_effect_batch_turn(batch, i)->outcome, NULL);
  ak_effect_corpora_breathe(self->range->corpora); /* however short it was */
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

static bool run_in(Running *self, const AkRangeFolder *folder, guint64 token_key, bool *finished,
                   GError **error) {
  char *target[] = {(char *)SELF, (char *)"effect", (char *)"target", (char *)"@PORT@",
                    (char *)"@FOLDER@/log", NULL};
  AkTrialSpec spec = {.range = self->range,
                      .target = target,
                      .folder = ak_range_folder_path(folder),
                      .groups = ak_range_folder_groups(folder),
                      .token_key = token_key,
                      .began_ns = ak_kit_now_ns(),
                      .done = done_of,
                      .deaths = deaths_of,
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
  if (!g_ascii_string_to_unsigned(key, 16, 0, G_MAXUINT64, &token_key, NULL))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "trial-planned: token_key is no number");
  g_autoptr(AkRangeFolder) folder = ak_range_folder_new(error);
  return folder != NULL &&
         ak_effect_state_outcomes(self->state, ak_workspace_log(self->workspace), note_control,
                                  self, error) &&
         run_in(self, folder, token_key, finished, error);
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
                         AkEffectRows *rows, GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  g_autoptr(AkEffectState) state = ak_effect_state_read(log, run_id, error);
  return state != NULL ? ak_effect_result(state, log, range, rows, error) : NULL;
}

/* None is excluded; the caller frees the list, its rows lie on the shelf. */
static guint8 **excluded_new(const AkRange *range, AkShelf *shelf, GError **error) {
  g_autofree guint8 **out = g_new0(guint8 *, range->corpora->len + 1);
  for (guint c = 0; c < range->corpora->len; c++) {
    const AkEffectCorpus *corpus = range->corpora->pdata[c];
    if ((out[c] = ak_shelf_take(shelf, corpus->cases->len + 1, error)) == NULL)
      return NULL;
  }
  return g_steal_pointer(&out);
}

/* The run is locked, and planned. */
static json_t *go_on(AkWorkspace *workspace, const AkRange *range, const char *run_id,
                     const AkAppEffectOptions *options, GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  g_autoptr(AkEffectState) state = ak_effect_state_read(log, run_id, error);
  if (state == NULL)
    return NULL;
  g_autoptr(AkShelf) shelf = ak_shelf_new(error);
  g_autofree guint8 **excluded = shelf != NULL ? excluded_new(range, shelf, error) : NULL;
  if (excluded == NULL)
    return NULL;
  g_auto(GStrv) only = strings_of(json_object_get(state->planned, "only"));
  g_auto(GStrv) cases = strings_of(json_object_get(state->planned, "only_cases"));
  Running self = {.workspace = workspace,
                  .range = range,
                  .options = options,
                  .state = state,
                  .excluded = excluded,
                  .shelf = shelf,
                  .only = only,
                  .cases = cases};
  bool finished = state->ended != NULL;
  if (!finished && !run_trial(&self, &finished, error))
    return NULL;
  if (finished && state->ended == NULL && !ak_effect_record_end(log, run_id, "finished", error))
    return NULL;
  return result_of(workspace, range, run_id, options->rows, error);
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

/* Where the range file of a trial is stays on this machine: no record holds it. */
static bool keep_range_file(AkWorkspace *workspace, const AkRange *range, const char *run_id,
                            GError **error) {
  if (range->path == NULL)
    return true;
  g_autofree char *kept = ak_workspace_write(workspace, run_id, AK_RANGE_FILE_FILE, range->path,
                                             strlen(range->path), error);
  return kept != NULL;
}

/* Caller frees; NULL: it was not kept. */
static char *range_file(AkWorkspace *workspace, const char *run_id) {
  g_autofree char *kept =
      g_build_filename(ak_workspace_dir(workspace), "runs", run_id, AK_RANGE_FILE_FILE, NULL);
  char *path = NULL;
  g_file_get_contents(kept, &path, NULL, NULL);
  return path;
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
  return keep_range_file(workspace, range, run_id, error) &&
                 ak_effect_record_plan(log, range, run_id, token_key, options->only, options->cases, error)
             ? go_on(workspace, range, run_id, options, error)
             : NULL;
}

/* Is the range what the run was planned with? */
static bool check_planned(const AkRange *range, const AkEffectState *state, GError **error) {
  AkDigest digest;
  char hex[AK_DIGEST_HEX_SIZE];
  if (!ak_effect_range_digest(range, &digest, error))
    return false;
  ak_digest_to_hex(&digest, hex);
  return strcmp(ak_json_string_or(state->planned, "range", ""), hex) == 0 ||
         ak_error_set(error, AK_ERROR_CONFLICT,
                      "trial %s was planned with another range, corpus or file of a product: start a new "
                      "one",
                      state->run_id);
}

json_t *ak_app_effect_resume(AkWorkspace *workspace, const AkRange *range, const char *run_id,
                             const AkAppEffectOptions *options, GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  g_autoptr(AkRunLock) lock = ak_run_lock_take(workspace, run_id, error);
  g_autoptr(AkEffectState) state = lock != NULL ? ak_effect_state_read(log, run_id, error) : NULL;
  if (state == NULL || !check_planned(range, state, error))
    return NULL;
  return go_on(workspace, range, run_id, options, error);
}

/* --- one case again --------------------------------------------------------------------------------- */

static bool has_asked(const AkRange *range, const AkAppEffectOptions *options, GError **error) {
  for (guint i = 0; options->only != NULL && options->only[i] != NULL; i++)
    if (!ak_range_has_product(range, options->only[i]))
      return ak_error_set(error, AK_ERROR_NOT_FOUND, "there is no product %s", options->only[i]);
  for (guint i = 0; options->cases != NULL && options->cases[i] != NULL; i++)
    if (!ak_range_has_case(range, options->cases[i]))
      return ak_error_set(error, AK_ERROR_NOT_FOUND, "there is no case %s", options->cases[i]);
  return true;
}

json_t *ak_app_effect_repeat(AkWorkspace *workspace, const char *run_id,
                             const AkAppEffectOptions *options, GError **error) {
  g_autoptr(AkEffectState) state =
      ak_effect_state_read(ak_workspace_log(workspace), run_id, error);
  g_autofree char *path = state != NULL ? range_file(workspace, run_id) : NULL;
  if (state != NULL && path == NULL)
    ak_error_set(error, AK_ERROR_CONFLICT, "which file is the range of trial %s is not known here",
                 run_id);
  if (path == NULL)
    return NULL;
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(AkRange) range = ak_app_effect_open(path, problems, error);
  if (range == NULL || !check_planned(range, state, error) || !has_asked(range, options, error))
    return NULL;
  return ak_app_effect_run(workspace, range, options, error);
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
