/* akashi run: list runs, show one, compare two, search all, delete what is past its retention. */
#include <stdio.h>
#include <string.h>

#include "app/verdict.h"
#include "cli/command.h"
#include "cli/run-parts.h"
#include "cli/verdict-table.h"
#include "cli/workspace.h"
#include "exchange/schema.h"

#define DEFAULT_LIMIT 50
#define MAX_LIMIT 10000

static gboolean gantt, yes, dry_run;
static char *reason, *older_than, *at, *property;
static int limit = DEFAULT_LIMIT;

static const GOptionEntry options[] = {
    {"gantt", 0, 0, G_OPTION_ARG_NONE, &gantt, "cli.run.option.gantt", NULL},
    {"at", 0, 0, G_OPTION_ARG_STRING, &at, "cli.run.option.at", "DATE"},
    {"property", 0, 0, G_OPTION_ARG_STRING, &property, "cli.run.option.property", "PROPERTY"},
    {"limit", 0, 0, G_OPTION_ARG_INT, &limit, "cli.run.option.limit", "N"},
    {"reason", 0, 0, G_OPTION_ARG_STRING, &reason, "cli.run.option.reason", "TEXT"},
    {"older-than", 0, 0, G_OPTION_ARG_STRING, &older_than, "cli.run.option.older-than", "PERIOD"},
    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "cli.run.option.dry-run", NULL},
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "cli.run.option.yes", NULL},
    {NULL},
};

/* The time at which validity is asked for. */
static bool time_asked(gint64 *at_utc_us, GError **error) {
  *at_utc_us = ak_now_utc_us();
  if (at == NULL || ak_schema_date(at, false, at_utc_us))
    return true;
  return ak_error_set(error, AK_ERROR_CONFIG, "--at %s: a date such as 2027-11-23 is wanted", at);
}

static AkExit list(const AkCli *cli, AkWorkspace *workspace, GError **error) {
  gint64 at_utc_us = 0;
  if (!time_asked(&at_utc_us, error))
    return AK_EXIT_USAGE;
  g_autoptr(GPtrArray) runs = ak_workspace_runs(workspace, error);
  if (runs == NULL)
    return AK_EXIT_NOT_FINISHED;
  g_autoptr(json_t) rows = json_array();
  for (guint i = 0; i < runs->len; i++)
    json_array_append_new(rows, ak_app_run_row(runs->pdata[i], at_utc_us));
  if (cli->format == AK_FORMAT_JSON)
    return ak_cli_run_print_json(rows);
  for (gsize i = 0; i < json_array_size(rows); i++)
    ak_cli_run_print_row(cli, json_array_get(rows, i));
  if (json_array_size(rows) == 0)
    printf("%s\n", ak_text(cli->lang, "cli.run.none"));
  return AK_EXIT_PASS;
}

/* --- when each test ran ---------------------------------------------------------------------- */

#define GANTT_COLUMNS 60

/* What the plan says of a test: why an execution waited for others. */
static void add_plan(json_t *row, const char *test_id) {
  const AkTest *test = ak_test_find(test_id);
  if (test == NULL) /* of another version of the program */
    return;
  json_t *needs = json_array();
  for (gsize i = 0; test->needs != NULL && test->needs[i] != NULL; i++)
    json_array_append_new(needs, json_string(test->needs[i]));
  json_object_set_new(row, "grade", json_string(ak_grade_name(test->grade)));
  json_object_set_new(row, "needs", needs);
}

static json_t *executions_of(const AkRunState *state) {
  json_t *rows = json_array();
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *done = state->executions->pdata[i];
    json_t *row = json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:I, s:I, s:s*}", "execution",
                            done->key, "test", done->test_id, "subject", done->subject.locator,
                            "repeat", (int)done->repeat, "attempt", (int)done->attempt,
                            "observations", (int)done->observations->len, "end",
                            done->end != NULL ? done->end : "not ended", "started_utc_us",
                            (json_int_t)done->started_utc_us, "ended_utc_us",
                            (json_int_t)done->ended_utc_us, "reason", done->reason);
    add_plan(row, done->test_id);
    json_array_append_new(rows, row);
  }
  return rows;
}

static void print_gantt(const AkRunState *state) {
  gint64 first = G_MAXINT64, last = 0;
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *done = state->executions->pdata[i];
    first = MIN(first, done->started_utc_us);
    last = MAX(last, done->ended_utc_us);
  }
  gint64 span = MAX(last - first, 1);
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *done = state->executions->pdata[i];
    int from = (int)((done->started_utc_us - first) * GANTT_COLUMNS / span);
    int width = (int)((done->ended_utc_us - done->started_utc_us) * GANTT_COLUMNS / span);
    width = CLAMP(width, 1, GANTT_COLUMNS - MIN(from, GANTT_COLUMNS - 1));
    g_autofree char *bar = g_strnfill((gsize)width, '#');
    printf("%-44s %*s%-*s %8.1f ms\n", done->key, from, "", GANTT_COLUMNS - from, bar,
           (double)(done->ended_utc_us - done->started_utc_us) / 1000.0);
  }
}

