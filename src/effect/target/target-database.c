#include "effect/target/target-database.h"

#include <sqlite3.h>

enum { MAX_ROWS = 100, MAX_STATEMENTS = 8, MAX_STEPS = 2000, STEP_INSTRUCTIONS = 1000 };

struct _AkTargetDatabase {
  sqlite3 *handle;
  GString *actions; /* of the question under way; NULL: none is */
  guint steps;
};

void ak_target_asked_clear(AkTargetAsked *self) {
  if (self->rows != NULL)
    g_string_free(self->rows, TRUE);
  if (self->actions != NULL)
    g_string_free(self->actions, TRUE);
  *self = (AkTargetAsked){0};
}

/* Notes what a statement does, and keeps it inside: it may leave neither the database nor the
 * transaction in which it is taken back. */
static int on_action(void *data, int code, const char *first, const char *second,
                     const char *database, const char *trigger) {
  AkTargetDatabase *self = data;
  if (code == SQLITE_ATTACH || code == SQLITE_DETACH || code == SQLITE_PRAGMA ||
      code == SQLITE_TRANSACTION || code == SQLITE_SAVEPOINT)
    return self->actions != NULL ? SQLITE_DENY : SQLITE_OK;
  if (self->actions != NULL)
    g_string_append_printf(self->actions, "%d %s %s\n", code, first != NULL ? first : "",
                           second != NULL ? second : "");
  return SQLITE_OK;
}

static int on_step(void *data) {
  AkTargetDatabase *self = data;
  return ++self->steps > MAX_STEPS;
}

AkTargetDatabase *ak_target_database_new(const char *schema, GError **error) {
  g_autoptr(AkTargetDatabase) self = g_new0(AkTargetDatabase, 1);
  char *reason = NULL;
  if (sqlite3_open(":memory:", &self->handle) != SQLITE_OK ||
      sqlite3_exec(self->handle, schema, NULL, NULL, &reason) != SQLITE_OK) {
    ak_error_set(error, AK_ERROR_INTERNAL, "the target's database: %s",
                 reason != NULL ? reason : "cannot be opened");
    sqlite3_free(reason);
    return NULL;
  }
  sqlite3_limit(self->handle, SQLITE_LIMIT_LENGTH, 1048576);
  sqlite3_set_authorizer(self->handle, on_action, self);
  sqlite3_progress_handler(self->handle, STEP_INSTRUCTIONS, on_step, self);
  return g_steal_pointer(&self);
}

void ak_target_database_free(AkTargetDatabase *self) {
  sqlite3_close(self->handle);
  g_free(self);
}

static void take_row(sqlite3_stmt *statement, AkTargetAsked *out) {
  if (out->row_count++ >= MAX_ROWS)
    return;
  for (int i = 0; i < sqlite3_column_count(statement); i++) {
    const char *text = (const char *)sqlite3_column_text(statement, i);
    g_string_append_printf(out->rows, "%s\t", text != NULL ? text : "");
  }
  g_string_append_c(out->rows, '\n');
}

/* Runs the statement; false where it fails. */
static bool run(sqlite3_stmt *statement, const char *const *values, AkTargetAsked *out) {
  for (int i = 0; values != NULL && values[i] != NULL; i++)
    sqlite3_bind_text(statement, i + 1, values[i], -1, SQLITE_TRANSIENT);
  int state;
  while ((state = sqlite3_step(statement)) == SQLITE_ROW)
    take_row(statement, out);
  return state == SQLITE_DONE;
}

void ak_target_database_ask(AkTargetDatabase *self, const char *text, const char *const *values,
                            AkTargetAsked *out) {
  *out = (AkTargetAsked){.rows = g_string_new(NULL), .actions = g_string_new(NULL)};
  sqlite3_exec(self->handle, "begin", NULL, NULL, NULL);
  self->actions = out->actions;
  self->steps = 0;
  while (out->statements < MAX_STATEMENTS && *text != '\0') {
    sqlite3_stmt *statement = NULL;
    const char *rest = NULL;
    if (sqlite3_prepare_v2(self->handle, text, -1, &statement, &rest) != SQLITE_OK)
      break;
    bool is_done = statement == NULL || run(statement, values, out);
    out->ran |= statement != NULL && is_done;
    out->statements += statement != NULL;
    sqlite3_finalize(statement);
    if (!is_done)
      break;
    text = rest;
  }
  self->actions = NULL;
  sqlite3_exec(self->handle, "rollback", NULL, NULL, NULL);
}
