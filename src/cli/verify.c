/* akashi verify: the main use case on the command line. */
#include "app/verify.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/deliver.h"
#include "app/product-rules.h"
#include "cli/command.h"
#include "cli/verdict-table.h"
#include "cli/verify-parts.h"
#include "cli/workspace.h"
#include "exchange/impact-yaml.h"
#include "exchange/product-yaml.h"

static char *profile, *ports, *network_namespace, *run_id, *rules_dir, *retest, *impact;
static char **only;
static gboolean resume, all, quiet, no_cache;
static int jobs, repeat, rate;
static gint64 seed;

static const GOptionEntry options[] = {
    {"profile", 'p', 0, G_OPTION_ARG_STRING, &profile, "cli.verify.option.profile", "ID"},
    {"resume", 0, 0, G_OPTION_ARG_NONE, &resume, "cli.verify.option.resume", NULL},
    {"all", 0, 0, G_OPTION_ARG_NONE, &all, "cli.verify.option.all", NULL},
    {"run-id", 0, 0, G_OPTION_ARG_STRING, &run_id, "cli.verify.option.run-id", "RUN"},
    {"repeat", 0, 0, G_OPTION_ARG_INT, &repeat, "cli.verify.option.repeat", "N"},
    {"retest", 0, 0, G_OPTION_ARG_STRING, &retest, "cli.verify.option.retest", "RUN"},
    {"impact", 0, 0, G_OPTION_ARG_FILENAME, &impact, "cli.verify.option.impact", "FILE"},
    {"test", 0, 0, G_OPTION_ARG_STRING_ARRAY, &only, "cli.verify.option.test", "TEST"},
    {"ports", 0, 0, G_OPTION_ARG_STRING, &ports, "cli.verify.option.ports", "A-B"},
    {"network-namespace", 0, 0, G_OPTION_ARG_STRING, &network_namespace,
     "cli.verify.option.network-namespace", "NAME"},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &jobs, "cli.verify.option.jobs", "N"},
    {"rate", 0, 0, G_OPTION_ARG_INT, &rate, "cli.verify.option.rate", "N"},
    {"rules", 0, 0, G_OPTION_ARG_FILENAME, &rules_dir, "cli.verify.option.rules", "DIR"},
    {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "cli.verify.option.seed", "N"},
    {"no-cache", 0, 0, G_OPTION_ARG_NONE, &no_cache, "cli.verify.option.no-cache", NULL},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "cli.verify.option.quiet", NULL},
    {NULL},
};

/* --- Ctrl-C ends the run at the next step; it can be resumed --------------------------------- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number) { interrupted = 1; }

static bool is_interrupted(gpointer data) { return interrupted != 0; }

static void catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

/* --- progress on standard error ----------------------------------------------------------------- */

typedef struct {
  const AkCli *cli;
  bool terminal;
  GMutex lock;
  gint64 drawn_us;
} Display;

static void clear_line(const Display *self) {
  if (self->terminal)
    fputs("\r\033[K", stderr);
}

static void show_ended(Display *self, const AkRunExecution *ended) {
  if (g_str_has_prefix(ended->test_id, "run."))
    return; /* the framework's own looks are in the report */
  clear_line(self);
  fprintf(stderr, "  %-16s %-28s %s%s%s (%.1f s)\n", ended->test_id, ended->subject.locator,
          ended->end, ended->reason ? ": " : "", ended->reason ? ended->reason : "",
          (double)(ended->ended_utc_us - ended->started_utc_us) / 1e6);
}

static void show_working(Display *self, const char *key, guint64 done, guint64 total) {
  gint64 now = g_get_monotonic_time();
  if (!self->terminal || now - self->drawn_us < 100000 || total == 0)
    return;
  self->drawn_us = now;
  int filled = (int)(done * 24 / total);
  fprintf(stderr, "\r\033[K  [%.*s%.*s] %s", filled, "########################", 24 - filled,
          "........................", key);
}

