/* The store's rows follow the log, whatever happens in between: on each back end. */
#include "app/projection.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/test-records.h"
#include "store/observations.h"
#include "store/runs.h"
#include "store/search.h"
#include "store/test-damage.h"
#include "store/verdicts.h"
#include "util/io-fault.h"

#define ONE "probe.tls/a/1"
#define TWO "probe.tls/b/1"

static const char *program;

typedef struct {
  TestDatabase database;
  char *log_dir, *stash;
  AkLog *log;
  AkDb *db;
} World;

static AkLog *open_log(const char *dir) {
  g_autoptr(GError) error = NULL;
  AkLog *log = ak_log_open(dir, &error);
  g_assert_no_error(error);
  return log;
}

static AkDb *open_db(const char *uri) {
  g_autoptr(GError) error = NULL;
  AkDb *db = ak_db_open(uri, &error);
  g_assert_no_error(error);
  return db;
}

static void set_up(World *self, gconstpointer back_end) {
  const AkIoFault none = {AK_IO_FAULT_NONE}; /* syncs take no time */
  test_database_set_up(&self->database, back_end);
  self->log_dir = g_build_filename(self->database.top, "log", NULL);
  self->stash = g_build_filename(self->database.top, "stash", NULL);
  g_assert_cmpint(g_mkdir(self->stash, 0700), ==, 0);
  ak_io_fault_start(self->stash, &none);
  self->log = open_log(self->log_dir);
  self->db = self->database.uri != NULL ? open_db(self->database.uri) : NULL;
}

static void tear_down(World *self, gconstpointer back_end) {
  ak_db_free(self->db);
  ak_log_free(self->log);
  ak_io_fault_stop();
  g_free(self->log_dir);
  g_free(self->stash);
  test_database_tear_down(&self->database, back_end);
}

static AkProjectionResult catch_up(AkLog *log, AkDb *db, guint batch) {
  g_autoptr(GError) error = NULL;
  AkProjectionResult result = {0};
  ak_projection_catch_up(log, db, batch, &result, &error);
  g_assert_no_error(error);
  return result;
}

/* What a database that was never there before gets from the log, on the first back end. */
static char *dump_anew(World *self, guint batch) {
  g_autoptr(AkDb) memory = open_db("sqlite::memory:");
  catch_up(self->log, memory, batch);
  return test_dump(memory);
}

static void assert_as_anew(World *self) {
  g_autofree char *dump = test_dump(self->db);
  g_autofree char *anew = dump_anew(self, 100000);
  g_assert_cmpstr(dump, ==, anew);
}

/* Two runs whose records alternate, a test that was broken off and begun again, a verdict that
 * replaces another, and records that are no run's. */
static void write_two_runs(AkLog *log) {
  test_plan(log, "r1", "Gateway", "1.0");                                               /* 0 */
  test_start(log, "r1", ONE, 1);                                                        /* 1 */
  test_plan(log, "r2", "門番", "2.0");                                                  /* 2 */
  test_observe(log, "r1", ONE, "tls.versions", json_pack("[ss]", "tls1.0", "tls1.2"));  /* 3 */
  test_start(log, "r1", ONE, 2);                                                        /* 4 */
  test_append(log, json_pack("{s:s}", "type", "remark"));                               /* 5 */
  test_observe(log, "r1", ONE, "tls.versions", json_pack("[s]", "tls1.3"));             /* 6 */
  test_observe(log, "r1", ONE, "tls.compression", NULL);                                /* 7 */
  test_end(log, "r1", ONE);                                                             /* 8 */
  test_start(log, "r2", TWO, 1);                                                        /* 9 */
  test_observe(log, "r2", TWO, "tls.versions", json_pack("[s]", "tls1.2"));             /* 10 */
  test_judge(log, "r1", "fail", "An older title");                                      /* 11 */
  test_end_run(log, "r1");                                                              /* 12 */
  test_judge(log, "r1", "pass", "A newer title");                                       /* 13 */
  test_append(log, json_pack("{s:s, s:s}", "type", "of-a-later-program", "run", "r2")); /* 14 */
}

