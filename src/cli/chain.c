/* akashi chain: what can happen in a value chain, and what becomes of each risk source. The parts
 * stand in chain-*.c. */
#include <stdio.h>
#include <string.h>

#include "app/workspace.h"
#include "cli/chain-parts.h"
#include "cli/note-key.h"
#include "cli/workspace.h"
#include "util/json-print.h"

static AkCliChainOptions chosen = {.assumed_yen = AK_APP_CHAIN_ASSUMED_YEN, .samples = AK_APP_CHAIN_SAMPLES}; /* set by GOption */

static const GOptionEntry entries[] = {
    {"knowledge", 'k', 0, G_OPTION_ARG_FILENAME, &chosen.knowledge, "cli.chain.option.knowledge",
     "FILE"},
    {"key", 0, 0, G_OPTION_ARG_STRING, &chosen.key, "cli.chain.option.key", "FILE|KEY"},
    {"at", 0, 0, G_OPTION_ARG_STRING, &chosen.at, "cli.chain.option.at", "DATE"},
    {"attacks", 0, 0, G_OPTION_ARG_INT64, &chosen.attacks, "cli.chain.option.attacks", "K"},
    {"samples", 0, 0, G_OPTION_ARG_INT64, &chosen.samples, "cli.chain.option.samples", "N"},
    {"seed", 0, 0, G_OPTION_ARG_INT64, &chosen.seed, "cli.chain.option.seed", "N"},
    {"elements", 0, 0, G_OPTION_ARG_INT64, &chosen.elements, "cli.chain.option.elements", "N"},
    {"relations", 0, 0, G_OPTION_ARG_INT64, &chosen.relations, "cli.chain.option.relations", "N"},
    {"no-report", 0, 0, G_OPTION_ARG_NONE, &chosen.no_report, "cli.chain.option.no-report", NULL},
    {"record", 0, 0, G_OPTION_ARG_NONE, &chosen.record, "cli.chain.option.record", NULL},
    {"impact-at-least", 0, 0, G_OPTION_ARG_STRING, &chosen.impact_at_least,
     "cli.chain.option.impact", "CLASS"},
    {"budget", 0, 0, G_OPTION_ARG_STRING, &chosen.budget, "cli.chain.option.budget", "YEN"},
    {"assumed-cost", 0, 0, G_OPTION_ARG_INT64, &chosen.assumed_yen, "cli.chain.option.cost", "YEN"},
    {"with", 0, 0, G_OPTION_ARG_STRING_ARRAY, &chosen.with, "cli.chain.option.with",
     "ELEMENT:REQUIREMENT"},
    {"without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &chosen.without, "cli.chain.option.without",
     "ELEMENT:REQUIREMENT"},
    {"compromised", 0, 0, G_OPTION_ARG_STRING_ARRAY, &chosen.compromised,
     "cli.chain.option.compromised", "ELEMENT"},
    {"example", 0, 0, G_OPTION_ARG_STRING, &chosen.example, "cli.chain.option.example", "NAME"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &chosen.output, "cli.chain.option.output", "FILE"},
    {"world", 0, 0, G_OPTION_ARG_STRING, &chosen.world, "cli.chain.option.world", "WORLD"},
    {"collapse", 0, 0, G_OPTION_ARG_NONE, &chosen.collapse, "cli.chain.option.collapse", NULL},
    {NULL},
};

static bool put(const char *bytes, gsize size, gpointer out) {
  return fwrite(bytes, 1, size, out) == size;
}

AkExit ak_cli_chain_print_json(json_t *value) {
  bool printed = ak_json_print(value, put, stdout); /* what cannot be written is told when the command ends */
  printf("\n");
  return printed ? AK_EXIT_PASS : AK_EXIT_NOT_FINISHED;
}

bool ak_cli_chain_write(const char *path, GBytes *bytes, GError **error) {
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  if (path == NULL || strcmp(path, "-") == 0)
    return (fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0) ||
           ak_error_set(error, AK_ERROR_IO, "standard output cannot be written");
  g_autoptr(GError) failure = NULL;
  return g_file_set_contents(path, data, (gssize)size, &failure) ||
         ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
}

void ak_cli_chain_print_doc(const AkDoc *doc) {
  g_autofree char *text = ak_doc_to_text(doc);
  fputs(text, stdout);
}

