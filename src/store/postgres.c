/* PostgreSQL by libpq: parameters and results as text, statements prepared once a connection.
 *
 * SQLSTATE classes: PostgreSQL 15, appendix A. */
#include <stdio.h>
#include <string.h>

#include "store/driver.h"
#include "store/libpq.h"

#define CONNECT_S                                                                                  \
  "10" /* where the URI says nothing; so that a silent host does not hold a command */
/* Object identifiers of types. Source: PostgreSQL 15, src/include/catalog/pg_type.dat */
#define OID_INT8 20
#define OID_INT2 21
#define OID_INT4 23
#define OID_TEXT 25
#define OID_VARCHAR 1043

typedef struct {
  PGconn *connection;
  GHashTable *prepared; /* AkQuery → its name on the server */
} Connection;

typedef struct {
  const char *state; /* SQLSTATE, or the beginning of it */
  AkDbStatus status;
  AkErrorCode code;
} Meaning;

/* The first that fits counts. */
static const Meaning meanings[] = {
    {"40001", AK_DB_AGAIN, AK_ERROR_CONFLICT},    /* serialization_failure */
    {"40P01", AK_DB_AGAIN, AK_ERROR_CONFLICT},    /* deadlock_detected */
    {"55P03", AK_DB_AGAIN, AK_ERROR_CONFLICT},    /* lock_not_available */
    {"23", AK_DB_FAILED, AK_ERROR_CONFLICT},      /* integrity constraint violation */
    {"25006", AK_DB_FAILED, AK_ERROR_PERMISSION}, /* read_only_sql_transaction */
    {"28", AK_DB_FAILED, AK_ERROR_PERMISSION},    /* invalid authorization specification */
    {"42501", AK_DB_FAILED, AK_ERROR_PERMISSION}, /* insufficient_privilege */
    {"3D", AK_DB_FAILED, AK_ERROR_NOT_FOUND},     /* invalid catalog name: no such database */
    /* Our statements are fixed and right, so one that does not fit met tables that are not ours. */
    {"42", AK_DB_DAMAGED, AK_ERROR_INVALID_DATA},    /* syntax error or access rule violation */
    {"XX001", AK_DB_DAMAGED, AK_ERROR_INVALID_DATA}, /* data_corrupted */
    {"XX002", AK_DB_DAMAGED, AK_ERROR_INVALID_DATA}, /* index_corrupted */
    {"54", AK_DB_FAILED, AK_ERROR_LIMIT},            /* program limit exceeded */
    {"57P", AK_DB_LOST, AK_ERROR_IO},                /* operator intervention: shutdown */
};

static Meaning meaning_of(const char *state) {
  for (gsize i = 0; state != NULL && i < G_N_ELEMENTS(meanings); i++)
    if (g_str_has_prefix(state, meanings[i].state))
      return meanings[i];
  return (Meaning){"", AK_DB_FAILED, AK_ERROR_IO};
}

/* The first line of what the server said. */
static void set_error(GError **error, AkErrorCode code, const char *said) {
  g_autofree char *line = g_strndup(said, strcspn(said, "\n"));
  ak_error_set(error, code, "PostgreSQL: %s", line);
}

static AkDbStatus fail(Connection *self, const PGresult *result, GError **error) {
  if (PQstatus(self->connection) == CONNECTION_BAD) {
    set_error(error, AK_ERROR_IO, PQerrorMessage(self->connection));
    return AK_DB_LOST;
  }
  Meaning meaning = meaning_of(PQresultErrorField(result, PG_DIAG_SQLSTATE));
  const char *said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  set_error(error, meaning.code, said != NULL ? said : PQerrorMessage(self->connection));
  return meaning.status;
}

/* A command without rows. `tag` (may be NULL) is what the server must answer. */
static AkDbStatus execute(Connection *self, const char *sql, const char *tag, GError **error) {
  PGresult *result = PQexec(self->connection, sql);
  AkDbStatus status = AK_DB_OK;
  if (PQresultStatus(result) != PGRES_COMMAND_OK) {
    status = fail(self, result, error);
  } else if (tag != NULL && strcmp(PQcmdStatus(result), tag) != 0) {
    ak_error_set(error, AK_ERROR_IO, "PostgreSQL: %s was answered with %s", sql,
                 PQcmdStatus(result));
    status = AK_DB_FAILED;
  }
  PQclear(result);
  return status;
}

