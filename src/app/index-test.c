/* A data folder answers whatever became of its store, and says what happened to it. */
#include "app/workspace.h"

#include "app/test-records.h"
#include "store/test-damage.h"

typedef struct {
  char *top, *dir, *db;
  AkWorkspace *workspace;
  GString *notices; /* "built 11; " … */
} World;

static void set_up(World *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-index-XXXXXX", NULL);
  self->dir = g_build_filename(self->top, "data", NULL);
  self->db = g_build_filename(self->dir, "store.db", NULL);
  self->notices = g_string_new(NULL);
  g_unsetenv(AK_STORE_VARIABLE);
}

static void tear_down(World *self, gconstpointer data) {
  ak_workspace_free(self->workspace);
  g_string_free(self->notices, TRUE);
  g_chmod(self->dir, 0700);
  test_folder_remove_tree(self->top);
  g_free(self->top);
  g_free(self->dir);
  g_free(self->db);
}

static void note(AkIndexNotice notice, const char *detail, gpointer data) {
  static const char *const words[] = {"built", "was-damaged", "was-old", "unusable"};
  World *self = data;
  g_string_append_printf(self->notices, "%s %s; ", words[notice],
                         notice == AK_INDEX_UNUSABLE ? "" : detail);
  g_test_message("%s: %s", words[notice], detail);
}

static void open_again(World *self) {
  g_autoptr(GError) error = NULL;
  g_clear_pointer(&self->workspace, ak_workspace_free);
  g_string_truncate(self->notices, 0);
  self->workspace = ak_workspace_open(self->dir, &error);
  g_assert_no_error(error);
  ak_index_set_notice(ak_workspace_index(self->workspace), note, self);
}

/* The runs that are listed, "r1 r2 ". */
static char *list(World *self) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) runs = ak_workspace_runs(self->workspace, &error);
  g_assert_no_error(error);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < runs->len; i++)
    g_string_append_printf(text, "%s ", ((const AkRunRow *)runs->pdata[i])->run_id);
  return g_string_free(g_steal_pointer(&text), FALSE);
}

/* By the first question. */
static void make_store(World *self) {
  char *listed = list(self);
  g_free(listed);
}

static void assert_list(World *self, const char *expected, const char *notices) {
  g_autofree char *listed = list(self);
  g_assert_cmpstr(listed, ==, expected);
  g_assert_cmpstr(self->notices->str, ==, notices);
}

static void write_runs(World *self) {
  open_again(self);
  test_whole_run(ak_workspace_log(self->workspace), "r1", 3); /* 8 records */
  test_whole_run(ak_workspace_log(self->workspace), "r2", 3);
}

static void overwrite(World *self, const char *bytes, gsize size, goffset at) {
  FILE *file = fopen(self->db, "r+be");
  g_assert_nonnull(file);
  g_assert_cmpint(fseeko(file, at, SEEK_SET), ==, 0);
  g_assert_cmpuint(fwrite(bytes, 1, size, file), ==, size);
  g_assert_cmpint(fclose(file), ==, 0);
}

static void close_store(World *self) {
  g_clear_pointer(&self->workspace, ak_workspace_free);
}

static void test_a_new_store(World *self, gconstpointer data) {
  open_again(self);
  assert_list(self, "", ""); /* nothing to tell of an empty log */
  test_whole_run(ak_workspace_log(self->workspace), "r1", 3);
  assert_list(self, "r1 ", "");
  GStatBuf status;
  g_assert_cmpint(g_stat(self->db, &status), ==, 0);
  g_assert_cmpint(status.st_mode & 0777, ==, 0600);
}

static void test_a_missing_store(World *self, gconstpointer data) {
  write_runs(self);
  assert_list(self, "r1 r2 ", "built 16; ");
  close_store(self);
  g_assert_cmpint(g_remove(self->db), ==, 0);
  open_again(self);
  assert_list(self, "r1 r2 ", "built 16; ");
  assert_list(self, "r1 r2 ", "built 16; "); /* once */
  open_again(self);
  assert_list(self, "r1 r2 ", "");
}

