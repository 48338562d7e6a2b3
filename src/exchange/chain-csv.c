#include "exchange/chain-csv.h"

#include <string.h>

#include "exchange/chain-relations.h"
#include "exchange/chain-yaml.h"
#include "exchange/csv.h"

#define SEPARATOR ";" /* between items of a list within a cell */

/* --- the tables ----------------------------------------------------------------------------------------------- */

typedef struct {
  const char *file;
  const char *list;   /* member of the document whose rows these are */
  const char *nested; /* rows of those rows, or NULL */
  const char *key;    /* column that names the row that a nested one is of */
} Table;

static const Table tables[] = {
    {"chain.csv", "chain", NULL, NULL},           {"elements.csv", "elements", NULL, NULL},
    {"measures.csv", "elements", "measures", "element"}, {"relations.csv", "relations", NULL, NULL},
    {"acceptances.csv", "acceptances", NULL, NULL}, {"impacts.csv", "impacts", NULL, NULL},
};

const char *const ak_chain_csv_files[] = {"chain.csv",     "elements.csv",    "measures.csv",
                                          "relations.csv", "acceptances.csv", "impacts.csv", NULL};

static const AkField *field_named(const AkField *fields, const char *name) {
  for (const AkField *field = fields; field->name != NULL; field++)
    if (strcmp(field->name, name) == 0)
      return field;
  return NULL;
}

static const AkField *fields_of(const Table *table) {
  const AkField *fields = field_named(ak_chain_fields, table->list)->members;
  return table->nested != NULL ? field_named(fields, table->nested)->members : fields;
}

static bool is_rows(const AkField *field) {
  return field->type == AK_FIELD_OBJECT && field->list;
}

static bool is_chain(const Table *table) { return strcmp(table->list, "chain") == 0; }

/* Names of its columns, borrowed; NULL-terminated. */
static GPtrArray *columns_of(const Table *table) {
  GPtrArray *columns = g_ptr_array_new();
  if (table->key != NULL)
    g_ptr_array_add(columns, (gpointer)table->key);
  for (const AkField *field = fields_of(table); field->name != NULL; field++)
    if (!is_rows(field))
      g_ptr_array_add(columns, (gpointer)field->name);
  if (is_chain(table))
    g_ptr_array_add(columns, (gpointer) "attackers");
  g_ptr_array_add(columns, NULL);
  return columns;
}

/* --- writing -------------------------------------------------------------------------------------------------- */

/* The caller's; NULL where it cannot be told. */
static char *cell_text(const json_t *value, GError **error) {
  if (json_is_integer(value))
    return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
  if (json_is_boolean(value))
    return g_strdup(json_is_true(value) ? "true" : "false");
  if (!json_is_array(value))
    return g_strdup(value != NULL ? json_string_value(value) : "");
  g_autoptr(GString) text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(value); i++) {
    const char *item = json_string_value(json_array_get(value, i));
    if (strstr(item, SEPARATOR) != NULL) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: an item of a list holds \"" SEPARATOR "\", which tables cannot tell", item);
      return NULL;
    }
    g_string_append_printf(text, "%s%s", i > 0 ? SEPARATOR : "", item);
  }
  return g_strdup(text->str);
}

typedef struct {
  GString *out;
  GPtrArray *columns;
  const json_t *document;
} Writing;

/* `key`: what the first column says of a nested row; `to`: one of the ends of a relation. */
static bool write_row(Writing *self, const json_t *row, const char *key, const json_t *to, GError **error) {
  g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i + 1 < self->columns->len; i++) {
    const char *column = self->columns->pdata[i];
    const json_t *value = json_object_get(row, column);
    if (strcmp(column, "attackers") == 0)
      value = json_object_get(self->document, "attackers");
    if (to != NULL && strcmp(column, "to") == 0)
      value = to;
    char *cell = key != NULL && i == 0 ? g_strdup(key) : cell_text(value, error);
    if (cell == NULL)
      return false;
    g_ptr_array_add(cells, cell);
  }
  g_ptr_array_add(cells, NULL);
  ak_csv_append(self->out, (const char *const *)cells->pdata);
  return true;
}

