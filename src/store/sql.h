/* Running named statements in a transaction, and rows to structures. For this room alone.
 *
 * A structure's members are described by a table of fields; the same table binds parameters ($1 is
 * the first field) and reads columns by name. */
#pragma once

#include "store/db-internal.h"

typedef enum {
  AK_FIELD_TEXT,            /* char *, never NULL */
  AK_FIELD_TEXT_OR_NULL,    /* char * */
  AK_FIELD_INTEGER,         /* gint64 */
  AK_FIELD_INTEGER_OR_NONE, /* gint64; NULL in the database is -1 here */
} AkFieldType;

typedef struct {
  const char *column;
  AkFieldType type;
  gsize offset;
} AkField;

/* Runs statement `name` with the values of all `fields` of `record`. */
bool ak_sql_put(AkTx *tx, const char *name, const AkField *fields, gsize count,
                gconstpointer record, GError **error);

/* Runs a statement that stands in no file: what the functions below do with those of sql/. */
bool ak_sql_run(AkTx *tx, const AkQuery *query, const AkSqlValue *parameters, gsize count,
                AkRowVisit visit, gpointer data, guint64 *changed, GError **error);

/* Runs a statement that returns no rows; `changed` may be NULL. INVALID_DATA for a text that is no
 * UTF-8 or holds a NUL. */
bool ak_sql_do(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
               guint64 *changed, GError **error);
/* Runs a statement and visits its rows. */
bool ak_sql_query(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
                  AkRowVisit visit, gpointer data, GError **error);
/* The rows as structures of `size` bytes: GPtrArray, the caller's, each freed by `release`. */
GPtrArray *ak_sql_load(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
                       const AkField *fields, gsize field_count, gsize size, GDestroyNotify release,
                       GError **error);

/* Parameters. Texts are borrowed. */
AkSqlValue ak_sql_integer(gint64 value);
AkSqlValue ak_sql_text(const char *text); /* NULL becomes SQL's NULL */

/* Columns by name. INVALID_DATA where there is none of that name, it is NULL or of another type. */
bool ak_row_integer(const AkRow *row, const char *column, gint64 *out, GError **error);
/* Borrowed during the visit; NULL for SQL's NULL. */
bool ak_row_text(const AkRow *row, const char *column, const char **out, GError **error);
bool ak_row_is_null(const AkRow *row, const char *column);

/* Frees what the fields own. */
void ak_fields_clear(const AkField *fields, gsize count, gpointer record);
