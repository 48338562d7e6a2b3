/* OSCAL profiles, reading 1.1 and 1.2 and writing 1.2.1. Format: docs/formats/oscal.md. */
#pragma once

#include "catalog/catalog.h"

/* Reads an OSCAL profile as a profile of the id `id` over `catalog`: which of its requirements are
 * selected, by ids, by patterns, with or without child controls, less the excluded ones. All imports
 * must mean this one catalogue (NOT_SUPPORTED for more than one). INVALID_DATA names a control that the
 * catalogue has not. `left_out` (may be NULL) gets the names of the members that change controls and
 * are not taken over ("modify"), or NULL; the caller's. */
AkProfile *ak_oscal_profile_read(const char *data, gsize size, const char *where, const char *id,
                                 const AkCatalog *catalog, char **left_out, GError **error);

/* The profile as an OSCAL document that imports ak_oscal_catalog_write's; the caller's. */
json_t *ak_oscal_profile_write(const AkProfile *self, const AkCatalog *catalog,
                               gint64 modified_utc_us, GError **error);

/* As akashi keeps a profile (docs/formats/catalog.md); the caller's. */
json_t *ak_oscal_profile_document(const AkProfile *self);

bool ak_exchange_oscal_profile_fuzz(const guint8 *data, gsize size);
