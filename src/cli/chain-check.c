/* akashi chain check: what a model contradicts itself in, or leaves out; and whether a compiled one is what its tables say. */
#include "app/chain-compile.h"
#include "app/chain-crossing.h"
#include "cli/chain-parts.h"
#include "report/chain.h"

static void add_grounding(const AkCli *cli, bool is_same, AkDoc *doc) {
  if (is_same)
    ak_doc_paragraph(doc->root, ak_text(cli->lang, "cli.chain.grounding-same"));
  else
    ak_doc_notice(doc->root, ak_text(cli->lang, "cli.chain.grounding-other"));
}

AkExit ak_cli_chain_check(const AkCli *cli, const AkCliChainOptions *options,
                          const AkAppChain *chain, GError **error) {
  bool is_same = true;
  if (chain->is_compiled && !ak_app_chain_check_compiled(chain, &is_same, error))
    return AK_EXIT_NOT_FINISHED;
  g_autoptr(json_t) found = ak_app_chain_findings(chain, G_MAXUINT32);
  const json_t *findings = json_object_get(found, "findings");
  g_autoptr(json_t) crossings = ak_app_chain_crossings(chain);
  json_object_set(found, "crossings", crossings);
  if (chain->is_compiled)
    json_object_set_new(found, "grounding", json_string(is_same ? "same" : "other"));
  AkExit exit = json_array_size(findings) > 0 || !is_same ? AK_EXIT_FAIL : AK_EXIT_PASS;
  if (cli->format == AK_FORMAT_JSON) {
    ak_cli_chain_print_json(found);
    return exit;
  }
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  if (chain->is_compiled)
    add_grounding(cli, is_same, doc);
  ak_report_chain_add_findings(doc->root, findings, G_MAXSIZE, cli->lang);
  ak_report_chain_add_crossings(doc->root, crossings, AK_CLI_CHAIN_ROWS, cli->lang);
  ak_cli_chain_print_doc(doc);
  return exit;
}
