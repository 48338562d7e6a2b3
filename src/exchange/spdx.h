/* SPDX bills of materials: reading 2.2 and 2.3 as JSON, writing 2.3 as JSON. Format: docs/formats/spdx.md.
 * Source: SPDX Specification 2.3 and its JSON schema.
 *
 * Between reading and writing stands a bill as in exchange/cyclonedx.h. */
#pragma once

#include "util/json.h"

#define AK_SPDX_MAX_PACKAGES 200000

/* A bill from a document that was parsed; the caller's. INVALID_DATA with the package where a name or its
 * identifier is missing or twice the same, NOT_SUPPORTED for an unknown version, LIMIT above 200,000 packages. */
json_t *ak_spdx_read(const json_t *document, const char *where, GError **error);

/* A bill as an SPDX 2.3 document; the caller's. The same bill gives the same document. INVALID_DATA where the
 * bill has no serial number or no timestamp, which SPDX needs. */
json_t *ak_spdx_write(const json_t *bill, GError **error);

/* CycloneDX or SPDX, whichever the document is. */
json_t *ak_spdx_or_cyclonedx_read(const json_t *document, const char *where, GError **error);

bool ak_exchange_spdx_fuzz(const guint8 *data, gsize size);
