/* How long do 100,000 records take to become rows, and how much sooner do rows answer than the log?
 *
 * usage: store-bench FOLDER [RECORDS]
 *
 * Peer, in the same run: reading and folding the whole log for each question, as was done before
 * there was a store. Both sides start with the log open and its pages in memory; of several rounds
 * the median counts. The runs of 64 writers alternate record by record, which is the worst case for
 * the list of records that belong to a run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/test-records.h"
#include "app/workspace.h"
#include "store/test-database.h"

#define DEFAULT_RECORDS 100000
#define RECORDS_A_RUN 100
#define WRITERS 64
#define ROUNDS 5
#define NEEDLE "サーバー証明書" /* stands in one run */

typedef struct {
  AkWorkspace *workspace;
  const char *run; /* asked for */
} Bench;

static double now_ms(void) {
  return (double)g_get_monotonic_time() / 1000.0;
}

/* --- a log to ask ---------------------------------------------------------------------------- */

typedef struct {
  AkLog *log;
  guint first, count; /* runs */
} Writer;

static void write_run(AkLog *log, guint number) {
  static const char execution[] = "probe.tls/tcp:127.0.0.1:443/1";
  g_autofree char *run = g_strdup_printf("r%06u", number);
  g_autofree char *version = g_strdup_printf("1.%u", number % 20);
  test_plan(log, run, "Gateway", version);
  test_start(log, run, execution, 1);
  for (guint i = 0; i < RECORDS_A_RUN - 5; i++) {
    g_autofree char *text = g_strdup_printf("TLS_SUITE_%u of %u%s", i, number,
                                            number == 500 && i == 50 ? " " NEEDLE : "");
    test_observe(log, run, execution, "tls.cipher", json_string(text));
  }
  test_end(log, run, execution);
  test_judge(log, run, "fail", "A default password");
  test_end_run(log, run);
}

static gpointer write_runs(gpointer data) {
  const Writer *writer = data;
  for (guint i = 0; i < writer->count; i++)
    write_run(writer->log, writer->first + i);
  return NULL;
}

static void fill(AkLog *log, guint runs) {
  Writer writers[WRITERS];
  GThread *threads[WRITERS];
  for (guint i = 0; i < WRITERS; i++) {
    guint first = runs * i / WRITERS, end = runs * (i + 1) / WRITERS;
    writers[i] = (Writer){log, first, end - first};
    threads[i] = g_thread_new("writer", write_runs, &writers[i]);
  }
  for (guint i = 0; i < WRITERS; i++)
    g_thread_join(threads[i]);
}

/* --- the same questions to rows and to the log; each gives how many it found ----------------- */

static guint list_rows(const Bench *bench) {
  g_autoptr(GPtrArray) runs = ak_workspace_runs(bench->workspace, NULL);
  return runs != NULL ? runs->len : 0;
}

static GPtrArray *fold(const Bench *bench) {
  g_autoptr(GError) error = NULL;
  GPtrArray *views = ak_run_view_fold_log(ak_workspace_log(bench->workspace), &error);
  if (views == NULL)
    g_error("%s", error->message);
  return views;
}

static guint list_log(const Bench *bench) {
  g_autoptr(GPtrArray) views = fold(bench);
  return views->len;
}

static guint search_rows(const Bench *bench) {
  g_autoptr(GPtrArray) found = ak_workspace_search(bench->workspace, NEEDLE, 50, NULL);
  return found != NULL ? found->len : 0;
}

static bool holds_needle(const AkRunState *state) {
  for (guint e = 0; e < state->executions->len; e++) {
    const AkRunExecution *execution = state->executions->pdata[e];
    for (guint o = 0; o < execution->observations->len; o++) {
      const AkObservation *seen = execution->observations->pdata[o];
      if (seen->value.text != NULL && strstr(seen->value.text, NEEDLE) != NULL)
        return true;
    }
  }
  return false;
}

