#include "app/workspace.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

struct _AkWorkspace {
  char *dir;
  AkLog *log;
};

gint64 ak_now_utc_us(void) { return g_get_real_time(); }

AkWorkspace *ak_workspace_open(const char *dir, GError **error) {
  g_autofree char *log_dir = g_build_filename(dir, "log", NULL);
  if (g_mkdir_with_parents(dir, 0700) != 0) {
    ak_error_set_errno(error, errno, "data folder %s cannot be made", dir);
    return NULL;
  }
  g_autoptr(AkLog) log = ak_log_open(log_dir, error);
  if (log == NULL) {
    g_prefix_error(error, "data folder %s: ", dir);
    return NULL;
  }
  AkWorkspace *self = g_new0(AkWorkspace, 1);
  self->dir = g_strdup(dir);
  self->log = g_steal_pointer(&log);
  return self;
}

void ak_workspace_free(AkWorkspace *self) {
  if (self == NULL)
    return;
  ak_log_free(self->log);
  g_free(self->dir);
  g_free(self);
}

AkLog *ak_workspace_log(AkWorkspace *self) { return self->log; }

const char *ak_workspace_dir(AkWorkspace *self) { return self->dir; }

/* A run id becomes the name of a folder: letters, digits and hyphens alone. */
static bool is_plain_name(const char *name) {
  gsize length = strlen(name);
  return length > 0 && length <= 64 &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == length;
}

char *ak_workspace_run_folder(AkWorkspace *self, const char *run_id, GError **error) {
  if (!is_plain_name(run_id)) {
    ak_error_set(error, AK_ERROR_CONFIG, "\"%s\" is no run id; akashi run list shows them", run_id);
    return NULL;
  }
  g_autofree char *folder = g_build_filename(self->dir, "runs", run_id, NULL);
  if (g_mkdir_with_parents(folder, 0700) != 0) {
    ak_error_set_errno(error, errno, "%s cannot be made", folder);
    return NULL;
  }
  return g_steal_pointer(&folder);
}

char *ak_workspace_write(AkWorkspace *self, const char *run_id, const char *name,
                         const void *bytes, gsize size, GError **error) {
  g_autofree char *folder = ak_workspace_run_folder(self, run_id, error);
  if (folder == NULL)
    return NULL;
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_autoptr(GError) failure = NULL;
  if (!g_file_set_contents_full(path, bytes, (gssize)size,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &failure)) {
    ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
    return NULL;
  }
  return g_steal_pointer(&path);
}

void ak_run_view_free(AkRunView *self) {
  if (self == NULL)
    return;
  ak_run_state_free(self->state);
  g_array_unref(self->records);
  g_free(self);
}

typedef struct {
  const char *only; /* run id, or NULL for all */
  GPtrArray *views;
  GHashTable *by_id; /* run id → AkRunView, borrowed */
  GError *failure;
} Folding;

static AkRunView *view_of(Folding *self, const char *run_id) {
  AkRunView *view = g_hash_table_lookup(self->by_id, run_id);
  if (view == NULL) {
    view = g_new0(AkRunView, 1);
    view->state = ak_run_state_new(run_id);
    view->records = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_ptr_array_add(self->views, view);
    g_hash_table_insert(self->by_id, view->state->run_id, view);
  }
  return view;
}

static bool fold_record(guint64 index, const json_t *record, gpointer data) {
  Folding *self = data;
  const char *run_id = ak_json_string_or(record, "run", NULL);
  if (run_id == NULL || *run_id == '\0' || (self->only != NULL && strcmp(run_id, self->only) != 0))
    return true;
  AkRunView *view = view_of(self, run_id);
  if (!ak_run_state_fold(view->state, record, &self->failure)) {
    g_prefix_error(&self->failure, "record %" G_GUINT64_FORMAT ": ", index);
    return false;
  }
  g_array_append_val(view->records, index);
  if (view->state->verdict == record)
    view->verdict_index = index;
  return true;
}

static GPtrArray *fold_log(AkWorkspace *self, const char *only, GError **error) {
  g_autoptr(GPtrArray) views = g_ptr_array_new_with_free_func((GDestroyNotify)ak_run_view_free);
  g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
  Folding folding = {.only = only, .views = views, .by_id = by_id};
  bool read = ak_log_foreach(self->log, 0, fold_record, &folding, error);
  if (folding.failure != NULL) {
    if (read)
      g_propagate_error(error, folding.failure);
    else
      g_error_free(folding.failure);
    return NULL;
  }
  return read ? g_steal_pointer(&views) : NULL;
}

static bool find_act(guint64 index, const json_t *record, gpointer data) {
  struct {
    const char *run_id;
    json_t *act;
  } *search = data;
  if (strcmp(ak_json_string_or(record, "type", ""), "run-forgotten") != 0 ||
      strcmp(ak_json_string_or(record, "forgotten", ""), search->run_id) != 0)
    return true;
  search->act = json_incref((json_t *)record);
  return false;
}

void ak_workspace_set_no_run(AkWorkspace *self, const char *run_id, GError **error) {
  struct {
    const char *run_id;
    json_t *act;
  } search = {.run_id = run_id};
  ak_log_foreach(self->log, 0, find_act, &search, NULL);
  g_autoptr(json_t) act = search.act;
  if (act == NULL) {
    ak_error_set(error, AK_ERROR_NOT_FOUND,
                 "there is no run %s in %s; akashi run list shows the runs", run_id, self->dir);
    return;
  }
  g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(
      json_integer_value(json_object_get(act, "when_utc_us")) / G_USEC_PER_SEC);
  g_autofree char *date = when != NULL ? g_date_time_format(when, "%F") : g_strdup("?");
  ak_error_set(error, AK_ERROR_NOT_FOUND, "run %s was deleted on %s by %s: %s", run_id, date,
               ak_json_string_or(act, "by", "?"), ak_json_string_or(act, "reason", ""));
}

AkRunView *ak_workspace_run(AkWorkspace *self, const char *run_id, GError **error) {
  g_autoptr(GPtrArray) views = fold_log(self, run_id, error);
  if (views == NULL)
    return NULL;
  if (views->len == 0) {
    ak_workspace_set_no_run(self, run_id, error);
    return NULL;
  }
  return g_ptr_array_steal_index(views, 0);
}

GPtrArray *ak_workspace_runs(AkWorkspace *self, GError **error) {
  return fold_log(self, NULL, error);
}

const AkRunView *ak_workspace_find(const GPtrArray *views, const char *run_id) {
  for (guint i = 0; i < views->len; i++)
    if (strcmp(((const AkRunView *)views->pdata[i])->state->run_id, run_id) == 0)
      return views->pdata[i];
  return NULL;
}