static bool check_first_run(AkTx *tx, const AkRunRow *run, GError **error) {
  g_assert_cmpstr(run->run_id, ==, "r1");
  g_assert_cmpint(run->run_index, ==, 0);
  g_assert_cmpint(run->record_count, ==, 10);
  g_assert_cmpint(run->planned_index, ==, 0);
  g_assert_cmpint(run->planned_utc_us, ==, TEST_TIME);
  g_assert_cmpstr(run->product_name, ==, "Gateway");
  g_assert_cmpstr(run->product_model, ==, "M-1");
  g_assert_cmpstr(run->profile, ==, "en303645");
  g_assert_cmpstr(run->run_end, ==, "finished");
  g_assert_cmpint(run->ended_utc_us, ==, TEST_TIME + 5);
  g_assert_cmpint(run->verdict_index, ==, 13);
  g_assert_cmpint(run->verdict_utc_us, ==, TEST_TIME + 4);
  g_assert_cmpint(run->failed, ==, 0);
  g_assert_cmpint(run->inconclusive, ==, 1);
  g_assert_cmpint(run->not_applicable, ==, 3);
  g_assert_cmpstr(run->valid_until, ==, "2027-01-31");
  static const gint64 spans[][2] = {{0, 1}, {3, 4}, {6, 8}, {11, 13}};
  g_autoptr(GPtrArray) found = ak_runs_spans(tx, run->log_id, run->run_index, error);
  g_assert_cmpuint(found->len, ==, G_N_ELEMENTS(spans));
  for (guint i = 0; i < found->len; i++) {
    g_assert_cmpint(((const AkSpanRow *)found->pdata[i])->first_index, ==, spans[i][0]);
    g_assert_cmpint(((const AkSpanRow *)found->pdata[i])->last_index, ==, spans[i][1]);
  }
  g_autoptr(GPtrArray) verdicts = ak_verdicts_list(tx, run->log_id, run->run_index, error);
  g_assert_cmpuint(verdicts->len, ==, 2);
  g_assert_cmpstr(((const AkVerdictRow *)verdicts->pdata[0])->verdict, ==, "pass");
  g_assert_cmpint(((const AkVerdictRow *)verdicts->pdata[0])->record_index, ==, 13);
  g_assert_null(((const AkVerdictRow *)verdicts->pdata[1])->valid_until);
  g_autoptr(GPtrArray) findings = ak_verdicts_findings(tx, run->log_id, run->run_index, error);
  g_assert_cmpuint(findings->len, ==, 1);
  g_assert_cmpstr(((const AkFindingRow *)findings->pdata[0])->title_en, ==, "A newer title");
  g_assert_cmpint(((const AkFindingRow *)findings->pdata[0])->instances, ==, 2);
  return true;
}

/* The run of a search's answer, or -1. */
static gint64 found_run(AkTx *tx, gint64 log_id, const char *words) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) found = ak_search_run(tx, log_id, words, 10, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(found->len, <=, 1);
  return found->len > 0 ? ((const AkSearchFound *)found->pdata[0])->run_index : -1;
}

static bool check_rows(AkTx *tx, gpointer data, GError **error) {
  gint64 log_id = ak_logs_id(ak_log_origin(data));
  g_autoptr(GPtrArray) runs = ak_runs_list(tx, log_id, error);
  g_assert_cmpuint(runs->len, ==, 2);
  const AkRunRow *second = runs->pdata[1];
  check_first_run(tx, runs->pdata[0], error);
  g_assert_cmpstr(second->product_name, ==, "門番");
  g_assert_cmpint(second->run_index, ==, 2);
  g_assert_cmpint(second->record_count, ==, 4);
  g_assert_null(second->run_end);
  g_assert_cmpint(second->verdict_index, ==, -1);
  /* Of the attempts only the last one's, and nothing of the test that has not ended. */
  g_autoptr(GPtrArray) seen =
      ak_observations_find(tx, log_id, "tls.versions", G_MAXINT64, 10, error);
  g_assert_cmpuint(seen->len, ==, 1);
  g_assert_cmpint(((const AkObservationRow *)seen->pdata[0])->record_index, ==, 6);
  g_assert_cmpstr(((const AkObservationRow *)seen->pdata[0])->outcome, ==, "seen");
  g_autoptr(GPtrArray) absent =
      ak_observations_find(tx, log_id, "tls.compression", G_MAXINT64, 10, error);
  g_assert_cmpuint(absent->len, ==, 1);
  g_assert_cmpstr(((const AkObservationRow *)absent->pdata[0])->outcome, ==, "absent");
  g_assert_cmpint(found_run(tx, log_id, "門番"), ==, 2);
  g_assert_cmpint(found_run(tx, log_id, "newer"), ==, 0);
  g_assert_cmpint(found_run(tx, log_id, "older"), ==, -1); /* its verdict was replaced */
  g_assert_cmpint(found_run(tx, log_id, "tls1.3"), ==, 0);
  g_assert_cmpint(found_run(tx, log_id, "tls1.0"), ==, -1); /* of the attempt that was broken off */
  return true;
}

