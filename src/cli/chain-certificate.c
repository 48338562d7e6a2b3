/* akashi chain certificate: the analyses that were entered into the log, and one of them as a file for others. */
#include "app/chain-certificate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/chain-certificate.h"
#include "cli/chain-parts.h"
#include "cli/workspace.h"
#include "proof/chain-certificate.h"

static char *time_text(const json_t *row, const char *member) {
  gint64 when_utc_us = json_integer_value(json_object_get(row, member));
  g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(when_utc_us / G_USEC_PER_SEC);
  return when != NULL ? g_date_time_format(when, "%FT%TZ") : g_strdup("?");
}

static AkExit list(const AkCli *cli, AkWorkspace *workspace, GError **error) {
  g_autoptr(json_t) rows = ak_app_chain_recorded(workspace, error);
  if (rows == NULL)
    return AK_EXIT_NOT_FINISHED;
  if (cli->format == AK_FORMAT_JSON)
    return ak_cli_chain_print_json(rows);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, ak_text(cli->lang, "chain.certificates"));
  const char *header[] = {ak_text(cli->lang, "chain.column.index"),
                          ak_text(cli->lang, "chain.column.when"),
                          ak_text(cli->lang, "chain.column.chain"),
                          ak_text(cli->lang, "chain.certificate.count"),
                          ak_text(cli->lang, "chain.certificate.root"), NULL};
  AkDocNode *table = json_array_size(rows) > 0 ? ak_doc_table(doc->root, header) : NULL;
  if (table == NULL)
    ak_doc_paragraph(doc->root, ak_text(cli->lang, "chain.certificates.none"));
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *index = g_strdup_printf(
        "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(row, "index")));
    g_autofree char *count = g_strdup_printf(
        "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(row, "count")));
    g_autofree char *when = time_text(row, "when_utc_us");
    const char *cells[] = {index, when, ak_json_string_or(row, "chain", ""), count,
                           ak_json_string_or(row, "root", ""), NULL};
    ak_doc_row(table, cells);
  }
  ak_cli_chain_print_doc(doc);
  return AK_EXIT_PASS;
}

static AkExit export(const AkCli *cli, const AkCliChainOptions *options, AkWorkspace *workspace,
                     guint64 index, GError **error) {
  g_autoptr(GBytes) bytes = ak_app_chain_export_certificate(workspace, index, error);
  if (bytes == NULL)
    return g_error_matches(*error, AK_ERROR, AK_ERROR_NOT_FOUND) ? AK_EXIT_USAGE
                                                                 : AK_EXIT_NOT_FINISHED;
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  if (options->output == NULL || strcmp(options->output, "-") == 0)
    return fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0 ? AK_EXIT_PASS
                                                                        : AK_EXIT_NOT_FINISHED;
  g_autoptr(GError) failure = NULL;
  if (g_file_set_contents(options->output, data, (gssize)size, &failure))
    return AK_EXIT_PASS;
  ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
  return AK_EXIT_NOT_FINISHED;
}

AkExit ak_cli_chain_certificate(const AkCli *cli, const AkCliChainOptions *options, int argc,
                                char **argv, GError **error) {
  guint64 index = 0;
  if (argc > 1 ||
      (argc == 1 && !g_ascii_string_to_unsigned(argv[0], 10, 0, G_MAXINT64, &index, NULL))) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.certificate-usage"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  if (workspace == NULL)
    return AK_EXIT_NOT_FINISHED;
  return argc == 0 ? list(cli, workspace, error) : export(cli, options, workspace, index, error);
}

/* --- checking
 * ------------------------------------------------------------------------------------------- */

bool ak_cli_chain_is_certificate(const char *data, gsize size) {
  static const char begin[] = "{\"backings\":[";
  return size >= sizeof begin - 1 && memcmp(data, begin, sizeof begin - 1) == 0;
}

static void print_check(AkLang lang, const char *mark, const char *id) {
  g_autofree char *text = g_strdup_printf("chain.certificate.check.%s", id);
  printf("  %s %s\n", mark, ak_text(lang, text));
}

static void print_fact(AkLang lang, const char *id, const char *value) {
  g_autofree char *safe = g_strescape(value != NULL ? value : "", NULL);
  bool is_plain = value != NULL && g_utf8_validate(value, -1, NULL) && strpbrk(value, "\n\r\t\033") == NULL;
  printf("  %s: %s\n", ak_text(lang, id), is_plain ? value : safe);
}

static void print_report(const AkCli *cli, const char *path, const AkChainCertificateReport *report) {
  AkLang lang = cli->lang;
  g_autofree char *head =
      ak_text_format(lang, report->holds ? "proof.holds" : "proof.does-not-hold", path);
  printf("%s\n", head);
  for (guint i = 0; i < report->held->len; i++)
    print_check(lang, "✓", report->held->pdata[i]);
  if (!report->holds) {
    print_check(lang, "✗", report->failed);
    print_fact(lang, "proof.place", report->place);
    print_fact(lang, "proof.expected", report->expected);
    print_fact(lang, "proof.found", report->found);
    return;
  }
  const json_t *certificate = json_object_get(report->record, "certificate");
  const json_t *chain = json_object_get(report->record, "chain");
  g_autofree char *when = time_text(report->record, "when_utc_us");
  print_fact(lang, "chain.column.chain", ak_json_string_or(chain, "name", ""));
  print_fact(lang, "chain.certificate.file", ak_json_string_or(chain, "sha256", ""));
  print_fact(lang, "chain.certificate.root", ak_json_string_or(certificate, "root", ""));
  print_fact(lang, "chain.certificate.knowledge", ak_json_string_or(certificate, "knowledge", ""));
  print_fact(lang, "chain.column.when", when);
  print_fact(lang, "proof.fact.key", report->key);
  printf("%s\n", ak_text(lang, "proof.not-proven"));
  if (!report->is_vouched)
    printf("  - %s\n", ak_text(lang, "proof.not-proven.key"));
  printf("  - %s\n  - %s\n", ak_text(lang, "proof.not-proven.time"),
         ak_text(lang, "chain.certificate.not-proven"));
}

AkExit ak_cli_chain_verify_certificate(const AkCli *cli, const char *path, const char *data, gsize size,
                                       const AkNoteKey *key, GError **error) {
  g_autoptr(AkChainCertificate) certificate = ak_chain_certificate_parse(data, size, error);
  g_auto(AkChainCertificateReport) report = {0};
  if (certificate == NULL) {
    g_prefix_error(error, "%s: ", path);
    return AK_EXIT_USAGE;
  }
  ak_chain_certificate_check(certificate, data, size, key, &report);
  g_autoptr(json_t) json = ak_chain_certificate_report_to_json(&report);
  if (cli->format == AK_FORMAT_JSON)
    ak_cli_chain_print_json(json);
  else
    print_report(cli, path, &report);
  return report.holds ? AK_EXIT_PASS : AK_EXIT_FAIL;
}