static guint search_log(const Bench *bench) {
  g_autoptr(GPtrArray) views = fold(bench);
  guint found = 0;
  for (guint i = 0; i < views->len; i++)
    found += holds_needle(((const AkRunView *)views->pdata[i])->state) ? 1 : 0;
  return found;
}

static guint run_by_rows(const Bench *bench) {
  g_autoptr(AkRunView) view = ak_workspace_run(bench->workspace, bench->run, NULL);
  return view != NULL ? view->records->len : 0;
}

static guint run_by_log(const Bench *bench) {
  g_autoptr(AkRunView) view =
      ak_run_view_fold_run(ak_workspace_log(bench->workspace), bench->run, 0, NULL);
  return view != NULL ? view->records->len : 0;
}

static gint compare_times(gconstpointer a, gconstpointer b) {
  const double *one = a, *other = b;
  return *one < *other ? -1 : *one > *other;
}

static double median_ms(const Bench *bench, guint (*ask)(const Bench *), guint *found) {
  double times[ROUNDS];
  for (guint i = 0; i < ROUNDS; i++) {
    double start = now_ms();
    *found = ask(bench);
    times[i] = now_ms() - start;
  }
  qsort(times, ROUNDS, sizeof times[0], compare_times);
  return times[ROUNDS / 2];
}

static const struct {
  const char *name;
  guint (*rows)(const Bench *);
  guint (*log)(const Bench *);
} questions[] = {{"list of runs", list_rows, list_log},
                 {"search", search_rows, search_log},
                 {"one run", run_by_rows, run_by_log}};

static void measure(const char *dir, const char *uri, const char *name) {
  g_autoptr(GError) error = NULL;
  g_setenv(AK_STORE_VARIABLE, uri, TRUE);
  g_autoptr(AkWorkspace) workspace = ak_workspace_open(dir, &error);
  if (workspace == NULL)
    g_error("%s", error->message);
  guint64 records = 0;
  double start = now_ms();
  if (!ak_index_rebuild(ak_workspace_index(workspace), &records, &error))
    g_error("%s", error->message);
  double took_ms = now_ms() - start;
  printf("%-10s %" G_GUINT64_FORMAT " records became rows in %.2f s, %.0f a second\n", name,
         records, took_ms / 1000, (double)records / took_ms * 1000);
  Bench bench = {workspace, "r000500"};
  for (gsize i = 0; i < G_N_ELEMENTS(questions); i++) {
    guint ours = 0, theirs = 0;
    double rows_ms = median_ms(&bench, questions[i].rows, &ours);
    double log_ms = median_ms(&bench, questions[i].log, &theirs);
    if (ours != theirs || ours == 0)
      g_error("%s: rows found %u, the log %u", questions[i].name, ours, theirs);
    printf("%-10s %-12s %8.2f ms   folding the log %8.2f ms   ratio %.1f   (%u found)\n", name,
           questions[i].name, rows_ms, log_ms, log_ms / rows_ms, ours);
  }
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: store-bench FOLDER [RECORDS]\n");
    return 2;
  }
  guint64 records = argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : DEFAULT_RECORDS;
  guint runs = (guint)MAX(records / RECORDS_A_RUN, 501);
  g_autofree char *dir = g_build_filename(argv[1], "store-bench.tmp", NULL);
  g_autofree char *file = g_build_filename(dir, "store.db", NULL);
  test_folder_remove_tree(dir);
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkWorkspace) workspace = ak_workspace_open(dir, &error);
    if (workspace == NULL)
      g_error("%s", error->message);
    fill(ak_workspace_log(workspace), runs);
  }
  measure(dir, "sqlite:store.db", "sqlite");
  GStatBuf status;
  if (g_stat(file, &status) == 0)
    printf("sqlite     the file has %.1f MB\n", (double)status.st_size / 1e6);
  g_autofree char *uri = test_postgres_database();
  if (uri != NULL)
    measure(dir, uri, "postgresql");
  else
    printf("postgresql is not installed\n");
  test_folder_remove_tree(dir);
  return 0;
}
