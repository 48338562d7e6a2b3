/* SQLite: a file, one writer at a time, readers beside it (WAL).
 *
 * synchronous=NORMAL: in WAL mode the database stays consistent over a loss of power, only the last
 * transactions may be missing (SQLite, "PRAGMA synchronous"). Nothing is lost by that, because
 * every row is a projection of the log, which is synced, and `projected_to` goes back together with
 * the rows. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "store/driver.h"

#define PREFIX "sqlite:"
#define MEMORY ":memory:"
#define BUSY_MS 10000 /* a writer that projects a large log gives way after each part of it */
#define FILE_MODE 0600

typedef struct {
  sqlite3 *db;
  GHashTable *prepared; /* AkQuery → sqlite3_stmt */
} Connection;

typedef struct {
  int result; /* primary result code */
  AkDbStatus status;
  AkErrorCode code;
} Meaning;

static const Meaning meanings[] = {
    {SQLITE_BUSY, AK_DB_AGAIN, AK_ERROR_CONFLICT},
    {SQLITE_LOCKED, AK_DB_AGAIN, AK_ERROR_CONFLICT},
    {SQLITE_PROTOCOL, AK_DB_AGAIN, AK_ERROR_CONFLICT},
    {SQLITE_SCHEMA, AK_DB_AGAIN, AK_ERROR_CONFLICT},
    {SQLITE_CORRUPT, AK_DB_DAMAGED, AK_ERROR_INVALID_DATA},
    {SQLITE_NOTADB, AK_DB_DAMAGED, AK_ERROR_INVALID_DATA},
    /* Our statements are fixed and right, so one that does not fit met tables that are not ours. */
    {SQLITE_ERROR, AK_DB_DAMAGED, AK_ERROR_INVALID_DATA},
    {SQLITE_CONSTRAINT, AK_DB_FAILED, AK_ERROR_CONFLICT},
    {SQLITE_PERM, AK_DB_FAILED, AK_ERROR_PERMISSION},
    {SQLITE_READONLY, AK_DB_FAILED, AK_ERROR_PERMISSION},
    {SQLITE_AUTH, AK_DB_FAILED, AK_ERROR_PERMISSION},
    {SQLITE_TOOBIG, AK_DB_FAILED, AK_ERROR_LIMIT},
};

static AkDbStatus fail(sqlite3 *db, int result, GError **error) {
  Meaning meaning = {result, AK_DB_FAILED, AK_ERROR_IO};
  for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
    if (meanings[i].result == (result & 0xff))
      meaning = meanings[i];
  ak_error_set(error, meaning.code, "SQLite: %s",
               db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(result));
  return meaning.status;
}

static AkDbStatus execute(Connection *self, const char *sql, GError **error) {
  int result = sqlite3_exec(self->db, sql, NULL, NULL, NULL);
  return result == SQLITE_OK ? AK_DB_OK : fail(self->db, result, error);
}

/* --- opening --------------------------------------------------------------------------------- */

static guint sqlite_connections(const char *uri) {
  return strcmp(uri, PREFIX MEMORY) == 0 ? 1 : 0; /* each would be a database of its own */
}

static void finalize(gpointer statement) {
  sqlite3_finalize(statement);
}

static void sqlite_close(gpointer connection) {
  Connection *self = connection;
  g_hash_table_unref(self->prepared);
  sqlite3_close(self->db);
  g_free(self);
}

/* SQLite would make the file readable for others; its -wal and -shm get the mode of the file. */
static bool make_file(const char *path, GError **error) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, FILE_MODE);
  if (fd < 0)
    return ak_error_set_errno(error, errno, "%s", path);
  close(fd);
  return true;
}

