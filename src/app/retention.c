#include "app/retention.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/cache.h"
#include "app/run-lock.h"

#define QUIET_US                                                                                   \
  (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC) /* an unfinished run may still be at work */
#define SPARE_S 3600 /* evidence put since may be about to be cited by another run */

static void row_free(AkRetentionRow *self) {
  g_free(self->run_id);
  g_free(self->product);
  g_free(self->version);
  g_free(self->kept_because);
  g_free(self);
}

static bool last_of(AkWorkspace *workspace, const AkRunView *view, gint64 *out, GError **error) {
  guint64 index = g_array_index(view->records, guint64, view->records->len - 1);
  guint8 salt[32];
  g_autoptr(json_t) record = NULL;
  if (!ak_log_read(ak_workspace_log(workspace), index, &record, salt, error))
    return false;
  *out = json_integer_value(json_object_get(record, "when_utc_us"));
  return true;
}

/* The run that took passes over from this one, and whose proof would lose what it cites; or NULL.
 */
static const char *dependent_of(const GPtrArray *views, const char *run_id) {
  for (guint i = 0; i < views->len; i++) {
    const AkRunState *state = ((const AkRunView *)views->pdata[i])->state;
    const json_t *retest = json_object_get(json_object_get(state->verdict, "verdicts"), "retest");
    if (strcmp(ak_json_string_or(retest, "of", ""), run_id) == 0 &&
        json_array_size(json_object_get(retest, "inherited")) > 0)
      return state->run_id;
  }
  return NULL;
}

static char *reason_to_keep(const GPtrArray *views, const AkRunView *view, gint64 last_utc_us,
                            gint64 now_utc_us) {
  const char *dependent = dependent_of(views, view->state->run_id);
  if (dependent != NULL)
    return g_strdup_printf("run %s inherits from it; that one goes first", dependent);
  if (view->state->end == NULL && now_utc_us - last_utc_us < QUIET_US)
    return g_strdup("it is not finished and wrote within the last hour");
  return NULL;
}

static int compare_rows(gconstpointer a, gconstpointer b) {
  const AkRetentionRow *one = *(const AkRetentionRow *const *)a;
  const AkRetentionRow *other = *(const AkRetentionRow *const *)b;
  if (one->last_utc_us != other->last_utc_us)
    return one->last_utc_us < other->last_utc_us ? -1 : 1;
  return strcmp(one->run_id, other->run_id);
}

static AkRetentionRow *row_new(const GPtrArray *views, const AkRunView *view, gint64 last_utc_us,
                               gint64 now_utc_us) {
  AkRetentionRow *row = g_new0(AkRetentionRow, 1);
  const json_t *planned = view->state->planned;
  *row = (AkRetentionRow){.run_id = g_strdup(view->state->run_id),
                          .product = g_strdup(ak_json_string_or(planned, "product_name", "")),
                          .version = g_strdup(ak_json_string_or(planned, "product_version", "")),
                          .records = view->records->len,
                          .last_utc_us = last_utc_us,
                          .kept_because = reason_to_keep(views, view, last_utc_us, now_utc_us)};
  return row;
}

GPtrArray *ak_app_retention_rows(AkWorkspace *workspace, const char *run_id, gint64 before_utc_us,
                                 gint64 now_utc_us, GError **error) {
  /* What may be deleted rests on the log alone, whatever the store says. */
  g_autoptr(GPtrArray) views = ak_run_view_fold_log(ak_workspace_log(workspace), error);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)row_free);
  for (guint i = 0; views != NULL && i < views->len; i++) {
    const AkRunView *view = views->pdata[i];
    gint64 last_utc_us = 0;
    if (run_id != NULL && strcmp(view->state->run_id, run_id) != 0)
      continue;
    if (!last_of(workspace, view, &last_utc_us, error))
      return NULL;
    if (run_id != NULL || last_utc_us < before_utc_us)
      g_ptr_array_add(rows, row_new(views, view, last_utc_us, now_utc_us));
  }
  if (views == NULL)
    return NULL;
  if (run_id != NULL && rows->len == 0) {
    ak_workspace_set_no_run(workspace, run_id, error);
    return NULL;
  }
  g_ptr_array_sort(rows, compare_rows);
  return g_steal_pointer(&rows);
}

