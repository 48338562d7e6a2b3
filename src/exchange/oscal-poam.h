/* OSCAL's plan of action and milestones (POA&M): reading 1.1 and 1.2, writing 1.2.1. Format: docs/formats/oscal.md. */
#pragma once

#include "util/json.h"
#include "util/text.h"

/* The report (docs/formats/report.md) as an OSCAL document, texts in `lang`; the caller's. The same report
 * gives the same document. INVALID_DATA where it is no report. NOT_FOUND where nothing is to be done: OSCAL knows no empty one. */
json_t *ak_oscal_poam_write(const json_t *report, AkLang lang, GError **error);

/* Is anything to be done? `result`: a report, or what ak_verdict_compute made. */
bool ak_oscal_poam_has_items(const json_t *result);

/* What a document {"plan-of-action-and-milestones": …} says, as docs/formats/import.md has it; the caller's. INVALID_DATA names the
 * member, NOT_SUPPORTED an unknown version, LIMIT above 200,000 rows. */
json_t *ak_oscal_poam_read(const json_t *document, const char *where, GError **error);

bool ak_exchange_oscal_poam_fuzz(const guint8 *data, gsize size);
