/* Which products akashi verify is about, where it is about several. */
#include <stdlib.h>
#include <string.h>

#include "cli/verify-parts.h"

#define PRODUCT_FILE "product.yaml"

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The product files of a folder, in the order of their names. */
static GPtrArray *files_of(const char *folder, GError **error) {
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GError) failure = NULL;
  g_autoptr(GDir) dir = g_dir_open(folder, 0, &failure);
  if (dir == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", failure->message);
    return NULL;
  }
  for (const char *name = NULL; (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *inside = g_build_filename(path, PRODUCT_FILE, NULL);
    bool is_yaml = g_str_has_suffix(name, ".yaml") || g_str_has_suffix(name, ".yml");
    if (is_yaml && *name != '.' && g_file_test(path, G_FILE_TEST_IS_REGULAR))
      g_ptr_array_add(paths, g_steal_pointer(&path));
    else if (g_file_test(inside, G_FILE_TEST_IS_REGULAR))
      g_ptr_array_add(paths, g_steal_pointer(&inside));
  }
  g_ptr_array_sort(paths, compare_texts);
  if (paths->len > 0)
    return g_steal_pointer(&paths);
  ak_error_set(error, AK_ERROR_CONFIG, "%s: there is no product file (*.yaml, *.yml, */%s) in it",
               folder, PRODUCT_FILE);
  return NULL;
}

static bool add_file(GPtrArray *items, GHashTable *known, const char *path, GError **error) {
  char *full = realpath(path, NULL); /* one that is not there says so when it is read */
  bool is_new = g_hash_table_add(known, full != NULL ? g_strdup(full) : g_strdup(path));
  free(full);
  if (!is_new)
    return ak_error_set(error, AK_ERROR_CONFIG, "%s is named twice", path);
  AkFleetItem *item = g_new0(AkFleetItem, 1);
  item->path = g_strdup(path);
  g_ptr_array_add(items, item);
  return true;
}

static bool add_argument(GPtrArray *items, GHashTable *known, const char *argument,
                         GError **error) {
  if (!g_file_test(argument, G_FILE_TEST_IS_DIR))
    return add_file(items, known, argument, error);
  g_autoptr(GPtrArray) paths = files_of(argument, error);
  for (guint i = 0; paths != NULL && i < paths->len; i++)
    if (!add_file(items, known, paths->pdata[i], error))
      return false;
  return paths != NULL;
}

static GPtrArray *items_new(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)ak_fleet_item_free);
}

GPtrArray *ak_cli_fleet_items(char **arguments, GError **error) {
  g_autoptr(GPtrArray) items = items_new();
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (char **argument = arguments; *argument != NULL; argument++)
    if (!add_argument(items, known, *argument, error))
      return NULL;
  return g_steal_pointer(&items);
}

GPtrArray *ak_cli_fleet_unfinished(AkWorkspace *workspace, GError **error) {
  g_auto(GStrv) ids = ak_app_verify_all_unfinished(workspace, error);
  g_autoptr(GPtrArray) items = items_new();
  for (gsize i = 0; ids != NULL && ids[i] != NULL; i++) {
    AkFleetItem *item = g_new0(AkFleetItem, 1);
    item->run_id = g_strdup(ids[i]);
    g_ptr_array_add(items, item);
  }
  return ids != NULL ? g_steal_pointer(&items) : NULL;
}
