#include "exchange/chain-tables.h"

#include <string.h>

#include "exchange/chain-csv.h"
#include "exchange/chain-relations.h"
#include "exchange/chain-tables-parts.h"
#include "exchange/chain-yaml.h"
#include "util/large.h"

/* Tables whose rows are many, by their place in ak_chain_csv_files; the others are read as documents. */
typedef bool Read(AkTables *self, char *data, gsize size, const char *where, GError **error);
static Read *const readers[AK_CHAIN_TABLES] = {NULL, ak_tables_read_elements, ak_tables_read_measures,
                                               ak_tables_read_relations, NULL, NULL};

typedef struct {
  AkTables tables;
  AkChainTablesFile *files;
  GPtrArray *problems[AK_CHAIN_TABLES];
  json_t *document;
} Reading;

static void reading_clear(Reading *self) {
  for (guint i = 0; i < AK_CHAIN_TABLES; i++) {
    g_clear_pointer(&self->problems[i], g_ptr_array_unref);
    g_clear_pointer(&self->files[i].data, ak_large_free);
  }
  g_clear_pointer(&self->tables.ids, ak_intern_free);
  g_clear_pointer(&self->tables.chain, ak_chain_free);
  json_decref(self->document);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

/* --- tables of few rows ----------------------------------------------------------------------------------------- */

static guint32 find_element(const char *id, gpointer data) {
  guint32 number = id != NULL ? ak_intern_find(((AkTables *)data)->ids, id, strlen(id)) : AK_INTERN_NONE;
  return number != AK_INTERN_NONE ? number : AK_CHAIN_NO_ELEMENT;
}

/* Rows that name an element must name one that is there. */
static void check_naming(Reading *self, const AkYaml *list, GPtrArray *problems) {
  for (guint i = 0; list != NULL && list->type == AK_YAML_LIST && i < list->items->len; i++) {
    const AkYaml *element = ak_yaml_member(list->items->pdata[i], "element");
    if (element != NULL && find_element(element->text, &self->tables) == AK_CHAIN_NO_ELEMENT)
      ak_problems_add(problems, element->line, element->column, "element", element->text, "no-element", "");
  }
}

/* Checks the members that are there, each by its field, and adds them to the document. */
static void take_members(Reading *self, const AkYaml *root, GPtrArray *problems) {
  for (guint i = 0; i < root->items->len; i++) {
    AkField wanted[2] = {{NULL}, {NULL}};
    for (const AkField *field = ak_chain_fields; field->name != NULL; field++)
      if (strcmp(field->name, root->keys->pdata[i]) == 0)
        wanted[0] = *field;
    AkYaml one = {.type = AK_YAML_MAP, .keys = g_ptr_array_new(), .items = g_ptr_array_new(), .line = 1, .column = 1};
    g_ptr_array_add(one.keys, root->keys->pdata[i]);
    g_ptr_array_add(one.items, root->items->pdata[i]);
    g_autoptr(json_t) checked = ak_schema_check(&one, wanted, NULL, problems);
    if (checked != NULL)
      json_object_update(self->document, checked);
    g_ptr_array_unref(one.keys);
    g_ptr_array_unref(one.items);
    check_naming(self, root->items->pdata[i], problems);
    if (strcmp(root->keys->pdata[i], "impacts") == 0)
      ak_chain_check_impacts(root->items->pdata[i], problems);
  }
}

static bool read_document(Reading *self, guint number, GError **error) {
  const AkChainTablesFile *file = &self->files[number];
  AkChainCsvFile table = {file->name, file->data, file->size};
  g_autoptr(AkYaml) root = ak_chain_csv_node(&table, number, error);
  if (root != NULL)
    take_members(self, root, self->problems[number]);
  return root != NULL;
}

/* --- all of them ------------------------------------------------------------------------------------------------ */

/* Line feeds and semicolons; so many at a time that the compiler counts them side by side in bytes. */
static gsize count_marks(const char *data, gsize size) {
  enum { AT_ONCE = 128 };
  gsize count = 0, at = 0;
  for (; size - at >= AT_ONCE; at += AT_ONCE) {
    guint8 marks = 0;
    for (guint i = 0; i < AT_ONCE; i++)
      marks += (guint8)((data[at + i] == '\n') + (data[at + i] == ';'));
    count += marks;
  }
  for (; at < size; at++)
    count += (gsize)(data[at] == '\n') + (gsize)(data[at] == ';');
  return count;
}

static bool check_rows(Reading *self, const AkChainTablesFile *file, GError **error) {
  gsize count = 1 + count_marks(file->data, file->size);
  self->tables.rows = (guint32)MIN(count, AK_TABLES_ROWS_MAX);
  return count <= AK_TABLES_ROWS_MAX ||
         ak_error_set(error, AK_ERROR_LIMIT, "%s: %" G_GSIZE_FORMAT " rows, allowed are %d", file->name, count,
                      AK_TABLES_ROWS_MAX);
}

/* Elements' texts stay where they were read; those of relations are not needed any more. */
static void put_away(Reading *self, guint number) {
  char *data = g_steal_pointer(&self->files[number].data);
  if (readers[number] == ak_tables_read_relations || readers[number] == NULL)
    ak_large_free(data);
  else
    g_ptr_array_add(self->tables.chain->blocks, data);
}

static bool read_table(Reading *self, guint number, GError **error) {
  AkChainTablesFile *file = &self->files[number];
  if (file->data == NULL)
    return true;
  self->tables.problems = self->problems[number];
  bool ok = readers[number] == NULL
                ? read_document(self, number, error)
                : check_rows(self, file, error) &&
                      readers[number](&self->tables, file->data, file->size, file->name, error);
  if (ok)
    put_away(self, number);
  return ok;
}

/* All problems, those of elements first. False where there is one. */
static bool check_problems(Reading *self, const guint *order, AkLang lang, GError **error) {
  g_autoptr(GString) all = g_string_new(NULL);
  guint count = 0;
  for (guint i = 0; i < AK_CHAIN_TABLES; i++) {
    GPtrArray *problems = self->problems[order[i]];
    ak_problems_sort(problems);
    for (guint p = 0; p < problems->len && count < AK_PROBLEMS_MAX; p++, count++) {
      g_autofree char *line = ak_problem_format(problems->pdata[p], self->files[order[i]].name, lang);
      g_string_append_printf(all, "%s%s", count > 0 ? "\n" : "", line);
    }
  }
  if (count == AK_PROBLEMS_MAX)
    g_string_append_printf(all, "\n%s", ak_text(lang, "problem.more"));
  return count == 0 || ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all->str);
}

