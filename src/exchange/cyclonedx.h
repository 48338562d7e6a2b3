/* CycloneDX bills of materials: reading 1.2 to 1.6 as JSON and 1.1 to 1.6 as XML, writing 1.6 as JSON.
 * Format: docs/formats/cyclonedx.md. Source: ECMA-424, CycloneDX 1.6, and its JSON and XML schemas.
 *
 * Between reading and writing stands a bill, a JSON object; members without a value are left out:
 *   {"format": "cyclonedx", "format_version", "serial", "timestamp", "title", "version",
 *    "subject": COMPONENT, "components": [COMPONENT], "dependencies": {REF: [REF]}}
 *   COMPONENT {"ref", "type", "group", "name", "version", "purl", "cpe", "scope",
 *    "hashes": {"SHA-256": hex}, "licenses": [{"id" | "name" | "expression": text}],
 *    "files": [path], "origin", "parent": index in components} */
#pragma once

#include "util/json.h"
#include "util/text.h"

#define AK_CYCLONEDX_MAX_COMPONENTS 200000

/* A bill from a document that was parsed; the caller's. INVALID_DATA with the component where a name is
 * missing, NOT_SUPPORTED for an unknown version, LIMIT above 200,000 components. */
json_t *ak_cyclonedx_read(const json_t *document, const char *where, GError **error);

/* The JSON form of an XML bill of at most `size` bytes, for ak_cyclonedx_read; the caller's. DTDs are passed
 * over and entities beyond XML's five refused; 64 levels and 1,000,000 elements. */
json_t *ak_cyclonedx_from_xml(const char *data, gsize size, const char *where, GError **error);

/* A bill as a CycloneDX 1.6 document; the caller's. The same bill gives the same document. CONFLICT where a
 * component is its own ancestor. */
json_t *ak_cyclonedx_write(const json_t *bill, GError **error);

/* The components of the images of a report (docs/formats/report.md) as a bill; the caller's. */
json_t *ak_cyclonedx_of_report(const json_t *report, AkLang lang, GError **error);

bool ak_exchange_cyclonedx_fuzz(const guint8 *data, gsize size);
bool ak_exchange_cyclonedx_xml_fuzz(const guint8 *data, gsize size);