static AkDbStatus set_up(Connection *self, GError **error) {
  sqlite3_extended_result_codes(self->db, 1);
  sqlite3_busy_timeout(self->db, BUSY_MS);
  sqlite3_db_config(self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  AkDbStatus status = execute(self, "PRAGMA trusted_schema=OFF", error);
  if (status == AK_DB_OK)
    status = execute(self, "PRAGMA secure_delete=ON", error); /* runs that are forgotten */
  if (status == AK_DB_OK)
    status = execute(self, "PRAGMA journal_mode=WAL", error);
  return status == AK_DB_OK ? execute(self, "PRAGMA synchronous=NORMAL", error) : status;
}

static Connection *connect_to(const char *path, AkDbStatus *status, GError **error) {
  Connection *self = g_new0(Connection, 1);
  self->prepared = g_hash_table_new_full(NULL, NULL, NULL, finalize);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int result = sqlite3_open_v2(path, &self->db, flags, NULL);
  *status = result == SQLITE_OK ? AK_DB_OK : fail(self->db, result, error);
  if (*status == AK_DB_OK)
    return self;
  sqlite_close(self);
  return NULL;
}

static AkDbStatus sqlite_open(const char *uri, gpointer *connection, GError **error) {
  const char *path = uri + strlen(PREFIX);
  bool is_memory = strcmp(path, MEMORY) == 0;
  if (*path == '\0') {
    ak_error_set(error, AK_ERROR_CONFIG, "SQLite: \"%s\" names no file", uri);
    return AK_DB_FAILED;
  }
  if (!is_memory && !make_file(path, error))
    return AK_DB_FAILED;
  AkDbStatus status = AK_DB_OK;
  Connection *self = connect_to(path, &status, error);
  if (self == NULL)
    return status;
  status = set_up(self, error);
  if (status == AK_DB_OK || status == AK_DB_DAMAGED) {
    *connection = self; /* of a damaged one the first transaction tells, and wipe needs it */
    g_clear_error(status == AK_DB_DAMAGED ? error : NULL);
    return AK_DB_OK;
  }
  sqlite_close(self);
  return status;
}

/* --- transactions ---------------------------------------------------------------------------- */

static AkDbStatus sqlite_begin(gpointer connection, bool writes, GError **error) {
  Connection *self = connection;
  if (writes)
    return execute(self, "BEGIN IMMEDIATE", error);
  AkDbStatus status = execute(self, "PRAGMA query_only=ON", error);
  return status == AK_DB_OK ? execute(self, "BEGIN", error) : status;
}

static AkDbStatus leave(Connection *self, const char *how, GError **error) {
  AkDbStatus status = sqlite3_get_autocommit(self->db) ? AK_DB_OK : execute(self, how, error);
  if (status == AK_DB_OK)
    status = execute(self, "PRAGMA query_only=OFF", error);
  return status;
}

static AkDbStatus sqlite_commit(gpointer connection, GError **error) {
  Connection *self = connection;
  if (sqlite3_get_autocommit(self->db)) { /* an error such as a full disk has rolled it back */
    ak_error_set(error, AK_ERROR_IO, "SQLite: the transaction was rolled back");
    return AK_DB_FAILED;
  }
  return leave(self, "COMMIT", error);
}

static AkDbStatus sqlite_rollback(gpointer connection, GError **error) {
  return leave(connection, "ROLLBACK", error);
}

/* --- statements ------------------------------------------------------------------------------ */

static AkDbStatus prepare(Connection *self, const AkQuery *statement, sqlite3_stmt **out,
                          GError **error) {
  *out = g_hash_table_lookup(self->prepared, statement);
  if (*out != NULL)
    return AK_DB_OK;
  const char *rest = NULL;
  int result =
      sqlite3_prepare_v3(self->db, statement->text, -1, SQLITE_PREPARE_PERSISTENT, out, &rest);
  if (result != SQLITE_OK)
    return fail(self->db, result, error);
  if (*out == NULL || strspn(rest, " \n;") != strlen(rest)) {
    sqlite3_finalize(*out);
    ak_error_set(error, AK_ERROR_INTERNAL, "SQLite: more or less than one statement");
    return AK_DB_FAILED;
  }
  g_hash_table_insert(self->prepared, (gpointer)statement, *out);
  return AK_DB_OK;
}

static int bind_value(sqlite3_stmt *prepared, int place, const AkSqlValue *value) {
  if (value->type == AK_SQL_NULL)
    return sqlite3_bind_null(prepared, place);
  if (value->type == AK_SQL_INTEGER)
    return sqlite3_bind_int64(prepared, place, value->integer);
  return sqlite3_bind_text64(prepared, place, value->text, value->size, SQLITE_STATIC, SQLITE_UTF8);
}

/* To SQLite "$2" is a name: its place is where it stands first. */
static AkDbStatus bind(Connection *self, sqlite3_stmt *prepared, const AkQuery *statement,
                       const AkSqlValue *parameters, GError **error) {
  for (guint i = 0; i < statement->parameters; i++) {
    char name[8];
    g_snprintf(name, sizeof name, "$%u", i + 1);
    int place = sqlite3_bind_parameter_index(prepared, name);
    int result = place > 0 ? bind_value(prepared, place, &parameters[i]) : SQLITE_OK;
    if (result != SQLITE_OK)
      return fail(self->db, result, error);
  }
  return AK_DB_OK;
}

static bool read_column(sqlite3_stmt *prepared, int place, AkSqlValue *out, GError **error) {
  int type = sqlite3_column_type(prepared, place);
  if (type == SQLITE_NULL) {
    *out = (AkSqlValue){.type = AK_SQL_NULL};
    return true;
  }
  if (type == SQLITE_INTEGER) {
    *out = (AkSqlValue){.type = AK_SQL_INTEGER, .integer = sqlite3_column_int64(prepared, place)};
    return true;
  }
  const char *text = (const char *)sqlite3_column_text(prepared, place);
  if (type != SQLITE_TEXT || text == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "SQLite: column %s is no integer or text",
                        sqlite3_column_name(prepared, place));
  *out = (AkSqlValue){
      .type = AK_SQL_TEXT, .text = text, .size = (gsize)sqlite3_column_bytes(prepared, place)};
  return true;
}

#define MAX_COLUMNS 32

static AkDbStatus visit_rows(Connection *self, sqlite3_stmt *prepared, AkRowVisit visit,
                             gpointer data, GError **error) {
  const char *names[MAX_COLUMNS];
  AkSqlValue values[MAX_COLUMNS];
  int count = sqlite3_column_count(prepared), result;
  if (count > MAX_COLUMNS) {
    ak_error_set(error, AK_ERROR_INTERNAL, "SQLite: %d columns", count);
    return AK_DB_FAILED;
  }
  while ((result = sqlite3_step(prepared)) == SQLITE_ROW) {
    AkRow row = {(guint)count, names, values};
    for (int i = 0; i < count; i++) {
      names[i] = sqlite3_column_name(prepared, i); /* not before a step, which may prepare anew */
      if (!read_column(prepared, i, &values[i], error))
        return AK_DB_DAMAGED;
    }
    if (visit != NULL && !visit(&row, data, error))
      return AK_DB_FAILED;
  }
  return result == SQLITE_DONE ? AK_DB_OK : fail(self->db, result, error);
}

static AkDbStatus sqlite_run(gpointer connection, const AkQuery *statement,
                             const AkSqlValue *parameters, AkRowVisit visit, gpointer data,
                             guint64 *changed, GError **error) {
  Connection *self = connection;
  sqlite3_stmt *prepared = NULL;
  AkDbStatus status = prepare(self, statement, &prepared, error);
  if (status != AK_DB_OK)
    return status;
  status = bind(self, prepared, statement, parameters, error);
  if (status == AK_DB_OK)
    status = visit_rows(self, prepared, visit, data, error);
  if (status == AK_DB_OK && changed != NULL)
    *changed = (guint64)sqlite3_changes64(self->db);
  sqlite3_reset(prepared);
  sqlite3_clear_bindings(prepared);
  return status;
}

/* SQLite's own way to empty a database that may be damaged, while other processes may have it open
 * (SQLite, "SQLITE_DBCONFIG_RESET_DATABASE"). */
static AkDbStatus sqlite_wipe(gpointer connection, GError **error) {
  Connection *self = connection;
  g_hash_table_remove_all(self->prepared);
  sqlite3_db_config(self->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
  sqlite3_db_config(self->db, SQLITE_DBCONFIG_RESET_DATABASE, 1, NULL);
  AkDbStatus status = execute(self, "VACUUM", error);
  sqlite3_db_config(self->db, SQLITE_DBCONFIG_RESET_DATABASE, 0, NULL);
  return status == AK_DB_OK ? set_up(self, error) : status;
}

const AkDbDriver ak_sqlite_driver = {
    .name = "sqlite",
    .prefixes = PREFIX,
    .one_writer = true,
    .connections = sqlite_connections,
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .run = sqlite_run,
    .wipe = sqlite_wipe,
};
