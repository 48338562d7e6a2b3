/* SARIF 2.1.0, writing and reading. Format: docs/formats/sarif.md.
 * Source: OASIS, Static Analysis Results Interchange Format 2.1.0, and its JSON schema. */
#pragma once

#include "util/json.h"
#include "util/text.h"

#define AK_SARIF_MAX_RESULTS 200000

/* The report (docs/formats/report.md) as a SARIF log, texts in `lang`; the caller's. INVALID_DATA where it is
 * no report. */
json_t *ak_sarif_write(const json_t *report, AkLang lang, GError **error);

/* What a SARIF log says, as docs/formats/import.md has it; the caller's. INVALID_DATA where a member that is
 * needed is missing or of another type, NOT_SUPPORTED for a version other than 2.1.0. */
json_t *ak_sarif_read(const json_t *document, const char *where, GError **error);

bool ak_exchange_sarif_fuzz(const guint8 *data, gsize size);
