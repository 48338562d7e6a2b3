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

/* "k/n" of a share without interval; caller frees. */
static char *count_of(const json_t *share) {
  return g_strdup_printf("%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
                         json_integer_value(json_object_get(share, "k")),
                         json_integer_value(json_object_get(share, "n")));
}

/* A rate with its interval, or counts where none can be made of so few; a dash where there is nothing. */
static void print_share(const json_t *product, const char *name) {
  const json_t *share = json_object_get(product, name), *rate = json_object_get(share, "rate");
  g_autofree char *count = count_of(share);
  bool is_empty = json_integer_value(json_object_get(share, "n")) == 0;
  g_autofree char *text =
      json_is_number(rate)
          ? g_strdup_printf("%5.1f %% [%.1f, %.1f] %s", 100 * json_number_value(rate),
                            100 * json_number_value(json_object_get(share, "lo")),
                            100 * json_number_value(json_object_get(share, "hi")), count)
          : g_strdup_printf("    %s", is_empty ? "–" : count);
  printf("%s%*s ", text, (int)MAX(0, 34 - g_utf8_strlen(text, -1)), "");
}

/* What shows that a product works, and gives no rate: corpora of that kind, and those that its own maker tunes on. */
static void print_without_rate(const AkCli *cli, const json_t *product, const char *name, const char *id) {
  const json_t *rows = json_object_get(product, name);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *detected = count_of(json_object_get(row, "detected"));
    g_autofree char *alarmed = count_of(json_object_get(row, "alarmed"));
    g_autofree char *line = ak_text_format(cli->lang, id, ak_json_string_or(product, "id", ""),
                                           ak_json_string_or(row, "corpus", ""), detected, alarmed);
    printf("%s\n", line);
  }
}

/* What the figures above say nothing of. */
static void print_beside(const AkCli *cli, const json_t *product) {
  static const struct {
    const char *member, *id;
  } counts[] = {{"range_failed", "cli.effect.range-failed"}, {"deaths", "cli.effect.deaths"}};
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
    json_int_t count = json_integer_value(json_object_get(product, counts[i].member));
    g_autofree char *number = g_strdup_printf("%" JSON_INTEGER_FORMAT, count);
    g_autofree char *line =
        ak_text_format(cli->lang, counts[i].id, ak_json_string_or(product, "id", ""), number);
    if (count > 0)
      printf("%s\n", line);
  }
}

static bool was_asked_for(const json_t *product, char *const *only) {
  const char *id = ak_json_string_or(product, "id", "");
  return only == NULL || g_strv_contains((const gchar *const *)only, id);
}

