/* akashi chain check: what a model contradicts itself in, or leaves out. */
#include "app/chain-crossing.h"
#include "cli/chain-parts.h"
#include "report/chain.h"

AkExit ak_cli_chain_check(const AkCli *cli, const AkCliChainOptions *options,
                          const AkAppChain *chain, GError **error) {
  g_autoptr(json_t) found = ak_app_chain_findings(chain, G_MAXUINT32);
  const json_t *findings = json_object_get(found, "findings");
  g_autoptr(json_t) crossings = ak_app_chain_crossings(chain);
  json_object_set(found, "crossings", crossings);
  AkExit exit = json_array_size(findings) > 0 ? AK_EXIT_FAIL : AK_EXIT_PASS;
  if (cli->format == AK_FORMAT_JSON) {
    ak_cli_chain_print_json(found);
    return exit;
  }
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  ak_report_chain_add_findings(doc->root, findings, G_MAXSIZE, cli->lang);
  ak_report_chain_add_crossings(doc->root, crossings, AK_CLI_CHAIN_ROWS, cli->lang);
  ak_cli_chain_print_doc(doc);
  return exit;
}