static AkExit print_json(const AkRunView *view, json_t *row) {
  const json_t *result = json_object_get(view->state->verdict, "verdicts");
  json_object_set(row, "verdicts", json_object_get(result, "verdicts"));
  json_object_set(row, "findings", json_object_get(result, "findings"));
  if (json_object_get(result, "retest") != NULL)
    json_object_set(row, "retest", json_object_get(result, "retest"));
  json_object_set_new(row, "executions", executions_of(view->state));
  return ak_cli_run_print_json(row);
}

static void print_text(const AkCli *cli, const AkRunView *view, const json_t *row) {
  const json_t *result = json_object_get(view->state->verdict, "verdicts");
  ak_cli_run_print_row(cli, row);
  if (gantt) {
    print_gantt(view->state);
    return;
  }
  g_autoptr(AkProfile) profile = ak_profile_load(ak_json_string_or(row, "profile", ""), NULL, NULL);
  g_autoptr(AkCatalog) catalog = profile ? ak_catalog_load(profile->catalog, NULL, NULL) : NULL;
  if (result != NULL)
    ak_cli_print_verdicts(cli, catalog, result, stdout);
  ak_cli_print_retest(cli, result, stdout);
}

static AkExit show(const AkCli *cli, AkWorkspace *workspace, const char *run_id, GError **error) {
  gint64 at_utc_us = 0;
  if (!time_asked(&at_utc_us, error))
    return AK_EXIT_USAGE;
  g_autoptr(AkRunView) view = ak_workspace_run(workspace, run_id, error);
  g_autoptr(AkRunRow) known = view != NULL ? ak_workspace_row(workspace, run_id, error) : NULL;
  if (known == NULL)
    return AK_EXIT_USAGE;
  g_autoptr(json_t) row = ak_app_run_row_of_view(view, known->newest_version, at_utc_us);
  if (cli->format == AK_FORMAT_JSON)
    return print_json(view, row);
  print_text(cli, view, row);
  return AK_EXIT_PASS;
}

/* --- the words ------------------------------------------------------------------------------- */

static AkExit compare(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error) {
  return ak_cli_run_compare(cli, workspace, argv[1], argv[2], error);
}

static AkExit search(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error) {
  AkRunSearchOptions chosen = {.words = argv + 1, .property = property, .limit = (guint)limit};
  return time_asked(&chosen.at_utc_us, error) ? ak_cli_run_search(cli, workspace, &chosen, error)
                                              : AK_EXIT_USAGE;
}

static AkForgetOptions forget_options(void) {
  return (AkForgetOptions){
      .reason = reason, .yes = yes, .dry_run = dry_run, .older_than = older_than};
}

static AkExit forget(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error) {
  AkForgetOptions chosen = forget_options();
  return ak_cli_run_forget(cli, workspace, argv[1], &chosen, error);
}

static AkExit retention(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error) {
  AkForgetOptions chosen = forget_options();
  return ak_cli_run_forget(cli, workspace, NULL, &chosen, error);
}

static AkExit forgotten(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error) {
  return ak_cli_run_forgotten(cli, workspace, error);
}

static AkExit show_word(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error) {
  return show(cli, workspace, argv[1], error);
}

static AkExit list_word(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error) {
  return list(cli, workspace, error);
}

#define WORDS                                                                                      \
  "list | show RUN | compare RUN1 RUN2 | search WORD… | forget RUN | retention | forgotten"

static const struct {
  const char *word;
  int argc; /* 0: any number, which is_asked judges */
  AkExit (*run)(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error);
} words[] = {
    {"list", 1, list_word},      {"show", 2, show_word}, {"compare", 3, compare},
    {"search", 0, search},       {"forget", 2, forget},  {"retention", 1, retention},
    {"forgotten", 1, forgotten},
};

/* Words to search for, or a property, never both. */
static bool is_asked(int wanted, int argc) {
  bool is_search = wanted == 0;
  return (is_search ? (argc > 1) != (property != NULL) : argc == wanted && property == NULL) &&
         limit >= 1 && limit <= MAX_LIMIT;
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  for (gsize i = 0; argc > 0 && i < G_N_ELEMENTS(words); i++) {
    if (strcmp(argv[0], words[i].word) != 0 || !is_asked(words[i].argc, argc))
      continue;
    g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
    return workspace != NULL ? words[i].run(cli, workspace, argv, error) : AK_EXIT_USAGE;
  }
  ak_error_set(error, AK_ERROR_CONFIG, "akashi run " WORDS "; or run search --property PROPERTY");
  return AK_EXIT_USAGE;
}

extern const AkCommand ak_cli_run_command;
const AkCommand ak_cli_run_command = {
    .word = "run",
    .arguments = WORDS,
    .summary_id = "cli.run.summary",
    .help_id = "cli.run.help",
    .options = options,
    .run = run,
};
