/* The same test on each back end, and what a database holds as text; for *-test.c and bench. */
#pragma once

#include "store/sql.h"
#include "store/test-postgres.h"

static const char *const test_back_ends[] = {"sqlite", "postgresql"};

typedef struct {
  const char *back_end;
  char *top; /* a folder of its own */
  char *uri; /* of an empty database; NULL: the test was skipped */
} TestDatabase;

static inline void test_database_set_up(TestDatabase *self, gconstpointer back_end) {
  self->back_end = back_end;
  self->top = g_dir_make_tmp("akashi-store-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->uri = strcmp(self->back_end, "sqlite") == 0
                  ? g_strdup_printf("sqlite:%s/store.db", self->top)
                  : test_postgres_database();
  if (self->uri == NULL)
    g_test_skip("PostgreSQL is not installed (Debian: postgresql)");
}

static inline void test_database_tear_down(TestDatabase *self, gconstpointer back_end) {
  test_folder_remove_tree(self->top);
  g_free(self->top);
  g_free(self->uri);
}

/* Adds "/PREFIX/BACK-END/NAME" for each back end. */
static inline void test_database_add(const char *prefix, const char *name,
                                     void (*test)(TestDatabase *, gconstpointer)) {
  for (gsize i = 0; i < G_N_ELEMENTS(test_back_ends); i++) {
    g_autofree char *path = g_strdup_printf("/%s/%s/%s", prefix, test_back_ends[i], name);
    g_test_add(path, TestDatabase, test_back_ends[i], test_database_set_up, test,
               test_database_tear_down);
  }
}

/* A statement of the test's own. It lives as long as the program, as connections remember it. */
static inline const AkQuery *test_query(const char *text) {
  static GHashTable *known = NULL;
  static GMutex mutex;
  g_mutex_lock(&mutex);
  if (known == NULL)
    known = g_hash_table_new(g_str_hash, g_str_equal);
  AkQuery *query = g_hash_table_lookup(known, text);
  if (query == NULL) {
    query = g_new0(AkQuery, 1);
    query->name = g_strdup_printf("test.%u", g_hash_table_size(known));
    query->text = g_strdup(text);
    for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at + 1, '$'))
      query->parameters = MAX(query->parameters, (guint)g_ascii_strtoull(at + 1, NULL, 10));
    g_hash_table_insert(known, query->text, query);
  }
  g_mutex_unlock(&mutex);
  return query;
}

static inline bool test_do(AkTx *tx, const char *text, const AkSqlValue *parameters, gsize count,
                           GError **error) {
  return ak_sql_run(tx, test_query(text), parameters, count, NULL, NULL, NULL, error);
}

/* --- everything as text --------------------------------------------------------------------------
 */

typedef struct {
  const char *table;
  GPtrArray *lines;
} TestDump;

static inline bool test_dump_row(const AkRow *row, gpointer data, GError **error) {
  TestDump *self = data;
  GString *line = g_string_new(self->table);
  for (guint i = 0; i < row->count; i++) {
    const AkSqlValue *value = &row->values[i];
    g_string_append_printf(line, " %s=", row->names[i]);
    if (value->type == AK_SQL_NULL)
      g_string_append(line, "NULL");
    else if (value->type == AK_SQL_INTEGER)
      g_string_append_printf(line, "%" G_GINT64_FORMAT, value->integer);
    else
      g_string_append_printf(line, "\"%s\"", value->text);
  }
  g_ptr_array_add(self->lines, g_string_free(line, FALSE));
  return true;
}

static inline bool test_dump_all(AkTx *tx, gpointer data, GError **error) {
  static const char *const tables[] = {"ak_log",       "ak_run",         "ak_span",
                                       "ak_execution", "ak_observation", "ak_verdict",
                                       "ak_finding",   "ak_search_text", "ak_search_gram"};
  TestDump *self = data;
  g_ptr_array_set_size(self->lines, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
    g_autofree char *text = g_strdup_printf("SELECT * FROM %s", tables[i]);
    self->table = tables[i];
    if (!ak_sql_run(tx, test_query(text), NULL, 0, test_dump_row, self, NULL, error))
      return false;
  }
  return true;
}

static inline int test_dump_compare(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All rows of all tables, a line each, sorted. The caller's. */
static inline char *test_dump(AkDb *db) {
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  TestDump dump = {.lines = lines};
  g_autoptr(GError) error = NULL;
  ak_tx_read(db, test_dump_all, &dump, &error);
  g_assert_no_error(error);
  g_ptr_array_sort(lines, test_dump_compare);
  g_ptr_array_add(lines, NULL);
  return g_strjoinv("\n", (char **)lines->pdata);
}