static bool write_rows(Writing *self, const Table *table, const json_t *row, GError **error) {
  const json_t *rows = table->nested != NULL ? json_object_get(row, table->nested) : NULL;
  const json_t *ends = strcmp(table->list, "relations") == 0 ? json_object_get(row, "to") : NULL;
  bool ok = true;
  if (table->nested == NULL && ends == NULL)
    return write_row(self, row, NULL, NULL, error);
  for (gsize i = 0; ok && i < json_array_size(rows); i++)
    ok = write_row(self, json_array_get(rows, i), ak_json_string_or(row, "id", ""), NULL, error);
  for (gsize i = 0; ok && i < json_array_size(ends); i++)
    ok = write_row(self, row, NULL, json_array_get(ends, i), error);
  return ok;
}

static const Table *table_named(const char *file) {
  gsize i = 0;
  while (strcmp(tables[i].file, file) != 0)
    i++;
  return &tables[i];
}

bool ak_chain_csv_write(const json_t *document, const char *file, char **out, GError **error) {
  const Table *table = table_named(file);
  const json_t *list = json_object_get(document, table->list);
  g_autoptr(GPtrArray) columns = columns_of(table);
  g_autoptr(GString) text = g_string_new(NULL);
  Writing self = {text, columns, document};
  ak_csv_append(text, (const char *const *)columns->pdata);
  gsize head = text->len;
  bool ok = !is_chain(table) || write_row(&self, list, NULL, NULL, error);
  for (gsize i = 0; ok && i < json_array_size(list); i++)
    ok = write_rows(&self, table, json_array_get(list, i), error);
  bool is_needed = text->len > head || strcmp(file, "elements.csv") == 0;
  if (ok)
    *out = is_needed ? g_strdup(text->str) : NULL;
  return ok;
}

/* --- reading -------------------------------------------------------------------------------------------------- */

typedef struct {
  const AkChainCsvFile *file;
  GPtrArray *records; /* of GStrv, the header first; owned */
  const Table *table;
  guint start;        /* lines of the files before it */
} Source;

typedef struct {
  AkYaml *root;
  GTree *elements; /* id → its node, borrowed; ids that are there twice are a problem anyhow. NULL: a table alone is read */
  GArray *sources; /* of Source: those of elements first */
  guint lines;     /* of the files so far */
  GPtrArray *problems;
} Reading;

static AkYaml *node_new(AkYamlType type, guint line, guint column) {
  AkYaml *node = g_new0(AkYaml, 1);
  node->type = type;
  node->line = node->key_line = line;
  node->column = node->key_column = column;
  if (type == AK_YAML_MAP)
    node->keys = g_ptr_array_new_with_free_func(g_free);
  if (type != AK_YAML_SCALAR)
    node->items = g_ptr_array_new_with_free_func((GDestroyNotify)ak_yaml_free);
  return node;
}

static AkYaml *scalar_new(const char *text, guint line, guint column) {
  AkYaml *node = node_new(AK_YAML_SCALAR, line, column);
  node->text = g_strdup(text);
  node->plain = true;
  return node;
}

static AkYaml *add_member(AkYaml *map, const char *name, AkYaml *node) {
  g_ptr_array_add(map->keys, g_strdup(name));
  g_ptr_array_add(map->items, node);
  return node;
}

static AkYaml *list_of(AkYaml *map, const char *name, guint line) {
  AkYaml *known = (AkYaml *)ak_yaml_member(map, name);
  return known != NULL ? known : add_member(map, name, node_new(AK_YAML_LIST, line, 1));
}

/* Which table has these columns: all that it requires, and then the most. NULL: none. */
static const Table *table_of(char **header) {
  const Table *best = NULL;
  guint most = 0;
  for (gsize t = 0; t < G_N_ELEMENTS(tables); t++) {
    g_autoptr(GPtrArray) columns = columns_of(&tables[t]);
    guint known = 0, missing = 0;
    for (guint i = 0; i + 1 < columns->len; i++)
      known += g_strv_contains((const char *const *)header, columns->pdata[i]);
    for (const AkField *field = fields_of(&tables[t]); field->name != NULL; field++)
      missing += field->required && !g_strv_contains((const char *const *)header, field->name);
    missing += tables[t].key != NULL && !g_strv_contains((const char *const *)header, tables[t].key);
    if (missing == 0 && known > most) {
      best = &tables[t];
      most = known;
    }
  }
  return best;
}

