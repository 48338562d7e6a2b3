/* akashi verdict recompute: the verdicts of a run, computed again from its evidence. */
#include "app/verdict.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static char *rules_dir;

static const GOptionEntry options[] = {
    {"rules", 0, 0, G_OPTION_ARG_FILENAME, &rules_dir, "cli.verdict.option.rules", "DIR"},
    {NULL},
};

static void print_text(const AkCli *cli, const char *run_id, const AkAppVerdict *verdict) {
  g_autofree char *line =
      verdict->changed ? ak_text_format(cli->lang, "cli.verdict.changed", run_id,
                                        (unsigned long long)verdict->index)
                       : ak_text_format(cli->lang, "cli.verdict.same", run_id);
  printf("%s\n", line);
  if (!verdict->changed || verdict->affected[0] == NULL)
    return;
  printf("%s\n", ak_text(cli->lang, "cli.verdict.affected"));
  for (char **path = verdict->affected; *path != NULL; path++)
    printf("  %s\n", *path);
}

static void print_json(const char *run_id, const AkAppVerdict *verdict) {
  json_t *affected = json_array();
  for (char **path = verdict->affected; verdict->changed && *path != NULL; path++)
    json_array_append_new(affected, json_string(*path));
  g_autoptr(json_t) json = json_pack("{s:s, s:b, s:I, s:o, s:O}", "run", run_id, "changed",
                                     verdict->changed, "record", (json_int_t)verdict->index,
                                     "affected", affected, "result", verdict->verdicts);
  json_dumpf(json, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
  printf("\n");
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 2 || strcmp(argv[0], "recompute") != 0) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi verdict recompute RUN");
    return AK_EXIT_USAGE;
  }
  g_autofree char *dir = ak_cli_data_folder(cli);
  g_autoptr(AkWorkspace) workspace = ak_workspace_open(dir, error);
  AkAppVerdict verdict = {0};
  if (workspace == NULL || !ak_app_verdict_record(workspace, argv[1], rules_dir, ak_now_utc_us(),
                                                  &verdict, error))
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON)
    print_json(argv[1], &verdict);
  else
    print_text(cli, argv[1], &verdict);
  ak_app_verdict_clear(&verdict);
  return AK_EXIT_PASS;
}

extern const AkCommand ak_cli_verdict_command;
const AkCommand ak_cli_verdict_command = {
    .word = "verdict",
    .arguments = "recompute RUN",
    .summary_id = "cli.verdict.summary",
    .help_id = "cli.verdict.help",
    .options = options,
    .run = run,
};
