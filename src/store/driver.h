/* What a back end is: one small constant table. Drivers know SQL's transport, never its meaning.
 *
 * A connection belongs to one thread at a time (store/db.c sees to it). Every call returns how it
 * went and sets `error` unless it is OK. Errors are AK_ERROR: CONFLICT for busy, serialization and
 * constraints, INVALID_DATA for a damaged database, IO, PERMISSION, LIMIT, CONFIG. */
#pragma once

#include "store/query.h"

typedef enum {
  AK_DB_OK,
  AK_DB_FAILED,  /* for good */
  AK_DB_AGAIN,   /* another transaction was in the way: the whole transaction may be tried again */
  AK_DB_DAMAGED, /* no database, a damaged one, or not with our tables */
  AK_DB_LOST,    /* the connection is gone; what was not committed is rolled back */
} AkDbStatus;

typedef enum { AK_SQL_NULL, AK_SQL_INTEGER, AK_SQL_TEXT } AkSqlType;

typedef struct {
  AkSqlType type;
  gint64 integer;
  const char *text; /* borrowed; UTF-8 without NUL. NUL-terminated where it comes from a driver */
  gsize size;       /* bytes of `text` */
} AkSqlValue;

typedef struct {
  guint count;
  const char *const *names;
  const AkSqlValue *values;
} AkRow;

/* Gets one row, which is valid during the call. Runs no statement itself. False with `error` ends
 * it. */
typedef bool (*AkRowVisit)(const AkRow *row, gpointer data, GError **error);

typedef struct {
  const char *name;     /* "sqlite" */
  const char *prefixes; /* of its URIs, split by spaces */
  bool one_writer;      /* writing transactions of this process take turns */
  /* How many connections one process may have; 0: as many as threads ask at once. */
  guint (*connections)(const char *uri);
  AkDbStatus (*open)(const char *uri, gpointer *connection, GError **error);
  void (*close)(gpointer connection);
  /* `writes`: serializable; otherwise one unchanging view that cannot write. */
  AkDbStatus (*begin)(gpointer connection, bool writes, GError **error);
  AkDbStatus (*commit)(gpointer connection, GError **error);
  AkDbStatus (*rollback)(gpointer connection, GError **error);
  /* Runs one prepared statement; `parameters` are as many as it has. `changed` (may be NULL) gets
   * the number of rows that it wrote. */
  AkDbStatus (*run)(gpointer connection, const AkQuery *statement, const AkSqlValue *parameters,
                    AkRowVisit visit, gpointer data, guint64 *changed, GError **error);
  /* Outside a transaction: makes even a damaged database an empty one, or does nothing where a
   * database is more than ours. */
  AkDbStatus (*wipe)(gpointer connection, GError **error);
} AkDbDriver;

extern const AkDbDriver ak_sqlite_driver;
extern const AkDbDriver ak_postgres_driver;
