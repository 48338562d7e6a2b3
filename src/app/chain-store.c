#include "app/chain-store.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "util/io.h"

#define FOLDER "chains"
#define VERSIONS_MAX 999999

bool ak_chain_store_is_name(const char *name) { return ak_workspace_is_run_id(name); }

static char *folder_of(AkWorkspace *workspace, const char *name) {
  return g_build_filename(ak_workspace_dir(workspace), FOLDER, name, NULL);
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *ak_chain_store_names(AkWorkspace *workspace, GError **error) {
  g_autofree char *path = folder_of(workspace, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
  for (const char *name; folder != NULL && (name = g_dir_read_name(folder)) != NULL;) {
    g_autoptr(GArray) versions = ak_chain_store_is_name(name) ? ak_chain_store_versions(workspace, name, NULL) : NULL;
    if (versions != NULL)
      g_ptr_array_add(names, g_strdup(name));
  }
  g_ptr_array_sort(names, compare_texts);
  return names;
}

/* --- versions ---------------------------------------------------------------------------------------------------- */

static char *file_name(const AkChainVersion *version) {
  return g_strdup_printf("%06u-%06u.yaml", version->number, version->undo);
}

/* Does the name belong to a version? What else lies there, such as files that were not finished, is none. */
static bool read_name(const char *name, AkChainVersion *out) {
  AkChainVersion version = {0};
  char rest = 0;
  if (strlen(name) != strlen("000001-000000.yaml") ||
      sscanf(name, "%6u-%6u.yam%c", &version.number, &version.undo, &rest) != 3 || rest != 'l' || version.number == 0)
    return false;
  g_autofree char *same = file_name(&version);
  *out = version;
  return strcmp(same, name) == 0;
}

static int compare_versions(gconstpointer a, gconstpointer b) {
  guint32 left = ((const AkChainVersion *)a)->number, right = ((const AkChainVersion *)b)->number;
  return (left > right) - (left < right);
}

static GArray *versions_in(const char *path) {
  GArray *versions = g_array_new(FALSE, FALSE, sizeof(AkChainVersion));
  g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
  for (const char *name; folder != NULL && (name = g_dir_read_name(folder)) != NULL;) {
    AkChainVersion version;
    if (read_name(name, &version))
      g_array_append_val(versions, version);
  }
  g_array_sort(versions, compare_versions);
  return versions;
}

static bool set_none(const char *name, GError **error) {
  return ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", name);
}

GArray *ak_chain_store_versions(AkWorkspace *workspace, const char *name, GError **error) {
  if (!ak_chain_store_is_name(name)) {
    set_none(name, error);
    return NULL;
  }
  g_autofree char *path = folder_of(workspace, name);
  g_autoptr(GArray) versions = versions_in(path);
  if (versions->len > 0)
    return g_steal_pointer(&versions);
  set_none(name, error);
  return NULL;
}

char *ak_chain_store_path(AkWorkspace *workspace, const char *name, guint32 number, GError **error) {
  g_autoptr(GArray) versions = ak_chain_store_versions(workspace, name, error);
  for (guint i = versions != NULL ? versions->len : 0; i > 0; i--) {
    const AkChainVersion *version = &g_array_index(versions, AkChainVersion, i - 1);
    if (number != 0 && version->number != number)
      continue;
    g_autofree char *folder = folder_of(workspace, name), *file = file_name(version);
    return g_build_filename(folder, file, NULL);
  }
  if (versions != NULL)
    set_none(name, error);
  return NULL;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* Opens DIR/chains/NAME, made where it is not there, and holds its lock; -1 with an error. */
static int lock_folder(AkWorkspace *workspace, const char *name, GError **error) {
  int dir = ak_io_open_dir(AT_FDCWD, ak_workspace_dir(workspace), error), all = -1, one = -1;
  if (dir >= 0 && ak_io_make_dir(dir, FOLDER, 0777, error))
    all = ak_io_open_dir(dir, FOLDER, error);
  if (all >= 0 && ak_io_make_dir(all, name, 0777, error))
    one = ak_io_open_dir(all, name, error);
  if (dir >= 0)
    ak_io()->close(dir);
  if (all >= 0)
    ak_io()->close(all);
  if (one < 0 || ak_io()->lock(one, LOCK_EX) == 0)
    return one;
  ak_error_set(error, AK_ERROR_IO, "%s: the folder cannot be locked", name);
  ak_io()->close(one);
  return -1;
}

/* The newest version of the locked folder; zeros where there is none. */
static AkChainVersion newest_in(AkWorkspace *workspace, const char *name) {
  g_autofree char *path = folder_of(workspace, name);
  g_autoptr(GArray) versions = versions_in(path);
  return versions->len > 0 ? g_array_index(versions, AkChainVersion, versions->len - 1) : (AkChainVersion){0, 0};
}

static bool check_base(const AkChainVersion *newest, guint32 base, GError **error) {
  if (newest->number >= VERSIONS_MAX)
    return ak_error_set(error, AK_ERROR_LIMIT, "there are %u versions", newest->number);
  return newest->number == base || ak_error_set(error, AK_ERROR_CONFLICT, "version %u is there", newest->number);
}

static guint32 write_version(int folder, const AkChainVersion *version, GBytes *text, GError **error) {
  gsize size = 0;
  const void *data = g_bytes_get_data(text, &size);
  g_autofree char *file = file_name(version);
  return ak_io_replace(folder, file, 0666, data != NULL ? data : "", size, error) ? version->number : 0;
}

guint32 ak_chain_store_save(AkWorkspace *workspace, const char *name, guint32 base, GBytes *text, GError **error) {
  if (!ak_chain_store_is_name(name))
    return ak_error_set(error, AK_ERROR_CONFIG, "%s: letters, digits and hyphens alone, at most 64", name);
  if (g_bytes_get_size(text) > AK_CHAIN_STORE_BYTES_MAX)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %u bytes", AK_CHAIN_STORE_BYTES_MAX);
  int folder = lock_folder(workspace, name, error);
  if (folder < 0)
    return 0;
  AkChainVersion newest = newest_in(workspace, name), next = {newest.number + 1, newest.number};
  guint32 number = check_base(&newest, base, error) ? write_version(folder, &next, text, error) : 0;
  ak_io()->close(folder);
  return number;
}

/* The version that undo of `newest` leads to, and where undo of that would lead. */
static bool find_undo(AkWorkspace *workspace, const char *name, const AkChainVersion *newest, AkChainVersion *out) {
  g_autofree char *path = folder_of(workspace, name);
  g_autoptr(GArray) versions = versions_in(path);
  for (guint i = 0; i < versions->len; i++)
    if (g_array_index(versions, AkChainVersion, i).number == newest->undo) {
      *out = g_array_index(versions, AkChainVersion, i);
      return true;
    }
  return false;
}

static guint32 undo_in(AkWorkspace *workspace, const char *name, guint32 base, int folder, GError **error) {
  AkChainVersion newest = newest_in(workspace, name), back;
  if (!check_base(&newest, base, error))
    return 0;
  if (!find_undo(workspace, name, &newest, &back))
    return ak_error_set(error, AK_ERROR_CONFLICT, "there is nothing to undo");
  g_autofree char *file = file_name(&back);
  g_autoptr(GBytes) text = ak_io_read_file(folder, file, AK_CHAIN_STORE_BYTES_MAX, error);
  AkChainVersion next = {newest.number + 1, back.undo};
  return text != NULL ? write_version(folder, &next, text, error) : 0;
}

guint32 ak_chain_store_undo(AkWorkspace *workspace, const char *name, guint32 base, GError **error) {
  g_autoptr(GArray) versions = ak_chain_store_versions(workspace, name, error);
  int folder = versions != NULL ? lock_folder(workspace, name, error) : -1;
  if (folder < 0)
    return 0;
  guint32 number = undo_in(workspace, name, base, folder, error);
  ak_io()->close(folder);
  return number;
}
