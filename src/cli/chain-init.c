/* akashi chain init: an example to begin with. */
#include "cli/chain-parts.h"
#include "cli/skeleton.h"

/* An example that the program carries; the names are those of data/skeleton. */
AkExit ak_cli_chain_init(const AkCli *cli, const AkCliChainOptions *options, int argc, char **argv,
                         GError **error) {
  g_auto(GStrv) names = ak_cli_skeleton_words("chain-");
  if (argc != 0 || options->example == NULL ||
      !g_strv_contains((const char *const *)names, options->example)) {
    g_autofree char *all = g_strjoinv(", ", names);
    g_autofree char *message = ak_text_format(cli->lang, "cli.chain.init-usage", all);
    ak_error_set(error, AK_ERROR_CONFIG, "%s", message);
    return AK_EXIT_USAGE;
  }
  g_autofree char *name = g_strconcat("chain-", options->example, NULL);
  return ak_cli_skeleton_write(cli, name, options->output != NULL ? options->output : "chain.yaml",
                               "cli.chain.init-done", error);
}
