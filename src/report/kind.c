#include "report/kind.h"

#include <string.h>

#include "exchange/cyclonedx.h"
#include "exchange/oscal-plan.h"
#include "exchange/oscal-poam.h"
#include "exchange/oscal-results.h"
#include "exchange/sarif.h"
#include "exchange/spdx.h"
#include "report/table.h"
#include "report/verification.h"

static GBytes *bytes_of(char *taken) {
  return taken != NULL ? g_bytes_new_take(taken, strlen(taken)) : NULL;
}

/* Canonical bytes of a document, which is taken; NULL is passed on. */
static GBytes *json_bytes(json_t *taken, GError **error) {
  g_autoptr(json_t) document = taken;
  return document != NULL ? bytes_of(ak_json_canonical(document, NULL, error)) : NULL;
}

static GBytes *write_text(const json_t *report, const AkReportOptions *options, GError **error) {
  return bytes_of(ak_report_verification_text(report, options->lang, error));
}

static GBytes *write_html(const json_t *report, const AkReportOptions *options, GError **error) {
  return bytes_of(ak_report_verification_html(report, options->lang, error));
}

static GBytes *write_json(const json_t *report, const AkReportOptions *options, GError **error) {
  return bytes_of(ak_json_canonical(report, NULL, error));
}

static GBytes *write_pdf(const json_t *report, const AkReportOptions *options, GError **error) {
  return ak_report_verification_pdf(report, options->lang, error);
}

static GBytes *write_verdicts(const json_t *report, const AkReportOptions *options, GError **error) {
  return ak_report_table_verdicts(report, options->lang, options->bom, error);
}

static GBytes *write_findings(const json_t *report, const AkReportOptions *options, GError **error) {
  return ak_report_table_findings(report, options->lang, options->bom, error);
}

static GBytes *write_observations(const json_t *report, const AkReportOptions *options, GError **error) {
  return ak_report_table_observations(report, options->lang, options->bom, error);
}

static GBytes *write_sarif(const json_t *report, const AkReportOptions *options, GError **error) {
  return json_bytes(ak_sarif_write(report, options->lang, error), error);
}

static GBytes *write_cyclonedx(const json_t *report, const AkReportOptions *options, GError **error) {
  g_autoptr(json_t) bill = ak_cyclonedx_of_report(report, options->lang, error);
  return bill != NULL ? json_bytes(ak_cyclonedx_write(bill, error), error) : NULL;
}

static GBytes *write_spdx(const json_t *report, const AkReportOptions *options, GError **error) {
  g_autoptr(json_t) bill = ak_cyclonedx_of_report(report, options->lang, error);
  return bill != NULL ? json_bytes(ak_spdx_write(bill, error), error) : NULL;
}

static GBytes *write_plan(const json_t *report, const AkReportOptions *options, GError **error) {
  return json_bytes(ak_oscal_plan_write(report, options->lang, error), error);
}

static GBytes *write_results(const json_t *report, const AkReportOptions *options, GError **error) {
  return json_bytes(ak_oscal_results_write(report, options->lang, error), error);
}

static GBytes *write_poam(const json_t *report, const AkReportOptions *options, GError **error) {
  return json_bytes(ak_oscal_poam_write(report, options->lang, error), error);
}

#define OSCAL_TYPE "application/oscal+json"
#define CSV_TYPE "text/csv; charset=utf-8"

const AkReportKind ak_report_kinds[] = {
    {"text", "text/plain; charset=utf-8", "txt", "report.kind.text", .write = write_text},
    {"html", "text/html; charset=utf-8", "html", "report.kind.html", .write = write_html},
    {"json", "application/json", "json", "report.kind.json", .one_language = true, .write = write_json},
    {"pdf", "application/pdf", "pdf", "report.kind.pdf", .binary = true, .write = write_pdf},
    {"csv", CSV_TYPE, "verdicts.csv", "report.kind.csv", .write = write_verdicts},
    {"csv-findings", CSV_TYPE, "findings.csv", "report.kind.csv-findings", .write = write_findings},
    {"csv-observations", CSV_TYPE, "observations.csv", "report.kind.csv-observations",
     .one_language = true, .write = write_observations},
    {"sarif", "application/sarif+json", "sarif", "report.kind.sarif", .write = write_sarif},
    {"cyclonedx", "application/vnd.cyclonedx+json; version=1.6", "cdx.json", "report.kind.cyclonedx",
     .one_language = true, .write = write_cyclonedx},
    {"spdx", "application/spdx+json", "spdx.json", "report.kind.spdx", .one_language = true,
     .write = write_spdx},
    {"oscal-ap", OSCAL_TYPE, "oscal-ap.json", "report.kind.oscal-ap", .write = write_plan},
    {"oscal-ar", OSCAL_TYPE, "oscal-ar.json", "report.kind.oscal-ar", .write = write_results},
    {"oscal-poam", OSCAL_TYPE, "oscal-poam.json", "report.kind.oscal-poam", .write = write_poam,
     .has = ak_oscal_poam_has_items},
    {NULL},
};

const AkReportKind *ak_report_kind_find(const char *name) {
  for (gsize i = 0; ak_report_kinds[i].name != NULL; i++)
    if (strcmp(ak_report_kinds[i].name, name) == 0)
      return &ak_report_kinds[i];
  return NULL;
}

char *ak_report_kind_file(const AkReportKind *self, const char *run_id, AkLang lang) {
  return self->one_language
             ? g_strdup_printf("%s.%s", run_id, self->extension)
             : g_strdup_printf("%s.%s.%s", run_id, ak_lang_name(lang), self->extension);
}
