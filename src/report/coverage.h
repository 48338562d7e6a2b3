/* What of a catalogue tests look at, and what is left to people: made from the catalogue's rules
 * and the tests' descriptors alone. */
#pragma once

#include "catalog/catalog.h"
#include "core/test.h"
#include "doc/doc.h"

/* `catalogs` of AkCatalog; `tests` ends with NULL. */
AkDoc *ak_report_coverage(const GPtrArray *catalogs, const AkTest *const *tests, AkLang lang);

/* {"catalogs": [{"catalog", "requirements": [{"requirement", "cases": [{"case", "method", "grade",
 * "reach", "properties": […], "tests": […]}]}], "summary": {"requirements", "automatic"}}]}; the
 * caller's. */
json_t *ak_report_coverage_json(const GPtrArray *catalogs, const AkTest *const *tests);
