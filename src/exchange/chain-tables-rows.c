/* What the records of elements.csv, measures.csv and relations.csv say, taken into the chain's columns. */
#include <string.h>

#include "exchange/chain-tables-parts.h"
#include "exchange/chain-yaml.h"
#include "util/large.h"

#define SEPARATOR ';' /* between items of a list within a cell */

static const AkField *members_of(const char *list, const char *nested) {
  const AkField *field = ak_chain_fields;
  while (strcmp(field->name, list) != 0)
    field++;
  for (const AkField *inner = field->members; nested != NULL && inner->name != NULL; inner++)
    if (strcmp(inner->name, nested) == 0)
      return inner->members;
  return field->members;
}

static bool no_memory(const char *where, guint32 rows, GError **error) {
  return ak_error_set(error, AK_ERROR_LIMIT, "%s: no memory for %u rows", where, rows);
}

/* --- lists within a cell: the same few stand in most rows ------------------------------------------------------- */

typedef struct {
  AkIntern *cells; /* texts of `lists` */
  GPtrArray *lists; /* of GStrv */
  GStrv none;
  bool is_full; /* memory ended: a cell got no list */
} Lists;

static void lists_clear(Lists *self) {
  g_clear_pointer(&self->cells, ak_intern_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lists, lists_clear)

static Lists lists_new(AkTables *tables) {
  Lists out = {.cells = ak_intern_new(0), .lists = tables->chain->lists, .none = g_new0(char *, 1)};
  g_ptr_array_add(out.lists, out.none);
  return out;
}

/* Borrowed; the chain's. */
static GStrv list_of(Lists *self, AkTables *tables, const AkCsvCell *cell) {
  const char separator[] = {SEPARATOR, '\0'};
  guint32 number = ak_intern_find(self->cells, cell->text, cell->size);
  if (number != AK_INTERN_NONE)
    return self->lists->pdata[number + 1]; /* behind the empty one */
  if (ak_intern_add(self->cells, g_string_chunk_insert_len(tables->chain->texts, cell->text, (gssize)cell->size),
                    cell->size) == AK_INTERN_NONE) {
    self->is_full = true;
    return self->none;
  }
  GStrv items = g_strsplit(cell->text, separator, 0);
  for (gsize i = 0; items[i] != NULL; i++)
    g_strstrip(items[i]);
  g_ptr_array_add(self->lists, items);
  return items;
}

static void check_items(AkTables *self, GStrv items, const AkField *field, guint column) {
  for (gsize i = 0; items[i] != NULL; i++)
    if (field->words != NULL ? ak_chain_word(field->words, items[i]) < 0 : items[i][0] == '\0')
      json_decref(ak_schema_check_text(items[i], self->line, column + 1, field, self->problems));
}

/* --- elements --------------------------------------------------------------------------------------------------- */

typedef struct {
  AkElement *element;
  gsize id_size;
  guint id_column, owner_column;
  const char **owners; /* [rows]: what elements say, since those behind them are not known yet */
  const char *owner;
  Lists lists;
} ElementRow;

static void take_id(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ElementRow *to = row;
  to->element->id = cell->text;
  to->id_size = cell->size;
  to->id_column = column;
  for (const char *at = cell->text; *at != '\0'; at++)
    if ((guchar)*at < ' ' || *at == 0x7f) { /* it would break the lists that name it */
      ak_tables_complain(self, column, "id", "", "element-id", "");
      return;
    }
}

static void take_name(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ((ElementRow *)row)->element->name = cell->text;
}

static void take_kind(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  gint word = ak_tables_word(self, field, cell, column);
  ((ElementRow *)row)->element->kind = word < 0 ? AK_TABLES_NO_KIND : (AkElementKind)word;
}

static void take_owner(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ElementRow *to = row;
  to->owner = cell->text;
  to->owner_column = column;
}

static void take_criticality(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell,
                             guint column) {
  gint word = ak_tables_word(self, field, cell, column);
  ((ElementRow *)row)->element->criticality = (guint)MAX(word, 0);
}

static void take_exposure(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ElementRow *to = row;
  to->element->exposure = list_of(&to->lists, self, cell);
  check_items(self, to->element->exposure, field, column);
}

static void take_functions(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ElementRow *to = row;
  to->element->functions = list_of(&to->lists, self, cell);
  check_items(self, to->element->functions, field, column);
}

static void take_safety(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  json_t *value = ak_schema_check_text(cell->text, self->line, column + 1, field, self->problems);
  ((ElementRow *)row)->element->safety = json_is_true(value);
  json_decref(value);
}

static void take_product(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ((ElementRow *)row)->element->product = cell->text;
}

static void take_version(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ((ElementRow *)row)->element->version = cell->text;
}

static const AkTablesColumn element_columns[] = {
    {"id", take_id}, {"kind", take_kind}, {"name", take_name}, {"owner", take_owner},
    {"criticality", take_criticality}, {"exposure", take_exposure}, {"functions", take_functions},
    {"safety", take_safety}, {"product", take_product}, {"version", take_version}, {NULL, NULL}};

static bool begin_element(AkTables *self, gpointer row, const AkCsvCell *key, guint column) {
  ElementRow *to = row;
  to->element = &self->elements[ak_intern_count(self->ids)];
  to->owner = NULL;
  *to->element = (AkElement){.owner = AK_CHAIN_NO_ELEMENT,
                             .kind = AK_TABLES_NO_KIND,
                             .criticality = 1,
                             .exposure = to->lists.none,
                             .functions = to->lists.none,
                             .measures = self->chain->no_measures,
                             .line = self->line};
  return true;
}

static bool end_element(AkTables *self, gpointer row, GError **error) {
  ElementRow *from = row;
  AkElement *element = from->element;
  guint32 next = ak_intern_count(self->ids);
  if (from->lists.is_full)
    return no_memory(self->scan.where, self->rows, error);
  if (element->id == NULL)
    return true; /* it was said that it is missing */
  guint32 number = ak_intern_add(self->ids, element->id, from->id_size);
  if (number == AK_INTERN_NONE)
    return no_memory(self->scan.where, next, error);
  if (number != next) {
    g_autofree char *line = g_strdup_printf("%u", self->elements[number].line);
    ak_tables_complain(self, from->id_column, "id", element->id, "twice", line);
    self->elements[number].line = self->line;
    return true;
  }
  element->column = from->id_column + 1;
  element->name = element->name != NULL ? element->name : element->id;
  from->owners[number] = from->owner;
  return true;
}

static void find_owners(AkTables *self, const ElementRow *row) {
  for (guint32 i = 0; i < ak_intern_count(self->ids); i++) {
    const char *owner = row->owners[i];
    if (owner == NULL)
      continue;
    self->line = self->elements[i].line;
    guint32 number = ak_tables_element(self, "owner", owner, strlen(owner), row->owner_column);
    self->elements[i].owner = number;
    if (number == AK_CHAIN_NO_ELEMENT || self->elements[number].kind == AK_ELEMENT_ORGANIZATION ||
        self->elements[number].kind == AK_TABLES_NO_KIND)
      continue;
    ak_tables_complain(self, row->owner_column, "owner", owner, "owner-kind",
                       ak_chain_elements[self->elements[number].kind]);
  }
}

/* The chain's list of them. */
static bool list_elements(AkTables *self, const char *where, GError **error) {
  guint32 count = ak_intern_count(self->ids);
  g_ptr_array_set_size(self->chain->elements, (gint)count);
  ak_large_advise(self->chain->elements->pdata, (gsize)count * sizeof(gpointer));
  for (guint32 i = 0; i < count; i++)
    self->chain->elements->pdata[i] = &self->elements[i];
  return true;
}

bool ak_tables_read_elements(AkTables *self, char *data, gsize size, const char *where, GError **error) {
  guint32 rows = self->rows;
  ElementRow row = {.owners = ak_large_new(rows, sizeof *row.owners)};
  self->ids = ak_intern_new(rows);
  self->elements = ak_large_new((gsize)rows + 1, sizeof *self->elements);
  g_ptr_array_add(self->chain->blocks, self->elements);
  if (row.owners == NULL || self->ids == NULL || self->elements == NULL) {
    ak_large_free(row.owners);
    return no_memory(where, rows, error);
  }
  g_auto(Lists) lists = lists_new(self);
  if (lists.cells == NULL) {
    ak_large_free(row.owners);
    return no_memory(where, rows, error);
  }
  row.lists = lists;
  const AkTablesReader reader = {.list = "elements", .fields = members_of("elements", NULL),
                                 .columns = element_columns, .row = &row, .begin = begin_element, .end = end_element};
  bool ok = ak_tables_read(self, &reader, data, size, where, error);
  if (ok)
    find_owners(self, &row);
  ak_large_free(row.owners);
  return ok && list_elements(self, where, error);
}

/* --- measures --------------------------------------------------------------------------------------------------- */

typedef struct {
  AkElementMeasure *measure; /* where the next one comes */
  guint32 element;
} MeasureRow;

static void take_requirement(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell,
                             guint column) {
  ((MeasureRow *)row)->measure->requirement = cell->text;
}

static void take_status(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ((MeasureRow *)row)->measure->status = (guint)MAX(ak_tables_word(self, field, cell, column), 0);
}

static void take_backing(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ((MeasureRow *)row)->measure->backing = (guint)MAX(ak_tables_word(self, field, cell, column), 0);
}

static void take_reference(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ((MeasureRow *)row)->measure->reference = cell->text;
}

static void take_until(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  AkElementMeasure *measure = ((MeasureRow *)row)->measure;
  json_t *day = ak_schema_check_text(cell->text, self->line, column + 1, field, self->problems);
  if (day == NULL || !ak_schema_date(cell->text, true, &measure->until_utc_us))
    measure->until_utc_us = G_MININT64;
  json_decref(day);
}

static void take_cost(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  json_t *cost = ak_schema_check_text(cell->text, self->line, column + 1, field, self->problems);
  ((MeasureRow *)row)->measure->cost_yen = cost != NULL ? json_integer_value(cost) : -1;
  json_decref(cost);
}

static const AkTablesColumn measure_columns[] = {
    {"requirement", take_requirement}, {"status", take_status}, {"backing", take_backing},
    {"reference", take_reference}, {"until", take_until}, {"cost_yen", take_cost}, {NULL, NULL}};

static bool begin_measure(AkTables *self, gpointer row, const AkCsvCell *key, guint column) {
  MeasureRow *to = row;
  *to->measure = (AkElementMeasure){.until_utc_us = G_MAXINT64, .cost_yen = -1};
  to->element = ak_tables_element(self, "element", key->text, key->size, column);
  return to->element != AK_CHAIN_NO_ELEMENT;
}

static bool end_measure(AkTables *self, gpointer row, GError **error) {
  MeasureRow *from = row;
  AkElement *element = &self->elements[from->element];
  if (element->measures == self->chain->no_measures)
    element->measures = g_ptr_array_new();
  g_ptr_array_add(element->measures, from->measure++);
  return true;
}

bool ak_tables_read_measures(AkTables *self, char *data, gsize size, const char *where, GError **error) {
  guint32 rows = self->rows;
  MeasureRow row = {.measure = ak_large_new((gsize)rows + 1, sizeof *row.measure)};
  if (row.measure == NULL)
    return no_memory(where, rows, error);
  g_ptr_array_add(self->chain->blocks, row.measure);
  const AkTablesReader reader = {.list = "measures", .fields = members_of("elements", "measures"), .key = "element",
                                 .columns = measure_columns, .row = &row, .begin = begin_measure, .end = end_measure};
  return ak_tables_read(self, &reader, data, size, where, error);
}
