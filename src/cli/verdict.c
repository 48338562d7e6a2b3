/* akashi verdict: the verdicts of a run, computed again from its evidence, or by another profile. */
#include "app/verdict.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/verdict-table.h"
#include "cli/workspace.h"

static char *rules_dir, *of_rules, *profile;
static gboolean all;

static const GOptionEntry options[] = {
    {"profile", 'p', 0, G_OPTION_ARG_STRING, &profile, "cli.verdict.option.profile", "ID"},
    {"rules", 0, 0, G_OPTION_ARG_FILENAME, &rules_dir, "cli.verdict.option.rules", "DIR"},
    {"all", 0, 0, G_OPTION_ARG_NONE, &all, "cli.verdict.option.all", NULL},
    {"of-rules", 0, 0, G_OPTION_ARG_STRING, &of_rules, "cli.verdict.option.of-rules", "SHA256"},
    {NULL},
};

static const char *word(const AkCli *cli, const json_t *verdict) {
  const char *name = json_string_value(verdict);
  g_autofree char *id = g_strdup_printf("verdict.%s", name != NULL ? name : "");
  return name != NULL ? ak_text(cli->lang, id) : "–";
}

static void print_list(const AkCli *cli, const char *title_id, char **items) {
  if (items[0] == NULL)
    return;
  printf("%s\n", ak_text(cli->lang, title_id));
  for (char **item = items; *item != NULL; item++)
    printf("  %s\n", *item);
}

static void print_text(const AkCli *cli, const char *run_id, const AkAppVerdict *verdict) {
  g_autofree char *line = verdict->changed
                              ? ak_text_format(cli->lang, "cli.verdict.changed", run_id,
                                               (unsigned long long)verdict->index)
                              : ak_text_format(cli->lang, "cli.verdict.same", run_id);
  printf("%s\n", line);
  if (!verdict->changed)
    return;
  printf("  %s %.12s → %.12s\n", ak_text(cli->lang, "cli.verdict.rules"),
         verdict->rules_before != NULL ? verdict->rules_before : "–", verdict->rules);
  for (gsize i = 0; i < json_array_size(verdict->changes); i++) {
    const json_t *row = json_array_get(verdict->changes, i);
    printf("  %-10s %s → %s\n", ak_json_string_or(row, "requirement", ""),
           word(cli, json_object_get(row, "before")), word(cli, json_object_get(row, "after")));
  }
  print_list(cli, "cli.verdict.affected", verdict->affected);
  print_list(cli, "cli.verdict.heirs", verdict->heirs);
}

static json_t *texts(char **items, bool wanted) {
  json_t *array = json_array();
  for (char **item = items; wanted && *item != NULL; item++)
    json_array_append_new(array, json_string(*item));
  return array;
}

static json_t *to_json(const char *run_id, const AkAppVerdict *verdict) {
  return json_pack("{s:s, s:b, s:I, s:o, s:o, s:O, s:s?, s:s, s:O}", "run", run_id, "changed",
                   (int)verdict->changed, "record", (json_int_t)verdict->index, "affected",
                   texts(verdict->affected, verdict->changed), "heirs",
                   texts(verdict->heirs, verdict->changed), "changes", verdict->changes,
                   "rules_before", verdict->rules_before, "rules", verdict->rules, "result",
                   verdict->verdicts);
}

static bool recompute(const AkCli *cli, AkWorkspace *workspace, const char *run_id, json_t *rows,
                      GError **error) {
  g_auto(AkAppVerdict) verdict = {0};
  if (!ak_app_verdict_record(workspace, run_id, rules_dir, ak_now_utc_us(), &verdict, error)) {
    g_prefix_error(error, "run %s: ", run_id);
    return false;
  }
  json_array_append_new(rows, to_json(run_id, &verdict));
  if (cli->format != AK_FORMAT_JSON)
    print_text(cli, run_id, &verdict);
  return true;
}

