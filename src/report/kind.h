/* The forms in which a run's report is handed out, one row each: the command line, the pages and exports
 * work from this table. */
#pragma once

#include "util/json.h"
#include "util/text.h"

typedef struct {
  AkLang lang;
  bool bom; /* a byte order mark before comma-separated values */
} AkReportOptions;

typedef struct {
  const char *name;       /* "sarif": the word of --format */
  const char *media_type; /* with its charset where it is text */
  const char *extension;  /* "sarif": RUN.EXTENSION; unique in the table */
  const char *title_id;   /* text id of what it is */
  bool binary;            /* not for a terminal */
  bool one_language;      /* the same bytes whatever the language */
  /* The bytes; the caller's. The same report and options give the same bytes. NOT_FOUND where this form has
   * nothing to say (a plan of action where nothing is to be done). */
  GBytes *(*write)(const json_t *report, const AkReportOptions *options, GError **error);
  /* Has this form something to say of what ak_verdict_compute made? NULL: always. */
  bool (*has)(const json_t *result);
} AkReportKind;

extern const AkReportKind ak_report_kinds[]; /* ends with a NULL name */

const AkReportKind *ak_report_kind_find(const char *name); /* NULL where unknown */

/* "text|html|…", all of them: static, for --format. */
#define AK_REPORT_KIND_NAMES                                                                       \
  "text|html|json|pdf|csv|csv-findings|csv-observations|sarif|cyclonedx|spdx|oscal-ap|oscal-ar|oscal-poam"

/* "RUN.LANG.EXTENSION", without LANG for one language: the name of a file. Caller frees. */
char *ak_report_kind_file(const AkReportKind *self, const char *run_id, AkLang lang);
