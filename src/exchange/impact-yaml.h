/* impact.yaml: a person states that what changed between two versions of a product does not touch
 * certain requirements, so that a retest may take their passes over. Format: docs/formats/impact.md. */
#pragma once

#include "exchange/schema.h"

extern const AkField ak_impact_fields[]; /* ends with a NULL name */

/* {"by", "on", "reason", "from", "to", "requirements"}, the caller's. INVALID_DATA with all problems,
 * one a line, each with its place. */
json_t *ak_impact_parse(const char *data, gsize size, const char *where, GError **error);
json_t *ak_impact_read(const char *path, GError **error);

bool ak_exchange_impact_yaml_fuzz(const guint8 *data, gsize size);
