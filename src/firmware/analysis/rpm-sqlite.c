#include <sqlite3.h>
#include <string.h>

#include "firmware/analysis/rpm-blob.h"

#define MAGIC "SQLite format 3"
#define WRITE_VERSION_AT 18 /* and the version for reading: 2 asks for a write-ahead log */
#define HEADER_SIZE 100
#define MAX_STEPS 50000   /* calls of the progress handler, a thousand instructions each */
#define MAX_HEAP 67108864 /* of one value */

/* The file is hostile: a schema can hold views and triggers with anything in them. */
static const struct {
  int name, value;
} settings[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},          {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},     {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    {SQLITE_DBCONFIG_ENABLE_FKEY, 0},        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0}, {SQLITE_DBCONFIG_DQS_DML, 0},
};

static const struct {
  int name, value;
} limits[] = {{SQLITE_LIMIT_LENGTH, MAX_HEAP},      {SQLITE_LIMIT_SQL_LENGTH, 100000},
              {SQLITE_LIMIT_COLUMN, 100},           {SQLITE_LIMIT_EXPR_DEPTH, 10},
              {SQLITE_LIMIT_COMPOUND_SELECT, 2},    {SQLITE_LIMIT_VDBE_OP, 25000},
              {SQLITE_LIMIT_FUNCTION_ARG, 8},       {SQLITE_LIMIT_ATTACHED, 0},
              {SQLITE_LIMIT_TRIGGER_DEPTH, 1},      {SQLITE_LIMIT_WORKER_THREADS, 0},
              {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1}};

static int count_steps(void *data) {
  guint *steps = data;
  return ++*steps > MAX_STEPS;
}

/* Reading is allowed, and nothing else: no PRAGMA, no ATTACH, no function. */
static int authorize(void *data, int action, const char *a, const char *b, const char *c,
                     const char *d) {
  return action == SQLITE_SELECT || action == SQLITE_READ ? SQLITE_OK : SQLITE_DENY;
}

/* The copy is SQLite's to free; a database in memory knows no write-ahead log. */
static bool load(sqlite3 *db, const guint8 *data, gsize size) {
  guint8 *copy = sqlite3_malloc64(size);
  if (copy == NULL)
    return false;
  memcpy(copy, data, size);
  copy[WRITE_VERSION_AT] = copy[WRITE_VERSION_AT + 1] = 1;
  return sqlite3_deserialize(db, "main", copy, (sqlite3_int64)size, (sqlite3_int64)size,
                             SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) ==
         SQLITE_OK;
}

static void harden(sqlite3 *db, guint *steps) {
  for (gsize i = 0; i < G_N_ELEMENTS(settings); i++)
    sqlite3_db_config(db, settings[i].name, settings[i].value, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(limits); i++)
    sqlite3_limit(db, limits[i].name, limits[i].value);
  sqlite3_progress_handler(db, 1000, count_steps, steps);
  sqlite3_set_authorizer(db, authorize, NULL);
}

/* Entries that are no blobs count as not read. */
static guint read_rows(sqlite3_stmt *rows, gsize file_size, AkRpmTake take, gpointer user) {
  guint unread = 0, taken = 0;
  int answer = SQLITE_ROW;
  while ((answer = sqlite3_step(rows)) == SQLITE_ROW) {
    gsize size = (gsize)sqlite3_column_bytes(rows, 0);
    const guint8 *blob = sqlite3_column_blob(rows, 0);
    if (sqlite3_column_type(rows, 0) != SQLITE_BLOB || blob == NULL || taken == AK_RPM_MAX_BLOBS) {
      unread++;
      continue;
    }
    taken++;
    take(user, blob, size, 0, file_size);
  }
  return unread + (answer != SQLITE_DONE);
}

/* NULL where the file does not hold what the query asks for; else for sqlite3_finalize. */
static sqlite3_stmt *prepare(sqlite3 *db, const char *query) {
  sqlite3_stmt *rows = NULL;
  return sqlite3_prepare_v2(db, query, -1, &rows, NULL) == SQLITE_OK ? rows : NULL;
}

/* A table with pages of its own: no view, and nothing that a module computes. */
static bool is_table(sqlite3 *db) {
  static const char query[] = "SELECT rootpage FROM sqlite_schema "
                              "WHERE type = 'table' AND name = 'Packages'";
  sqlite3_stmt *rows = prepare(db, query);
  bool ok = rows != NULL && sqlite3_step(rows) == SQLITE_ROW && sqlite3_column_int(rows, 0) > 1;
  sqlite3_finalize(rows);
  return ok;
}

guint ak_rpm_sqlite_each(const guint8 *data, gsize size, AkRpmTake take, gpointer user) {
  static const char query[] = "SELECT blob FROM Packages ORDER BY hnum";
  sqlite3 *db = NULL;
  sqlite3_stmt *rows = NULL;
  guint steps = 0, unread = 1;
  if (size < HEADER_SIZE || memcmp(data, MAGIC, sizeof MAGIC) != 0)
    return unread;
  bool ok = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, NULL) ==
            SQLITE_OK;
  ok = ok && load(db, data, size);
  if (ok)
    harden(db, &steps);
  if (ok && is_table(db) && (rows = prepare(db, query)) != NULL)
    unread = read_rows(rows, size, take, user);
  sqlite3_finalize(rows);
  sqlite3_close(db);
  return unread;
}

static void check(gpointer user, const guint8 *blob, gsize size, gsize offset, gsize length) {
  const gsize *file_size = user;
  g_assert_cmpuint(offset + length, <=, *file_size);
  g_assert_true(size == 0 || blob[size - 1] <= G_MAXUINT8);
}

bool ak_firmware_rpm_sqlite_fuzz(const guint8 *data, gsize size) {
  return ak_rpm_sqlite_each(data, size, check, &size) == 0;
}
