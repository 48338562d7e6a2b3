#include "catalog/data.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#define MAX_FILE_BYTES (16 * 1024 * 1024)

/* An id becomes a part of a path, so it holds nothing that a path could be built with. */
static bool is_id(const char *text) {
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isalnum(*at) && (strchr("-_.", *at) == NULL || at == text))
      return false;
  return *text != '\0' && strlen(text) <= 128;
}

static GBytes *read_file(const char *path, GError **error) {
  g_autoptr(GFile) file = g_file_new_for_path(path);
  g_autoptr(GError) failure = NULL;
  g_autoptr(GFileInputStream) stream = g_file_read(file, NULL, &failure);
  g_autoptr(GBytes) bytes =
      stream != NULL
          ? g_input_stream_read_bytes(G_INPUT_STREAM(stream), MAX_FILE_BYTES + 1, NULL, &failure)
          : NULL;
  if (bytes == NULL) {
    bool missing = g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    ak_error_set(error, missing ? AK_ERROR_NOT_FOUND : AK_ERROR_IO, "%s: %s", path,
                 failure->message);
    return NULL;
  }
  if (g_bytes_get_size(bytes) > MAX_FILE_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: larger than %d bytes", path, MAX_FILE_BYTES);
    return NULL;
  }
  return g_steal_pointer(&bytes);
}

GBytes *ak_data_read(const char *folder, const char *id, const char *dir, GError **error) {
  if (id == NULL || !is_id(id)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "\"%s\" is no id of a %s", id ? id : "", folder);
    return NULL;
  }
  g_autofree char *name = g_strdup_printf("%s.json", id);
  if (dir != NULL) {
    g_autofree char *path = g_build_filename(dir, name, NULL);
    return read_file(path, error);
  }
  g_autofree char *path = g_strdup_printf("/akashi/%s/%s", folder, name);
  GBytes *bytes = g_resources_lookup_data(path, 0, NULL);
  if (bytes == NULL)
    ak_error_set(error, AK_ERROR_NOT_FOUND, "there is no %s \"%s\"", folder, id);
  return bytes;
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GStrv ak_data_ids(const char *folder) {
  g_autofree char *path = g_strdup_printf("/akashi/%s", folder);
  g_auto(GStrv) names = g_resources_enumerate_children(path, 0, NULL);
  GPtrArray *ids = g_ptr_array_new();
  for (char **name = names; name != NULL && *name != NULL; name++)
    if (g_str_has_suffix(*name, ".json"))
      g_ptr_array_add(ids, g_strndup(*name, strlen(*name) - strlen(".json")));
  g_ptr_array_sort(ids, compare_names);
  g_ptr_array_add(ids, NULL);
  return (GStrv)g_ptr_array_free(ids, FALSE);
}
