/* The questions that are put to a data folder's store: lists of runs, one run, words, properties.
 */
#include "app/workspace.h"
#include "store/observations.h"
#include "store/search.h"

static gint64 log_id_of(AkWorkspace *self) {
  return ak_logs_id(ak_log_origin(ak_workspace_log(self)));
}

/* --- lists ----------------------------------------------------------------------------------- */

typedef struct {
  gint64 log_id;
  const char *product_name, *product_version; /* or NULL for all */
  GPtrArray *rows;
} Listing;

static bool list(AkTx *tx, gpointer data, GError **error) {
  Listing *self = data;
  g_clear_pointer(&self->rows, g_ptr_array_unref);
  self->rows = self->product_name == NULL
                   ? ak_runs_list(tx, self->log_id, error)
                   : ak_runs_list_version(tx, self->log_id, self->product_name,
                                          self->product_version, error);
  return self->rows != NULL;
}

static GPtrArray *ask_list(AkWorkspace *self, Listing *listing, GError **error) {
  if (ak_index_ask(ak_workspace_index(self), list, listing, error))
    return listing->rows;
  g_clear_pointer(&listing->rows, g_ptr_array_unref);
  return NULL;
}

GPtrArray *ak_workspace_runs(AkWorkspace *self, GError **error) {
  Listing listing = {.log_id = log_id_of(self)};
  return ask_list(self, &listing, error);
}

GPtrArray *ak_workspace_runs_of_version(AkWorkspace *self, const char *product_name,
                                        const char *product_version, GError **error) {
  Listing listing = {
      .log_id = log_id_of(self), .product_name = product_name, .product_version = product_version};
  return ask_list(self, &listing, error);
}

/* --- one run --------------------------------------------------------------------------------- */

typedef struct {
  gint64 log_id;
  const char *run_id;
  AkRunRow *run; /* NULL for an unknown one */
  GPtrArray *spans;
} Records;

