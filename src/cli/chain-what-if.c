/* akashi chain whatif: what would be reached otherwise. */
#include "cli/chain-parts.h"
#include "report/chain.h"

AkExit ak_cli_chain_what_if(const AkCli *cli, const AkCliChainOptions *options,
                            const AkAppChain *chain, GError **error) {
  AkAppChainWhatIf changes = {
      .with = options->with, .without = options->without, .compromised = options->compromised};
  g_autoptr(json_t) found = ak_app_chain_what_if(chain, &changes, error);
  if (found == NULL)
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON)
    return ak_cli_chain_print_json(found);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  ak_report_chain_add_what_if(doc->root, found, cli->lang);
  ak_cli_chain_print_doc(doc);
  return AK_EXIT_PASS;
}
