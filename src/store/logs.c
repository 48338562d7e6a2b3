#include "store/logs.h"

#include <string.h>

#include "store/sql.h"
#include "util/digest.h"

#define OFFSET(member) G_STRUCT_OFFSET(AkLogRow, member)

static const AkField fields[] = {
    {"log_id", AK_FIELD_INTEGER, OFFSET(log_id)},
    {"origin", AK_FIELD_TEXT, OFFSET(origin)},
    {"revision", AK_FIELD_INTEGER, OFFSET(revision)},
    {"projected_to", AK_FIELD_INTEGER, OFFSET(projected_to)},
    {"forgotten", AK_FIELD_INTEGER, OFFSET(forgotten)},
    {"last_commitment", AK_FIELD_TEXT, OFFSET(last_commitment)},
};

void ak_logs_row_free(AkLogRow *self) {
  if (self == NULL)
    return;
  ak_fields_clear(fields, G_N_ELEMENTS(fields), self);
  g_free(self);
}

static void release(gpointer row) {
  ak_logs_row_free(row);
}

gint64 ak_logs_id(const char *origin) {
  AkDigest digest = ak_digest_of(origin, strlen(origin));
  guint64 id = 0;
  for (guint i = 0; i < 8; i++)
    id = id << 8 | digest.bytes[i];
  return (gint64)(id >> 1);
}

bool ak_logs_get(AkTx *tx, const char *origin, AkLogRow **out, GError **error) {
  AkSqlValue id = ak_sql_integer(ak_logs_id(origin));
  g_autoptr(GPtrArray) rows = ak_sql_load(tx, "log.get", &id, 1, fields, G_N_ELEMENTS(fields),
                                          sizeof(AkLogRow), release, error);
  if (rows == NULL)
    return false;
  const AkLogRow *found = rows->len > 0 ? rows->pdata[0] : NULL;
  if (found != NULL && strcmp(found->origin, origin) != 0)
    return ak_error_set(error, AK_ERROR_CONFLICT, "store: the logs %s and %s have one number",
                        found->origin, origin);
  *out = found != NULL ? g_ptr_array_steal_index(rows, 0) : NULL;
  return true;
}

bool ak_logs_put(AkTx *tx, const AkLogRow *row, GError **error) {
  return ak_sql_put(tx, "log.put", fields, G_N_ELEMENTS(fields), row, error);
}

bool ak_logs_delete(AkTx *tx, gint64 log_id, GError **error) {
  AkSqlValue id = ak_sql_integer(log_id);
  g_autoptr(GPtrArray) statements = ak_query_list("log.delete.");
  for (guint i = 0; i < statements->len; i++) {
    const AkQuery *statement = statements->pdata[i];
    if (!ak_sql_do(tx, statement->name, &id, 1, NULL, error))
      return false;
  }
  return true;
}
