/* OSCAL catalogues, reading 1.1 and 1.2 and writing 1.2.1. Format: docs/formats/oscal.md. */
#pragma once

#include "catalog/catalog.h"

/* Reads an OSCAL catalogue as a catalogue of the id `id`: each control that is not withdrawn is a
 * mandatory requirement with one manual case "CONTROL-m", which an answer decides. What OSCAL says
 * beyond that is kept in props.oscal for writing it again. At most 16 MiB, 4,096 controls, 16 levels
 * of groups, controls or parts and 256 KiB of text a control. INVALID_DATA names the control. */
AkCatalog *ak_oscal_catalog_read(const char *data, gsize size, const char *where, const char *id,
                                 GError **error);

/* The catalogue as an OSCAL document; the caller's. CONFLICT where two ids have one OSCAL token. */
json_t *ak_oscal_catalog_write(const AkCatalog *self, gint64 modified_utc_us, GError **error);

bool ak_exchange_oscal_catalog_fuzz(const guint8 *data, gsize size);
