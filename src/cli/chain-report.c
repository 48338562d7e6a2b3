/* akashi chain report: the whole of it for people, as a page or on paper. */
#include <string.h>
#include <unistd.h>

#include "app/chain-draw.h"
#include "cli/chain-parts.h"

/* As --format says, else as the file's name ends. */
static const char *format_of(const AkCli *cli, const char *path) {
  static const struct {
    const char *end, *format;
  } ends[] = {{".html", "html"}, {".pdf", "pdf"}, {".md", "markdown"}};
  for (gsize i = 0; i < G_N_ELEMENTS(ends) && strcmp(cli->format_name, "text") == 0 && path != NULL; i++)
    if (g_str_has_suffix(path, ends[i].end))
      return ends[i].format;
  return cli->format_name;
}

AkExit ak_cli_chain_report(const AkCli *cli, const AkCliChainOptions *options, const AkAppChain *chain,
                           GError **error) {
  const char *class_name = options->impact_at_least != NULL ? options->impact_at_least : "serious";
  const char *format = format_of(cli, options->output);
  gint class_number = ak_chain_word(ak_chain_impact_classes, class_name);
  if (class_number < 0 || options->assumed_yen < 0 || options->assumed_yen > G_GINT64_CONSTANT(1000000000000)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.plan-usage"));
    return AK_EXIT_USAGE;
  }
  if (strcmp(format, "pdf") == 0 && options->output == NULL && isatty(STDOUT_FILENO)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.report.binary"));
    return AK_EXIT_USAGE;
  }
  AkAppChainReportSpec spec = {
      .impact = (guint)class_number, .assumed_yen = options->assumed_yen, .lang = cli->lang};
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  g_autoptr(GBytes) bytes =
      analysis != NULL ? ak_app_chain_report(chain, analysis, &spec, format, error) : NULL;
  return bytes != NULL && ak_cli_chain_write(options->output, bytes, error) ? AK_EXIT_PASS
                                                                            : AK_EXIT_NOT_FINISHED;
}
