/* akashi store: how the rows stand that runs are listed and searched by, and making them anew. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/workspace.h"

static const char *state_of(const AkIndexStatus *status) {
  if (status->projected_to < 0)
    return "empty";
  return (guint64)status->projected_to == status->log_size ? "current" : "behind";
}

static AkExit print(const json_t *value) {
  json_dumpf(value, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
  printf("\n");
  return AK_EXIT_PASS;
}

static AkExit show_status(const AkCli *cli, AkWorkspace *workspace, GError **error) {
  AkIndex *index = ak_workspace_index(workspace);
  g_autofree char *uri = ak_db_uri_masked(ak_index_uri(index));
  g_auto(AkIndexStatus) status = {0};
  if (!ak_index_status(index, &status, error))
    return AK_EXIT_NOT_FINISHED;
  gint64 projected = MAX(status.projected_to, 0);
  const char *log = ak_log_origin(ak_workspace_log(workspace));
  if (cli->format == AK_FORMAT_JSON) {
    g_autoptr(json_t) json =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "store", uri, "back_end", status.kind,
                  "log", log, "state", state_of(&status), "records", (json_int_t)status.log_size,
                  "projected_to", (json_int_t)projected, "runs", (json_int_t)status.runs,
                  "observations", (json_int_t)status.observations);
    return print(json);
  }
  g_autofree char *id = g_strdup_printf("cli.store.%s", state_of(&status));
  g_autofree char *text =
      ak_text_format(cli->lang, "cli.store.counts", (int)status.log_size, (int)projected,
                     (int)status.runs, (int)status.observations);
  printf("%s\n%s\n%s: %s\n", uri, log, ak_text(cli->lang, id), text);
  return AK_EXIT_PASS;
}

static AkExit rebuild(const AkCli *cli, AkWorkspace *workspace, GError **error) {
  guint64 records = 0;
  if (!ak_index_rebuild(ak_workspace_index(workspace), &records, error))
    return AK_EXIT_NOT_FINISHED;
  if (cli->format == AK_FORMAT_JSON) {
    g_autoptr(json_t) json = json_pack("{s:I}", "records", (json_int_t)records);
    return print(json);
  }
  g_autofree char *text = ak_text_format(cli->lang, "cli.store.rebuilt", (int)records);
  printf("%s\n", text);
  return AK_EXIT_PASS;
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  bool is_status = argc == 1 && strcmp(argv[0], "status") == 0;
  if (!is_status && (argc != 1 || strcmp(argv[0], "rebuild") != 0)) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi store status, or akashi store rebuild");
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  if (workspace == NULL)
    return AK_EXIT_USAGE;
  return is_status ? show_status(cli, workspace, error) : rebuild(cli, workspace, error);
}

extern const AkCommand ak_cli_store_command;
const AkCommand ak_cli_store_command = {
    .word = "store",
    .arguments = "status | rebuild",
    .summary_id = "cli.store.summary",
    .help_id = "cli.store.help",
    .run = run,
};
