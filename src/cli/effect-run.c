/* akashi effect run. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/effect-parts.h"
#include "cli/progress.h"
#include "cli/workspace.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number) { interrupted = 1; }

static bool is_interrupted(gpointer data) { return interrupted != 0; }

static void catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static void show(gpointer data, guint64 done, guint64 total) { ak_progress_show(data, done, total); }

static void print_share(const json_t *product, const char *name, char *out, gsize size) {
  const json_t *share = json_object_get(product, name);
  g_snprintf(out, (gulong)size, "%5.1f %% [%.1f, %.1f] %" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
             100 * json_number_value(json_object_get(share, "rate")),
             100 * json_number_value(json_object_get(share, "lo")),
             100 * json_number_value(json_object_get(share, "hi")),
             json_integer_value(json_object_get(share, "k")),
             json_integer_value(json_object_get(share, "n")));
}

static void print_text(const AkCli *cli, const json_t *result) {
  const json_t *products = json_object_get(result, "products");
  printf("%s\n", ak_text(cli->lang, "cli.effect.columns"));
  for (gsize i = 0; i < json_array_size(products); i++) {
    const json_t *product = json_array_get(products, i);
    char detection[96], alarms[96];
    print_share(product, "detection", detection, sizeof detection);
    print_share(product, "false_positive", alarms, sizeof alarms);
    printf("%-20s %-34s %-34s %" JSON_INTEGER_FORMAT "\n", ak_json_string_or(product, "id", ""),
           detection, alarms, json_integer_value(json_object_get(json_object_get(product, "errors"), "cases")));
  }
  g_autofree char *count =
      g_strdup_printf("%zu", json_array_size(json_object_get(result, "excluded")));
  g_autofree char *line = ak_text_format(cli->lang, "cli.effect.done",
                                         ak_json_string_or(result, "run", ""), count);
  printf("%s\n", line);
}

static json_t *run_or_resume(const AkCliEffectOptions *options, AkWorkspace *workspace,
                             const AkRange *range, const AkAppEffectOptions *given,
                             GError **error) {
  if (!options->resume)
    return ak_app_effect_run(workspace, range, given, error);
  g_autofree char *run_id = options->run_id != NULL ? g_strdup(options->run_id)
                                                    : ak_app_effect_unfinished(workspace, error);
  return run_id != NULL ? ak_app_effect_resume(workspace, range, run_id, given, error) : NULL;
}

AkExit ak_cli_effect_run(const AkCli *cli, const AkCliEffectOptions *options, int argc, char **argv,
                         GError **error) {
  if (argc != 1) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.usage"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkRange) range = ak_cli_effect_open(cli, argv[0], error);
  g_autoptr(AkWorkspace) workspace = range != NULL ? ak_cli_workspace(cli, error) : NULL;
  if (workspace == NULL)
    return AK_EXIT_USAGE;
  AkProgress progress = ak_progress_begin(range->name);
  AkAppEffectOptions given = {.run_id = options->run_id,
                              .only = (const char *const *)options->products,
                              .cases = (const char *const *)options->cases,
                              .progress = options->quiet ? NULL : show,
                              .cancelled = is_interrupted,
                              .data = &progress};
  catch_signals();
  g_autoptr(json_t) result = run_or_resume(options, workspace, range, &given, error);
  ak_progress_end(&progress);
  if (result == NULL)
    return AK_EXIT_NOT_FINISHED;
  if (!json_is_true(json_object_get(result, "finished"))) {
    g_autofree char *line =
        ak_text_format(cli->lang, "cli.effect.stopped", ak_json_string_or(result, "run", ""));
    fprintf(stderr, "%s\n", line);
    return AK_EXIT_NOT_FINISHED;
  }
  if (strcmp(cli->format_name, "text") != 0 || options->output != NULL)
    return ak_cli_effect_put(cli, options, result, error);
  print_text(cli, result);
  return AK_EXIT_PASS;
}
