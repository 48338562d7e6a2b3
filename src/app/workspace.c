#include "app/workspace.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define DEFAULT_STORE "sqlite:store.db"
#define SQLITE "sqlite:"
#define MAX_CONF 4096 /* bytes */

struct _AkWorkspace {
  char *dir;
  AkLog *log;
  AkIndex *index;
  AkRunViews *views;
};

gint64 ak_now_utc_us(void) { return g_get_real_time(); }

/* --- which store ------------------------------------------------------------------------------------- */

/* The first line that is neither empty nor a comment. */
static char *first_line(const char *text) {
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    g_strstrip(*line);
    if (**line != '\0' && **line != '#')
      return g_strdup(*line);
  }
  return NULL;
}

static bool read_conf(const char *dir, char **uri, GError **error) {
  g_autofree char *path = g_build_filename(dir, AK_STORE_CONF_FILE, NULL);
  g_autofree char *text = NULL;
  gsize size = 0;
  g_autoptr(GError) failure = NULL;
  *uri = NULL;
  if (!g_file_get_contents(path, &text, &size, &failure))
    return g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
           ak_error_set(error, AK_ERROR_CONFIG, "%s", failure->message);
  *uri = size <= MAX_CONF && g_utf8_validate_len(text, size, NULL) ? first_line(text) : NULL;
  return *uri != NULL ||
         ak_error_set(error, AK_ERROR_CONFIG, "%s: a line with a URI is missing: %s, or postgresql://…",
                      path, DEFAULT_STORE);
}

/* Paths of files start at the data folder. */
static char *store_uri(const char *dir, GError **error) {
  const char *asked = g_getenv(AK_STORE_VARIABLE);
  g_autofree char *uri = asked != NULL && *asked != '\0' ? g_strdup(asked) : NULL;
  if (uri == NULL && !read_conf(dir, &uri, error))
    return NULL;
  const char *given = uri != NULL ? uri : DEFAULT_STORE;
  const char *path = given + strlen(SQLITE);
  if (!g_str_has_prefix(given, SQLITE) || *path == ':' || *path == '\0' ||
      g_path_is_absolute(path))
    return g_strdup(given);
  g_autofree char *full = g_build_filename(dir, path, NULL);
  return g_strconcat(SQLITE, full, NULL);
}

/* --- the folder ---------------------------------------------------------------------------------------- */

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
  g_autofree char *uri = store_uri(dir, error);
  if (uri == NULL)
    return NULL;
  AkWorkspace *self = g_new0(AkWorkspace, 1);
  self->dir = g_strdup(dir);
  self->log = g_steal_pointer(&log);
  self->index = ak_index_new(self->log, uri);
  self->views = ak_run_views_new();
  return self;
}

void ak_workspace_free(AkWorkspace *self) {
  if (self == NULL)
    return;
  ak_run_views_free(self->views);
  ak_index_free(self->index);
  ak_log_free(self->log);
  g_free(self->dir);
  g_free(self);
}

AkLog *ak_workspace_log(AkWorkspace *self) { return self->log; }

AkIndex *ak_workspace_index(AkWorkspace *self) { return self->index; }

AkRunViews *ak_workspace_views(AkWorkspace *self) { return self->views; }

const char *ak_workspace_dir(AkWorkspace *self) { return self->dir; }

/* A run id becomes the name of a folder: letters, digits and hyphens alone. */
bool ak_workspace_is_run_id(const char *name) {
  gsize length = strlen(name);
  return length > 0 && length <= 64 &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == length;
}

char *ak_workspace_run_folder(AkWorkspace *self, const char *run_id, GError **error) {
  if (!ak_workspace_is_run_id(run_id)) {
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

bool ak_workspace_is_private(const char *name) {
  static const char *const names[] = {AK_PRODUCT_FOLDER_FILE, AK_RANGE_FILE_FILE, NULL};
  return g_strv_contains(names, name);
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

/* --- runs that are not there any more ---------------------------------------------------------- */

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