/* A part has one of the two. */
static const struct {
  const char *word;
  AkCliChainLook *look;
  AkCliChainAct *act;
  const char *formats; /* NULL: "text|json" */
  bool all_measures;   /* it looks for measures that nobody took yet */
} parts[] = {
    {"check", .look = ak_cli_chain_check}, {"analyze", .look = ak_cli_chain_analyze},
    {"plan", .look = ak_cli_chain_plan, .all_measures = true},
    {"whatif", .look = ak_cli_chain_what_if, .all_measures = true},
    {"draw", .look = ak_cli_chain_draw},
    {"compile", .look = ak_cli_chain_compile},
    {"export", .look = ak_cli_chain_export, .formats = "text|yaml|json|csv|oscal-ssp"},
    {"diff", .act = ak_cli_chain_diff},
    {"import", .act = ak_cli_chain_import, .formats = "csv|cyclonedx|oscal-ssp|json|yaml|text"},
    {"generate", .act = ak_cli_chain_generate, .formats = "text|yaml|csv"},
    {"report", .look = ak_cli_chain_report, .formats = "text|html|pdf|markdown"},
    {"init", .act = ak_cli_chain_init},   {"certificate", .act = ak_cli_chain_certificate},
    {"knowledge", .act = ak_cli_chain_knowledge},
};

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
static bool read_time(AkLang lang, const char *at, gint64 *now_utc_us, GError **error) {
  *now_utc_us = ak_now_utc_us();
  if (at == NULL || ak_app_chain_day(at, now_utc_us))
    return true;
  g_autofree char *message = ak_text_format(lang, "cli.chain.no-day", at);
  return ak_error_set(error, AK_ERROR_CONFIG, "%s", message);
}

/* The data folder if there is one: looking at a chain makes none. */
static bool open_workspace(const AkCli *cli, AkWorkspace **out, GError **error) {
  g_autofree char *dir = ak_cli_data_folder(cli);
  g_autofree char *log = g_build_filename(dir, "log", NULL);
  *out = NULL;
  if (!g_file_test(log, G_FILE_TEST_IS_DIR))
    return true;
  *out = ak_cli_workspace(cli, error);
  return *out != NULL;
}

static bool read_number(gint64 value, gint64 most, const char *option, GError **error) {
  return (value >= 0 && value <= most) ||
         ak_error_set(error, AK_ERROR_CONFIG, "%s: 0 to %" G_GINT64_FORMAT, option, most);
}

static bool read_numbers(const AkCliChainOptions *options, AkAppChainSpec *spec, GError **error) {
  if (!read_number(options->samples, AK_APP_CHAIN_SAMPLES_MAX, "--samples", error) ||
      !read_number(options->attacks, AK_APP_CHAIN_ATTACKS_MAX, "--attacks", error))
    return false;
  spec->samples = (guint32)options->samples;
  spec->attacks = (guint)options->attacks;
  spec->seed = (guint64)options->seed;
  return true;
}

AkAppChain *ak_cli_chain_open(const AkCli *cli, const AkCliChainOptions *options, const char *path,
                              GError **error) {
  AkAppChainSpec spec = {.path = path, .lang = cli->lang, .knowledge = options->knowledge, .reads_bundles = true, .contributes = true,
                         .without_register = options->no_report, .all_measures = options->all_measures};
  g_autoptr(AkNoteKey) key =
      options->key != NULL ? ak_cli_read_key(options->key, "--key", error) : NULL;
  g_autoptr(AkWorkspace) workspace = NULL;
  if ((options->key != NULL && key == NULL) || !read_numbers(options, &spec, error) ||
      !read_time(cli->lang, options->at, &spec.now_utc_us, error) || !open_workspace(cli, &workspace, error))
    return NULL;
  spec.key = key;
  spec.workspace = workspace;
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(GError) failure = NULL;
  AkAppChain *chain = ak_app_chain_open(&spec, problems, &failure);
  if (chain == NULL) {
    print_problems(cli, problems, path, &failure);
    g_propagate_error(error, g_steal_pointer(&failure));
  }
  return chain;
}

/* The command has formats that only some of its parts can write. */
static bool is_format(const AkCli *cli, const char *formats, GError **error) {
  g_auto(GStrv) words = g_strsplit(formats != NULL ? formats : "text|json", "|", 0);
  if (g_strv_contains((const char *const *)words, cli->format_name))
    return true;
  g_autofree char *all = g_strjoinv(", ", words);
  g_autofree char *message = ak_text_format(cli->lang, "cli.chain.formats", all);
  return ak_error_set(error, AK_ERROR_CONFIG, "%s", message);
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  gsize part = 0;
  while (argc > 0 && part < G_N_ELEMENTS(parts) && strcmp(parts[part].word, argv[0]) != 0)
    part++;
  bool is_one = argc > 0 && part < G_N_ELEMENTS(parts);
  if (is_one && !is_format(cli, parts[part].formats, error))
    return AK_EXIT_USAGE;
  if (is_one)
    chosen.all_measures = parts[part].all_measures;
  if (is_one && parts[part].act != NULL)
    return parts[part].act(cli, &chosen, argc - 1, argv + 1, error);
  if (!is_one || argc != 2) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.usage"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkAppChain) chain = ak_cli_chain_open(cli, &chosen, argv[1], error);
  return chain != NULL ? parts[part].look(cli, &chosen, chain, error) : AK_EXIT_USAGE;
}

extern const AkCommand ak_cli_chain_command;
const AkCommand ak_cli_chain_command = {
    .word = "chain",
    .arguments = "init | check | analyze | plan | whatif | draw | report | compile | export CHAIN.yaml | import FILE... | diff BEFORE AFTER | generate | certificate | knowledge",
    .summary_id = "cli.chain.summary",
    .help_id = "cli.chain.help",
    .options = entries,
    .formats = "text|json|html|pdf|markdown|yaml|csv|oscal-ssp|cyclonedx",
    .run = run,
};
