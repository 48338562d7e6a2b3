/* akashi chain diff BEFORE AFTER. */
#include "app/chain-diff.h"
#include "cli/chain-parts.h"
#include "report/chain-diff.h"

/* Does a row of `rows` say that it is worse? */
static bool is_any_worse(const json_t *rows) {
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (json_is_true(json_object_get(json_array_get(rows, i), "worse")))
      return true;
  return false;
}

/* FAIL: an incident can be reached that could not before, or with less effort, or a risk source is treated less. */
static AkExit exit_of(const json_t *diff) {
  const json_t *worlds = json_object_get(diff, "incidents");
  const char *name = NULL;
  json_t *world = NULL;
  json_object_foreach((json_t *)worlds, name, world) {
    if (json_array_size(json_object_get(world, "reachable_now")) > 0 || is_any_worse(json_object_get(world, "effort")))
      return AK_EXIT_FAIL;
  }
  return is_any_worse(json_object_get(json_object_get(diff, "risk_sources"), "changed")) ? AK_EXIT_FAIL : AK_EXIT_PASS;
}

AkExit ak_cli_chain_diff(const AkCli *cli, const AkCliChainOptions *options, int argc, char **argv, GError **error) {
  const char *class_name = options->impact_at_least != NULL ? options->impact_at_least : "serious";
  gint class_number = ak_chain_word(ak_chain_impact_classes, class_name);
  if (argc != 2 || class_number < 0 || options->assumed_yen < 0) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.diff-usage"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkAppChain) before = ak_cli_chain_open(cli, options, argv[0], error);
  g_autoptr(AkAppChain) after = before != NULL ? ak_cli_chain_open(cli, options, argv[1], error) : NULL;
  AkAppChainPlanSpec spec = {.impact = (guint)class_number, .assumed_yen = options->assumed_yen};
  if (after == NULL)
    return AK_EXIT_USAGE;
  g_autoptr(json_t) diff = ak_app_chain_diff(before, after, &spec, error);
  if (diff == NULL)
    return AK_EXIT_NOT_FINISHED;
  AkExit exit = exit_of(diff);
  if (cli->format == AK_FORMAT_JSON) {
    ak_cli_chain_print_json(diff);
    return exit;
  }
  g_autofree char *title = g_strdup_printf("%s → %s", argv[0], argv[1]);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, title);
  ak_report_chain_add_diff(doc->root, diff, AK_CLI_CHAIN_ROWS, cli->lang);
  ak_cli_chain_print_doc(doc);
  return exit;
}
