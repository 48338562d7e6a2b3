/* OSCAL's assessment results: reading 1.1 and 1.2, writing 1.2.1. Format: docs/formats/oscal.md. */
#pragma once

#include "util/json.h"
#include "util/text.h"

/* The report (docs/formats/report.md) as an OSCAL document, texts in `lang`; the caller's. The same report
 * gives the same document. INVALID_DATA where it is no report. */
json_t *ak_oscal_results_write(const json_t *report, AkLang lang, GError **error);

/* What a document {"assessment-results": …} says, as docs/formats/import.md has it; the caller's. INVALID_DATA names the
 * member, NOT_SUPPORTED an unknown version, LIMIT above 200,000 rows. */
json_t *ak_oscal_results_read(const json_t *document, const char *where, GError **error);

bool ak_exchange_oscal_results_fuzz(const guint8 *data, gsize size);