static void test_rows(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  g_autoptr(GError) error = NULL;
  write_two_runs(self->log);
  AkProjectionResult result = catch_up(self->log, self->db, AK_PROJECTION_BATCH);
  g_assert_cmpint(result.start, ==, AK_PROJECTION_IS_EMPTY);
  g_assert_cmpuint(result.projected, ==, 15);
  g_assert_cmpuint(result.size, ==, 15);
  ak_tx_read(self->db, check_rows, self->log, &error);
  g_assert_no_error(error);
  AkProjectionResult again = catch_up(self->log, self->db, AK_PROJECTION_BATCH);
  g_assert_cmpint(again.start, ==, AK_PROJECTION_CONTINUES);
  g_assert_cmpuint(again.projected, ==, 0);
  g_assert_cmpuint(again.size, ==, 15);
}

/* The rows do not depend on how often and in which parts they were brought up to date, nor on the
 * back end. */
static void test_parts_do_not_matter(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  write_two_runs(self->log);
  for (guint batch = 1; batch <= 16; batch++) {
    g_autoptr(GError) error = NULL;
    g_assert_true(ak_projection_clear(self->log, self->db, &error));
    catch_up(self->log, self->db, batch);
    assert_as_anew(self);
  }
  g_autofree char *dump = test_dump(self->db);
  g_assert_nonnull(strstr(dump, "run_id=\"r1\""));
  g_assert_nonnull(strstr(dump, "ak_search_gram"));
}

static void test_it_follows_record_by_record(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  for (guint i = 0; i < 3; i++) {
    g_autofree char *run = g_strdup_printf("r%u", i);
    test_plan(self->log, run, "Gateway", "1.0");
    catch_up(self->log, self->db, 2);
    test_start(self->log, run, ONE, 1);
    catch_up(self->log, self->db, 2);
    test_observe(self->log, run, ONE, "tls.cipher", json_string("x"));
    catch_up(self->log, self->db, 2);
    if (i == 1)
      test_start(self->log, run, ONE, 2);
    test_observe(self->log, run, ONE, "tls.cipher", json_string("y"));
    test_end(self->log, run, ONE);
    catch_up(self->log, self->db, 2);
    test_judge(self->log, run, "fail", "title");
    catch_up(self->log, self->db, 2);
    test_judge(self->log, run, "pass", "other");
    catch_up(self->log, self->db, 2);
    assert_as_anew(self);
  }
}

static void test_an_empty_log(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  AkProjectionResult result = catch_up(self->log, self->db, 10);
  g_assert_cmpuint(result.size, ==, 0);
  catch_up(self->log, self->db, 10);
  test_plan(self->log, "r1", "Gateway", "1.0");
  result = catch_up(self->log, self->db, 10);
  g_assert_cmpint(result.start, ==, AK_PROJECTION_CONTINUES);
  assert_as_anew(self);
}

/* --- what the log forgets -------------------------------------------------------------------- */

static void forget(World *self, const char *run) {
  g_autoptr(GError) error = NULL;
  ak_log_forget_run(self->log, run, 0, &error);
  g_assert_no_error(error);
}

static void assert_no_trace(World *self, const char *word) {
  g_autofree char *dump = test_dump(self->db);
  g_assert_null(strstr(dump, word));
}

static void test_a_forgotten_run_disappears(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  write_two_runs(self->log);
  test_whole_run(self->log, "r3", 3);
  catch_up(self->log, self->db, 4);
  forget(self, "r1");
  AkProjectionResult result = catch_up(self->log, self->db, 4);
  g_assert_cmpint(result.start, ==, AK_PROJECTION_CONTINUES); /* the others' rows stayed */
  assert_no_trace(self, "\"r1\"");
  assert_no_trace(self, "A newer title");
  assert_as_anew(self);
  test_whole_run(self->log, "r4", 2);
  forget(self, "r3");
  catch_up(self->log, self->db, 4);
  assert_no_trace(self, "\"r3\"");
  assert_as_anew(self);
}

