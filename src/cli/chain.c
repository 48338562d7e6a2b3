/* akashi chain: what can happen in a value chain, and what becomes of each risk source. */
#include "app/chain.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/workspace.h"
#include "cli/command.h"
#include "cli/skeleton.h"
#include "report/chain.h"

#define ROWS 20

static char *knowledge, *at, *impact_at_least, *example, *output;
static gint64 assumed_yen = AK_APP_CHAIN_ASSUMED_YEN;
static char **with, **without, **compromised;

static const GOptionEntry options[] = {
    {"knowledge", 'k', 0, G_OPTION_ARG_FILENAME, &knowledge, "cli.chain.option.knowledge", "FILE"},
    {"at", 0, 0, G_OPTION_ARG_STRING, &at, "cli.chain.option.at", "DATE"},
    {"impact-at-least", 0, 0, G_OPTION_ARG_STRING, &impact_at_least, "cli.chain.option.impact",
     "CLASS"},
    {"assumed-cost", 0, 0, G_OPTION_ARG_INT64, &assumed_yen, "cli.chain.option.cost", "YEN"},
    {"with", 0, 0, G_OPTION_ARG_STRING_ARRAY, &with, "cli.chain.option.with",
     "ELEMENT:REQUIREMENT"},
    {"without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &without, "cli.chain.option.without",
     "ELEMENT:REQUIREMENT"},
    {"compromised", 0, 0, G_OPTION_ARG_STRING_ARRAY, &compromised, "cli.chain.option.compromised",
     "ELEMENT"},
    {"example", 0, 0, G_OPTION_ARG_STRING, &example, "cli.chain.option.example", "NAME"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "cli.chain.option.output", "FILE"},
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

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
  interrupted = 1;
}

static bool is_interrupted(gpointer data) {
  return interrupted != 0;
}

static AkExit plan(const AkCli *cli, const AkAppChain *chain, GError **error) {
  const char *class_name = impact_at_least != NULL ? impact_at_least : "serious";
  gint class_number = ak_chain_word(ak_chain_impact_classes, class_name);
  if (class_number < 0 || assumed_yen < 0 || assumed_yen > G_GINT64_CONSTANT(1000000000000)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.plan-usage"));
    return AK_EXIT_USAGE;
  }
  AkAppChainPlanSpec spec = {
      .impact = (guint)class_number, .assumed_yen = assumed_yen, .cancelled = is_interrupted};
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  g_autoptr(json_t) found = ak_app_chain_plan(chain, &spec, error);
  if (found == NULL)
    return AK_EXIT_USAGE;
  AkExit exit = json_is_true(json_object_get(found, "possible")) ? AK_EXIT_PASS : AK_EXIT_FAIL;
  if (cli->format == AK_FORMAT_JSON) {
    print_json(found);
    return exit;
  }
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  ak_report_chain_add_plan(doc->root, found, cli->lang);
  print_doc(doc);
  return exit;
}

static AkExit what_if(const AkCli *cli, const AkAppChain *chain, GError **error) {
  AkAppChainWhatIf changes = {.with = with, .without = without, .compromised = compromised};
  g_autoptr(json_t) found = ak_app_chain_what_if(chain, &changes, error);
  if (found == NULL)
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON)
    return print_json(found);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, chain->chain->name);
  ak_report_chain_add_what_if(doc->root, found, cli->lang);
  print_doc(doc);
  return AK_EXIT_PASS;
}

static const struct {
  const char *word;
  AkExit (*run)(const AkCli *cli, const AkAppChain *chain, GError **error);
} actions[] = {{"check", check}, {"analyze", analyze}, {"plan", plan}, {"whatif", what_if}};

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

/* An example that the program carries; the names are those of data/skeleton. */
static AkExit init(const AkCli *cli, GError **error) {
  g_auto(GStrv) names = ak_cli_skeleton_words("chain-");
  if (example == NULL || !g_strv_contains((const char *const *)names, example)) {
    g_autofree char *all = g_strjoinv(", ", names);
    g_autofree char *message = ak_text_format(cli->lang, "cli.chain.init-usage", all);
    ak_error_set(error, AK_ERROR_CONFIG, "%s", message);
    return AK_EXIT_USAGE;
  }
  g_autofree char *name = g_strconcat("chain-", example, NULL);
  return ak_cli_skeleton_write(cli, name, output != NULL ? output : "chain.yaml",
                               "cli.chain.init-done", error);
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  gsize action = 0;
  if (argc == 1 && strcmp(argv[0], "init") == 0)
    return init(cli, error);
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
    .arguments = "init | check | analyze | plan | whatif CHAIN.yaml",
    .summary_id = "cli.chain.summary",
    .help_id = "cli.chain.help",
    .options = options,
    .run = run,
};
