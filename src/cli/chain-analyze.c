/* akashi chain analyze. */
#include "cli/chain-parts.h"
#include "report/chain.h"

AkExit ak_cli_chain_analyze(const AkCli *cli, const AkCliChainOptions *options,
                            const AkAppChain *chain, GError **error) {
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  if (analysis == NULL)
    return AK_EXIT_NOT_FINISHED;
  if (cli->format == AK_FORMAT_JSON)
    return ak_cli_chain_print_json(analysis);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  ak_report_chain_add(doc->root, analysis, AK_CLI_CHAIN_ROWS, cli->lang);
  ak_cli_chain_print_doc(doc);
  return AK_EXIT_PASS;
}