static bool read_all(Reading *self, const guint *order, AkLang lang, GError **error) {
  self->tables.element_problems = self->problems[order[0]];
  if (self->files[order[0]].data == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s is not there", ak_chain_csv_files[order[0]]);
  for (guint i = 0; i < AK_CHAIN_TABLES; i++)
    if (!read_table(self, order[i], error))
      return false;
  if (self->tables.chain->elements->len == 0 && self->problems[order[0]]->len == 0)
    ak_problems_add(self->problems[order[0]], 1, 1, "elements", NULL, "missing", "elements.csv");
  return check_problems(self, order, lang, error);
}

AkChain *ak_chain_tables_read(AkChainTablesFile files[static AK_CHAIN_TABLES], const char *name, AkLang lang,
                              GError **error) {
  static const guint order[AK_CHAIN_TABLES] = {1, 4, 0, 5, 2, 3}; /* elements, then by name */
  g_auto(Reading) self = {.files = files, .document = json_object()};
  self.tables.chain = ak_chain_new_of_tables();
  for (guint i = 0; i < AK_CHAIN_TABLES; i++)
    self.problems[i] = ak_problems_new();
  if (!read_all(&self, order, lang, error))
    return NULL;
  if (json_object_get(self.document, "chain") == NULL)
    json_object_set_new(self.document, "chain", json_pack("{s:s}", "name", name));
  ak_chain_take_document(self.tables.chain, self.document, find_element, &self.tables);
  return g_steal_pointer(&self.tables.chain);
}

/* --- the same as by a document ---------------------------------------------------------------------------------- */

/* Tables follow each other, split by a line of "%%". What one reader takes the other takes too. */
bool ak_exchange_chain_tables_fuzz(const guint8 *data, gsize size) {
  g_autofree char *text = g_strndup((const char *)data, size);
  g_auto(GStrv) parts = g_strsplit(text, "%%\n", AK_CHAIN_TABLES);
  AkChainCsvFile files[AK_CHAIN_TABLES];
  AkChainTablesFile taken[AK_CHAIN_TABLES] = {{NULL}};
  bool is_set = true; /* one of each table at most */
  gsize count = 0;
  for (; parts[count] != NULL; count++) {
    files[count] = (AkChainCsvFile){"fuzz", parts[count], strlen(parts[count])};
    gint table = ak_chain_csv_table(&files[count], NULL);
    is_set = is_set && table >= 0 && taken[table].data == NULL;
    if (!is_set)
      break;
    taken[table] = (AkChainTablesFile){"fuzz", ak_large_new(files[count].size + 1, 1), files[count].size};
    memcpy(taken[table].data, parts[count], files[count].size);
  }
  g_autoptr(AkChain) chain = is_set ? ak_chain_tables_read(taken, "fuzz", AK_LANG_EN, NULL) : NULL;
  for (gsize i = 0; i < AK_CHAIN_TABLES; i++)
    ak_large_free(taken[i].data);
  g_autoptr(json_t) document = is_set ? ak_chain_csv_read(files, count, "fuzz", AK_LANG_EN, NULL) : NULL;
  g_assert_true(!is_set || (chain != NULL) == (document != NULL));
  if (chain != NULL)
    g_assert_cmpuint(chain->elements->len, ==, json_array_size(json_object_get(document, "elements")));
  return chain != NULL;
}