static AkYaml *cell_node(const AkField *field, const char *text, guint line, guint column) {
  if (field == NULL || !field->list)
    return scalar_new(text, line, column);
  AkYaml *list = node_new(AK_YAML_LIST, line, column);
  g_auto(GStrv) items = g_strsplit(text, SEPARATOR, 0);
  for (guint i = 0; items[i] != NULL; i++)
    g_ptr_array_add(list->items, scalar_new(g_strstrip(items[i]), line, column));
  return list;
}

/* Members of a record; those that are none of the table's stay, so that the check names them. */
static AkYaml *row_node(Reading *self, const Table *table, char **header, char **cells, guint line) {
  const AkField *fields = fields_of(table);
  AkYaml *row = node_new(AK_YAML_MAP, line, 1);
  for (guint i = 0; header[i] != NULL; i++) {
    bool is_key = table->key != NULL && strcmp(header[i], table->key) == 0;
    bool is_begin = is_chain(table) && strcmp(header[i], "attackers") == 0;
    if (*cells[i] == '\0' || is_key)
      continue;
    if (is_begin)
      add_member(self->root, "attackers", cell_node(field_named(ak_chain_fields, "attackers"), cells[i], line, i + 1));
    else if (ak_yaml_member(row, header[i]) == NULL)
      add_member(row, header[i], cell_node(field_named(fields, header[i]), cells[i], line, i + 1));
  }
  return row;
}

/* The rows that a nested one stands with; where its element is none, a problem and NULL. Of a table alone, a list of its own. */
static AkYaml *nested_list(Reading *self, const Table *table, char **header, char **cells, guint line) {
  guint column = 0;
  if (self->elements == NULL)
    return list_of(self->root, table->nested, line);
  while (strcmp(header[column], table->key) != 0)
    column++;
  AkYaml *element = g_tree_lookup(self->elements, cells[column]);
  if (element != NULL)
    return list_of(element, table->nested, line);
  ak_problems_add(self->problems, line, column + 1, table->key, cells[column], "no-element", "");
  return NULL;
}

static void read_record(Reading *self, const Table *table, char **header, char **cells, guint line) {
  if (is_chain(table)) {
    AkYaml *row = row_node(self, table, header, cells, line);
    if (ak_yaml_member(self->root, "chain") == NULL)
      add_member(self->root, "chain", row);
    else
      ak_yaml_free(row);
    return;
  }
  AkYaml *list = table->nested != NULL ? nested_list(self, table, header, cells, line)
                                       : list_of(self->root, table->list, line);
  if (list == NULL)
    return;
  AkYaml *row = row_node(self, table, header, cells, line);
  const AkYaml *id = table->nested == NULL && strcmp(table->list, "elements") == 0 ? ak_yaml_member(row, "id") : NULL;
  g_ptr_array_add(list->items, row);
  if (id != NULL && self->elements != NULL)
    g_tree_replace(self->elements, id->text, row);
}

static guint lines_in(char **cells) {
  guint lines = 1;
  for (guint i = 0; cells[i] != NULL; i++)
    for (const char *at = cells[i]; (at = strchr(at, '\n')) != NULL; at++)
      lines++;
  return lines;
}

static void source_clear(gpointer data) {
  g_clear_pointer(&((Source *)data)->records, g_ptr_array_unref);
}

static bool add_source(Reading *self, const AkChainCsvFile *file, GError **error) {
  Source source = {.file = file, .records = ak_csv_read(file->data, file->size, file->name, error)};
  if (source.records == NULL)
    return false;
  g_array_append_val(self->sources, source);
  Source *added = &g_array_index(self->sources, Source, self->sources->len - 1);
  added->table = added->records->len > 0 ? table_of(added->records->pdata[0]) : NULL;
  return added->table != NULL ||
         ak_error_set(error, AK_ERROR_INVALID_DATA,
                      "%s:1:1: its columns are those of no table; see docs/formats/chain-csv.md", file->name);
}

/* Elements come first, since measures stand with them; else by name. */
static int compare_sources(gconstpointer a, gconstpointer b) {
  const Source *left = a, *right = b;
  bool first = strcmp(left->table->file, "elements.csv") == 0, second = strcmp(right->table->file, "elements.csv") == 0;
  return first != second ? (first ? -1 : 1) : strcmp(left->file->name, right->file->name);
}

