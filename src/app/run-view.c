#include "app/run-view.h"

#include <string.h>

AkRunView *ak_run_view_ref(AkRunView *self) {
  g_atomic_ref_count_inc(&self->references);
  return self;
}

void ak_run_view_free(AkRunView *self) {
  if (self == NULL || !g_atomic_ref_count_dec(&self->references))
    return;
  ak_run_state_free(self->state);
  g_array_unref(self->records);
  g_free(self);
}

static AkRunView *view_new(const char *run_id) {
  AkRunView *view = g_new0(AkRunView, 1);
  view->state = ak_run_state_new(run_id);
  view->records = g_array_new(FALSE, FALSE, sizeof(guint64));
  g_atomic_ref_count_init(&view->references);
  return view;
}

static bool fold(AkRunView *view, guint64 index, const json_t *record, GError **error) {
  if (!ak_run_state_fold(view->state, record, error)) {
    g_prefix_error(error, "record %" G_GUINT64_FORMAT ": ", index);
    return false;
  }
  g_array_append_val(view->records, index);
  if (view->state->verdict == record)
    view->verdict_index = index;
  return true;
}

/* --- the whole log --------------------------------------------------------------------------- */

typedef struct {
  GPtrArray *views;
  GHashTable *by_id; /* run id → AkRunView, borrowed */
  GError *failure;
} Folding;

static AkRunView *view_of(Folding *self, const char *run_id) {
  AkRunView *view = g_hash_table_lookup(self->by_id, run_id);
  if (view == NULL) {
    view = view_new(run_id);
    g_ptr_array_add(self->views, view);
    g_hash_table_insert(self->by_id, view->state->run_id, view);
  }
  return view;
}

static bool fold_record(guint64 index, const json_t *record, gpointer data) {
  Folding *self = data;
  const char *run_id = ak_json_string_or(record, "run", NULL);
  if (run_id == NULL || *run_id == '\0')
    return true;
  return fold(view_of(self, run_id), index, record, &self->failure);
}

/* `run_id`: NULL for all. */
static GPtrArray *fold_from(AkLog *log, const char *run_id, guint64 first, GError **error) {
  g_autoptr(GPtrArray) views = g_ptr_array_new_with_free_func((GDestroyNotify)ak_run_view_free);
  g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
  Folding folding = {.views = views, .by_id = by_id};
  bool read = run_id == NULL
                  ? ak_log_foreach(log, first, fold_record, &folding, error)
                  : ak_log_foreach_of(log, run_id, first, fold_record, &folding, error);
  if (folding.failure != NULL) {
    if (read)
      g_propagate_error(error, folding.failure);
    else
      g_error_free(folding.failure);
    return NULL;
  }
  return read ? g_steal_pointer(&views) : NULL;
}

GPtrArray *ak_run_view_fold_log(AkLog *log, GError **error) {
  return fold_from(log, NULL, 0, error);
}

AkRunView *ak_run_view_fold_run(AkLog *log, const char *run_id, guint64 first, GError **error) {
  g_autoptr(GPtrArray) views = fold_from(log, run_id, first, error);
  return views != NULL && views->len > 0 ? g_ptr_array_steal_index(views, 0) : NULL;
}

/* --- the records of one run ------------------------------------------------------------------ */

/* `is_own`: false where the record is not the run's. */
static bool fold_index(AkRunView *view, AkLog *log, guint64 index, bool *is_own, GError **error) {
  g_autoptr(json_t) record = NULL;
  guint8 salt[32];
  if (!ak_log_read(log, index, &record, salt, error))
    return false;
  *is_own = strcmp(ak_json_string_or(record, "run", ""), view->state->run_id) == 0;
  return !*is_own || fold(view, index, record, error);
}

static bool spans_fit(const AkRunRow *run, const GPtrArray *spans, guint64 log_size) {
  gint64 total = 0, before = -1;
  for (guint i = 0; i < spans->len; i++) {
    const AkSpanRow *span = spans->pdata[i];
    if (span->first_index <= before || span->last_index < span->first_index ||
        (guint64)span->last_index >= log_size)
      return false;
    total += span->last_index - span->first_index + 1;
    before = span->last_index;
  }
  return total == run->record_count;
}

AkRunView *ak_run_view_fold_spans(AkLog *log, const AkRunRow *run, const GPtrArray *spans,
                                  GError **error) {
  if (!spans_fit(run, spans, ak_log_size(log)))
    return NULL;
  g_autoptr(AkRunView) view = view_new(run->run_id);
  for (guint i = 0; i < spans->len; i++) {
    const AkSpanRow *span = spans->pdata[i];
    for (gint64 index = span->first_index; index <= span->last_index; index++) {
      bool is_own = true;
      if (!fold_index(view, log, (guint64)index, &is_own, error) || !is_own)
        return NULL;
    }
  }
  return g_steal_pointer(&view);
}
