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

static void look_at_rows(const Looking *self, gsize place, const AkYaml *rows);

static void look_at_row(const Looking *self, gsize place, const AkYaml *row, const char *inner) {
  if (row->type != AK_YAML_MAP)
    return;
  if (inner != NULL)
    look_at_rows(self, place, ak_yaml_member(row, inner));
  else
    look_at(self, place, ak_yaml_member(row, places[place].member));
}

static void look_at_rows(const Looking *self, gsize place, const AkYaml *rows) {
  for (guint i = 0; rows != NULL && rows->type == AK_YAML_LIST && i < rows->items->len; i++)
    look_at_row(self, place, rows->items->pdata[i], NULL);
}

static void look_at_item(const Looking *self, const char *list, const AkYaml *item) {
  for (gsize place = 0; place < G_N_ELEMENTS(places); place++)
    if (strcmp(places[place].list, list) == 0)
      look_at_row(self, place, item, places[place].inner);
}

static void look_at_all(const AkChainKnowledge *knowledge, const AkYaml *root, GPtrArray *problems) {
  const Looking self = {knowledge, problems};
  for (guint m = 0; root->type == AK_YAML_MAP && m < root->items->len; m++) {
    const AkYaml *list = root->items->pdata[m];
    for (guint i = 0; list->type == AK_YAML_LIST && i < list->items->len; i++)
      look_at_item(&self, root->keys->pdata[m], list->items->pdata[i]);
  }
  ak_problems_sort(problems);
}

static bool take_item(const char *list, const AkYaml *item, guint nodes, gpointer data, GError **error) {
  look_at_item(data, list, item);
  return true;
}

void ak_app_chain_names_check(const AkChainKnowledge *knowledge, const char *text, gsize size, GPtrArray *problems) {
  Looking self = {knowledge, problems};
  const AkYamlItems items = {ak_chain_yaml_lists, take_item, &self};
  g_autoptr(AkYaml) root = ak_yaml_parse_items(text, size, "", &ak_chain_yaml_limits, &items, NULL);
  if (root == NULL)
    g_ptr_array_set_size(problems, 0);
  ak_problems_sort(problems);
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