static void read_source(Reading *self, Source *source) {
  guint line = source->start = self->lines;
  for (guint i = 0; i < source->records->len; i++) {
    char **cells = source->records->pdata[i];
    if (i > 0)
      read_record(self, source->table, source->records->pdata[0], cells, line + 1);
    line += lines_in(cells);
  }
  self->lines = line;
}

/* "relations.csv:3:2: to: …": by the count of all lines the file and its line are found again. */
static char *problems_text(const Reading *self, AkLang lang) {
  GString *text = g_string_new(NULL);
  ak_problems_sort(self->problems);
  for (guint i = 0; i < self->problems->len; i++) {
    AkProblem problem = *(const AkProblem *)self->problems->pdata[i];
    const Source *source = &g_array_index(self->sources, Source, 0), *end = source + self->sources->len;
    while (source + 1 < end && source[1].start < problem.line)
      source++;
    problem.line -= source->start;
    g_autofree char *line = ak_problem_format(&problem, source->file->name, lang);
    g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "", line);
  }
  return g_string_free(text, FALSE);
}

gint ak_chain_csv_table(const AkChainCsvFile *file, GError **error) {
  g_autoptr(GArray) sources = g_array_new(FALSE, TRUE, sizeof(Source));
  Reading self = {.sources = sources};
  g_array_set_clear_func(sources, source_clear);
  return add_source(&self, file, error) ? (gint)(g_array_index(sources, Source, 0).table - tables) : -1;
}

AkYaml *ak_chain_csv_node(const AkChainCsvFile *file, guint table, GError **error) {
  g_autoptr(AkYaml) root = node_new(AK_YAML_MAP, 1, 1);
  g_autoptr(GArray) sources = g_array_new(FALSE, TRUE, sizeof(Source));
  Reading self = {.root = root, .sources = sources};
  g_array_set_clear_func(sources, source_clear);
  if (!add_source(&self, file, error))
    return NULL;
  Source *source = &g_array_index(sources, Source, 0);
  if (source->table != &tables[table]) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s:1:1: its columns are those of %s, not of %s", file->name,
                 source->table->file, tables[table].file);
    return NULL;
  }
  read_source(&self, source);
  return g_steal_pointer(&root);
}

static int compare_ids(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

json_t *ak_chain_csv_read(const AkChainCsvFile *files, gsize count, const char *name, AkLang lang, GError **error) {
  g_autoptr(AkYaml) root = node_new(AK_YAML_MAP, 1, 1);
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(GArray) sources = g_array_new(FALSE, TRUE, sizeof(Source));
  g_autoptr(GTree) elements = g_tree_new_full(compare_ids, NULL, NULL, NULL);
  Reading self = {.root = root, .elements = elements, .sources = sources, .problems = problems};
  g_array_set_clear_func(sources, source_clear);
  if (count == 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "there is no table");
    return NULL;
  }
  for (gsize i = 0; i < count; i++)
    if (!add_source(&self, &files[i], error))
      return NULL;
  g_array_sort(sources, compare_sources);
  for (guint i = 0; i < sources->len; i++)
    read_source(&self, &g_array_index(sources, Source, i));
  if (ak_yaml_member(root, "chain") == NULL)
    add_member(add_member(root, "chain", node_new(AK_YAML_MAP, 1, 1)), "name", scalar_new(name, 1, 1));
  g_autoptr(json_t) document = ak_schema_check(root, ak_chain_fields, NULL, problems);
  ak_chain_check_relations(root, problems);
  if (problems->len == 0)
    return g_steal_pointer(&document);
  g_autofree char *text = problems_text(&self, lang);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", text);
  return NULL;
}

/* Tables follow each other, split by a line of "%%". What is read can be written and read again, the same. */
bool ak_exchange_chain_csv_fuzz(const guint8 *data, gsize size) {
  g_autofree char *text = g_strndup((const char *)data, size);
  g_auto(GStrv) parts = g_strsplit(text, "%%\n", 6);
  AkChainCsvFile files[6];
  gsize count = 0;
  for (; parts[count] != NULL; count++)
    files[count] = (AkChainCsvFile){"fuzz", parts[count], strlen(parts[count])};
  g_autoptr(json_t) document = ak_chain_csv_read(files, count, "fuzz", AK_LANG_EN, NULL);
  return document != NULL;
}
