#include "store/schema.h"

#include "store/sql.h"

#define MIGRATE_ATTEMPTS 3 /* two processes may make the first table at the same moment */

const AkSchemaStep ak_schema_steps[] = {{"schema.1."}, {NULL}};

static gint64 count_steps(const AkSchemaStep *steps) {
  gint64 count = 0;
  while (steps[count].prefix != NULL)
    count++;
  return count;
}

static bool read_version(const AkRow *row, gpointer data, GError **error) {
  return ak_row_integer(row, "version", data, error);
}

static bool get_version(AkTx *tx, gpointer data, GError **error) {
  gint64 *version = data;
  *version = 0;
  return ak_sql_query(tx, "version.get", NULL, 0, read_version, version, error);
}

/* Where the table is missing, too, the version is 0. */
static bool make_and_get(AkTx *tx, gint64 *version, GError **error) {
  return ak_sql_do(tx, "version.make", NULL, 0, NULL, error) && get_version(tx, version, error);
}

static bool check_newer(gint64 version, gint64 known, GError **error) {
  return version <= known || ak_error_set(error, AK_ERROR_NOT_SUPPORTED,
                                          "store: the database has schema version %" G_GINT64_FORMAT
                                          ", this program knows versions up to %" G_GINT64_FORMAT
                                          "; use a newer akashi, or another database",
                                          version, known);
}

static bool run_listed(AkTx *tx, const char *prefix, GError **error) {
  g_autoptr(GPtrArray) statements = ak_query_list(prefix);
  for (guint i = 0; i < statements->len; i++)
    if (!ak_sql_run(tx, statements->pdata[i], NULL, 0, NULL, NULL, NULL, error))
      return false;
  return statements->len > 0 ||
         ak_error_set(error, AK_ERROR_INTERNAL, "store: no statement %s*", prefix);
}

static bool run_step(AkTx *tx, const AkSchemaStep *step, GError **error) {
  if (step->queries == NULL)
    return run_listed(tx, step->prefix, error);
  for (const AkQuery *query = step->queries; query->name != NULL; query++)
    if (!ak_sql_run(tx, query, NULL, 0, NULL, NULL, NULL, error))
      return false;
  return true;
}

static bool migrate(AkTx *tx, gpointer data, GError **error) {
  const AkSchemaStep *steps = data;
  gint64 version = 0, wanted = count_steps(steps);
  if (!make_and_get(tx, &version, error) || !check_newer(version, wanted, error))
    return false;
  for (gint64 i = version; i < wanted; i++)
    if (!run_step(tx, &steps[i], error))
      return false;
  AkSqlValue parameter = ak_sql_integer(wanted);
  return ak_sql_do(tx, "version.set", &parameter, 1, NULL, error);
}

bool ak_schema_migrate(AkDb *db, const AkSchemaStep *steps, GError **error) {
  gint64 version = 0, wanted = count_steps(steps);
  /* Looking first: most of the time nobody has to wait for a writer. */
  if (ak_tx_read(db, get_version, &version, NULL) && version == wanted)
    return true;
  GError *failure = NULL;
  for (guint i = 0; i < MIGRATE_ATTEMPTS; i++) {
    g_clear_error(&failure);
    if (ak_tx_run(db, migrate, (gpointer)steps, &failure)) {
      ak_db_forgive(db);
      return true;
    }
    if (g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_SUPPORTED))
      break;
  }
  g_propagate_error(error, failure);
  return false;
}

bool ak_schema_version(AkDb *db, gint64 *version, GError **error) {
  return ak_tx_read(db, get_version, version, error);
}

static bool drop(AkTx *tx, gpointer data, GError **error) {
  return run_listed(tx, "drop.", error);
}

bool ak_schema_drop(AkDb *db, GError **error) {
  return ak_tx_run(db, drop, NULL, error);
}