static void test_a_run_is_forgotten_before_it_is_seen(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  write_two_runs(self->log);
  catch_up(self->log, self->db, 3);
  test_whole_run(self->log, "secret-run", 3);
  test_plan(self->log, "r9", "Gateway", "1.0");
  forget(self, "secret-run");
  catch_up(self->log, self->db, 3);
  assert_no_trace(self, "secret-run");
  assert_as_anew(self);
}

/* The run goes on after it was forgotten: what came after is there, what was before is not. */
static void test_a_forgotten_run_that_goes_on(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  write_two_runs(self->log);
  catch_up(self->log, self->db, 100);
  forget(self, "r1");
  test_judge(self->log, "r1", "fail", "After all");
  catch_up(self->log, self->db, 100);
  assert_no_trace(self, "A newer title");
  assert_as_anew(self);
  /* Projected with records of both kinds: as if the deletion came while rows were made. */
  test_plan(self->log, "r2", "again", "1.0");
  catch_up(self->log, self->db, 100);
  forget(self, "r2");
  test_plan(self->log, "r2", "once more", "1.0");
  catch_up(self->log, self->db, 100);
  assert_as_anew(self);
}

/* --- what lists say of runs together ---------------------------------------------------------- */

/* A run that repeats `of` in part, and takes passes over from it. */
static void write_retest(AkLog *log, const char *run, const char *of, const char *version) {
  json_t *planned = ak_record_new(AK_RECORD_RUN_PLANNED, run, TEST_TIME);
  json_object_update_new(planned, json_pack("{s:s, s:s, s:s, s:s}", "product_name", "Gateway",
                                            "product_version", version, "profile", "en303645",
                                            "retest_of", of));
  test_append(log, planned);
  json_t *verdict = ak_record_new(AK_RECORD_VERDICT, run, TEST_TIME + 4);
  json_object_set_new(verdict, "rules", json_string("f00d"));
  json_object_set_new(
      verdict, "verdicts",
      json_pack("{s:[{s:s,s:s,s:s}, {s:s,s:s,s:s}, {s:s,s:s,s:s}, {s:s,s:s,s:s}], s:{s:s, s:[s]}}",
                "verdicts", "requirement", "1", "verdict", "inconclusive", "valid_until",
                "2026-01-01", "requirement", "2", "verdict", "pass", "valid_until", "",
                "requirement", "3", "verdict", "pass", "valid_until", "2027-05-05", "requirement",
                "4", "verdict", "fail", "valid_until", "2027-04-04", "retest", "of", of,
                "inherited", "5.1-1"));
  test_append(log, verdict);
}

static void write_act(AkLog *log, const char *run) {
  json_t *act = ak_record_new(AK_RECORD_RUN_FORGOTTEN, run, TEST_TIME);
  json_object_set_new(act, "forgotten", json_string("r0"));
  test_append(log, act);
}

static bool check_retest(AkTx *tx, gpointer data, GError **error) {
  g_autoptr(GPtrArray) runs = ak_runs_list(tx, ak_logs_id(ak_log_origin(data)), error);
  g_assert_cmpuint(runs->len, ==, 3);
  const AkRunRow *first = runs->pdata[0], *other = runs->pdata[1], *retest = runs->pdata[2];
  g_assert_cmpstr(first->run_id, ==, "r1");
  g_assert_null(first->rules);
  g_assert_null(first->retest_of);
  g_assert_null(first->inherits_from);
  g_assert_cmpint(first->record_count, ==, 2); /* an act under its name is one, and says nothing */
  g_assert_cmpstr(first->newest_version, ==, "1.1");
  g_assert_cmpstr(other->newest_version, ==, "1.0"); /* another product */
  g_assert_cmpstr(retest->rules, ==, "f00d");
  g_assert_cmpstr(retest->retest_of, ==, "r1");
  g_assert_cmpstr(retest->inherits_from, ==, "r1");
  g_assert_cmpstr(retest->newest_version, ==, "1.1");
  g_assert_cmpstr(retest->valid_until, ==, "2027-04-04"); /* what is undecided cannot expire */
  return true;
}

static bool check_after_retest(AkTx *tx, gpointer data, GError **error) {
  g_autoptr(GPtrArray) runs = ak_runs_list(tx, ak_logs_id(ak_log_origin(data)), error);
  g_assert_cmpuint(runs->len, ==, 2);
  g_assert_cmpstr(((const AkRunRow *)runs->pdata[0])->newest_version, ==, "1.0");
  return true;
}