/* --- opening --------------------------------------------------------------------------------- */

static guint postgres_connections(const char *uri) {
  return 0;
}

static void postgres_close(gpointer connection) {
  Connection *self = connection;
  g_hash_table_unref(self->prepared);
  PQfinish(self->connection);
  g_free(self);
}

static void say_nothing(void *data, const char *message) {}

/* libpq's words about a URI that it cannot read repeat the URI, password and all: they are not
 * passed on. */
static bool check_uri(const char *uri, GError **error) {
  char *said = NULL;
  PQconninfoOption *options = PQconninfoParse(uri, &said);
  bool ok = options != NULL;
  PQconninfoFree(options);
  PQfreemem(said);
  return ok || ak_error_set(error, AK_ERROR_CONFIG, "PostgreSQL: the URI cannot be read");
}

static AkDbStatus set_up(Connection *self, GError **error) {
  static const char *const settings[] = {
      "SET client_encoding TO 'UTF8'",
      "SET client_min_messages TO warning",
      "SET lock_timeout TO '10s'", /* then the whole transaction is tried again */
      "SET default_transaction_deferrable TO off",
  };
  AkDbStatus status = AK_DB_OK;
  for (gsize i = 0; i < G_N_ELEMENTS(settings) && status == AK_DB_OK; i++)
    status = execute(self, settings[i], "SET", error);
  return status;
}

static AkDbStatus postgres_open(const char *uri, gpointer *connection, GError **error) {
  if (!ak_pq_load(error) || !check_uri(uri, error))
    return AK_DB_FAILED;
  const char *const names[] = {"connect_timeout", "fallback_application_name", "dbname", NULL};
  const char *const values[] = {CONNECT_S, "akashi", uri, NULL};
  Connection *self = g_new0(Connection, 1);
  self->prepared = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  self->connection = PQconnectdbParams(names, values, 1);
  AkDbStatus status = AK_DB_OK;
  if (PQstatus(self->connection) != CONNECTION_OK) {
    set_error(error, AK_ERROR_IO, PQerrorMessage(self->connection));
    status = AK_DB_FAILED;
  } else {
    PQsetNoticeProcessor(self->connection, say_nothing, NULL);
    status = set_up(self, error);
  }
  if (status == AK_DB_OK)
    *connection = self;
  else
    postgres_close(self);
  return status;
}

/* --- transactions ---------------------------------------------------------------------------- */

static AkDbStatus postgres_begin(gpointer connection, bool writes, GError **error) {
  return execute(connection,
                 writes ? "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
                        : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                 "BEGIN", error);
}

/* A transaction in which a statement failed answers COMMIT with ROLLBACK, and no error. */
static AkDbStatus postgres_commit(gpointer connection, GError **error) {
  return execute(connection, "COMMIT", "COMMIT", error);
}

static AkDbStatus postgres_rollback(gpointer connection, GError **error) {
  return execute(connection, "ROLLBACK", "ROLLBACK", error);
}

/* --- statements ------------------------------------------------------------------------------ */

static AkDbStatus prepare(Connection *self, const AkQuery *statement, const char **name,
                          GError **error) {
  *name = g_hash_table_lookup(self->prepared, statement);
  if (*name != NULL)
    return AK_DB_OK;
  g_autofree char *made = g_strdup_printf("ak_%s", statement->name);
  PGresult *result = PQprepare(self->connection, made, statement->text, 0, NULL);
  AkDbStatus status =
      PQresultStatus(result) == PGRES_COMMAND_OK ? AK_DB_OK : fail(self, result, error);
  PQclear(result);
  if (status != AK_DB_OK)
    return status;
  *name = made;
  g_hash_table_insert(self->prepared, (gpointer)statement, g_steal_pointer(&made));
  return AK_DB_OK;
}