static void test_no_database(World *self, gconstpointer data) {
  write_runs(self);
  close_store(self);
  g_autofree char *garbage = g_strnfill(20000, 'x');
  g_assert_true(g_file_set_contents(self->db, garbage, -1, NULL));
  open_again(self);
  assert_list(self, "r1 r2 ", "was-damaged 16; built 16; ");
  open_again(self);
  assert_list(self, "r1 r2 ", "");
}

static void test_an_empty_file(World *self, gconstpointer data) {
  write_runs(self);
  close_store(self);
  g_assert_true(g_file_set_contents(self->db, "", 0, NULL));
  open_again(self);
  assert_list(self, "r1 r2 ", "built 16; ");
}

/* Every page but the first is overwritten: found when a question meets it. */
static void test_damaged_pages(World *self, gconstpointer data) {
  write_runs(self);
  make_store(self);
  close_store(self);
  GStatBuf status;
  g_assert_cmpint(g_stat(self->db, &status), ==, 0);
  g_autofree char *garbage = g_strnfill((gsize)status.st_size - 4096, '\xa5');
  overwrite(self, garbage, (gsize)status.st_size - 4096, 4096);
  open_again(self);
  assert_list(self, "r1 r2 ", "was-damaged 16; built 16; ");
}

static void test_a_cut_file(World *self, gconstpointer data) {
  write_runs(self);
  make_store(self);
  close_store(self);
  g_assert_cmpint(truncate(self->db, 4096 * 3 + 100), ==, 0);
  open_again(self);
  g_autofree char *again = list(self);
  g_assert_cmpstr(again, ==, "r1 r2 ");
  g_assert_nonnull(strstr(self->notices->str, "was-damaged 16; "));
}

/* At every page of the file in turn: the answer is right each time, whether the damage was met or
 * not. */
