#include "app/chain-files.h"

#include <fcntl.h>
#include <string.h>

#include "exchange/chain-csv.h"
#include "exchange/chain-cyclonedx.h"
#include "exchange/chain-write.h"
#include "exchange/chain-yaml.h"
#include "exchange/cyclonedx.h"
#include "exchange/foreign.h"
#include "exchange/oscal-ssp.h"
#include "util/io.h"

const char *const ak_app_chain_import_formats[] = {"csv", "cyclonedx", "oscal-ssp", "json", "yaml", NULL};
const char *const ak_app_chain_export_formats[] = {"csv", "oscal-ssp", "json", "yaml", NULL};

static GBytes *text_bytes(char *text) {
  return text != NULL ? g_bytes_new_take(text, strlen(text)) : NULL;
}

/* --- out ------------------------------------------------------------------------------------------------------ */

static GBytes *json_bytes(const json_t *document) {
  char *text = json_dumps(document, JSON_INDENT(1) | JSON_SORT_KEYS);
  GBytes *bytes = g_bytes_new(text, strlen(text));
  free(text);
  return bytes;
}

GBytes *ak_app_chain_export(const AkAppChain *self, const char *format, GError **error) {
  g_autoptr(json_t) document = ak_app_chain_document(self, error);
  if (document == NULL)
    return NULL;
  if (strcmp(format, "json") == 0)
    return json_bytes(document);
  if (strcmp(format, "yaml") == 0)
    return text_bytes(ak_chain_write_yaml(document));
  g_autoptr(json_t) plan = ak_oscal_ssp_write(document, self->now_utc_us);
  return json_bytes(plan);
}

bool ak_app_chain_export_table(const AkAppChain *self, const char *file, char **out, GError **error) {
  g_autoptr(json_t) document = ak_app_chain_document(self, error);
  return document != NULL && ak_chain_csv_write(document, file, out, error);
}

bool ak_app_chain_export_csv(const AkAppChain *self, const char *folder, GError **error) {
  g_autoptr(json_t) document = ak_app_chain_document(self, error);
  if (document == NULL)
    return false;
  if (g_mkdir_with_parents(folder, 0777) != 0)
    return ak_error_set(error, AK_ERROR_IO, "%s: the folder cannot be made", folder);
  for (gsize i = 0; ak_chain_csv_files[i] != NULL; i++) {
    g_autofree char *text = NULL, *path = g_build_filename(folder, ak_chain_csv_files[i], NULL);
    g_autoptr(GError) failure = NULL;
    if (!ak_chain_csv_write(document, ak_chain_csv_files[i], &text, error))
      return false;
    if (text != NULL && !g_file_set_contents(path, text, -1, &failure))
      return ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
  }
  return true;
}

/* --- in ------------------------------------------------------------------------------------------------------- */

static const char *data_of(const AkAppChainFile *file, gsize *size) {
  const char *data = g_bytes_get_data(file->bytes, size);
  return data != NULL ? data : "";
}

/* A file's name without folder and endings. The caller's. */
static char *name_of(const AkAppChainFile *file) {
  g_autofree char *base = g_path_get_basename(file->name);
  char *dot = strchr(base + (*base == '.'), '.');
  if (dot != NULL)
    *dot = '\0';
  return g_steal_pointer(&base);
}

static json_t *read_csv(const AkAppChainFile *files, gsize count, AkLang lang, GError **error) {
  g_autofree AkChainCsvFile *tables = g_new0(AkChainCsvFile, count);
  for (gsize i = 0; i < count; i++) {
    tables[i].name = files[i].name;
    tables[i].data = data_of(&files[i], &tables[i].size);
  }
  return ak_chain_csv_read(tables, count, ak_text(lang, "chain.import.name"), lang, error);
}

static json_t *read_bill(const AkAppChainFile *file, GError **error) {
  gsize size = 0;
  const char *data = data_of(file, &size);
  g_autofree char *name = name_of(file);
  g_autoptr(json_t) document = ak_foreign_parse(data, size, file->name, error);
  g_autoptr(json_t) bill = document != NULL ? ak_cyclonedx_read(document, file->name, error) : NULL;
  return bill != NULL ? ak_chain_of_cyclonedx(bill, name) : NULL;
}

/* Its problems are told by where they stand in the plan. */
static json_t *read_plan(const AkAppChainFile *file, AkLang lang, GError **error) {
  gsize size = 0;
  const char *data = data_of(file, &size);
  g_autoptr(AkChainOrigins) origins = ak_chain_origins_new();
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(json_t) document = ak_oscal_ssp_read(data, size, file->name, origins, error);
  if (document == NULL)
    return NULL;
  ak_chain_origins_check(origins, document, data, size, problems);
  if (problems->len == 0)
    return g_steal_pointer(&document);
  g_autofree char *all = ak_problems_format(problems, file->name, lang);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all);
  return NULL;
}

static json_t *read_one(const char *format, const AkAppChainFile *file, AkLang lang, GError **error) {
  gsize size = 0;
  const char *data = data_of(file, &size);
  if (strcmp(format, "cyclonedx") == 0)
    return read_bill(file, error);
  if (strcmp(format, "oscal-ssp") == 0)
    return read_plan(file, lang, error);
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(AkChain) chain = ak_chain_check(data, size, file->name, problems, error);
  if (chain == NULL && problems->len > 0 && lang != AK_LANG_EN) {
    g_autofree char *all = ak_problems_format(problems, file->name, lang);
    g_clear_error(error);
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all);
  }
  return chain != NULL ? ak_chain_document(chain) : NULL;
}

/* What was made of another's document is a chain file as it would be written: its problems are told by where they stand there. */
static char *checked(json_t *taken, const char *name, AkLang lang, GError **error) {
  g_autoptr(json_t) document = taken;
  if (document == NULL)
    return NULL;
  g_autofree char *text = ak_chain_write_yaml(document);
  g_autofree char *where = g_strdup_printf("%s → YAML", name);
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(AkChain) chain = ak_chain_check(text, strlen(text), where, problems, error);
  if (chain != NULL)
    return g_steal_pointer(&text);
  if (problems->len > 0) {
    g_autofree char *all = ak_problems_format(problems, where, lang);
    g_clear_error(error);
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all);
  }
  return NULL;
}

char *ak_app_chain_import(const char *format, const AkAppChainFile *files, gsize count, AkLang lang, GError **error) {
  bool is_csv = strcmp(format, "csv") == 0;
  if (count == 0 || (!is_csv && count > 1)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(lang, "chain.import.files"));
    return NULL;
  }
  json_t *document = is_csv ? read_csv(files, count, lang, error) : read_one(format, files, lang, error);
  return checked(document, files[0].name, lang, error);
}
