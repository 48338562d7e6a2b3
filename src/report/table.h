/* The report's tables as comma-separated values (exchange/csv.h): verdicts, findings, observations. */
#pragma once

#include "util/json.h"
#include "util/text.h"

/* Column names are English words for machines, cells are in `lang`. With `bom` a byte order mark comes first,
 * by which spreadsheets know UTF-8. The caller's; INVALID_DATA where `report` is no report. */
GBytes *ak_report_table_verdicts(const json_t *report, AkLang lang, bool bom, GError **error);
GBytes *ak_report_table_findings(const json_t *report, AkLang lang, bool bom, GError **error);
GBytes *ak_report_table_observations(const json_t *report, AkLang lang, bool bom, GError **error);