/* Reports and bundle of the run; the folder holds files alone. */
static bool remove_derived(AkWorkspace *workspace, const char *run_id, GError **error) {
  g_autofree char *folder = ak_workspace_run_folder(workspace, run_id, error);
  g_autoptr(GDir) dir = folder != NULL ? g_dir_open(folder, 0, NULL) : NULL;
  if (folder == NULL)
    return false;
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (g_unlink(path) != 0 && errno != ENOENT)
      return ak_error_set_errno(error, errno, "%s cannot be deleted", path);
  }
  if (g_rmdir(folder) != 0 && errno != ENOENT)
    return ak_error_set_errno(error, errno, "%s cannot be deleted", folder);
  return true;
}

/* A store that cannot be reached now loses the rows by the next command that reaches it. */
static bool forget_rows(AkWorkspace *workspace, const char *run_id, GError **error) {
  if (ak_index_settle(ak_workspace_index(workspace), error))
    return true;
  g_prefix_error(error, "run %s is deleted from the log, but not yet from the store: ", run_id);
  return false;
}

bool ak_app_forget(AkWorkspace *workspace, const AkRetentionRow *row, const char *by,
                   const char *reason, gint64 now_utc_us, GError **error) {
  guint64 index = 0;
  if (row->kept_because != NULL)
    return ak_error_set(error, AK_ERROR_CONFLICT, "run %s stays: %s", row->run_id,
                        row->kept_because);
  /* Nobody writes to it meanwhile. */
  g_autoptr(AkRunLock) lock = NULL;
  if (ak_workspace_is_run_id(row->run_id) &&
      (lock = ak_run_lock_take(workspace, row->run_id, error)) == NULL)
    return false;
  g_autoptr(json_t) act = ak_record_new(AK_RECORD_RUN_FORGOTTEN, "", now_utc_us);
  json_object_set_new(act, "forgotten", json_string(row->run_id));
  json_object_set_new(act, "records", json_integer(row->records));
  json_object_set_new(act, "last_utc_us", json_integer((json_int_t)row->last_utc_us));
  json_object_set_new(act, "by", json_string(by));
  json_object_set_new(act, "reason", json_string(reason));
  /* The act first: what is deleted was said to be. The text of the run goes last, so that whoever
   * asks again after a kill still finds the run. */
  ak_cache_clear(ak_workspace_dir(workspace)); /* it may hold evidence of the run */
  return ak_log_append(ak_workspace_log(workspace), act, &index, error) &&
         remove_derived(workspace, row->run_id, error) &&
         ak_log_forget_run(ak_workspace_log(workspace), row->run_id, SPARE_S, error) &&
         forget_rows(workspace, row->run_id, error);
}

static bool collect_act(guint64 index, const json_t *record, gpointer data) {
  if (strcmp(ak_json_string_or(record, "type", ""), "run-forgotten") == 0)
    json_array_append(data, (json_t *)record);
  return true;
}

json_t *ak_app_forgotten(AkWorkspace *workspace, GError **error) {
  g_autoptr(json_t) acts = json_array();
  return ak_log_foreach(ak_workspace_log(workspace), 0, collect_act, acts, error)
             ? g_steal_pointer(&acts)
             : NULL;
}

bool ak_app_retention_before(const char *period, gint64 now_utc_us, gint64 *before_utc_us,
                             GError **error) {
  gsize length = strlen(period);
  guint64 number = 0;
  g_autofree char *digits = length > 2 ? g_strndup(period + 1, length - 2) : g_strdup("");
  char unit = length > 2 ? period[length - 1] : '\0';
  g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_utc_us / G_USEC_PER_SEC);
  g_autoptr(GDateTime) before = NULL;
  if (now != NULL && period[0] == 'P' &&
      g_ascii_string_to_unsigned(digits, 10, 1, 36500, &number, NULL))
    before = unit == 'Y' && number <= 100 ? g_date_time_add_years(now, -(int)number)
             : unit == 'M'                ? g_date_time_add_months(now, -(int)number)
             : unit == 'D'                ? g_date_time_add_days(now, -(int)number)
                                          : NULL;
  if (before == NULL)
    return ak_error_set(error, AK_ERROR_CONFIG,
                        "\"%s\": a period such as P5Y, P6M or P30D is wanted", period);
  *before_utc_us = g_date_time_to_unix(before) * G_USEC_PER_SEC;
  return true;
}
