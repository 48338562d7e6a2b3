#include "cli/verdict-table.h"

#include <string.h>

#include "app/verdict.h"
#include "core/verdict.h"

#define MAX_DETAILS 4 /* lines below a requirement; the report has all */

typedef struct {
  const char *name;
  const char *mark;  /* fixed width, the same in both languages */
  const char *color; /* ANSI SGR */
} Style;

static const Style styles[] = {
    {"pass", "PASS", "32"},          {"fail", "FAIL", "31;1"}, {"inconclusive", "OPEN", "33"},
    {"not-applicable", "N/A ", "2"}, {"not-run", "----", "2"},
};

static const Style *style_of(const char *verdict) {
  for (gsize i = 0; i < G_N_ELEMENTS(styles); i++)
    if (strcmp(styles[i].name, verdict) == 0)
      return &styles[i];
  return &styles[G_N_ELEMENTS(styles) - 1];
}

static void print_mark(const AkCli *cli, const char *verdict, FILE *stream) {
  const Style *style = style_of(verdict);
  if (cli->color)
    fprintf(stream, "\033[%sm%s\033[0m", style->color, style->mark);
  else
    fputs(style->mark, stream);
}

/* A text in both languages {"en","ja"}, or a plain one. */
static const char *text_in(const AkCli *cli, const json_t *text) {
  if (json_is_string(text))
    return json_string_value(text);
  return ak_json_string_or(text, ak_lang_name(cli->lang), "");
}

static void print_case(const AkCli *cli, const json_t *row, FILE *stream) {
  const char *verdict = ak_json_string_or(row, "verdict", "not-run");
  fprintf(stream, "                   %s %s: %s\n", ak_json_string_or(row, "case", "?"),
          ak_text(cli->lang,
                  style_of(verdict)->name[0] == 'f' ? "verdict.fail" : "verdict.inconclusive"),
          text_in(cli, json_object_get(row, "explanation")));
}

static void print_details(const AkCli *cli, const json_t *requirement, FILE *stream) {
  const json_t *cases = json_object_get(requirement, "cases");
  guint printed = 0;
  for (gsize i = 0; i < json_array_size(cases) && printed < MAX_DETAILS; i++) {
    const json_t *row = json_array_get(cases, i);
    const char *verdict = ak_json_string_or(row, "verdict", "");
    if (strcmp(verdict, "fail") != 0 && strcmp(verdict, "inconclusive") != 0)
      continue;
    print_case(cli, row, stream);
    printed++;
  }
}

static void print_requirement(const AkCli *cli, const AkCatalog *catalog, const json_t *requirement,
                              FILE *stream) {
  const char *id = ak_json_string_or(requirement, "requirement", "?");
  const AkRequirement *row = catalog != NULL ? ak_catalog_requirement(catalog, id) : NULL;
  const char *title = row == NULL ? "" : cli->lang == AK_LANG_JA ? row->title.ja : row->title.en;
  fputs("  ", stream);
  print_mark(cli, ak_json_string_or(requirement, "verdict", "not-run"), stream);
  fprintf(stream, "  %-8s %s  %s\n", id, ak_json_string_or(requirement, "obligation", " "), title);
  print_details(cli, requirement, stream);
}

void ak_cli_print_verdicts(const AkCli *cli, const AkCatalog *catalog, const json_t *result,
                           FILE *stream) {
  const json_t *verdicts = json_object_get(result, "verdicts");
  for (gsize i = 0; i < json_array_size(verdicts); i++)
    print_requirement(cli, catalog, json_array_get(verdicts, i), stream);
  const json_t *summary = json_object_get(result, "summary");
  static const char *const keys[] = {"pass", "fail", "inconclusive", "not_applicable"};
  static const char *const names[] = {"verdict.pass", "verdict.fail", "verdict.inconclusive",
                                      "verdict.not-applicable"};
  fputs("\n  ", stream);
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    fprintf(stream, "%s%s %d", i > 0 ? " · " : "", ak_text(cli->lang, names[i]),
            (int)json_integer_value(json_object_get(summary, keys[i])));
  fputs("\n", stream);
}

AkExit ak_cli_verdict_exit(const json_t *result) {
  bool fails = false, open = false;
  ak_verdict_outcome(result, &fails, &open);
  return fails ? AK_EXIT_FAIL : open ? AK_EXIT_INCONCLUSIVE : AK_EXIT_PASS;
}

static char *join_names(const json_t *names) {
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(names); i++)
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                           json_string_value(json_array_get(names, i)));
  if (text->len == 0)
    g_string_append(text, "–");
  return g_string_free(text, FALSE);
}

void ak_cli_print_retest(const AkCli *cli, const json_t *result, FILE *stream) {
  const json_t *retest = json_object_get(result, "retest");
  if (retest == NULL)
    return;
  const json_t *impact = json_object_get(retest, "impact");
  bool same = json_is_true(json_object_get(retest, "same_version"));
  const char *of = ak_json_string_or(retest, "of", "");
  g_autofree char *judged = join_names(json_object_get(retest, "judged"));
  g_autofree char *inherited = join_names(json_object_get(retest, "inherited"));
  g_autofree char *head =
      ak_text_format(cli->lang, "cli.retest.head", of, ak_json_string_or(retest, "version", ""));
  g_autofree char *again = ak_text_format(cli->lang, "cli.retest.judged", judged);
  g_autofree char *taken = ak_text_format(cli->lang, "cli.retest.inherited", inherited);
  fprintf(stream, "\n%s\n  %s\n  %s\n", head, again, taken);
  if (json_is_object(impact)) {
    g_autofree char *statement = ak_text_format(
        cli->lang, "cli.retest.impact", ak_json_string_or(impact, "by", ""),
        ak_json_string_or(impact, "on", ""), ak_json_string_or(impact, "reason", ""));
    fprintf(stream, "  %s\n", statement);
  } else if (!same) {
    fprintf(stream, "  %s\n", ak_text(cli->lang, "cli.retest.no-impact"));
  }
}
