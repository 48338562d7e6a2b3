#include "cli/proof-export.h"

#include <stdio.h>

#include "app/proof.h"
#include "cli/workspace.h"

static bool write_file(const char *path, GBytes *bundle, GError **error) {
  gsize size = 0;
  const char *bytes = g_bytes_get_data(bundle, &size);
  g_autoptr(GError) failure = NULL;
  return g_file_set_contents(path, bytes, (gssize)size, &failure) ||
         ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
}

AkExit ak_cli_proof_export(const AkCli *cli, int argc, char **argv, const AkProofExport *options,
                           GError **error) {
  if (argc != 1 || (options->with_evidence && options->reason == NULL)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s",
                 argc != 1 ? "akashi proof export RUN [-o FILE] [--since OLD]"
                           : ak_text(cli->lang, "cli.evidence.explicit"));
    return AK_EXIT_USAGE;
  }
  g_autofree char *since = NULL;
  g_autoptr(GError) failure = NULL;
  if (options->since != NULL && !g_file_get_contents(options->since, &since, NULL, &failure)) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", failure->message);
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  AkProofOptions proof = {.with_evidence = options->with_evidence,
                          .reason = options->reason,
                          .since = since};
  g_autoptr(GBytes) bundle =
      workspace != NULL ? ak_app_proof_bundle(workspace, argv[0], &proof, error) : NULL;
  if (bundle == NULL)
    return AK_EXIT_USAGE;
  g_autofree char *path =
      options->output != NULL ? g_strdup(options->output) : g_strdup_printf("%s.bundle", argv[0]);
  if (!write_file(path, bundle, error))
    return AK_EXIT_NOT_FINISHED;
  printf("bundle: %s\n", path);
  return AK_EXIT_PASS;
}