static void test_each_page(World *self, gconstpointer data) {
  write_runs(self);
  make_store(self);
  close_store(self);
  g_autofree char *whole = NULL, *garbage = g_strnfill(4096, '\xff');
  gsize size = 0;
  g_assert_true(g_file_get_contents(self->db, &whole, &size, NULL));
  g_assert_cmpuint(size, >, 10 * 4096);
  guint found = 0;
  for (gsize at = 0; at < size; at += 4096) {
    g_assert_true(g_file_set_contents(self->db, whole, (gssize)size, NULL));
    overwrite(self, garbage, 4096, (goffset)at);
    open_again(self);
    g_autofree char *again = list(self);
    g_assert_cmpstr(again, ==, "r1 r2 ");
    g_autoptr(GError) error = NULL;
    g_autoptr(AkRunView) view = ak_workspace_run(self->workspace, "r2", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(view->records->len, ==, 8);
    found += self->notices->len > 0 ? 1 : 0;
    close_store(self);
  }
  g_assert_cmpuint(found, >, 3);
}

/* --- rows that lie --------------------------------------------------------------------------- */

static bool run_sql(AkTx *tx, gpointer sql, GError **error) {
  return test_do(tx, sql, NULL, 0, error);
}

static void change_rows(World *self, const char *sql) {
  g_autoptr(GError) error = NULL;
  g_autofree char *uri = g_strconcat("sqlite:", self->db, NULL);
  g_autoptr(AkDb) db = ak_db_open(uri, &error);
  g_assert_no_error(error);
  ak_tx_run(db, run_sql, (gpointer)sql, &error);
  g_assert_no_error(error);
}

/* Whatever the store says of a run's records, the run is what the log has. */
static void test_wrong_rows_do_not_change_a_run(World *self, gconstpointer data) {
  write_runs(self);
  make_store(self);
  for (gsize i = 0; i < G_N_ELEMENTS(test_wrong_rows); i++) {
    g_autoptr(GError) error = NULL;
    change_rows(self, test_wrong_rows[i]);
    g_autoptr(AkRunView) view = ak_workspace_run(self->workspace, "r1", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(view->records->len, ==, 8);
    g_assert_cmpuint(g_array_index(view->records, guint64, 7), ==, 7);
    g_assert_cmpstr(view->state->end, ==, "finished");
    g_assert_true(ak_index_rebuild(ak_workspace_index(self->workspace), &(guint64){0}, &error));
  }
}

/* --- stores that cannot be used -------------------------------------------------------------- */

static void test_a_newer_schema(World *self, gconstpointer data) {
  write_runs(self);
  make_store(self);
  close_store(self);
  change_rows(self, test_newer_schema);
  open_again(self);
  assert_list(self, "r1 r2 ", "unusable ; ");
  test_plan(ak_workspace_log(self->workspace), "r3", "Gateway", "1.0");
  assert_list(self, "r1 r2 r3 ", "unusable ; "); /* the stand-in follows the log, too */
  g_autoptr(GError) error = NULL;
  g_auto(AkIndexStatus) status = {0};
  g_assert_false(ak_index_status(ak_workspace_index(self->workspace), &status, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_SUPPORTED);
}

static void test_a_server_that_is_not_there(World *self, gconstpointer data) {
  g_autofree char *conf = g_build_filename(self->dir, AK_STORE_CONF_FILE, NULL);
  write_runs(self);
  close_store(self);
  g_assert_true(g_file_set_contents(
      conf, "# where\n\npostgresql:///none?host=/nonexistent&password=secret\n", -1, NULL));
  open_again(self);
  assert_list(self, "r1 r2 ", "unusable ; ");
}

static void test_a_path_that_is_a_folder(World *self, gconstpointer data) {
  write_runs(self);
  close_store(self);
  g_assert_cmpint(g_mkdir(self->db, 0700), ==, 0);
  open_again(self);
  assert_list(self, "r1 r2 ", "unusable ; ");
}

static void test_wrong_settings(World *self, gconstpointer data) {
  g_autofree char *conf = g_build_filename(self->dir, AK_STORE_CONF_FILE, NULL);
  write_runs(self);
  close_store(self);
  static const char *const bad[] = {"", "# only a remark\n\n", "\xff\xfe\n"};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(conf, bad[i], -1, NULL));
    g_autoptr(AkWorkspace) workspace = ak_workspace_open(self->dir, &error);
    g_assert_null(workspace);
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  }
  g_assert_true(g_file_set_contents(conf, "sqlite:other.db", -1, NULL));
  open_again(self);
  assert_list(self, "r1 r2 ", "built 16; ");
  g_autofree char *other = g_build_filename(self->dir, "other.db", NULL);
  g_assert_true(g_file_test(other, G_FILE_TEST_IS_REGULAR));
  g_setenv(AK_STORE_VARIABLE, "sqlite:third.db", TRUE); /* counts before the file */
  open_again(self);
  assert_list(self, "r1 r2 ", "built 16; ");
  g_unsetenv(AK_STORE_VARIABLE);
  g_autofree char *third = g_build_filename(self->dir, "third.db", NULL);
  g_assert_true(g_file_test(third, G_FILE_TEST_IS_REGULAR));
}

static void test_postgresql(World *self, gconstpointer data) {
  g_autofree char *uri = test_postgres_database();
  if (uri == NULL) {
    g_test_skip("PostgreSQL is not installed (Debian: postgresql)");
    return;
  }
  write_runs(self);
  g_setenv(AK_STORE_VARIABLE, uri, TRUE);
  open_again(self);
  g_unsetenv(AK_STORE_VARIABLE);
  assert_list(self, "r1 r2 ", "built 16; ");
  g_auto(AkIndexStatus) status = {0};
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_index_status(ak_workspace_index(self->workspace), &status, &error));
  g_assert_cmpstr(status.kind, ==, "postgresql");
  g_assert_cmpint(status.projected_to, ==, 16);
  g_assert_cmpint(status.runs, ==, 2);
  g_assert_cmpint(status.observations, ==, 6);
  g_assert_false(g_file_test(self->db, G_FILE_TEST_EXISTS));
  test_postgres_end_connections();
  assert_list(self, "r1 r2 ", "built 16; ");
}