static void records_clear(Records *self) {
  g_clear_pointer(&self->run, ak_run_row_free);
  g_clear_pointer(&self->spans, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Records, records_clear)

static bool find_records(AkTx *tx, gpointer data, GError **error) {
  Records *self = data;
  records_clear(self);
  if (!ak_runs_get(tx, self->log_id, self->run_id, &self->run, error))
    return false;
  if (self->run != NULL)
    self->spans = ak_runs_spans(tx, self->log_id, self->run->run_index, error);
  return self->run == NULL || self->spans != NULL;
}

/* What the store does not know or does not know rightly is looked for in the log itself. */
static AkRunView *fold_whole(AkWorkspace *self, const char *run_id, GError **error) {
  g_autoptr(GError) failure = NULL;
  AkRunView *view = ak_run_view_fold_run(ak_workspace_log(self), run_id, 0, &failure);
  if (failure != NULL)
    g_propagate_error(error, g_steal_pointer(&failure));
  else if (view == NULL)
    ak_workspace_set_no_run(self, run_id, error);
  return view;
}

static AkRunView *run_of(AkWorkspace *self, const char *run_id, bool shared, GError **error) {
  g_auto(Records) records = {.log_id = log_id_of(self), .run_id = run_id};
  gint64 now_us = g_get_monotonic_time();
  if (!g_utf8_validate(run_id, -1, NULL))
    return fold_whole(self, run_id, error);
  if (!ak_index_ask(ak_workspace_index(self), find_records, &records, error))
    return NULL;
  if (records.run == NULL)
    return fold_whole(self, run_id, error);
  AkRunView *view =
      shared ? ak_run_views_find(ak_workspace_views(self), records.run, records.spans, now_us) : NULL;
  if (view != NULL)
    return view;
  view = ak_run_view_fold_spans(ak_workspace_log(self), records.run, records.spans, NULL);
  if (view != NULL && shared)
    ak_run_views_keep(ak_workspace_views(self), view, now_us);
  if (view != NULL)
    return view;
  /* Rows that do not fit, a run that was deleted just now, or a log that cannot be read: the log
   * says. */
  view = fold_whole(self, run_id, error);
  if (view != NULL)
    ak_index_distrust(ak_workspace_index(self));
  return view;
}

AkRunView *ak_workspace_run(AkWorkspace *self, const char *run_id, GError **error) {
  return run_of(self, run_id, false, error);
}

AkRunView *ak_workspace_read_run(AkWorkspace *self, const char *run_id, GError **error) {
  return run_of(self, run_id, true, error);
}

AkRunRow *ak_workspace_row(AkWorkspace *self, const char *run_id, GError **error) {
  g_auto(Records) records = {.log_id = log_id_of(self), .run_id = run_id};
  if (g_utf8_validate(run_id, -1, NULL) &&
      !ak_index_ask(ak_workspace_index(self), find_records, &records, error))
    return NULL;
  if (records.run == NULL)
    ak_workspace_set_no_run(self, run_id, error);
  return g_steal_pointer(&records.run);
}

/* --- words
 * -----------------------------------------------------------------------------------------------
 */

typedef struct {
  gint64 log_id;
  const char *question;
  guint limit;
  GPtrArray *found; /* of AkRunFound, or of AkObservationFound */
} Search;

static void free_found(gpointer data) {
  AkRunFound *found = data;
  ak_run_row_free(found->run);
  g_ptr_array_unref(found->hits);
  g_free(found);
}

static bool search(AkTx *tx, gpointer data, GError **error) {
  Search *self = data;
  g_clear_pointer(&self->found, g_ptr_array_unref);
  g_autoptr(GPtrArray) found = ak_search_run(tx, self->log_id, self->question, self->limit, error);
  if (found == NULL)
    return false;
  self->found = g_ptr_array_new_with_free_func(free_found);
  for (guint i = 0; i < found->len; i++) {
    const AkSearchFound *one = found->pdata[i];
    AkRunRow *run = NULL;
    if (!ak_runs_get_by_index(tx, self->log_id, one->run_index, &run, error))
      return false;
    if (run == NULL)
      continue;
    AkRunFound *row = g_new(AkRunFound, 1);
    *row = (AkRunFound){run, g_ptr_array_ref(one->hits)};
    g_ptr_array_add(self->found, row);
  }
  return true;
}

static GPtrArray *ask_search(AkWorkspace *self, AkTxFn fn, const char *question, guint limit,
                             GError **error) {
  if (!g_utf8_validate(question, -1, NULL)) {
    ak_error_set(error, AK_ERROR_CONFIG, "what is searched for is no UTF-8 text");
    return NULL;
  }
  Search asked = {.log_id = log_id_of(self), .question = question, .limit = limit};
  if (ak_index_ask(ak_workspace_index(self), fn, &asked, error))
    return asked.found;
  g_clear_pointer(&asked.found, g_ptr_array_unref);
  return NULL;
}

GPtrArray *ak_workspace_search(AkWorkspace *self, const char *question, guint limit,
                               GError **error) {
  return ask_search(self, search, question, limit, error);
}

/* --- properties ------------------------------------------------------------------------------ */

static void free_observation(gpointer data) {
  AkObservationFound *found = data;
  g_free(found->run_id);
  g_free(found->test);
  g_free(found->subject_kind);
  g_free(found->subject_locator);
  g_free(found->outcome);
  g_free(found);
}

static bool add_observation(AkTx *tx, const AkObservationRow *row, GPtrArray *found,
                            GError **error) {
  AkRunRow *loaded = NULL;
  if (!ak_runs_get_by_index(tx, row->log_id, row->run_index, &loaded, error))
    return false;
  g_autoptr(AkRunRow) run = loaded;
  if (run == NULL)
    return true;
  AkObservationFound *one = g_new(AkObservationFound, 1);
  *one = (AkObservationFound){.run_id = g_strdup(run->run_id),
                              .index = (guint64)row->record_index,
                              .test = g_strdup(row->test),
                              .subject_kind = g_strdup(row->subject_kind),
                              .subject_locator = g_strdup(row->subject_locator),
                              .outcome = g_strdup(row->outcome)};
  g_ptr_array_add(found, one);
  return true;
}

static bool find_observations(AkTx *tx, gpointer data, GError **error) {
  Search *self = data;
  g_clear_pointer(&self->found, g_ptr_array_unref);
  g_autoptr(GPtrArray) rows =
      ak_observations_find(tx, self->log_id, self->question, G_MAXINT64, self->limit, error);
  if (rows == NULL)
    return false;
  self->found = g_ptr_array_new_with_free_func(free_observation);
  for (guint i = 0; i < rows->len; i++)
    if (!add_observation(tx, rows->pdata[i], self->found, error))
      return false;
  return true;
}

GPtrArray *ak_workspace_observations(AkWorkspace *self, const char *property, guint limit,
                                     GError **error) {
  return ask_search(self, find_observations, property, limit, error);
}
