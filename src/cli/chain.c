/* akashi chain: what can happen in a value chain, and what becomes of each risk source. */
#include "app/chain.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "report/chain.h"
#include "app/workspace.h"

#define ROWS 20

static char *knowledge, *at;

static const GOptionEntry options[] = {
    {"knowledge", 'k', 0, G_OPTION_ARG_FILENAME, &knowledge, "cli.chain.option.knowledge", "FILE"},
    {"at", 0, 0, G_OPTION_ARG_STRING, &at, "cli.chain.option.at", "DATE"},
    {NULL},
};

static AkExit print_json(json_t *value) {
  json_dumpf(value, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
  printf("\n");
  return AK_EXIT_PASS;
}

static void print_doc(const AkDoc *doc) {
  g_autofree char *text = ak_doc_to_text(doc);
  fputs(text, stdout);
}

static AkExit check(const AkCli *cli, const AkAppChain *chain, GError **error) {
  g_autoptr(json_t) found = ak_app_chain_findings(chain);
  const json_t *findings = json_object_get(found, "findings");
  AkExit exit = json_array_size(findings) > 0 ? AK_EXIT_FAIL : AK_EXIT_PASS;
  if (cli->format == AK_FORMAT_JSON) {
    print_json(found);
    return exit;
  }
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  ak_report_chain_add_findings(doc->root, findings, cli->lang);
  print_doc(doc);
  return exit;
}

static AkExit analyze(const AkCli *cli, const AkAppChain *chain, GError **error) {
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  if (analysis == NULL)
    return AK_EXIT_NOT_FINISHED;
  if (cli->format == AK_FORMAT_JSON)
    return print_json(analysis);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  ak_report_chain_add(doc->root, analysis, ROWS, cli->lang);
  print_doc(doc);
  return AK_EXIT_PASS;
}

static const struct {
  const char *word;
  AkExit (*run)(const AkCli *cli, const AkAppChain *chain, GError **error);
} actions[] = {{"check", check}, {"analyze", analyze}};

/* Problems of the file in the reader's language, one a line. */
static void print_problems(const AkCli *cli, const GPtrArray *problems, const char *path,
                           GError **error) {
  if (problems->len == 0)
    return;
  g_autofree char *all = ak_problems_format(problems, path, cli->lang);
  g_clear_error(error);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all);
}

/* The end of that day, UTC. */
static bool read_time(gint64 *now_utc_us, GError **error) {
  *now_utc_us = ak_now_utc_us();
  if (at == NULL || ak_app_chain_day(at, now_utc_us))
    return true;
  return ak_error_set(error, AK_ERROR_CONFIG, "--at %s: a day such as 2027-03-31 is expected", at);
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  gsize action = 0;
  while (argc == 2 && action < G_N_ELEMENTS(actions) && strcmp(actions[action].word, argv[0]) != 0)
    action++;
  AkAppChainSpec spec = {.knowledge = knowledge};
  if (argc != 2 || action == G_N_ELEMENTS(actions)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.usage"));
    return AK_EXIT_USAGE;
  }
  spec.path = argv[1];
  if (!read_time(&spec.now_utc_us, error))
    return AK_EXIT_USAGE;
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkAppChain) chain = ak_app_chain_open(&spec, problems, &failure);
  if (chain != NULL)
    return actions[action].run(cli, chain, error);
  print_problems(cli, problems, spec.path, &failure);
  g_propagate_error(error, g_steal_pointer(&failure));
  return AK_EXIT_USAGE;
}

extern const AkCommand ak_cli_chain_command;
const AkCommand ak_cli_chain_command = {
    .word = "chain",
    .arguments = "check | analyze CHAIN.yaml",
    .summary_id = "cli.chain.summary",
    .help_id = "cli.chain.help",
    .options = options,
    .run = run,
};
