/* akashi report: the report of a run, in any of its forms. */
#include "app/report.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/workspace.h"
#include "exchange/schema.h"
#include "report/kind.h"

static char *output, *rules_dir, *at; /* set by GOption, once a process */
static gboolean with_bom;

static const GOptionEntry options[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "cli.report.option.output", "FILE"},
    {"rules", 0, 0, G_OPTION_ARG_FILENAME, &rules_dir, "cli.verify.option.rules", "DIR"},
    {"bom", 0, 0, G_OPTION_ARG_NONE, &with_bom, "cli.report.option.bom", NULL},
    {"at", 0, 0, G_OPTION_ARG_STRING, &at, "cli.report.option.at", "DATE"},
    {NULL},
};

static bool write_out(GBytes *bytes, GError **error) {
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  if (output == NULL)
    return (fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0) ||
           ak_error_set(error, AK_ERROR_IO, "standard output cannot be written");
  g_autoptr(GError) failure = NULL;
  return g_file_set_contents(output, data, (gssize)size, &failure) ||
         ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  const AkReportKind *kind = ak_report_kind_find(cli->format_name);
  if (argc != 1 || kind == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi report RUN [--format FORMAT] [-o FILE]");
    return AK_EXIT_USAGE;
  }
  if (kind->binary && output == NULL && isatty(STDOUT_FILENO)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.report.binary"));
    return AK_EXIT_USAGE;
  }
  gint64 at_utc_us = 0;
  if (at != NULL && !ak_schema_date(at, false, &at_utc_us)) {
    ak_error_set(error, AK_ERROR_CONFIG, "--at %s: a date such as 2027-11-23 is wanted", at);
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  g_autoptr(json_t) report =
      workspace != NULL ? ak_app_report(workspace, argv[0], rules_dir, at_utc_us, error) : NULL;
  AkReportOptions how = {.lang = cli->lang, .bom = with_bom};
  g_autoptr(GBytes) bytes = report != NULL ? kind->write(report, &how, error) : NULL;
  if (bytes == NULL)
    return AK_EXIT_USAGE;
  return write_out(bytes, error) ? AK_EXIT_PASS : AK_EXIT_NOT_FINISHED;
}

extern const AkCommand ak_cli_report_command;
const AkCommand ak_cli_report_command = {
    .word = "report",
    .arguments = "RUN",
    .summary_id = "cli.report.summary",
    .help_id = "cli.report.help",
    .options = options,
    .formats = AK_REPORT_KIND_NAMES,
    .run = run,
};