static void show(gpointer data, const char *key, const AkRunExecution *ended, guint64 done,
                 guint64 total) {
  Display *self = data;
  g_mutex_lock(&self->lock);
  if (ended != NULL)
    show_ended(self, ended);
  else
    show_working(self, key, done, total);
  fflush(stderr);
  g_mutex_unlock(&self->lock);
}

/* --- the result ------------------------------------------------------------------------------------ */

json_t *ak_cli_verify_json(const AkVerifyResult *result) {
  json_t *json = json_copy(result->verdict.verdicts);
  json_object_set_new(json, "run", json_string(result->run_id));
  json_object_set_new(json, "profile", json_string(result->profile));
  json_object_set(json, "product", result->product);
  json_object_set(json, "earlier", result->earlier);
  return json;
}

static bool print_json(const AkVerifyResult *result) {
  g_autoptr(json_t) json = ak_cli_verify_json(result);
  json_dumpf(json, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
  fputs("\n", stdout);
  return fflush(stdout) == 0;
}

static void print_paths(const AkCli *cli, const AkDelivery *delivery, FILE *stream) {
  for (gsize i = 0; delivery->reports != NULL && delivery->reports[i] != NULL; i++)
    fprintf(stream, "report: %s\n", delivery->reports[i]);
  if (delivery->bundle != NULL)
    fprintf(stream, "bundle: %s\n", delivery->bundle);
}

static void print_text(const AkCli *cli, const AkVerifyResult *result,
                       const AkDelivery *delivery) {
  g_autoptr(AkProfile) found = ak_profile_load(result->profile, rules_dir, NULL);
  g_autoptr(AkCatalog) catalog = found ? ak_catalog_load(found->catalog, rules_dir, NULL) : NULL;
  g_autofree char *head = ak_text_format(
      cli->lang, "cli.verify.head", ak_json_string_or(result->product, "name", ""),
      ak_json_string_or(result->product, "version", ""), result->profile, result->run_id,
      (int)json_array_size(result->earlier) + 1);
  printf("%s\n\n", head);
  ak_cli_print_verdicts(cli, catalog, result->verdict.verdicts, stdout);
  ak_cli_print_retest(cli, result->verdict.verdicts, stdout);
  printf("\n%s\n", ak_text(cli->lang, "cli.verify.relates"));
  print_paths(cli, delivery, stdout);
}

AkExit ak_cli_verify_exit(const AkVerifyResult *result) {
  return ak_cli_verdict_exit(result->verdict.verdicts);
}

/* --- what is to be run ----------------------------------------------------------------------------- */

static bool start(AkWorkspace *workspace, const char *path, AkVerifyOptions *verify,
                  AkVerifyResult *result, GError **error) {
  g_autoptr(AkProduct) product = ak_product_rules_product(path, error);
  if (product == NULL)
    return false;
  g_auto(GStrv) retest_tests = NULL;
  g_autoptr(json_t) statement = impact != NULL ? ak_impact_read(impact, error) : NULL;
  if (impact != NULL && statement == NULL)
    return false;
  verify->impact = statement;
  if (retest != NULL) {
    retest_tests = ak_app_retest_tests(workspace, retest, error);
    if (retest_tests == NULL)
      return false;
    verify->only = (const char *const *)retest_tests;
    verify->retest_of = retest;
  }
  return ak_app_verify(workspace, product, verify, result, error);
}

static bool go_on(AkWorkspace *workspace, const AkVerifyOptions *verify, AkVerifyResult *result,
                  GError **error) {
  g_autofree char *id =
      run_id != NULL ? g_strdup(run_id) : ak_app_verify_unfinished(workspace, error);
  return id != NULL && ak_app_verify_resume(workspace, id, verify, result, error);
}

static bool options_fit(int argc, bool many, GError **error) {
  if ((resume ? argc != 0 : argc == 0) || (all && !resume))
    return ak_error_set(error, AK_ERROR_CONFIG,
                        "akashi verify PRODUCT.yaml|FOLDER…, or akashi verify --resume [--all]");
  if (many && (run_id != NULL || retest != NULL))
    return ak_error_set(error, AK_ERROR_CONFIG, "%s goes with one product",
                        run_id != NULL ? "--run-id" : "--retest");
  if (impact != NULL && retest == NULL)
    return ak_error_set(error, AK_ERROR_CONFIG, "--impact FILE goes with --retest RUN");
  if (repeat < 0 || repeat > 100)
    return ak_error_set(error, AK_ERROR_CONFIG, "--repeat %d: 1 to 100", repeat);
  if (jobs < 0 || jobs > 256)
    return ak_error_set(error, AK_ERROR_CONFIG, "--jobs %d: 1 to 256", jobs);
  if (rate < 0 || rate > 1000000)
    return ak_error_set(error, AK_ERROR_CONFIG, "--rate %d: 1 to 1000000", rate);
  return true;
}

static AkVerifyOptions options_given(void) {
  return (AkVerifyOptions){
      .profile = profile != NULL ? profile : "en303645",
      .ports = ports,
      .network_namespace = network_namespace,
      .jobs = (guint)jobs,
      .repeat = (guint)repeat,
      .no_cache = no_cache,
      .seed = (guint64)seed,
      .run_id = run_id,
      .rules_dir = rules_dir,
      .only = (const char *const *)only,
      .cancelled = is_interrupted,
  };
}

static AkExit verify_many(const AkCli *cli, AkWorkspace *workspace, char **paths, GError **error) {
  AkFleetOptions fleet = {.verify = options_given(), .packets_per_second = (guint)rate};
  g_autoptr(GPtrArray) items =
      resume ? ak_cli_fleet_unfinished(workspace, error) : ak_cli_fleet_items(paths, error);
  if (items == NULL || !ak_app_fleet_check(workspace, items, &fleet, error))
    return AK_EXIT_USAGE;
  return ak_cli_verify_many(cli, workspace, items, &fleet, quiet);
}

static AkExit verify_one(const AkCli *cli, AkWorkspace *workspace, const char *path,
                         GError **error) {
  Display display = {.cli = cli, .terminal = isatty(STDERR_FILENO) != 0};
  g_mutex_init(&display.lock);
  AkVerifyOptions verify = options_given();
  verify.progress = quiet ? NULL : show;
  verify.progress_data = &display;
  g_auto(AkVerifyResult) result = {0};
  bool ok = resume ? go_on(workspace, &verify, &result, error)
                   : start(workspace, path, &verify, &result, error);
  clear_line(&display);
  g_mutex_clear(&display.lock);
  if (!ok)
    return AK_EXIT_NOT_FINISHED;
  if (!result.finished) {
    g_autofree char *message = ak_text_format(cli->lang, "cli.verify.stopped", result.run_id);
    fprintf(stderr, "%s\n", message);
    return AK_EXIT_NOT_FINISHED;
  }
  g_auto(AkDelivery) delivery = {0};
  if (!ak_app_deliver(workspace, result.run_id, result.first_record, rules_dir, &delivery, error))
    return AK_EXIT_NOT_FINISHED;
  if (cli->format == AK_FORMAT_JSON) {
    print_json(&result);
    if (!quiet)
      print_paths(cli, &delivery, stderr);
  } else {
    print_text(cli, &result, &delivery);
  }
  return ak_cli_verify_exit(&result);
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  bool many = all || argc > 1 || (argc == 1 && g_file_test(argv[0], G_FILE_TEST_IS_DIR));
  if (!options_fit(argc, many, error))
    return AK_EXIT_USAGE;
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  if (workspace == NULL)
    return AK_EXIT_USAGE;
  catch_signals();
  return many ? verify_many(cli, workspace, argv, error)
              : verify_one(cli, workspace, argv[0], error);
}

extern const AkCommand ak_cli_verify_command;
const AkCommand ak_cli_verify_command = {
    .word = "verify",
    .arguments = "PRODUCT.yaml|FOLDER…",
    .summary_id = "cli.verify.summary",
    .help_id = "cli.verify.help",
    .options = options,
    .run = run,
};
