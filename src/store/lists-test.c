/* Pages of runs by filter, products and their versions: the same on each back end. */
#include "store/test-database.h"

#include "store/observations.h"
#include "store/runs.h"

#define LOG_ID 7

static const struct {
  const char *run_id, *product, *version, *profile, *end;
  gint64 failed, inconclusive, passed, planned_utc_us; /* all counts -1: no verdict */
} given[] = {
    {"r0", "Gateway", "1.0", "en303645", "finished", 1, 2, 3, 1000},
    {"r1", "Camera", "1.0", "en303645", "finished", 0, 0, 3, 2000},
    {"r2", "Gateway", "1.1", "jc-star-1", "finished", 0, 2, 3, 3000},
    {"r3", "Gateway", "1.1", "en303645", "aborted", -1, -1, -1, 4000},
    {"r4", "Gateway", "1.0", "en303645", NULL, -1, -1, -1, 5000},
};

static bool put_all(AkTx *tx, gpointer data, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(given); i++) {
    g_autoptr(AkRunRow) row = ak_run_row_new(LOG_ID, (gint64)i * 10, given[i].run_id);
    row->planned_index = row->run_index;
    row->planned_utc_us = given[i].planned_utc_us;
    g_free(row->product_name);
    row->product_name = g_strdup(given[i].product);
    g_free(row->product_version);
    row->product_version = g_strdup(given[i].version);
    g_free(row->profile);
    row->profile = g_strdup(given[i].profile);
    row->run_end = g_strdup(given[i].end);
    row->verdict_index = given[i].failed >= 0 ? row->run_index + 5 : -1;
    row->failed = MAX(given[i].failed, 0);
    row->inconclusive = MAX(given[i].inconclusive, 0);
    row->passed = MAX(given[i].passed, 0);
    if (!ak_runs_put(tx, row, error))
      return false;
  }
  g_autoptr(AkRunRow) other = ak_run_row_new(LOG_ID + 1, 3, "foreign");
  return ak_runs_put(tx, other, error);
}

typedef struct {
  AkRunsFilter filter;
  gint64 before;
  guint limit;
  const char *product; /* of its versions; NULL: products are listed */
  GString *found;
} Asked;

static bool page(AkTx *tx, gpointer data, GError **error) {
  Asked *self = data;
  g_autoptr(GPtrArray) rows =
      ak_runs_page(tx, LOG_ID, &self->filter, self->before, self->limit, error);
  g_string_truncate(self->found, 0);
  for (guint i = 0; rows != NULL && i < rows->len; i++)
    g_string_append_printf(self->found, "%s ", ((const AkRunRow *)rows->pdata[i])->run_id);
  return rows != NULL;
}

static bool products(AkTx *tx, gpointer data, GError **error) {
  Asked *self = data;
  g_autoptr(GPtrArray) rows =
      self->product == NULL
          ? ak_runs_products(tx, LOG_ID, self->before, self->limit, error)
          : ak_runs_versions(tx, LOG_ID, self->product, self->before, self->limit, error);
  g_string_truncate(self->found, 0);
  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const AkProductRow *row = rows->pdata[i];
    g_string_append_printf(self->found,
                           "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "; ",
                           row->name, row->versions, row->runs, row->newest_index);
  }
  return rows != NULL;
}

static void assert_found(AkDb *db, AkTxFn fn, Asked asked, const char *wanted) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) found = g_string_new(NULL);
  asked.found = found;
  if (asked.before == 0)
    asked.before = G_MAXINT64;
  if (asked.limit == 0)
    asked.limit = 100;
  ak_tx_read(db, fn, &asked, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(found->str, ==, wanted);
}

static AkDb *filled(TestDatabase *self) {
  g_autoptr(GError) error = NULL;
  AkDb *db = ak_db_open(self->uri, &error);
  g_assert_no_error(error);
  ak_tx_run(db, put_all, NULL, &error);
  g_assert_no_error(error);
  return db;
}

