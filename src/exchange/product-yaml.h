/* product.yaml: the product, its claims and the consent to test it. Format: docs/formats/product.md,
 * whose tables are made from ak_product_fields. */
#pragma once

#include "core/product.h"
#include "exchange/schema.h"

extern const AkField ak_product_fields[]; /* ends with a NULL name */

/* Reads the file at `path`. INVALID_DATA with all problems, one a line, each with its place. */
AkProduct *ak_product_read(const char *path, GError **error);

/* The same from bytes; `folder` (may be NULL) is where relative paths start. */
AkProduct *ak_product_parse(const char *data, gsize size, const char *where, const char *folder,
                            GError **error);

/* From a document that was read before (json of the whole file; a reference is taken). */
AkProduct *ak_product_from_document(json_t *document, const char *folder, GError **error);

bool ak_exchange_product_yaml_fuzz(const guint8 *data, gsize size);
