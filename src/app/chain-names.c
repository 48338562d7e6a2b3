#include "app/chain-names.h"

#include <fcntl.h>
#include <string.h>

#include "app/chain-read.h"
#include "exchange/chain-csv.h"
#include "exchange/chain-yaml.h"
#include "util/io.h"

typedef struct {
  const AkChainKnowledge *knowledge;
  GPtrArray *problems;
} Looking;

static bool is_function(const AkChainKnowledge *knowledge, const char *id) {
  return ak_chain_knowledge_function(knowledge, id) != NULL;
}
static bool is_requirement(const AkChainKnowledge *knowledge, const char *id) {
  return ak_chain_knowledge_requirement(knowledge, id) != NULL;
}
static bool is_incident(const AkChainKnowledge *knowledge, const char *id) {
  return ak_chain_knowledge_incident(knowledge, id) != NULL;
}
static bool is_risk_source(const AkChainKnowledge *knowledge, const char *id) {
  return ak_chain_knowledge_source(knowledge, id) != NULL;
}

/* Where ids of the knowledge stand: a member of the rows of a list. Tables of measures stand beside elements. */
static const struct {
  const char *list, *inner, *member; /* `inner`: a list in each row of the list, or NULL */
  bool (*is_known)(const AkChainKnowledge *knowledge, const char *id);
} places[] = {
    {"elements", NULL, "functions", is_function},    {"elements", "measures", "requirement", is_requirement},
    {"measures", NULL, "requirement", is_requirement}, {"impacts", NULL, "incident", is_incident},
    {"acceptances", NULL, "risk_source", is_risk_source},
};

static void look_at(const Looking *self, gsize place, const AkYaml *value) {
  if (value == NULL)
    return;
  for (guint i = 0; value->type == AK_YAML_LIST && i < value->items->len; i++)
    look_at(self, place, value->items->pdata[i]);
  if (value->type == AK_YAML_SCALAR && !places[place].is_known(self->knowledge, value->text))
    ak_problems_add(self->problems, value->line, value->column, places[place].member, value->text, "not-known", "");
}

static void look_at_rows(const Looking *self, gsize place, const AkYaml *rows, const char *inner) {
  for (guint i = 0; rows != NULL && rows->type == AK_YAML_LIST && i < rows->items->len; i++) {
    const AkYaml *row = rows->items->pdata[i];
    if (row->type != AK_YAML_MAP)
      continue;
    if (inner != NULL)
      look_at_rows(self, place, ak_yaml_member(row, inner), NULL);
    else
      look_at(self, place, ak_yaml_member(row, places[place].member));
  }
}

static void look_at_all(const AkChainKnowledge *knowledge, const AkYaml *root, GPtrArray *problems) {
  const Looking self = {knowledge, problems};
  for (gsize place = 0; root->type == AK_YAML_MAP && place < G_N_ELEMENTS(places); place++)
    look_at_rows(&self, place, ak_yaml_member(root, places[place].list), places[place].inner);
  ak_problems_sort(problems);
}

void ak_app_chain_names_check(const AkChainKnowledge *knowledge, const char *text, gsize size, GPtrArray *problems) {
  g_autoptr(AkYaml) root = ak_yaml_parse(text, size, "", &ak_chain_yaml_limits, NULL);
  if (root != NULL)
    look_at_all(knowledge, root, problems);
}

/* Relations name nothing of the knowledge, and may be millions. */
static bool look_at_tables(const AkChainKnowledge *knowledge, const char *path, AkLang lang, GError **error) {
  g_auto(AkAppChainTables) folder = {{{NULL}}};
  g_autoptr(GString) all = g_string_new(NULL);
  if (!ak_app_chain_read_tables(path, &folder, NULL))
    return true;
  for (guint i = 0; i < AK_CHAIN_TABLES; i++) {
    const AkChainCsvFile file = {folder.names[i], folder.files[i].data, folder.files[i].size};
    bool is_asked = file.data != NULL && strcmp(ak_chain_csv_files[i], "relations.csv") != 0;
    g_autoptr(AkYaml) root = is_asked ? ak_chain_csv_node(&file, i, NULL) : NULL;
    g_autoptr(GPtrArray) problems = ak_problems_new();
    if (root == NULL)
      continue;
    look_at_all(knowledge, root, problems);
    g_autofree char *lines = problems->len > 0 ? ak_problems_format(problems, file.name, lang) : g_strdup("");
    g_string_append_printf(all, "%s%s", all->len > 0 && *lines != '\0' ? "\n" : "", lines);
  }
  return all->len == 0 || ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all->str);
}

bool ak_app_chain_names_find(const AkChainKnowledge *knowledge, const char *path, AkLang lang, GPtrArray *problems, GError **error) {
  if (g_file_test(path, G_FILE_TEST_IS_DIR))
    return look_at_tables(knowledge, path, lang, error);
  g_autoptr(GBytes) bytes = ak_io_read_file(AT_FDCWD, path, ak_chain_yaml_limits.size_bytes, NULL);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  if (text != NULL)
    ak_app_chain_names_check(knowledge, text, size, problems);
  return problems->len == 0 || ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: it names what the knowledge does not hold", path);
}
