#include "app/chain-read.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "exchange/chain-csv.h"
#include "exchange/chain-tables.h"
#include "exchange/chain-yaml.h"
#include "util/io.h"
#include "util/large.h"

static AkChain *read_file(const char *path, AkDigest *digest, GPtrArray *problems, GError **error) {
  g_autoptr(GBytes) bytes = ak_io_read_file(AT_FDCWD, path, ak_chain_yaml_limits.size_bytes, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  if (bytes != NULL)
    *digest = ak_digest_of(text != NULL ? text : "", size);
  return bytes != NULL ? ak_chain_check(text != NULL ? text : "", size, path, problems, error) : NULL;
}

/* --- tables ----------------------------------------------------------------------------------------------------- */

void ak_app_chain_tables_clear(AkAppChainTables *self) {
  for (guint i = 0; i < AK_CHAIN_TABLES; i++) {
    ak_large_free(self->files[i].data);
    g_free(self->names[i]);
  }
}

/* A table of another name would be left out without a word. */
static bool check_names(const char *path, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(GDir) dir = g_dir_open(path, 0, &failure);
  if (dir == NULL)
    return ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
  for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir))
    if (g_str_has_suffix(name, ".csv") && !g_strv_contains(ak_chain_csv_files, name)) {
      g_autofree char *known = g_strjoinv(", ", (GStrv)ak_chain_csv_files);
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s/%s: no table of a chain has this name; they are %s", path, name,
                          known);
    }
  return true;
}

/* A table that is not there is none; elements.csv must be. */
static bool read_table(AkAppChainTables *self, const char *path, guint number, GError **error) {
  AkChainTablesFile *file = &self->files[number];
  file->name = self->names[number] = g_build_filename(path, ak_chain_csv_files[number], NULL);
  if (strcmp(ak_chain_csv_files[number], "elements.csv") != 0 && !g_file_test(file->name, G_FILE_TEST_EXISTS))
    return true;
  file->data = ak_io_read_large(AT_FDCWD, file->name, AK_CHAIN_TABLES_BYTES_MAX, &file->size, error);
  return file->data != NULL;
}

bool ak_app_chain_read_tables(const char *path, AkAppChainTables *self, GError **error) {
  if (!check_names(path, error))
    return false;
  for (guint i = 0; i < AK_CHAIN_TABLES; i++)
    if (!read_table(self, path, i, error))
      return false;
  return true;
}

AkDigest ak_app_chain_tables_digest(const AkAppChainTables *self) {
  g_autoptr(GString) digests = g_string_new(NULL);
  for (guint i = 0; i < AK_CHAIN_TABLES; i++) {
    char hex[AK_DIGEST_HEX_SIZE];
    if (self->files[i].data == NULL)
      continue;
    AkDigest digest = ak_digest_of(self->files[i].data, self->files[i].size);
    ak_digest_to_hex(&digest, hex);
    g_string_append_printf(digests, "%s  %s\n", hex, ak_chain_csv_files[i]);
  }
  return ak_digest_of(digests->str, digests->len);
}

static char *name_of(const char *path) {
  g_autofree char *whole = g_canonicalize_filename(path, NULL);
  return g_path_get_basename(whole);
}

static AkChain *read_tables(const char *path, AkLang lang, AkDigest *digest, GError **error) {
  g_auto(AkAppChainTables) folder = {{{NULL}}};
  g_autofree char *name = name_of(path);
  if (!ak_app_chain_read_tables(path, &folder, error))
    return NULL;
  *digest = ak_app_chain_tables_digest(&folder);
  return ak_chain_tables_read(folder.files, name, lang, error);
}

AkChain *ak_app_chain_read(const char *path, AkLang lang, AkDigest *digest, GPtrArray *problems, GError **error) {
  return g_file_test(path, G_FILE_TEST_IS_DIR) ? read_tables(path, lang, digest, error)
                                               : read_file(path, digest, problems, error);
}

json_t *ak_app_chain_read_document(const AkChain *chain, const char *path, AkLang lang, const AkDigest *digest,
                                   GError **error) {
  g_auto(AkAppChainTables) folder = {{{NULL}}};
  g_autofree char *name = name_of(path);
  AkChainCsvFile files[AK_CHAIN_TABLES];
  gsize count = 0;
  if (!chain->is_of_tables)
    return ak_chain_document(chain);
  if (!ak_app_chain_read_tables(path, &folder, error))
    return NULL;
  AkDigest now = ak_app_chain_tables_digest(&folder);
  if (!ak_digest_equal(&now, digest)) {
    ak_error_set(error, AK_ERROR_CONFLICT, "%s: the tables have changed since they were read", path);
    return NULL;
  }
  for (guint i = 0; i < AK_CHAIN_TABLES; i++)
    if (folder.files[i].data != NULL)
      files[count++] = (AkChainCsvFile){folder.names[i], folder.files[i].data, folder.files[i].size};
  return ak_chain_csv_read(files, count, name, lang, error);
}
