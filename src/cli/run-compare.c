/* akashi run compare: what changed from one run to another. */
#include <stdio.h>
#include <string.h>

#include "app/compare.h"
#include "cli/run-parts.h"

#define MAX_ROWS 40 /* of observations on a terminal; JSON has more */

static const char *verdict_word(const AkCli *cli, const json_t *verdict) {
  const char *name = json_string_value(verdict);
  g_autofree char *id = g_strdup_printf("verdict.%s", name != NULL ? name : "none");
  return name != NULL ? ak_text(cli->lang, id) : "–";
}

static char *flat(const json_t *value) {
  char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
  char *copy = g_strdup(value == NULL || json_is_null(value) || text == NULL ? "–" : text);
  free(text);
  return copy;
}

static void print_runs(const AkCli *cli, const json_t *runs) {
  static const char *const same[] = {"units", "images", "rules", "profile"};
  const json_t *one = json_array_get(runs, 0), *other = json_array_get(runs, 1);
  for (gsize i = 0; i < json_array_size(runs); i++) {
    const json_t *row = json_array_get(runs, i);
    printf("%s %-22s %s %s, %s\n", i == 0 ? "-" : "+", ak_json_string_or(row, "run", ""),
           ak_json_string_or(row, "product", ""), ak_json_string_or(row, "version", ""),
           ak_json_string_or(row, "profile", ""));
  }
  for (gsize i = 0; i < G_N_ELEMENTS(same); i++) {
    g_autofree char *id = g_strdup_printf("cli.compare.differ-%s", same[i]);
    if (!json_equal(json_object_get(one, same[i]), json_object_get(other, same[i])))
      printf("  %s\n", ak_text(cli->lang, id));
  }
}

static void print_changes(const AkCli *cli, const char *title_id, const json_t *rows,
                          const char *key) {
  printf("\n%s (%u)\n", ak_text(cli->lang, title_id), (guint)json_array_size(rows));
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const char *from = ak_json_string_or(row, "inherited_from", NULL);
    g_autofree char *id =
        g_strdup_printf("compare.change.%s", ak_json_string_or(row, "change", "other"));
    g_autofree char *inherited =
        from != NULL ? ak_text_format(cli->lang, "compare.inherited-from", from) : g_strdup("");
    printf("  %-12s %s → %s  (%s%s)\n", ak_json_string_or(row, key, ""),
           verdict_word(cli, json_object_get(row, "before")),
           verdict_word(cli, json_object_get(row, "after")), ak_text(cli->lang, id), inherited);
  }
}

static void print_findings(const AkCli *cli, const json_t *findings) {
  static const char *const kinds[] = {"new", "gone", "kept", "not_rerun", "not_run_before"};
  for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
    const json_t *rows = json_object_get(findings, kinds[k]);
    g_autofree char *id = g_strdup_printf("cli.compare.findings-%s", kinds[k]);
    printf("\n%s (%u)\n", ak_text(cli->lang, id), (guint)json_array_size(rows));
    for (gsize i = 0; i < json_array_size(rows); i++) {
      const json_t *row = json_array_get(rows, i);
      const char *title =
          ak_json_string_or(json_object_get(row, "title"), ak_lang_name(cli->lang), "");
      g_autofree char *severity =
          g_strdup_printf("web.severity.%s", ak_json_string_or(row, "severity", "info"));
      const char *why = ak_json_string_or(row, "why", NULL);
      g_autofree char *why_id = why != NULL ? g_strdup_printf("compare.why.%s", why) : NULL;
      printf("  %s: %s  %s%s%s%s\n", ak_text(cli->lang, severity), title,
             ak_json_string_or(json_object_get(row, "subject"), "locator", ""),
             ak_json_string_or(row, "detail", ""), why != NULL ? "  – " : "",
             why != NULL ? ak_text(cli->lang, why_id) : "");
    }
  }
}

static void print_observations(const AkCli *cli, const json_t *observations) {
  const json_t *rows = json_object_get(observations, "changed");
  gint64 total = json_integer_value(json_object_get(observations, "changed_total"));
  g_autofree char *head =
      ak_text_format(cli->lang, "cli.compare.observations", (int)total,
                     (int)json_integer_value(json_object_get(observations, "same_total")));
  printf("\n%s\n", head);
  int unseen = (int)json_integer_value(json_object_get(observations, "not_rerun_total"));
  int new = (int)json_integer_value(json_object_get(observations, "not_run_before_total"));
  if (unseen + new > 0) {
    g_autofree char *text = ak_text_format(cli->lang, "compare.observations-apart", unseen, new);
    printf("  %s\n", text);
  }
  for (gsize i = 0; i < json_array_size(rows) && i < MAX_ROWS; i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *before = flat(json_object_get(row, "before"));
    g_autofree char *after = flat(json_object_get(row, "after"));
    printf("  %s\n    - %s\n    + %s\n", ak_json_string_or(row, "what", ""), before, after);
  }
  if (total > MAX_ROWS) {
    g_autofree char *more = ak_text_format(cli->lang, "cli.compare.more", (int)(total - MAX_ROWS));
    printf("  %s\n", more);
  }
}

AkExit ak_cli_run_compare(const AkCli *cli, AkWorkspace *workspace, const char *before,
                          const char *after, GError **error) {
  g_autoptr(json_t) found = ak_app_compare(workspace, before, after, error);
  if (found == NULL)
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON) {
    json_dumpf(found, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    printf("\n");
  } else {
    print_runs(cli, json_object_get(found, "runs"));
    print_changes(cli, "cli.compare.verdicts", json_object_get(found, "verdicts"), "requirement");
    print_changes(cli, "cli.compare.cases", json_object_get(found, "cases"), "case");
    print_changes(cli, "compare.not-rerun", json_object_get(found, "not_rerun"), "case");
    print_findings(cli, json_object_get(found, "findings"));
    print_observations(cli, json_object_get(found, "observations"));
  }
  if (json_is_true(json_object_get(found, "worse")))
    return AK_EXIT_FAIL;
  return json_is_true(json_object_get(found, "changed")) ? AK_EXIT_INCONCLUSIVE : AK_EXIT_PASS;
}
