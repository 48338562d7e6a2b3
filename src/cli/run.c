/* akashi run: list runs, show one. */
#include <stdio.h>
#include <string.h>

#include "app/verdict.h"
#include "cli/command.h"
#include "cli/verdict-table.h"

static json_t *row_of(const AkRunView *view) {
  const AkRunState *state = view->state;
  const json_t *result = json_object_get(state->verdict, "verdicts");
  return json_pack(
      "{s:s, s:s, s:s, s:s, s:s, s:I, s:O*}", "run", state->run_id, "product",
      ak_json_string_or(state->planned, "product_name", ""), "version",
      ak_json_string_or(state->planned, "product_version", ""), "profile",
      ak_json_string_or(state->planned, "profile", ""), "end",
      state->end != NULL ? state->end : "not finished", "when_utc_us",
      (json_int_t)json_integer_value(json_object_get(state->planned, "when_utc_us")), "summary",
      json_object_get(result, "summary"));
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

static AkExit show(const AkCli *cli, AkWorkspace *workspace, const char *run_id, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_run(workspace, run_id, error);
  if (view == NULL)
    return AK_EXIT_USAGE;
  const json_t *result = json_object_get(view->state->verdict, "verdicts");
  if (cli->format == AK_FORMAT_JSON) {
    g_autoptr(json_t) row = row_of(view);
    json_object_set(row, "verdicts", json_object_get(result, "verdicts"));
    json_dumpf(row, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    printf("\n");
    return AK_EXIT_PASS;
  }
  g_autoptr(json_t) row = row_of(view);
  print_row(row);
  g_autoptr(AkProfile) profile = ak_profile_load(ak_json_string_or(row, "profile", ""), NULL, NULL);
  g_autoptr(AkCatalog) catalog = profile ? ak_catalog_load(profile->catalog, NULL, NULL) : NULL;
  if (result != NULL)
    ak_cli_print_verdicts(cli, catalog, result, stdout);
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
    .run = run,
};