static void test_retests_and_newer_versions(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  g_autoptr(GError) error = NULL;
  test_plan(self->log, "r1", "Gateway", "1.0");
  write_act(self->log, ""); /* no run's */
  write_act(self->log, "r1");
  test_plan(self->log, "r2", "Gateway X", "1.0");
  write_retest(self->log, "r3", "r1", "1.1");
  catch_up(self->log, self->db, 2);
  ak_tx_read(self->db, check_retest, self->log, &error);
  g_assert_no_error(error);
  forget(self, "r3");
  catch_up(self->log, self->db, 2);
  ak_tx_read(self->db, check_after_retest, self->log, &error);
  g_assert_no_error(error);
  assert_as_anew(self);
}

/* --- another history ------------------------------------------------------------------------- */

static void copy_log(const char *from, const char *to) {
  g_autofree char *command = g_strdup_printf("cp -a '%s' '%s'", from, to);
  g_autoptr(GError) error = NULL;
  int status = 0;
  g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, &status, &error));
  g_assert_true(g_spawn_check_wait_status(status, &error));
}

/* The folder is put back from a copy, and goes on differently: longer, or shorter than it was. */
static void restored(World *self, guint records_after) {
  g_autofree char *copy = g_build_filename(self->database.top, "copy", NULL);
  write_two_runs(self->log);
  copy_log(self->log_dir, copy);
  test_whole_run(self->log, "lost", 5);
  catch_up(self->log, self->db, 100);
  g_clear_pointer(&self->log, ak_log_free);
  test_folder_remove_tree(self->log_dir);
  g_assert_cmpint(g_rename(copy, self->log_dir), ==, 0);
  self->log = open_log(self->log_dir);
  if (records_after > 0)
    test_whole_run(self->log, "other", records_after);
  AkProjectionResult result = catch_up(self->log, self->db, 100);
  g_assert_cmpint(result.start, ==, AK_PROJECTION_OTHER_HISTORY);
  assert_no_trace(self, "\"lost\"");
  assert_as_anew(self);
}

static void test_a_restored_log_that_grew(World *self, gconstpointer data) {
  if (self->db != NULL)
    restored(self, 20);
}

static void test_a_restored_log(World *self, gconstpointer data) {
  if (self->db != NULL)
    restored(self, 0);
}

static void test_rows_of_an_older_program(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  g_autoptr(GError) error = NULL;
  write_two_runs(self->log);
  catch_up(self->log, self->db, 100);
  g_assert_true(ak_tx_run(self->db, test_make_rows_old, NULL, &error));
  AkProjectionResult result = catch_up(self->log, self->db, 100);
  g_assert_cmpint(result.start, ==, AK_PROJECTION_IS_OLD);
  g_assert_cmpuint(result.projected, ==, 15);
  assert_as_anew(self);
}

/* --- several at once ------------------------------------------------------------------------- */

static void test_two_logs_share_a_database(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  g_autofree char *dir = g_build_filename(self->database.top, "second", NULL);
  g_autoptr(AkLog) second = open_log(dir);
  g_autoptr(AkDb) memory = open_db("sqlite::memory:");
  write_two_runs(self->log);
  test_whole_run(second, "r1", 4); /* the same run id */
  catch_up(self->log, self->db, 3);
  catch_up(second, self->db, 3);
  catch_up(second, memory, 100);
  catch_up(self->log, memory, 100);
  g_autofree char *dump = test_dump(self->db), *expected = test_dump(memory);
  g_assert_cmpstr(dump, ==, expected);
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_projection_clear(second, self->db, &error));
  assert_as_anew(self); /* the first one's rows are untouched */
}

typedef struct {
  AkLog *log;
  const char *uri;
} Racer;

static gpointer race(gpointer data) {
  const Racer *racer = data;
  g_autoptr(AkDb) db = open_db(racer->uri);
  for (guint i = 0;; i++) {
    g_autoptr(GError) error = NULL;
    AkProjectionResult result;
    if (ak_projection_catch_up(racer->log, db, 7, &result, &error))
      return NULL;
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFLICT); /* the others were in the way too often */
    g_assert_cmpuint(i, <, 1000);
  }
}

static void test_several_project_at_once(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  for (guint i = 0; i < 6; i++) {
    g_autofree char *run = g_strdup_printf("r%u", i);
    test_whole_run(self->log, run, 20);
  }
  Racer racer = {self->log, self->database.uri};
  GThread *threads[3];
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("race", race, &racer);
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
  AkProjectionResult result = catch_up(self->log, self->db, 7);
  g_assert_cmpuint(result.projected, ==, 0);
  assert_as_anew(self);
}