/* Every run that was judged, or those that these rules judged. Earlier runs first: what they lend
 * is computed before those that inherit it. */
static bool recompute_all(const AkCli *cli, AkWorkspace *workspace, json_t *rows, GError **error) {
  g_autoptr(GPtrArray) runs = ak_workspace_runs(workspace, error);
  for (guint i = 0; runs != NULL && i < runs->len; i++) {
    const AkRunRow *run = runs->pdata[i];
    if (run->rules == NULL || (of_rules != NULL && strcmp(run->rules, of_rules) != 0))
      continue;
    if (!recompute(cli, workspace, run->run_id, rows, error))
      return false;
  }
  return runs != NULL;
}

static void print_sum(const AkCli *cli, const json_t *rows) {
  guint changed = 0, files = 0;
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    changed += json_is_true(json_object_get(row, "changed"));
    files += (guint)json_array_size(json_object_get(row, "affected"));
  }
  g_autofree char *line =
      ak_text_format(cli->lang, "cli.verdict.recall", changed, (guint)json_array_size(rows), files);
  printf("%s\n", line);
}

/* --- by another profile ---------------------------------------------------------------------------- */

static void print_judged(const AkCli *cli, const char *run_id, const json_t *result) {
  g_autoptr(AkProfile) found = ak_profile_load(profile, rules_dir, NULL);
  g_autoptr(AkCatalog) catalog = found ? ak_catalog_load(found->catalog, rules_dir, NULL) : NULL;
  g_autofree char *head = ak_text_format(cli->lang, "cli.verdict.judged", run_id, profile);
  printf("%s\n\n", head);
  ak_cli_print_verdicts(cli, catalog, result, stdout);
  printf("\n%s\n", ak_text(cli->lang, "cli.verdict.judged.not-kept"));
}

static AkExit judge(const AkCli *cli, const char *run_id, GError **error) {
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  g_autoptr(json_t) result =
      workspace != NULL
          ? ak_app_verdict_judge(workspace, run_id, profile, rules_dir, ak_now_utc_us(), error)
          : NULL;
  if (result == NULL) {
    g_prefix_error(error, "run %s: ", run_id);
    return AK_EXIT_USAGE;
  }
  if (cli->format == AK_FORMAT_JSON) {
    json_object_set_new(result, "run", json_string(run_id));
    json_dumpf(result, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    printf("\n");
  } else {
    print_judged(cli, run_id, result);
  }
  return ak_cli_verdict_exit(result);
}

/* --- what was asked for ---------------------------------------------------------------------------- */

static AkExit recompute_asked(const AkCli *cli, const char *run_id, GError **error) {
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  g_autoptr(json_t) rows = json_array();
  if (workspace == NULL || !(all ? recompute_all(cli, workspace, rows, error)
                                 : recompute(cli, workspace, run_id, rows, error)))
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON) {
    json_dumpf(all ? rows : json_array_get(rows, 0), stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    printf("\n");
  } else if (all) {
    print_sum(cli, rows);
  }
  return AK_EXIT_PASS;
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc == (all ? 1 : 2) && strcmp(argv[0], "recompute") == 0 && profile == NULL &&
      (of_rules == NULL || all))
    return recompute_asked(cli, argv[1], error);
  if (argc == 2 && strcmp(argv[0], "judge") == 0 && profile != NULL && !all && of_rules == NULL)
    return judge(cli, argv[1], error);
  ak_error_set(error, AK_ERROR_CONFIG,
               "akashi verdict recompute RUN, akashi verdict recompute --all, or "
               "akashi verdict judge RUN --profile ID");
  return AK_EXIT_USAGE;
}

extern const AkCommand ak_cli_verdict_command;
const AkCommand ak_cli_verdict_command = {
    .word = "verdict",
    .arguments = "recompute RUN | recompute --all | judge RUN",
    .summary_id = "cli.verdict.summary",
    .help_id = "cli.verdict.help",
    .options = options,
    .run = run,
};
