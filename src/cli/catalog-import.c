#include "cli/catalog-import.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/catalogs.h"
#include "exchange/oscal-catalog.h"
#include "exchange/oscal-profile.h"
#include "exchange/oscal.h"
#include "util/io.h"

static const char *in_lang(const AkBilingual *text, AkLang lang) {
  return lang == AK_LANG_JA ? text->ja : text->en;
}

/* DATA/catalog: ID.json, and profile/ID.json below it, as --rules reads them. */
char *ak_cli_catalog_folder(const AkCli *cli) {
  g_autofree char *data = ak_cli_data_folder(cli);
  return g_build_filename(data, "catalog", NULL);
}

AkCatalog *ak_cli_catalog_load(const AkCli *cli, const char *id, GError **error) {
  g_autofree char *folder = ak_cli_catalog_folder(cli);
  return ak_app_catalog_load(folder, id, error);
}

GBytes *ak_cli_read_file(const char *path, gsize max_bytes, GError **error) {
  g_autofree char *whole = g_canonicalize_filename(path, NULL);
  g_autofree char *folder = g_path_get_dirname(whole), *name = g_path_get_basename(whole);
  int dir_fd = ak_io_open_dir(AT_FDCWD, folder, error);
  GBytes *bytes = dir_fd >= 0 ? ak_io_read_file(dir_fd, name, max_bytes, error) : NULL;
  if (dir_fd >= 0)
    close(dir_fd);
  if (bytes == NULL)
    g_prefix_error(error, "%s: ", path);
  return bytes;
}

/* --- import -------------------------------------------------------------------------------------------- */

/* An id becomes a file's name. */
static bool is_file_id(const char *id) {
  for (const char *at = id; *at != '\0'; at++)
    if (!g_ascii_isalnum(*at) && (strchr("-_.", *at) == NULL || at == id))
      return false;
  return *id != '\0' && strlen(id) <= 100;
}

static bool check_new_id(const AkCatalogImport *self, bool profile, GError **error) {
  if (self->as == NULL || !is_file_id(self->as))
    return ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(self->cli->lang, "catalog.as"));
  g_auto(GStrv) own = profile ? ak_profile_ids() : ak_catalog_ids();
  if (!g_strv_contains((const char *const *)own, self->as))
    return true;
  g_autofree char *message = ak_text_format(self->cli->lang, "catalog.taken", self->as);
  return ak_error_set(error, AK_ERROR_CONFIG, "%s", message);
}

/* DATA/catalog, or DATA/catalog/profile; -1 on error. */
static int open_target(const AkCatalogImport *self, bool profile, GError **error) {
  g_autofree char *data = ak_cli_data_folder(self->cli);
  if (g_mkdir_with_parents(data, 0700) != 0)
    return ak_error_set_errno(error, errno, "%s", data) ? 0 : -1;
  int data_fd = ak_io_open_dir(AT_FDCWD, data, error);
  if (data_fd < 0)
    return -1;
  bool made = ak_io_make_dir(data_fd, "catalog", 0755, error);
  int fd = made ? ak_io_open_dir(data_fd, "catalog", error) : -1;
  close(data_fd);
  if (fd < 0 || !profile)
    return fd;
  made = ak_io_make_dir(fd, "profile", 0755, error);
  int profile_fd = made ? ak_io_open_dir(fd, "profile", error) : -1;
  close(fd);
  return profile_fd;
}

/* An import that is there is kept: verdicts may rest on it. */
static bool keep(const AkCatalogImport *self, bool profile, json_t *taken, GError **error) {
  g_autoptr(json_t) document = taken;
  gsize size = 0;
  g_autofree char *bytes = ak_json_canonical(document, &size, error);
  int dir_fd = bytes != NULL ? open_target(self, profile, error) : -1;
  if (dir_fd < 0)
    return false;
  g_autofree char *name = g_strdup_printf("%s.json", self->as);
  bool kept = false;
  if (faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    g_autofree char *message = ak_text_format(self->cli->lang, "catalog.there", self->as);
    ak_error_set(error, AK_ERROR_CONFIG, "%s", message);
  } else {
    kept = ak_io_replace(dir_fd, name, 0644, bytes, size, error);
  }
  close(dir_fd);
  return kept;
}

static const char *id_of(const AkCatalogImport *self) {
  return self->as != NULL ? self->as : "check";
}

static void print_imported(const AkCatalogImport *self, const char *text_id, guint count, const char *title) {
  if (self->cli->format == AK_FORMAT_JSON) {
    g_autoptr(json_t) json = json_pack("{s:s, s:i, s:s}", "imported", id_of(self), "requirements",
                                       (int)count, "title", title);
    g_autofree char *text = ak_json_canonical(json, NULL, NULL);
    printf("%s\n", text);
    return;
  }
  g_autofree char *line = ak_text_format(self->cli->lang, text_id, id_of(self), count, title);
  printf("%s\n", line);
}

static bool import_catalog(const AkCatalogImport *self, const char *path, GBytes *bytes, GError **error) {
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autoptr(AkCatalog) catalog = ak_oscal_catalog_read(data, size, path, id_of(self), error);
  if (catalog == NULL || (!self->check && !keep(self, false, ak_catalog_to_json(catalog), error)))
    return false;
  print_imported(self, "catalog.imported", catalog->requirements->len,
                 in_lang(&catalog->title, self->cli->lang));
  return true;
}

static bool import_profile(const AkCatalogImport *self, const char *path, GBytes *bytes, GError **error) {
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autoptr(AkCatalog) catalog = ak_cli_catalog_load(self->cli, self->catalog, error);
  if (catalog == NULL)
    return false;
  g_autofree char *left_out = NULL;
  g_autoptr(AkProfile) profile =
      ak_oscal_profile_read(data, size, path, id_of(self), catalog, &left_out, error);
  if (profile == NULL ||
      (!self->check && !keep(self, true, ak_oscal_profile_document(profile), error)))
    return false;
  print_imported(self, "catalog.imported.profile", g_strv_length(profile->requirements),
                 in_lang(&profile->title, self->cli->lang));
  if (left_out != NULL) {
    g_autofree char *line = ak_text_format(self->cli->lang, "catalog.left-out", left_out);
    fprintf(stderr, "%s\n", line);
  }
  return true;
}

bool ak_cli_catalog_import(const AkCatalogImport *self, const char *path, GBytes *bytes, GError **error) {
  bool profile = self->catalog != NULL;
  if (!self->check && !check_new_id(self, profile, error))
    return false;
  return profile ? import_profile(self, path, bytes, error) : import_catalog(self, path, bytes, error);
}
