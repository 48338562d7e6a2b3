#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/chain-certificate.h"
#include "cli/command.h"
#include "cli/note-key.h"
#include "cli/proof-export.h"
#include "proof/check.h"

#define PROGRESS_FROM_BYTES                                                                        \
  (8 * 1024 * 1024) /* smaller bundles are checked before one could read it */

static char *option_checkpoint, *option_key; /* set by GOption, once a process */
static char **option_witnesses;
static AkProofExport option_export;

static const GOptionEntry options[] = {
    {"checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &option_checkpoint, "proof.option.checkpoint",
     "OLD"},
    {"key", 0, 0, G_OPTION_ARG_STRING, &option_key, "proof.option.key", "FILE|KEY"},
    {"witness", 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_witnesses, "proof.option.witness",
     "FILE|KEY"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &option_export.output, "proof.option.output", "FILE"},
    {"since", 0, 0, G_OPTION_ARG_FILENAME, &option_export.since, "proof.option.since", "OLD"},
    {"with-evidence", 0, 0, G_OPTION_ARG_NONE, &option_export.with_evidence,
     "proof.option.with-evidence", NULL},
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_export.reason, "cli.evidence.option.reason",
     "TEXT"},
    {NULL},
};

/* Foreign text as one line that cannot command a terminal; caller frees. */
static char *printable(const char *text) {
  GString *safe = g_string_new(NULL);
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    GUnicodeType type = g_unichar_type(c);
    if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR ||
        type == G_UNICODE_PARAGRAPH_SEPARATOR)
      g_string_append_printf(safe, "\\u{%X}", c);
    else
      g_string_append_unichar(safe, c);
  }
  return g_string_free(safe, FALSE);
}

static void print_fact(AkLang lang, const char *id, const char *value) {
  g_autofree char *safe = printable(value != NULL ? value : "");
  printf("  %s: %s\n", ak_text(lang, id), safe);
}

static void print_check(AkLang lang, const char *mark, const char *id) {
  g_autofree char *text_id = g_strdup_printf("proof.check.%s", id);
  printf("  %s %s\n", mark, ak_text(lang, text_id));
}

static void print_witness(AkLang lang, const AkProofWitness *witness) {
  g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc((gint64)witness->time_s);
  g_autofree char *time = when != NULL ? g_date_time_format(when, "%FT%TZ") : g_strdup("?");
  g_autofree char *name = printable(witness->name);
  g_autofree char *line = ak_text_format(
      lang, witness->trusted ? "proof.witness.trusted" : "proof.witness.unknown", name, time);
  printf("  %s\n", line);
}

static void print_facts(AkLang lang, const AkProofReport *report) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&report->product_digest, hex);
  print_fact(lang, "proof.fact.product", report->product);
  print_fact(lang, "proof.fact.product-digest", hex);
  print_fact(lang, "proof.fact.run", report->run);
  print_fact(lang, "proof.fact.result", report->result);
  print_fact(lang, "proof.fact.key", report->key);
  g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, report->tree_size);
  print_fact(lang, "proof.fact.tree-size", size);
  g_autofree char *counts = ak_text_format(lang, "proof.fact.counts", report->records,
                                           report->observations, report->evidence);
  printf("  %s\n", counts);
  for (guint i = 0; i < report->witnesses->len; i++)
    print_witness(lang, report->witnesses->pdata[i]);
}

static void print_text(const AkCli *cli, const char *path, const AkProofReport *report) {
  g_autofree char *name = printable(path);
  g_autofree char *head =
      ak_text_format(cli->lang, report->holds ? "proof.holds" : "proof.does-not-hold", name);
  printf("%s\n", head);
  for (guint i = 0; i < report->held->len; i++)
    print_check(cli->lang, "✓", report->held->pdata[i]);
  for (guint i = 0; i < report->without->len; i++) {
    g_autofree char *id =
        g_strdup_printf("proof.without.%s", (const char *)report->without->pdata[i]);
    printf("  – %s\n", ak_text(cli->lang, id));
  }
  if (report->holds) {
    print_facts(cli->lang, report);
  } else {
    print_check(cli->lang, "✗", report->failed);
    print_fact(cli->lang, "proof.place", report->place);
    print_fact(cli->lang, "proof.expected", report->expected);
    print_fact(cli->lang, "proof.found", report->found);
  }
  printf("%s\n", ak_text(cli->lang, "proof.not-proven"));
  for (guint i = 0; i < report->not_proven->len; i++) {
    g_autofree char *id =
        g_strdup_printf("proof.not-proven.%s", (const char *)report->not_proven->pdata[i]);
    printf("  - %s\n", ak_text(cli->lang, id));
  }
}

