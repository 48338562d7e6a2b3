/* akashi chain analyze. */
#include "app/chain-certificate.h"
#include "cli/chain-parts.h"
#include "cli/workspace.h"
#include "report/chain.h"

/* Enters it into the log of the data folder, and says where. */
static bool record(const AkCli *cli, const AkAppChain *chain, json_t *analysis, GError **error) {
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  guint64 index = 0;
  if (workspace == NULL || !ak_app_chain_record(chain, workspace, &index, error))
    return false;
  json_object_set_new(json_object_get(analysis, "certificate"), "recorded",
                      json_pack("{s:s, s:I}", "log",
                                ak_log_origin(ak_workspace_log(workspace)), "index",
                                (json_int_t)index));
  return true;
}

AkExit ak_cli_chain_analyze(const AkCli *cli, const AkCliChainOptions *options,
                            const AkAppChain *chain, GError **error) {
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  if (analysis == NULL || (options->record && !record(cli, chain, analysis, error)))
    return AK_EXIT_NOT_FINISHED;
  if (cli->format == AK_FORMAT_JSON)
    return ak_cli_chain_print_json(analysis);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  ak_report_chain_add(doc->root, analysis, AK_CLI_CHAIN_ROWS, NULL, cli->lang);
  ak_report_chain_add_titles(doc->root, analysis, cli->lang);
  ak_cli_chain_print_doc(doc);
  return AK_EXIT_PASS;
}