static PGresult *execute_prepared(Connection *self, const AkQuery *statement, const char *name,
                                  const AkSqlValue *parameters) {
  const char *texts[AK_QUERY_MAX_PARAMETERS];
  char integers[AK_QUERY_MAX_PARAMETERS][24];
  g_autoptr(GPtrArray) ended = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < statement->parameters; i++) {
    const AkSqlValue *value = &parameters[i];
    texts[i] = NULL;
    if (value->type == AK_SQL_INTEGER) {
      g_snprintf(integers[i], sizeof integers[i], "%" G_GINT64_FORMAT, value->integer);
      texts[i] = integers[i];
    } else if (value->type == AK_SQL_TEXT) {
      char *copy = g_strndup(value->text, value->size);
      g_ptr_array_add(ended, copy);
      texts[i] = copy;
    }
  }
  return PQexecPrepared(self->connection, name, (int)statement->parameters, texts, NULL, NULL, 0);
}

static bool read_column(const PGresult *result, int row, int column, AkSqlValue *out,
                        GError **error) {
  if (PQgetisnull(result, row, column)) {
    *out = (AkSqlValue){.type = AK_SQL_NULL};
    return true;
  }
  const char *text = PQgetvalue(result, row, column);
  switch (PQftype(result, column)) {
  case OID_INT2:
  case OID_INT4:
  case OID_INT8:
    *out = (AkSqlValue){.type = AK_SQL_INTEGER};
    return g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &out->integer, NULL) ||
           ak_error_set(error, AK_ERROR_INVALID_DATA, "PostgreSQL: \"%s\" is no integer", text);
  case OID_TEXT:
  case OID_VARCHAR:
    *out = (AkSqlValue){
        .type = AK_SQL_TEXT, .text = text, .size = (gsize)PQgetlength(result, row, column)};
    return true;
  default:
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "PostgreSQL: column %s is no integer or text",
                        PQfname(result, column));
  }
}

#define MAX_COLUMNS 32

static AkDbStatus visit_rows(const PGresult *result, AkRowVisit visit, gpointer data,
                             GError **error) {
  const char *names[MAX_COLUMNS];
  AkSqlValue values[MAX_COLUMNS];
  int count = PQnfields(result);
  if (count > MAX_COLUMNS) {
    ak_error_set(error, AK_ERROR_INTERNAL, "PostgreSQL: %d columns", count);
    return AK_DB_FAILED;
  }
  for (int i = 0; i < count; i++)
    names[i] = PQfname(result, i);
  for (int r = 0; r < PQntuples(result); r++) {
    AkRow row = {(guint)count, names, values};
    for (int i = 0; i < count; i++)
      if (!read_column(result, r, i, &values[i], error))
        return AK_DB_DAMAGED;
    if (visit != NULL && !visit(&row, data, error))
      return AK_DB_FAILED;
  }
  return AK_DB_OK;
}

static AkDbStatus postgres_run(gpointer connection, const AkQuery *statement,
                               const AkSqlValue *parameters, AkRowVisit visit, gpointer data,
                               guint64 *changed, GError **error) {
  Connection *self = connection;
  const char *name = NULL;
  AkDbStatus status = prepare(self, statement, &name, error);
  if (status != AK_DB_OK)
    return status;
  PGresult *result = execute_prepared(self, statement, name, parameters);
  ExecStatusType said = PQresultStatus(result);
  if (said != PGRES_TUPLES_OK && said != PGRES_COMMAND_OK)
    status = fail(self, result, error);
  if (status == AK_DB_OK && said == PGRES_TUPLES_OK)
    status = visit_rows(result, visit, data, error);
  if (status == AK_DB_OK && changed != NULL)
    *changed = g_ascii_strtoull(PQcmdTuples(result), NULL, 10);
  PQclear(result);
  return status;
}

/* Other things may live in this database: dropping akashi's tables is the schema's part. */
static AkDbStatus postgres_wipe(gpointer connection, GError **error) {
  return AK_DB_OK;
}

const AkDbDriver ak_postgres_driver = {
    .name = "postgresql",
    .prefixes = "postgresql:// postgres://",
    .one_writer = false,
    .connections = postgres_connections,
    .open = postgres_open,
    .close = postgres_close,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .run = postgres_run,
    .wipe = postgres_wipe,
};
