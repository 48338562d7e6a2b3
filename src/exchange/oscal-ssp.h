/* A value chain as an OSCAL system security plan: elements are its components, measures its implemented requirements.
 * Format: docs/formats/chain-oscal.md. Source: NIST OSCAL 1.2.1, JSON schema of the SSP model. */
#pragma once

#include "exchange/chain-origins.h"
#include "exchange/oscal.h"

/* A checked document (docs/formats/chain-file.md) as a document {"system-security-plan": …}; the caller's. The same document
 * and time give the same bytes. */
json_t *ak_oscal_ssp_write(const json_t *chain, gint64 modified_utc_us);

/* A plan of OSCAL 1.1 or 1.2, ours or another's, as a document of a chain, not yet checked; the caller's. `origins` (or NULL) gets the JSON
 * pointers of its rows. INVALID_DATA, NOT_SUPPORTED. */
json_t *ak_oscal_ssp_read(const char *data, gsize size, const char *where, AkChainOrigins *origins, GError **error);

bool ak_exchange_oscal_ssp_fuzz(const guint8 *data, gsize size);