/* --- questions
 * ------------------------------------------------------------------------------------------------
 */

static void test_questions(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  write_runs(self);
  g_autoptr(GPtrArray) same =
      ak_workspace_runs_of_version(self->workspace, "Gateway", "1.0", &error);
  g_assert_cmpuint(same->len, ==, 2);
  g_autoptr(GPtrArray) none = ak_workspace_runs_of_version(self->workspace, "Gateway", "1", &error);
  g_assert_cmpuint(none->len, ==, 0);
  g_autoptr(GPtrArray) found = ak_workspace_search(self->workspace, "既定 r2", 10, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(found->len, ==, 1);
  g_assert_cmpstr(((const AkRunFound *)found->pdata[0])->run->run_id, ==, "r2");
  g_autoptr(GPtrArray) seen = ak_workspace_observations(self->workspace, "tls.cipher", 4, &error);
  g_assert_cmpuint(seen->len, ==, 4);
  g_assert_cmpstr(((const AkObservationFound *)seen->pdata[0])->run_id, ==, "r2");
  g_autoptr(GPtrArray) bad = ak_workspace_search(self->workspace, "\xff\xfe", 4, &error);
  g_assert_null(bad);
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  g_clear_error(&error);
  g_autoptr(AkRunView) unknown = ak_workspace_run(self->workspace, "r3", &error);
  g_assert_null(unknown);
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
  g_assert_cmpstr(self->notices->str, ==, "built 16; "); /* none of this is the store's fault */
}

static void test_a_forgotten_run_is_unknown(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  write_runs(self);
  make_store(self);
  g_assert_true(ak_log_forget_run(ak_workspace_log(self->workspace), "r1", 0, &error));
  assert_list(self, "r2 ", "built 16; ");
  g_autoptr(AkRunView) view = ak_workspace_run(self->workspace, "r1", &error);
  g_assert_null(view);
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
}

typedef struct {
  AkWorkspace *workspace;
  guint wrong;
} Asker;

static gpointer ask_often(gpointer data) {
  Asker *asker = data;
  for (guint i = 0; i < 50; i++) {
    g_autoptr(GPtrArray) runs = ak_workspace_runs(asker->workspace, NULL);
    g_autoptr(AkRunView) view = ak_workspace_run(asker->workspace, "r2", NULL);
    asker->wrong += runs == NULL || runs->len < 2 || view == NULL ? 1 : 0;
  }
  return NULL;
}

static void test_threads_ask_while_it_grows(World *self, gconstpointer data) {
  write_runs(self);
  Asker askers[4];
  GThread *threads[4];
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
    askers[i] = (Asker){self->workspace, 0};
    threads[i] = g_thread_new("ask", ask_often, &askers[i]);
  }
  for (guint i = 0; i < 20; i++) {
    g_autofree char *run = g_strdup_printf("more-%u", i);
    test_whole_run(ak_workspace_log(self->workspace), run, 2);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
    g_thread_join(threads[i]);
    g_assert_cmpuint(askers[i].wrong, ==, 0);
  }
}

static void add(const char *name, void (*test)(World *, gconstpointer)) {
  g_autofree char *path = g_strconcat("/index/", name, NULL);
  g_test_add(path, World, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  add("new", test_a_new_store);
  add("missing", test_a_missing_store);
  add("no-database", test_no_database);
  add("empty-file", test_an_empty_file);
  add("damaged-pages", test_damaged_pages);
  add("cut", test_a_cut_file);
  add("each-page", test_each_page);
  add("wrong-rows", test_wrong_rows_do_not_change_a_run);
  add("newer", test_a_newer_schema);
  add("no-server", test_a_server_that_is_not_there);
  add("folder", test_a_path_that_is_a_folder);
  add("settings", test_wrong_settings);
  add("postgresql", test_postgresql);
  add("questions", test_questions);
  add("forgotten", test_a_forgotten_run_is_unknown);
  add("threads", test_threads_ask_while_it_grows);
  return g_test_run();
}
