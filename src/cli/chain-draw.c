/* akashi chain draw: the picture of the three layers. */
#include <string.h>

#include "app/chain-draw.h"
#include "cli/chain-parts.h"

/* The format that a file's name ends with, or NULL. */
static const char *format_of(const char *path) {
  const char *dot = path != NULL ? strrchr(path, '.') : NULL;
  return dot != NULL && g_strv_contains(ak_app_chain_draw_formats, dot + 1) ? dot + 1 : NULL;
}

AkExit ak_cli_chain_draw(const AkCli *cli, const AkCliChainOptions *options, const AkAppChain *chain,
                         GError **error) {
  const char *format = format_of(options->output);
  bool is_world = options->world == NULL || strcmp(options->world, "claimed") == 0 ||
                  strcmp(options->world, "backed") == 0;
  if (format == NULL || !is_world) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.draw-usage"));
    return AK_EXIT_USAGE;
  }
  AkAppChainDrawSpec spec = {.world = options->world != NULL ? options->world : "backed",
                             .detail = options->collapse ? AK_CHAIN_MAP_PARTS : AK_CHAIN_MAP_ELEMENTS,
                             .lang = cli->lang};
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  g_autoptr(GBytes) bytes =
      analysis != NULL ? ak_app_chain_draw(chain, analysis, &spec, format, error) : NULL;
  return bytes != NULL && ak_cli_chain_write(options->output, bytes, error) ? AK_EXIT_PASS
                                                                            : AK_EXIT_NOT_FINISHED;
}