static void test_pages(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = filled(self);
  assert_found(db, page, (Asked){0}, "r4 r3 r2 r1 r0 ");
  assert_found(db, page, (Asked){.limit = 2}, "r4 r3 ");
  assert_found(db, page, (Asked){.limit = 2, .before = 30}, "r2 r1 ");
  assert_found(db, page, (Asked){.limit = 2, .before = 10}, "r0 ");
  assert_found(db, page, (Asked){.limit = 1, .before = 0 + 1}, "r0 ");
  assert_found(db, page, (Asked){.filter = {.product_name = "Gateway"}}, "r4 r3 r2 r0 ");
  assert_found(db, page, (Asked){.filter = {.product_name = "Gateway", .product_version = "1.1"}},
               "r3 r2 ");
  assert_found(db, page, (Asked){.filter = {.product_name = "gateway"}}, "");
  assert_found(db, page, (Asked){.filter = {.product_name = "'; DROP"}}, "");
  assert_found(db, page, (Asked){.filter = {.profile = "jc-star-1"}}, "r2 ");
  assert_found(db, page, (Asked){.filter = {.run_end = "open"}}, "r4 ");
  assert_found(db, page, (Asked){.filter = {.run_end = "finished"}}, "r2 r1 r0 ");
  assert_found(db, page, (Asked){.filter = {.worst = "fail"}}, "r0 ");
  assert_found(db, page, (Asked){.filter = {.worst = "inconclusive"}}, "r2 ");
  assert_found(db, page, (Asked){.filter = {.worst = "pass"}}, "r1 ");
  assert_found(db, page, (Asked){.filter = {.worst = "none"}}, "r4 r3 ");
  assert_found(db, page, (Asked){.filter = {.since_utc_us = 2000, .until_utc_us = 4000}}, "r2 r1 ");
}

static void test_products(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = filled(self);
  assert_found(db, products, (Asked){0}, "Gateway 2 4 40; Camera 1 1 10; ");
  assert_found(db, products, (Asked){.limit = 1}, "Gateway 2 4 40; ");
  assert_found(db, products, (Asked){.before = 40}, "Camera 1 1 10; ");
  assert_found(db, products, (Asked){.product = "Gateway"}, "1.0 1 2 40; 1.1 1 2 30; ");
  assert_found(db, products, (Asked){.product = "Gateway", .before = 40}, "1.1 1 2 30; ");
  assert_found(db, products, (Asked){.product = "Toaster"}, "");
}

static bool start_two(AkTx *tx, gpointer data, GError **error) {
  AkExecutionRow first = {LOG_ID, 10, (char *)"b/1", (char *)"b", 1, 11, NULL};
  AkExecutionRow second = {LOG_ID, 10, (char *)"a/1", (char *)"a", 1, 12, NULL};
  AkExecutionRow again = {LOG_ID, 10, (char *)"b/1", (char *)"b", 2, 14, NULL};
  return ak_observations_start(tx, &first, error) && ak_observations_start(tx, &second, error) &&
         ak_observations_end(tx, LOG_ID, 10, "a/1", "done", error) &&
         ak_observations_start(tx, &again, error);
}

static bool executions(AkTx *tx, gpointer data, GError **error) {
  GString *found = data;
  g_autoptr(GPtrArray) rows = ak_observations_executions(tx, LOG_ID, 10, error);
  g_string_truncate(found, 0);
  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const AkExecutionRow *row = rows->pdata[i];
    g_string_append_printf(found, "%s %" G_GINT64_FORMAT " %s; ", row->execution, row->attempt,
                           row->execution_end != NULL ? row->execution_end : "-");
  }
  return rows != NULL;
}

static void test_executions(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = filled(self);
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) found = g_string_new(NULL);
  ak_tx_run(db, start_two, NULL, &error);
  g_assert_no_error(error);
  ak_tx_read(db, executions, found, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(found->str, ==, "a/1 1 done; b/1 2 -; ");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  test_database_add("lists", "pages", test_pages);
  test_database_add("lists", "products", test_products);
  test_database_add("lists", "executions", test_executions);
  return g_test_run();
}
