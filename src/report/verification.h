/* The report of a verification that a laboratory signs: scope, items, deviations, verdicts,
 * findings, what was found good, what was not tested and why. The JSON document is the report; HTML
 * and text are made from it alone. Format: docs/formats/report.md. Pure: the same input gives the
 * same bytes. */
#pragma once

#include "catalog/catalog.h"
#include "core/product.h"
#include "util/text.h"
#include "verify/verdict/verdict.h"

/* Everything is borrowed. */
typedef struct {
  const char *run_id;
  const json_t *planned; /* the run-planned record */
  const json_t *verdict; /* the verdict record; its "verdicts" is what ak_verdict_compute made */
  const char *end;       /* "finished", "aborted", or NULL while it runs */
  const AkCatalog *catalog;
  const AkProfile *profile;
  const AkProduct *product;
  const GPtrArray *observations; /* of const AkObservation: those of the run */
  const GPtrArray *executions;   /* of const AkExecution */
  guint run_number, run_count;   /* "run 3 of 4" of this version; 0: not said */
  const char *const *other_runs; /* ids of the other runs of this version, sorted; may be NULL */
  const json_t *threats;         /* what ak_threats made when the run was planned, or NULL */
  const char *log_origin;        /* of the evidence log, or NULL */
  const char *log_key;           /* its verifier key, or NULL */
  guint64 verdict_index;         /* of the verdict record in that log */
  const char *valid_until;       /* the first day on which a decided verdict expires, or NULL */
  const char *lapsed_by;         /* the version that was verified since, or NULL */
  bool expired;                  /* on the day that the reader named */
} AkReportInput;

/* The report; the caller's. INVALID_DATA where the verdict record lacks what it must have. */
json_t *ak_report_verification(const AkReportInput *input, GError **error);

/* A report as self-contained, printable HTML, or as plain text, in `lang`. INVALID_DATA where
 * `report` is no report. Caller frees. */
char *ak_report_verification_html(const json_t *report, AkLang lang, GError **error);
char *ak_report_verification_text(const json_t *report, AkLang lang, GError **error);
/* As a PDF (doc/doc.h), dated by the verdict. Also NOT_FOUND where the font is not installed. */
GBytes *ak_report_verification_pdf(const json_t *report, AkLang lang, GError **error);