/* `only`: the products that were asked for; NULL: all. */
static void print_text(const AkCli *cli, const json_t *result, char *const *only) {
  const json_t *products = json_object_get(result, "products");
  printf("%s\n", ak_text(cli->lang, "cli.effect.columns"));
  for (gsize i = 0; i < json_array_size(products); i++) {
    const json_t *product = json_array_get(products, i);
    if (!was_asked_for(product, only))
      continue;
    printf("%-20s ", ak_json_string_or(product, "id", ""));
    print_share(product, "detection");
    print_share(product, "false_positive");
    g_autofree char *errors =
        g_strdup_printf("%" JSON_INTEGER_FORMAT,
                        json_integer_value(json_object_get(json_object_get(product, "errors"), "cases")));
    printf("%s\n", ak_app_effect_was_tried(product) ? errors : "–");
  }
  for (gsize i = 0; i < json_array_size(products); i++) {
    const json_t *product = json_array_get(products, i);
    print_without_rate(cli, product, "function_check", "cli.effect.function");
    print_without_rate(cli, product, "conformance", "cli.effect.conformance");
    print_beside(cli, product);
  }
  g_autofree char *count =
      g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(result, "excluded_count")));
  bool is_proven = json_is_true(json_object_get(result, "control_run"));
  g_autofree char *line = ak_text_format(cli->lang, is_proven ? "cli.effect.done" : "cli.effect.done-unproven",
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

/* What a run says once it is over. */
static AkExit put_result(const AkCli *cli, const AkCliEffectOptions *options, const json_t *result,
                         const AkEffectRows *rows, GError **error) {
  if (result == NULL)
    return AK_EXIT_NOT_FINISHED;
  if (!json_is_true(json_object_get(result, "finished"))) {
    g_autofree char *line =
        ak_text_format(cli->lang, "cli.effect.stopped", ak_json_string_or(result, "run", ""));
    fprintf(stderr, "%s\n", line);
    return AK_EXIT_NOT_FINISHED;
  }
  if (strcmp(cli->format_name, "text") != 0 || options->output != NULL)
    return ak_cli_effect_put(cli, options, result, rows, error);
  print_text(cli, result, options->products);
  return AK_EXIT_PASS;
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
  g_autoptr(AkEffectRows) rows = ak_effect_rows_new(error);
  if (rows == NULL)
    return AK_EXIT_NOT_FINISHED;
  AkProgress progress = ak_progress_begin(range->name);
  AkAppEffectOptions given = {.run_id = options->run_id,
                              .only = (const char *const *)options->products,
                              .cases = (const char *const *)options->cases,
                              .progress = options->quiet ? NULL : show,
                              .cancelled = is_interrupted,
                              .data = &progress,
                              .rows = rows};
  catch_signals();
  g_autoptr(json_t) result = run_or_resume(options, workspace, range, &given, error);
  ak_progress_end(&progress);
  return put_result(cli, options, result, rows, error);
}

/* Each case that came out wrong, with the product's own line. */
static void print_wrongs(const AkCli *cli, const json_t *result) {
  static const char *const lists[] = {"misses", "false_alarms"};
  const json_t *products = json_object_get(result, "products");
  for (gsize p = 0; p < json_array_size(products); p++)
    for (gsize l = 0; l < G_N_ELEMENTS(lists); l++) {
      const json_t *product = json_array_get(products, p);
      const json_t *rows = json_object_get(product, lists[l]);
      for (gsize i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *error = ak_json_string_or(row, "error", NULL);
        g_autofree char *id = error != NULL ? g_strdup_printf("effect.error.%s", error)
                                            : g_strdup_printf("effect.reason.%s",
                                                              ak_json_string_or(row, "reason", ""));
        printf("%s, %s: %s\n", ak_json_string_or(product, "id", ""),
               ak_json_string_or(row, "case", ""), ak_text(cli->lang, id));
        if (json_object_get(row, "line") != NULL)
          printf("  %s\n", ak_json_string_or(row, "line", ""));
      }
    }
}

static const json_t *row_of(const json_t *rows, const char *id) {
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (strcmp(ak_json_string_or(json_array_get(rows, i), "case", ""), id) == 0)
      return json_array_get(rows, i);
  return NULL;
}

/* Cases of the product that some figure counts. */
static json_int_t counted(const json_t *product) {
  static const char *const figures[] = {"detection", "false_positive"};
  static const char *const apart[] = {"function_check", "conformance"}, *const sides[] = {"detected", "alarmed"};
  json_int_t sum = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(figures); i++)
    sum += json_integer_value(json_object_get(json_object_get(product, figures[i]), "n"));
  for (gsize i = 0; i < G_N_ELEMENTS(apart); i++) {
    const json_t *rows = json_object_get(product, apart[i]);
    for (gsize r = 0; r < json_array_size(rows); r++)
      for (gsize s = 0; s < G_N_ELEMENTS(sides); s++)
        sum += json_integer_value(json_object_get(json_object_get(json_array_get(rows, r), sides[s]), "n"));
  }
  return sum;
}

/* Where all that were asked for count, or are left out by the control run, those that are not wrong came out right. */
static void print_rights(const AkCli *cli, const json_t *result, char *const *cases) {
  const json_t *products = json_object_get(result, "products"), *excluded = json_object_get(result, "excluded");
  json_int_t wanted = (json_int_t)g_strv_length((char **)cases) - (json_int_t)json_array_size(excluded);
  for (gsize p = 0; p < json_array_size(products); p++) {
    const json_t *product = json_array_get(products, p);
    for (char *const *id = cases; counted(product) == wanted && *id != NULL; id++) {
      bool is_right = row_of(excluded, *id) == NULL && row_of(json_object_get(product, "misses"), *id) == NULL &&
                      row_of(json_object_get(product, "false_alarms"), *id) == NULL;
      if (is_right)
        printf("%s, %s: %s\n", ak_json_string_or(product, "id", ""), *id, ak_text(cli->lang, "cli.effect.right"));
    }
  }
  for (gsize i = 0; i < json_array_size(excluded); i++) {
    const json_t *row = json_array_get(excluded, i);
    g_autofree char *id = g_strdup_printf("effect.reason.%s", ak_json_string_or(row, "reason", ""));
    printf("%s: %s\n", ak_json_string_or(row, "case", ""), ak_text(cli->lang, id));
  }
}

/* A run of its own, of what --product and --case name. */
AkExit ak_cli_effect_repeat(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                            char **argv, GError **error) {
  if (argc != 1 || options->cases == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.usage"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  if (workspace == NULL)
    return AK_EXIT_USAGE;
  AkAppEffectOptions given = {.run_id = options->run_id,
                              .only = (const char *const *)options->products,
                              .cases = (const char *const *)options->cases,
                              .cancelled = is_interrupted};
  catch_signals();
  g_autoptr(json_t) result = ak_app_effect_repeat(workspace, argv[0], &given, error);
  AkExit done = put_result(cli, options, result, NULL, error);
  if (done == AK_EXIT_PASS && strcmp(cli->format_name, "text") == 0 && options->output == NULL) {
    print_wrongs(cli, result);
    print_rights(cli, result, options->cases);
  }
  return done;
}
