/* akashi evidence: hand out raw bytes, as a logged act. */
#include "app/evidence.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/workspace.h"

static gboolean raw;
static char *reason;

static const GOptionEntry options[] = {
    {"raw", 0, 0, G_OPTION_ARG_NONE, &raw, "cli.evidence.option.raw", NULL},
    {"reason", 0, 0, G_OPTION_ARG_STRING, &reason, "cli.evidence.option.reason", "TEXT"},
    {NULL},
};

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  AkDigest digest;
  if (argc != 2 || !ak_digest_from_hex(argv[1], &digest)) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi evidence RUN SHA256 --raw --reason TEXT");
    return AK_EXIT_USAGE;
  }
  if (!raw || reason == NULL || *reason == '\0') {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.evidence.explicit"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  g_autoptr(GBytes) bytes =
      workspace != NULL
          ? ak_app_evidence_raw(workspace, argv[0], &digest, g_get_user_name(), reason, error)
          : NULL;
  if (bytes == NULL)
    return AK_EXIT_USAGE;
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  if (fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0)
    return AK_EXIT_PASS;
  ak_error_set(error, AK_ERROR_IO, "standard output cannot be written");
  return AK_EXIT_NOT_FINISHED;
}

extern const AkCommand ak_cli_evidence_command;
const AkCommand ak_cli_evidence_command = {
    .word = "evidence",
    .arguments = "RUN SHA256",
    .summary_id = "cli.evidence.summary",
    .help_id = "cli.evidence.help",
    .options = options,
    .run = run,
};
