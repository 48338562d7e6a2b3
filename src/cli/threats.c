/* akashi threats: the threat model of a product file. */
#include "app/threats.h"

#include <stdio.h>

#include "cli/command.h"
#include "exchange/product-yaml.h"
#include "report/threats.h"

static char *profile, *rules_dir;

static const GOptionEntry options[] = {
    {"profile", 'p', 0, G_OPTION_ARG_STRING, &profile, "cli.verify.option.profile", "ID"},
    {"rules", 0, 0, G_OPTION_ARG_FILENAME, &rules_dir, "cli.verify.option.rules", "DIR"},
    {NULL},
};

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 1) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "threats.usage"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkProduct) product = ak_product_read(argv[0], error);
  const char *wanted = profile != NULL ? profile : "en303645";
  g_autoptr(json_t) threats =
      product != NULL ? ak_app_threats_of_profile(product, wanted, rules_dir, error) : NULL;
  if (threats == NULL)
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON) {
    json_dumpf(threats, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    fputs("\n", stdout);
    return AK_EXIT_PASS;
  }
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, ak_text(cli->lang, "threats.model"));
  ak_report_threats_add(doc->root, threats, NULL, cli->lang);
  g_autofree char *text = ak_doc_to_text(doc);
  fputs(text, stdout);
  return AK_EXIT_PASS;
}

const AkCommand ak_cli_threats_command = {
    .word = "threats",
    .arguments = "PRODUCT.yaml",
    .summary_id = "cli.threats.summary",
    .help_id = "cli.threats.help",
    .options = options,
    .run = run,
};
