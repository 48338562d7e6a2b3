#include "store/sql.h"

#include <string.h>

AkSqlValue ak_sql_integer(gint64 value) {
  return (AkSqlValue){.type = AK_SQL_INTEGER, .integer = value};
}

AkSqlValue ak_sql_text(const char *text) {
  if (text == NULL)
    return (AkSqlValue){.type = AK_SQL_NULL};
  return (AkSqlValue){.type = AK_SQL_TEXT, .text = text, .size = strlen(text)};
}

/* One of the back ends would refuse what the other stores, or store it cut at the NUL. */
static bool check_texts(const AkQuery *statement, const AkSqlValue *parameters, gsize count,
                        GError **error) {
  for (gsize i = 0; i < count; i++)
    if (parameters[i].type == AK_SQL_TEXT &&
        !g_utf8_validate_len(parameters[i].text, parameters[i].size, NULL))
      return ak_error_set(error, AK_ERROR_INVALID_DATA,
                          "store: %s: parameter %" G_GSIZE_FORMAT
                          " is no UTF-8 text or holds a NUL",
                          statement->name, i + 1);
  return true;
}

bool ak_sql_run(AkTx *tx, const AkQuery *statement, const AkSqlValue *parameters, gsize count,
                AkRowVisit visit, gpointer data, guint64 *changed, GError **error) {
  const char *name = statement->name;
  if (statement->parameters != count)
    return ak_error_set(error, AK_ERROR_INTERNAL,
                        "store: %s has %u parameters, not %" G_GSIZE_FORMAT, name,
                        statement->parameters, count);
  if (tx->status != AK_DB_OK)
    return ak_error_set(error, AK_ERROR_INTERNAL, "store: %s: this transaction has failed already",
                        name);
  if (!check_texts(statement, parameters, count, error))
    return false;
  GError *failure = NULL;
  tx->status =
      tx->driver->run(tx->connection, statement, parameters, visit, data, changed, &failure);
  if (tx->status == AK_DB_OK)
    return true;
  /* A row that is not as our statements write it is damage, too. */
  if (tx->status == AK_DB_FAILED && g_error_matches(failure, AK_ERROR, AK_ERROR_INVALID_DATA))
    tx->status = AK_DB_DAMAGED;
  g_propagate_prefixed_error(error, failure, "store: %s: ", name);
  return false;
}

static bool run(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
                AkRowVisit visit, gpointer data, guint64 *changed, GError **error) {
  const AkQuery *statement = ak_query_find(name);
  if (statement == NULL)
    return ak_error_set(error, AK_ERROR_INTERNAL, "store: there is no statement \"%s\"", name);
  return ak_sql_run(tx, statement, parameters, count, visit, data, changed, error);
}

bool ak_sql_do(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
               guint64 *changed, GError **error) {
  return run(tx, name, parameters, count, NULL, NULL, changed, error);
}

bool ak_sql_query(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
                  AkRowVisit visit, gpointer data, GError **error) {
  return run(tx, name, parameters, count, visit, data, NULL, error);
}

/* --- columns by name ------------------------------------------------------------------------- */

static const AkSqlValue *find(const AkRow *row, const char *column) {
  for (guint i = 0; i < row->count; i++)
    if (strcmp(row->names[i], column) == 0)
      return &row->values[i];
  return NULL;
}

static bool wrong(const char *column, const char *wanted, GError **error) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "column %s is missing or no %s", column,
                      wanted);
}

bool ak_row_is_null(const AkRow *row, const char *column) {
  const AkSqlValue *value = find(row, column);
  return value != NULL && value->type == AK_SQL_NULL;
}

bool ak_row_integer(const AkRow *row, const char *column, gint64 *out, GError **error) {
  const AkSqlValue *value = find(row, column);
  if (value == NULL || value->type != AK_SQL_INTEGER)
    return wrong(column, "integer", error);
  *out = value->integer;
  return true;
}

bool ak_row_text(const AkRow *row, const char *column, const char **out, GError **error) {
  const AkSqlValue *value = find(row, column);
  if (value == NULL || value->type == AK_SQL_INTEGER)
    return wrong(column, "text", error);
  *out = value->type == AK_SQL_NULL ? NULL : value->text;
  return true;
}

/* --- structures ------------------------------------------------------------------------------ */

static bool is_text(const AkField *field) {
  return field->type == AK_FIELD_TEXT || field->type == AK_FIELD_TEXT_OR_NULL;
}

static AkSqlValue value_of(const AkField *field, gconstpointer record) {
  if (is_text(field))
    return ak_sql_text(G_STRUCT_MEMBER(char *, record, field->offset));
  gint64 integer = G_STRUCT_MEMBER(gint64, record, field->offset);
  return field->type == AK_FIELD_INTEGER_OR_NONE && integer < 0 ? (AkSqlValue){.type = AK_SQL_NULL}
                                                                : ak_sql_integer(integer);
}

bool ak_sql_put(AkTx *tx, const char *name, const AkField *fields, gsize count,
                gconstpointer record, GError **error) {
  AkSqlValue values[AK_QUERY_MAX_PARAMETERS];
  if (count > G_N_ELEMENTS(values))
    return ak_error_set(error, AK_ERROR_INTERNAL, "store: %s has too many fields", name);
  for (gsize i = 0; i < count; i++)
    values[i] = value_of(&fields[i], record);
  return ak_sql_do(tx, name, values, count, NULL, error);
}

static bool read_text(const AkField *field, const AkRow *row, gpointer record, GError **error) {
  const char *text = NULL;
  if (!ak_row_text(row, field->column, &text, error))
    return false;
  if (text == NULL && field->type == AK_FIELD_TEXT)
    return wrong(field->column, "text", error);
  G_STRUCT_MEMBER(char *, record, field->offset) = g_strdup(text);
  return true;
}

static bool read_field(const AkField *field, const AkRow *row, gpointer record, GError **error) {
  if (is_text(field))
    return read_text(field, row, record, error);
  gint64 integer = -1;
  bool is_none = field->type == AK_FIELD_INTEGER_OR_NONE && ak_row_is_null(row, field->column);
  if (!is_none && !ak_row_integer(row, field->column, &integer, error))
    return false;
  G_STRUCT_MEMBER(gint64, record, field->offset) = integer;
  return true;
}

typedef struct {
  const AkField *fields;
  gsize count, size;
  GPtrArray *rows;
} Loading;

static bool load_row(const AkRow *row, gpointer data, GError **error) {
  const Loading *loading = data;
  gpointer record = g_malloc0(loading->size);
  g_ptr_array_add(loading->rows, record);
  for (gsize i = 0; i < loading->count; i++)
    if (!read_field(&loading->fields[i], row, record, error))
      return false;
  return true;
}

GPtrArray *ak_sql_load(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
                       const AkField *fields, gsize field_count, gsize size, GDestroyNotify release,
                       GError **error) {
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(release);
  Loading loading = {fields, field_count, size, rows};
  return ak_sql_query(tx, name, parameters, count, load_row, &loading, error)
             ? g_steal_pointer(&rows)
             : NULL;
}

void ak_fields_clear(const AkField *fields, gsize count, gpointer record) {
  for (gsize i = 0; i < count; i++)
    if (is_text(&fields[i]))
      g_clear_pointer(&G_STRUCT_MEMBER(char *, record, fields[i].offset), g_free);
}
