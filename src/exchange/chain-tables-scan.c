/* Records of a table against its members: which columns there are, which are missing, what each cell is for. */
#include <string.h>

#include "exchange/chain-tables-parts.h"

/* --- problems --------------------------------------------------------------------------------------------------- */

void ak_tables_complain(AkTables *self, guint column, const char *member, const char *value, const char *id,
                        const char *hint) {
  ak_problems_add(self->problems, self->line, column + 1, member, value, id, hint);
}

gint ak_tables_word(AkTables *self, const AkField *field, const AkCsvCell *cell, guint column) {
  gint word = ak_chain_word(field->words, cell->text);
  if (word < 0)
    json_decref(ak_schema_check_text(cell->text, self->line, column + 1, field, self->problems));
  return word;
}

guint32 ak_tables_element(AkTables *self, const char *member, const char *id, gsize size, guint column) {
  guint32 number = ak_intern_find(self->ids, id, size);
  if (number != AK_INTERN_NONE)
    return number;
  ak_tables_complain(self, column, member, id, "no-element", "");
  return AK_CHAIN_NO_ELEMENT;
}

/* --- columns ---------------------------------------------------------------------------------------------------- */

typedef struct {
  const AkTablesReader *reader;
  guint count;
  char *names[AK_CSV_MAX_CELLS];
  gint fields[AK_CSV_MAX_CELLS];                 /* of the reader's; -1: none */
  const AkTablesColumn *columns[AK_CSV_MAX_CELLS]; /* NULL: nothing is done with it */
  gint key;                                      /* which column; -1: none */
  guint32 required;                              /* mask of fields */
} Header;

static gint field_named(const AkField *fields, const char *name) {
  for (gint i = 0; fields[i].name != NULL; i++)
    if (strcmp(fields[i].name, name) == 0)
      return i;
  return -1;
}

/* A column that is there twice counts where it first stands. */
static bool is_first(const Header *header, guint column) {
  for (guint i = 0; i < column; i++)
    if (strcmp(header->names[i], header->names[column]) == 0)
      return false;
  return true;
}

static void read_column(Header *self, guint column, const AkCsvCell *cell) {
  const AkTablesReader *reader = self->reader;
  self->names[column] = cell->text;
  self->columns[column] = NULL;
  self->fields[column] = field_named(reader->fields, cell->text);
  if (reader->key != NULL && strcmp(reader->key, cell->text) == 0 && self->key < 0)
    self->key = (gint)column;
  for (gsize i = 0; reader->columns[i].name != NULL; i++)
    if (strcmp(reader->columns[i].name, cell->text) == 0)
      self->columns[column] = &reader->columns[i];
}

static bool read_header(Header *self, const AkCsvCell *cells, gint count, const char *where, GError **error) {
  const AkTablesReader *reader = self->reader;
  guint32 seen = 0;
  self->key = -1;
  self->count = (guint)MAX(count, 0);
  for (guint i = 0; i < self->count; i++)
    read_column(self, i, &cells[i]);
  for (guint i = 0; i < self->count; i++)
    seen |= self->fields[i] >= 0 ? 1u << self->fields[i] : 0;
  for (guint i = 0; reader->fields[i].name != NULL; i++)
    self->required |= reader->fields[i].required ? 1u << i : 0;
  if ((self->required & ~seen) != 0 || (reader->key != NULL && self->key < 0))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%s:1:1: its columns are those of no table; see docs/formats/chain-csv.md", where);
  return true;
}

/* --- records ---------------------------------------------------------------------------------------------------- */

static void take_cells(AkTables *self, const Header *header, const AkCsvCell *cells) {
  const AkTablesReader *reader = header->reader;
  guint32 seen = 0;
  for (guint i = 0; i < header->count; i++) {
    gint field = header->fields[i];
    if (cells[i].text[0] == '\0' || (gint)i == header->key)
      continue;
    if (field < 0) {
      if (is_first(header, i))
        ak_schema_check_unknown(header->names[i], self->line, i + 1, reader->fields, self->problems);
      continue;
    }
    if (seen >> field & 1)
      continue;
    seen |= 1u << field;
    if (header->columns[i] != NULL)
      header->columns[i]->take(self, reader->row, &reader->fields[field], &cells[i], i);
  }
  for (guint left = header->required & ~seen; left != 0; left &= left - 1)
    ak_tables_complain(self, 0, reader->fields[__builtin_ctz(left)].name, NULL, "missing", reader->list);
}

bool ak_tables_read(AkTables *self, const AkTablesReader *reader, char *data, gsize size, const char *where,
                    GError **error) {
  Header header = {.reader = reader};
  AkCsvCell cells[AK_CSV_MAX_CELLS];
  self->scan = ak_csv_scan_new(data, size, where);
  gint count = ak_csv_scan_record(&self->scan, cells, AK_CSV_MAX_CELLS, error);
  if (count < 0 || !read_header(&header, cells, count, where, error))
    return false;
  while (true) {
    self->line = self->scan.line;
    count = ak_csv_scan_record(&self->scan, cells, AK_CSV_MAX_CELLS, error);
    if (count <= 0)
      return count == 0;
    const AkCsvCell *key = header.key >= 0 ? &cells[header.key] : NULL;
    if (!reader->begin(self, reader->row, key, (guint)header.key))
      continue;
    take_cells(self, &header, cells);
    if (!reader->end(self, reader->row, error))
      return false;
  }
}
