/* akashi chain compile: a chain with its grounding in one file. */
#include "app/chain-compile.h"

#include "cli/chain-parts.h"

AkExit ak_cli_chain_compile(const AkCli *cli, const AkCliChainOptions *options, const AkAppChain *chain, GError **error) {
  if (options->output == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.compile-usage"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(GBytes) bytes = ak_app_chain_compile(chain, error);
  if (bytes == NULL)
    return AK_EXIT_USAGE;
  if (!ak_cli_chain_write(options->output, bytes, error))
    return AK_EXIT_NOT_FINISHED;
  const AkChainGraph *graph = ak_chain_ground_graph(ak_chain_model_ground(chain->model));
  json_int_t ways = (json_int_t)graph->edge_count + graph->way_count, size = (json_int_t)g_bytes_get_size(bytes);
  if (cli->format == AK_FORMAT_JSON) {
    g_autoptr(json_t) made = json_pack("{s:I, s:I, s:I}", "atoms", (json_int_t)graph->atom_count, "ways", ways, "bytes", size);
    return ak_cli_chain_print_json(made);
  }
  g_autofree char *atoms_text = g_strdup_printf("%u", graph->atom_count);
  g_autofree char *ways_text = g_strdup_printf("%" JSON_INTEGER_FORMAT, ways);
  g_autofree char *size_text = g_strdup_printf("%" JSON_INTEGER_FORMAT, size);
  g_autofree char *line = ak_text_format(cli->lang, "cli.chain.compiled", options->output, atoms_text, ways_text, size_text);
  fprintf(g_str_equal(options->output, "-") ? stderr : stdout, "%s\n", line);
  return AK_EXIT_PASS;
}
