/* akashi run: list runs, show one, compare two, delete what is past its retention. */
#include <stdio.h>
#include <string.h>

#include "app/validity.h"
#include "app/verdict.h"
#include "cli/command.h"
#include "cli/run-parts.h"
#include "cli/verdict-table.h"
#include "exchange/schema.h"

static gboolean gantt, yes, dry_run;
static char *reason, *older_than, *at;

static const GOptionEntry options[] = {
    {"gantt", 0, 0, G_OPTION_ARG_NONE, &gantt, "cli.run.option.gantt", NULL},
    {"at", 0, 0, G_OPTION_ARG_STRING, &at, "cli.run.option.at", "DATE"},
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

static json_t *row_of(const AkRunView *view, const GPtrArray *views, gint64 at_utc_us) {
  const AkRunState *state = view->state;
  const json_t *result = json_object_get(state->verdict, "verdicts");
  g_auto(AkValidity) validity = {0};
  ak_app_validity(state, views, at_utc_us, &validity);
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:O*, s:o, s:s*}", "run", state->run_id,
                   "product", ak_json_string_or(state->planned, "product_name", ""), "version",
                   ak_json_string_or(state->planned, "product_version", ""), "profile",
                   ak_json_string_or(state->planned, "profile", ""), "end",
                   state->end != NULL ? state->end : "not finished", "when_utc_us",
                   (json_int_t)json_integer_value(json_object_get(state->planned, "when_utc_us")),
                   "summary", json_object_get(result, "summary"), "validity",
                   ak_validity_to_json(&validity), "retest_of",
                   ak_json_string_or(state->planned, "retest_of", NULL));
}

static void print_row(const AkCli *cli, const json_t *row) {
  const json_t *summary = json_object_get(row, "summary");
  const json_t *validity = json_object_get(row, "validity");
  printf("%-22s %-24s %-10s %-12s %-12s", ak_json_string_or(row, "run", ""),
         ak_json_string_or(row, "product", ""), ak_json_string_or(row, "version", ""),
         ak_json_string_or(row, "profile", ""), ak_json_string_or(row, "end", ""));
  if (summary != NULL)
    printf(" %d/%d/%d/%d", (int)json_integer_value(json_object_get(summary, "pass")),
           (int)json_integer_value(json_object_get(summary, "fail")),
           (int)json_integer_value(json_object_get(summary, "inconclusive")),
           (int)json_integer_value(json_object_get(summary, "not_applicable")));
  if (json_object_get(validity, "until") != NULL) {
    g_autofree char *id = g_strdup_printf("validity.%s", ak_json_string_or(validity, "state", ""));
    g_autofree char *text = ak_text_format(cli->lang, id, ak_json_string_or(validity, "until", ""),
                                           ak_json_string_or(validity, "version", ""));
    printf("  %s", text);
  }
  printf("\n");
}

static AkExit list(const AkCli *cli, AkWorkspace *workspace, GError **error) {
  gint64 at_utc_us = 0;
  g_autoptr(GPtrArray) views = ak_workspace_runs(workspace, error);
  if (views == NULL)
    return AK_EXIT_NOT_FINISHED;
  if (!time_asked(&at_utc_us, error))
    return AK_EXIT_USAGE;
  g_autoptr(json_t) rows = json_array();
  for (guint i = 0; i < views->len; i++)
    json_array_append_new(rows, row_of(views->pdata[i], views, at_utc_us));
  if (cli->format == AK_FORMAT_JSON) {
    json_dumpf(rows, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    printf("\n");
    return AK_EXIT_PASS;
  }
  for (gsize i = 0; i < json_array_size(rows); i++)
    print_row(cli, json_array_get(rows, i));
  if (json_array_size(rows) == 0)
    printf("%s\n", ak_text(cli->lang, "cli.run.none"));
  return AK_EXIT_PASS;
}

/* --- when each test ran
 * ------------------------------------------------------------------------------ */

#define GANTT_COLUMNS 60

static json_t *executions_of(const AkRunState *state) {
  json_t *rows = json_array();
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *done = state->executions->pdata[i];
    json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:I, s:I}",
                                          "execution", done->key, "test", done->test_id, "subject",
                                          done->subject.locator, "repeat", (int)done->repeat,
                                          "attempt", (int)done->attempt, "observations",
                                          (int)done->observations->len, "end",
                                          done->end != NULL ? done->end : "not ended",
                                          "started_utc_us", (json_int_t)done->started_utc_us,
                                          "ended_utc_us", (json_int_t)done->ended_utc_us));
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

static void print_json(const AkRunView *view, json_t *row) {
  const json_t *result = json_object_get(view->state->verdict, "verdicts");
  json_object_set(row, "verdicts", json_object_get(result, "verdicts"));
  json_object_set(row, "findings", json_object_get(result, "findings"));
  if (json_object_get(result, "retest") != NULL)
    json_object_set(row, "retest", json_object_get(result, "retest"));
  json_object_set_new(row, "executions", executions_of(view->state));
  json_dumpf(row, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
  printf("\n");
}

static void print_text(const AkCli *cli, const AkRunView *view, const json_t *row) {
  const json_t *result = json_object_get(view->state->verdict, "verdicts");
  print_row(cli, row);
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
  g_autoptr(GPtrArray) views = ak_workspace_runs(workspace, error);
  const AkRunView *view = views != NULL ? ak_workspace_find(views, run_id) : NULL;
  if (views != NULL && view == NULL)
    ak_workspace_set_no_run(workspace, run_id, error);
  if (view == NULL || !time_asked(&at_utc_us, error))
    return AK_EXIT_USAGE;
  g_autoptr(json_t) row = row_of(view, views, at_utc_us);
  if (cli->format == AK_FORMAT_JSON)
    print_json(view, row);
  else
    print_text(cli, view, row);
  return AK_EXIT_PASS;
}

/* --- the words
 * ------------------------------------------------------------------------------------------ */

static AkExit compare(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error) {
  return ak_cli_run_compare(cli, workspace, argv[1], argv[2], error);
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

static const struct {
  const char *word;
  int argc;
  AkExit (*run)(const AkCli *cli, AkWorkspace *workspace, char **argv, GError **error);
} words[] = {
    {"list", 1, list_word}, {"show", 2, show_word},      {"compare", 3, compare},
    {"forget", 2, forget},  {"retention", 1, retention}, {"forgotten", 1, forgotten},
};

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
    if (argc != words[i].argc || strcmp(argv[0], words[i].word) != 0)
      continue;
    g_autofree char *dir = ak_cli_data_folder(cli);
    g_autoptr(AkWorkspace) workspace = ak_workspace_open(dir, error);
    return workspace != NULL ? words[i].run(cli, workspace, argv, error) : AK_EXIT_USAGE;
  }
  ak_error_set(
      error, AK_ERROR_CONFIG,
      "akashi run list | show RUN | compare RUN1 RUN2 | forget RUN | retention | forgotten");
  return AK_EXIT_USAGE;
}

extern const AkCommand ak_cli_run_command;
const AkCommand ak_cli_run_command = {
    .word = "run",
    .arguments = "list | show RUN | compare RUN1 RUN2 | forget RUN | retention | forgotten",
    .summary_id = "cli.run.summary",
    .help_id = "cli.run.help",
    .options = options,
    .run = run,
};
