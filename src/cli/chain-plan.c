/* akashi chain plan: the cheapest further measures. */
#include <signal.h>

#include "cli/chain-parts.h"
#include "report/chain.h"

#define YEN_MAX G_GINT64_CONSTANT(1000000000000)

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
  interrupted = 1;
}

static bool is_interrupted(gpointer data) {
  return interrupted != 0;
}

static bool read_budget(const char *text, gint64 *out, GError **error) {
  guint64 yen = 0;
  if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 0, YEN_MAX, &yen, NULL))
    return ak_error_set(error, AK_ERROR_CONFIG,
                        "--budget %s: whole yen up to %" G_GINT64_FORMAT " are expected", text, YEN_MAX);
  *out = (gint64)yen;
  return true;
}

AkExit ak_cli_chain_plan(const AkCli *cli, const AkCliChainOptions *options,
                         const AkAppChain *chain, GError **error) {
  const char *class_name = options->impact_at_least != NULL ? options->impact_at_least : "serious";
  gint class_number = ak_chain_word(ak_chain_impact_classes, class_name);
  if (class_number < 0 || options->assumed_yen < 0 ||
      options->assumed_yen > YEN_MAX) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.plan-usage"));
    return AK_EXIT_USAGE;
  }
  AkAppChainPlanSpec spec = {.impact = (guint)class_number,
                             .assumed_yen = options->assumed_yen,
                             .has_budget = options->budget != NULL,
                             .cancelled = is_interrupted};
  if (!read_budget(options->budget, &spec.budget_yen, error))
    return AK_EXIT_USAGE;
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  g_autoptr(json_t) found = ak_app_chain_plan(chain, &spec, error);
  if (found == NULL)
    return AK_EXIT_USAGE;
  bool is_answered = spec.has_budget || json_is_true(json_object_get(found, "possible"));
  AkExit exit = is_answered ? AK_EXIT_PASS : AK_EXIT_FAIL;
  if (cli->format == AK_FORMAT_JSON) {
    ak_cli_chain_print_json(found);
    return exit;
  }
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  ak_report_chain_add_plan(doc->root, found, cli->lang);
  ak_cli_chain_print_doc(doc);
  return exit;
}
