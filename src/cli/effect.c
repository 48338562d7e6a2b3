/* akashi effect: what a security product really stops. The parts stand in effect-*.c. */
#include <stdio.h>
#include <string.h>

#include "cli/effect-parts.h"
#include "report/effect.h"

static AkCliEffectOptions chosen; /* set by GOption */

static const GOptionEntry entries[] = {
    {"run-id", 0, 0, G_OPTION_ARG_STRING, &chosen.run_id, "cli.effect.option.run-id", "RUN"},
    {"product", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &chosen.products, "cli.effect.option.product",
     "ID"},
    {"case", 'c', 0, G_OPTION_ARG_STRING_ARRAY, &chosen.cases, "cli.effect.option.case", "ID"},
    {"resume", 0, 0, G_OPTION_ARG_NONE, &chosen.resume, "cli.effect.option.resume", NULL},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &chosen.quiet, "cli.effect.option.quiet", NULL},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &chosen.output, "cli.effect.option.output", "FILE"},
    {"panel", 0, 0, G_OPTION_ARG_FILENAME, &chosen.panel, "cli.effect.option.panel", "FILE"},
    {"from", 0, 0, G_OPTION_ARG_STRING, &chosen.from, "cli.effect.option.from", "FORMAT"},
    {"labels", 0, 0, G_OPTION_ARG_FILENAME, &chosen.labels, "cli.effect.option.labels", "FILE"},
    {"label", 0, 0, G_OPTION_ARG_STRING, &chosen.label, "cli.effect.option.label", "WORD"},
    {"id", 0, 0, G_OPTION_ARG_STRING, &chosen.id, "cli.effect.option.id", "ID"},
    {"source", 0, 0, G_OPTION_ARG_STRING, &chosen.source, "cli.effect.option.source", "TEXT"},
    {"licence", 0, 0, G_OPTION_ARG_STRING, &chosen.licence, "cli.effect.option.licence", "SPDX"},
    {"written-for", 0, 0, G_OPTION_ARG_STRING_ARRAY, &chosen.written_for,
     "cli.effect.option.written-for", "FAMILY"},
    {"key", 0, 0, G_OPTION_ARG_FILENAME, &chosen.key, "cli.effect.option.key", "FILE"},
    {"kind", 0, 0, G_OPTION_ARG_STRING, &chosen.kind, "cli.effect.option.kind", "KIND"},
    {"by", 0, 0, G_OPTION_ARG_STRING, &chosen.by, "cli.effect.option.by", "NAME"},
    {"text", 0, 0, G_OPTION_ARG_STRING, &chosen.text, "cli.effect.option.text", "TEXT"},
    {"function-check", 0, 0, G_OPTION_ARG_NONE, &chosen.function_check,
     "cli.effect.option.function-check", NULL},
    {NULL},
};

static const struct {
  const char *word;
  AkCliEffectAct *act;
} parts[] = {
    {"check", ak_cli_effect_check},
    {"run", ak_cli_effect_run},
    {"repeat", ak_cli_effect_repeat},
    {"target", ak_cli_effect_target},
    {"report", ak_cli_effect_report},
    {"rescore", ak_cli_effect_rescore},
    {"compare", ak_cli_effect_compare},
    {"import", ak_cli_effect_import},
    {"note", ak_cli_effect_note},
    {"seal", ak_cli_effect_seal},
    {"unseal", ak_cli_effect_unseal},
};

AkRange *ak_cli_effect_open(const AkCli *cli, const char *path, GError **error) {
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(GError) failure = NULL;
  AkRange *range = ak_app_effect_open(path, problems, &failure);
  if (range == NULL && problems->len > 0) {
    g_autofree char *all = ak_problems_format(problems, path, cli->lang);
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all);
  } else if (range == NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
  }
  return range;
}

AkExit ak_cli_effect_check(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                           char **argv, GError **error) {
  if (argc != 1) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.usage"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkRange) range = ak_cli_effect_open(cli, argv[0], error);
  if (range == NULL)
    return AK_EXIT_USAGE;
  guint cases = 0;
  for (guint i = 0; i < range->corpora->len; i++)
    cases += ((const AkEffectCorpus *)range->corpora->pdata[i])->cases->len;
  if (cli->format == AK_FORMAT_JSON) {
    printf("{\"products\": %u, \"corpora\": %u, \"cases\": %u}\n", range->products->len,
           range->corpora->len, cases);
  } else {
    g_autofree char *products = g_strdup_printf("%u", range->products->len);
    g_autofree char *given = g_strdup_printf("%u", cases);
    g_autofree char *line = ak_text_format(cli->lang, "cli.effect.checked", products, given);
    printf("%s\n", line);
  }
  return AK_EXIT_PASS;
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  for (gsize i = 0; argc > 0 && i < G_N_ELEMENTS(parts); i++)
    if (strcmp(parts[i].word, argv[0]) == 0)
      return parts[i].act(cli, &chosen, argc - 1, argv + 1, error);
  ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.usage"));
  return AK_EXIT_USAGE;
}

extern const AkCommand ak_cli_effect_command;
const AkCommand ak_cli_effect_command = {
    .word = "effect",
    .arguments = "check | run RANGE.yaml | repeat | report | rescore | note RUN | compare RUN-A RUN-B | import SOURCE | seal | unseal CORPUS | target PORT [LOG]",
    .summary_id = "cli.effect.summary",
    .help_id = "cli.effect.help",
    .options = entries,
    .formats = AK_REPORT_EFFECT_FORMATS,
    .run = run,
};
