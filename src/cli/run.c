/* akashi run: list runs, show one. */
#include <stdio.h>
#include <string.h>

#include "app/verdict.h"
#include "cli/command.h"
#include "cli/verdict-table.h"

static gboolean gantt;

static const GOptionEntry options[] = {
    {"gantt", 0, 0, G_OPTION_ARG_NONE, &gantt, "cli.run.option.gantt", NULL},
    {NULL},
};

static json_t *row_of(const AkRunView *view) {
  const AkRunState *state = view->state;
  const json_t *result = json_object_get(state->verdict, "verdicts");
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:O*}", "run", state->run_id, "product",
                   ak_json_string_or(state->planned, "product_name", ""), "version",
                   ak_json_string_or(state->planned, "product_version", ""), "profile",
                   ak_json_string_or(state->planned, "profile", ""), "end",
                   state->end != NULL ? state->end : "not finished", "when_utc_us",
                   (json_int_t)json_integer_value(json_object_get(state->planned, "when_utc_us")),
                   "summary", json_object_get(result, "summary"));
}

static void print_row(const json_t *row) {
  const json_t *summary = json_object_get(row, "summary");
  printf("%-22s %-24s %-10s %-12s %-12s", ak_json_string_or(row, "run", ""),
         ak_json_string_or(row, "product", ""), ak_json_string_or(row, "version", ""),
         ak_json_string_or(row, "profile", ""), ak_json_string_or(row, "end", ""));
  if (summary != NULL)
    printf(" %d/%d/%d/%d", (int)json_integer_value(json_object_get(summary, "pass")),
           (int)json_integer_value(json_object_get(summary, "fail")),
           (int)json_integer_value(json_object_get(summary, "inconclusive")),
           (int)json_integer_value(json_object_get(summary, "not_applicable")));
  printf("\n");
}

static AkExit list(const AkCli *cli, AkWorkspace *workspace, GError **error) {
  g_autoptr(GPtrArray) views = ak_workspace_runs(workspace, error);
  if (views == NULL)
    return AK_EXIT_NOT_FINISHED;
  g_autoptr(json_t) rows = json_array();
  for (guint i = 0; i < views->len; i++)
    json_array_append_new(rows, row_of(views->pdata[i]));
  if (cli->format == AK_FORMAT_JSON) {
    json_dumpf(rows, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    printf("\n");
    return AK_EXIT_PASS;
  }
  for (gsize i = 0; i < json_array_size(rows); i++)
    print_row(json_array_get(rows, i));
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

static AkExit show(const AkCli *cli, AkWorkspace *workspace, const char *run_id, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_run(workspace, run_id, error);
  if (view == NULL)
    return AK_EXIT_USAGE;
  const json_t *result = json_object_get(view->state->verdict, "verdicts");
  if (cli->format == AK_FORMAT_JSON) {
    g_autoptr(json_t) row = row_of(view);
    json_object_set(row, "verdicts", json_object_get(result, "verdicts"));
    json_object_set(row, "findings", json_object_get(result, "findings"));
    if (json_object_get(result, "retest") != NULL)
      json_object_set(row, "retest", json_object_get(result, "retest"));
    json_object_set_new(row, "executions", executions_of(view->state));
    json_dumpf(row, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    printf("\n");
    return AK_EXIT_PASS;
  }
  g_autoptr(json_t) row = row_of(view);
  print_row(row);
  if (gantt) {
    print_gantt(view->state);
    return AK_EXIT_PASS;
  }
  g_autoptr(AkProfile) profile = ak_profile_load(ak_json_string_or(row, "profile", ""), NULL, NULL);
  g_autoptr(AkCatalog) catalog = profile ? ak_catalog_load(profile->catalog, NULL, NULL) : NULL;
  if (result != NULL)
    ak_cli_print_verdicts(cli, catalog, result, stdout);
  ak_cli_print_retest(cli, result, stdout);
  return AK_EXIT_PASS;
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  bool is_list = argc == 1 && strcmp(argv[0], "list") == 0;
  bool is_show = argc == 2 && strcmp(argv[0], "show") == 0;
  if (!is_list && !is_show) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi run list, or akashi run show RUN");
    return AK_EXIT_USAGE;
  }
  g_autofree char *dir = ak_cli_data_folder(cli);
  g_autoptr(AkWorkspace) workspace = ak_workspace_open(dir, error);
  if (workspace == NULL)
    return AK_EXIT_USAGE;
  return is_list ? list(cli, workspace, error) : show(cli, workspace, argv[1], error);
}

extern const AkCommand ak_cli_run_command;
const AkCommand ak_cli_run_command = {
    .word = "run",
    .arguments = "list | show RUN",
    .summary_id = "cli.run.summary",
    .help_id = "cli.run.help",
    .options = options,
    .run = run,
};
