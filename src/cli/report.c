/* akashi report: the report of a run. */
#include "app/report.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "report/verification.h"

static char *output, *rules_dir;

static const GOptionEntry options[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "cli.report.option.output", "FILE"},
    {"rules", 0, 0, G_OPTION_ARG_FILENAME, &rules_dir, "cli.verify.option.rules", "DIR"},
    {NULL},
};

static char *render_json(const json_t *report, AkLang lang, GError **error) {
  return ak_json_canonical(report, NULL, error);
}

static const struct {
  const char *name;
  char *(*render)(const json_t *report, AkLang lang, GError **error);
} kinds[] = {
    {"text", ak_report_verification_text},
    {"html", ak_report_verification_html},
    {"json", render_json},
};

static bool write_out(const char *text, GError **error) {
  if (output == NULL)
    return (fputs(text, stdout) >= 0 && fflush(stdout) == 0) ||
           ak_error_set(error, AK_ERROR_IO, "standard output cannot be written");
  g_autoptr(GError) failure = NULL;
  return g_file_set_contents(output, text, -1, &failure) ||
         ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  gsize chosen = 0;
  while (chosen < G_N_ELEMENTS(kinds) && strcmp(kinds[chosen].name, cli->format_name) != 0)
    chosen++;
  if (argc != 1 || chosen == G_N_ELEMENTS(kinds)) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi report RUN [--format text|json|html] [-o FILE]");
    return AK_EXIT_USAGE;
  }
  g_autofree char *dir = ak_cli_data_folder(cli);
  g_autoptr(AkWorkspace) workspace = ak_workspace_open(dir, error);
  g_autoptr(json_t) report =
      workspace != NULL ? ak_app_report(workspace, argv[0], rules_dir, error) : NULL;
  g_autofree char *text =
      report != NULL ? kinds[chosen].render(report, cli->lang, error) : NULL;
  if (text == NULL)
    return AK_EXIT_USAGE;
  return write_out(text, error) ? AK_EXIT_PASS : AK_EXIT_NOT_FINISHED;
}

extern const AkCommand ak_cli_report_command;
const AkCommand ak_cli_report_command = {
    .word = "report",
    .arguments = "RUN",
    .summary_id = "cli.report.summary",
    .options = options,
    .formats = "text|json|html",
    .run = run,
};