/* --- kill -9
 * ---------------------------------------------------------------------------------------------------
 */

#define KILLS 40
#define KILLS_OF_A_SERVER 12 /* each begins with a connection */
#define KILL_BATCH 3
#define FIRST_DELAY_US 4000
#define MAX_DELAY_US 500000

/* This program again, as the one that is killed. */
static int be_projector(const char *log_dir, const char *uri) {
  g_autoptr(AkLog) log = open_log(log_dir);
  g_autoptr(AkDb) db = open_db(uri);
  if (write(STDOUT_FILENO, "!", 1) != 1) /* from here on it may be killed */
    return 1;
  catch_up(log, db, KILL_BATCH);
  return 0;
}

static bool kill_a_projector(World *self, guint delay_us) {
  const char *arguments[] = {program, "--project", self->log_dir, self->database.uri, NULL};
  GPid pid = 0;
  gint out = -1;
  char ready = 0;
  g_autoptr(GError) error = NULL;
  g_spawn_async_with_pipes(NULL, (char **)arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                           &pid, NULL, &out, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpint(read(out, &ready, 1), ==, 1);
  close(out);
  g_usleep(delay_us);
  kill(pid, SIGKILL);
  int status = 0;
  g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
  g_assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

static gint64 projected_to(World *self) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkDb) db = open_db(self->database.uri);
  AkLogRow *found = NULL;
  ak_projection_look(self->log, db, &found, &error);
  g_assert_no_error(error);
  g_autoptr(AkLogRow) row = found;
  return row != NULL ? row->projected_to : 0;
}

/* Killed at random moments, the rows always go whole transactions far, and never back. */
static void test_killed_projectors(World *self, gconstpointer data) {
  if (self->db == NULL)
    return;
  g_clear_pointer(&self->db, ak_db_free);
  gint64 before = 0;
  guint killed = 0, unfinished = 0, runs = 0, delay_us = FIRST_DELAY_US;
  guint kills = strcmp(self->database.back_end, "sqlite") == 0 ? KILLS : KILLS_OF_A_SERVER;
  for (guint i = 0; i < kills; i++) {
    for (guint more = 0; more < 4; more++) {
      g_autofree char *run = g_strdup_printf("r%u", runs++);
      test_whole_run(self->log, run, 12);
    }
    killed += kill_a_projector(self, (guint)g_test_rand_int_range(0, (gint32)delay_us)) ? 1 : 0;
    gint64 now = projected_to(self), size = (gint64)ak_log_size(self->log);
    g_assert_cmpint(now, >=, before);
    unfinished += now > before && now < size ? 1 : 0;
    if (now == before && delay_us < MAX_DELAY_US) /* a slow machine: give it more time */
      delay_us *= 2;
    before = now;
  }
  g_test_message("%u of %d were killed, %u in the middle", killed, KILLS, unfinished);
  g_assert_cmpint(before, >, 0);
  self->db = open_db(self->database.uri);
  catch_up(self->log, self->db, 1000);
  assert_as_anew(self);
}

static void add(const char *back_end, const char *name, void (*test)(World *, gconstpointer)) {
  g_autofree char *path = g_strdup_printf("/projection/%s/%s", back_end, name);
  g_test_add(path, World, back_end, set_up, test, tear_down);
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "--project") == 0)
    return be_projector(argv[2], argv[3]);
  program = argv[0];
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(test_back_ends); i++) {
    const char *back_end = test_back_ends[i];
    add(back_end, "rows", test_rows);
    add(back_end, "parts", test_parts_do_not_matter);
    add(back_end, "follows", test_it_follows_record_by_record);
    add(back_end, "empty", test_an_empty_log);
    add(back_end, "forgotten", test_a_forgotten_run_disappears);
    add(back_end, "forgotten-before", test_a_run_is_forgotten_before_it_is_seen);
    add(back_end, "forgotten-goes-on", test_a_forgotten_run_that_goes_on);
    add(back_end, "retests", test_retests_and_newer_versions);
    add(back_end, "restored", test_a_restored_log);
    add(back_end, "restored-grew", test_a_restored_log_that_grew);
    add(back_end, "older-program", test_rows_of_an_older_program);
    add(back_end, "two-logs", test_two_logs_share_a_database);
    add(back_end, "at-once", test_several_project_at_once);
    add(back_end, "killed", test_killed_projectors);
  }
  return g_test_run();
}