static bool print_json(const AkProofReport *report, GError **error) {
  g_autoptr(json_t) json = ak_proof_report_to_json(report);
  g_autofree char *text = ak_json_canonical(json, NULL, error);
  if (text == NULL)
    return false;
  printf("%s\n", text);
  return true;
}

static void show_progress(gpointer data, const char *check, guint done, guint total) {
  g_autofree char *id = g_strdup_printf("proof.check.%s", check);
  fprintf(stderr, "[%u/%u] %s\n", done + 1, total, ak_text(((const AkCli *)data)->lang, id));
}

static bool read_witnesses(GPtrArray *keys, GError **error) {
  for (char **value = option_witnesses; value != NULL && *value != NULL; value++) {
    AkNoteKey *key = ak_cli_read_key(*value, "--witness", error);
    if (key == NULL)
      return false;
    g_ptr_array_add(keys, key);
  }
  return true;
}

static AkExit run_verify(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 1) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "proof.verify.usage"));
    return AK_EXIT_USAGE;
  }
  gsize size = 0;
  AkProofTrust trust = {.progress_data = (gpointer)cli};
  g_autoptr(AkNoteKey) key = NULL;
  g_autoptr(GPtrArray) witnesses = g_ptr_array_new_with_free_func((GDestroyNotify)ak_note_key_free);
  g_autofree char *old = NULL;
  g_autofree char *data = ak_cli_read_regular(argv[0], AK_BUNDLE_MAX_BYTES, &size, error);
  if (data == NULL || !read_witnesses(witnesses, error) ||
      (option_key != NULL && (key = ak_cli_read_key(option_key, "--key", error)) == NULL) ||
      (option_checkpoint != NULL && (old = ak_cli_read_regular(option_checkpoint, AK_NOTE_MAX_BYTES,
                                                     &trust.old_checkpoint_size, error)) == NULL))
    return AK_EXIT_USAGE;
  if (ak_cli_chain_is_certificate(data, size))
    return ak_cli_chain_verify_certificate(cli, argv[0], data, size, key, error);
  trust.key = key;
  trust.witnesses = witnesses;
  trust.old_checkpoint = old;
  if (size >= PROGRESS_FROM_BYTES)
    trust.progress = show_progress;
  g_auto(AkProofReport) report = {0};
  if (!ak_proof_bundle_check(data, size, &trust, &report, error)) {
    g_prefix_error(error, "%s: ", argv[0]);
    return AK_EXIT_USAGE;
  }
  if (cli->format == AK_FORMAT_TEXT)
    print_text(cli, argv[0], &report);
  else if (!print_json(&report, error))
    return AK_EXIT_NOT_FINISHED;
  return report.holds ? AK_EXIT_PASS : AK_EXIT_FAIL;
}

static AkExit run_export(const AkCli *cli, int argc, char **argv, GError **error) {
  return ak_cli_proof_export(cli, argc, argv, &option_export, error);
}

/* One row a subcommand. */
static const struct {
  const char *word;
  AkExit (*run)(const AkCli *cli, int argc, char **argv, GError **error);
} subcommands[] = {
    {"verify", run_verify},
    {"export", run_export},
};

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  for (gsize i = 0; argc > 0 && i < G_N_ELEMENTS(subcommands); i++)
    if (strcmp(argv[0], subcommands[i].word) == 0)
      return subcommands[i].run(cli, argc - 1, argv + 1, error);
  ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "proof.verify.usage"));
  return AK_EXIT_USAGE;
}

const AkCommand ak_cli_proof_command = {
    .word = "proof",
    .arguments = "verify BUNDLE | export RUN",
    .summary_id = "cli.proof.summary",
    .help_id = "cli.proof.help",
    .options = options,
    .run = run,
};
