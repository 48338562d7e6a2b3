/* akashi chain generate: a supply network of any size, for trying how long something takes. */
#include "app/chain-generate.h"
#include "cli/chain-parts.h"

AkExit ak_cli_chain_generate(const AkCli *cli, const AkCliChainOptions *options, int argc,
                             char **argv, GError **error) {
  AkAppChainGenerate spec = {
      .elements = options->elements, .relations = options->relations, .seed = options->seed};
  bool is_csv = g_strcmp0(cli->format_name, "csv") == 0;
  if (argc != 0 || (is_csv && options->output == NULL) ||
      !ak_app_chain_generate_is_possible(&spec)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.generate-usage"));
    return AK_EXIT_USAGE;
  }
  if (is_csv)
    return ak_app_chain_generate_csv(&spec, options->output, error) ? AK_EXIT_PASS
                                                                    : AK_EXIT_NOT_FINISHED;
  g_autoptr(GBytes) bytes = ak_app_chain_generate(&spec, error);
  return bytes != NULL && ak_cli_chain_write(options->output, bytes, error) ? AK_EXIT_PASS
                                                                            : AK_EXIT_NOT_FINISHED;
}
