/* akashi effect import: cases that others wrote, as a corpus. */
#include <stdio.h>
#include <string.h>

#include "cli/effect-parts.h"
#include "exchange/corpus-import.h"
#include "util/json.h"

static bool read_label(const AkCli *cli, const char *word, AkImportLabel *out, GError **error) {
  static const char *const words[] = {"harmless", "attack"};
  *out = AK_IMPORT_UNLABELLED;
  if (word == NULL)
    return true;
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    if (strcmp(word, words[i]) == 0)
      *out = i == 0 ? AK_IMPORT_HARMLESS : AK_IMPORT_ATTACK;
  return *out != AK_IMPORT_UNLABELLED ||
         ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.label"));
}

static guint attacks_of(const AkEffectCorpus *corpus) {
  guint attacks = 0;
  for (guint i = 0; i < corpus->cases->len; i++)
    attacks += ((const AkEffectCase *)corpus->cases->pdata[i])->attack;
  return attacks;
}

static void print_json(const AkImport *import) {
  const AkEffectCorpus *corpus = import->corpus;
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&corpus->digest, hex);
  json_t *problems = json_array();
  for (guint i = 0; i < import->problems->len; i++) {
    const AkImportProblem *problem = import->problems->pdata[i];
    json_array_append_new(problems, json_pack("{s:s, s:s, s:s}", "where", problem->where, "id",
                                              problem->id, "detail", problem->detail));
  }
  guint attacks = attacks_of(corpus);
  g_autoptr(json_t) out =
      json_pack("{s:s, s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:s, s:o}", "id", corpus->id, "kind",
                ak_effect_kinds[corpus->kind], "cases", (int)corpus->cases->len, "attacks",
                (int)attacks, "harmless", (int)(corpus->cases->len - attacks), "files",
                (json_int_t)import->files, "seen", (json_int_t)import->seen, "recorded",
                (json_int_t)import->problem_count, "sha256", hex, "problems", problems);
  json_dumpf(out, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
  printf("\n");
}

/* One line without what commands a terminal. */
static char *plain(const char *text) {
  GString *line = g_string_new(NULL);
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    g_string_append_unichar(line, g_unichar_iscntrl(c) ? ' ' : c);
  }
  return g_string_free(line, FALSE);
}

#define SHOWN 50

static void print_text(const AkCli *cli, const AkImport *import) {
  const AkEffectCorpus *corpus = import->corpus;
  guint attacks = attacks_of(corpus);
  g_autofree char *cases = g_strdup_printf("%u", corpus->cases->len);
  g_autofree char *bad = g_strdup_printf("%u", attacks);
  g_autofree char *good = g_strdup_printf("%u", corpus->cases->len - attacks);
  g_autofree char *recorded = g_strdup_printf("%" G_GUINT64_FORMAT, import->problem_count);
  g_autofree char *line =
      ak_text_format(cli->lang, "cli.effect.imported", corpus->id, cases, bad, good, recorded);
  printf("%s\n", line);
  for (guint i = 0; i < import->problems->len && i < SHOWN; i++) {
    const AkImportProblem *problem = import->problems->pdata[i];
    g_autofree char *id = g_strdup_printf("effect.import.%s", problem->id);
    g_autofree char *where = plain(problem->where), *detail = plain(problem->detail);
    printf("%s: %s%s%s%s\n", where, ak_text(cli->lang, id), *detail != '\0' ? " (" : "", detail,
           *detail != '\0' ? ")" : "");
  }
  if (import->problem_count > SHOWN) {
    g_autofree char *left = g_strdup_printf("%" G_GUINT64_FORMAT, import->problem_count - SHOWN);
    g_autofree char *more = ak_text_format(cli->lang, "cli.effect.import-more", left);
    printf("%s\n", more);
  }
}

AkExit ak_cli_effect_import(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                            char **argv, GError **error) {
  AkImportSpec spec = {.from = options->from,
                       .labels = options->labels,
                       .id = options->id,
                       .source = options->source,
                       .licence = options->licence,
                       .written_for = (const char *const *)options->written_for};
  if (argc != 1 || options->from == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.usage"));
    return AK_EXIT_USAGE;
  }
  if (!read_label(cli, options->label, &spec.label, error))
    return AK_EXIT_USAGE;
  spec.path = argv[0];
  g_autoptr(AkImport) import = ak_corpus_import(&spec, error);
  if (import == NULL)
    return AK_EXIT_USAGE;
  import->corpus->function_check = options->function_check;
  import->corpus->name = g_strdup(import->corpus->id);
  if (options->output != NULL && !ak_corpus_write(import->corpus, options->output, error))
    return AK_EXIT_NOT_FINISHED;
  if (cli->format == AK_FORMAT_JSON)
    print_json(import);
  else
    print_text(cli, import);
  return AK_EXIT_PASS;
}
