/* product.yaml: the product, its claims and the consent to test it. Format: docs/formats/product.md,
 * whose tables are made from ak_product_fields. */
#pragma once

#include "core/product.h"
#include "exchange/schema.h"

extern const AkField ak_product_fields[]; /* ends with a NULL name */

/* Reads the file at `path`. INVALID_DATA with all problems, one a line, each with its place. Files that
 * it names are not looked for. */
AkProduct *ak_product_read(const char *path, GError **error);

/* The same from bytes; `folder` (may be NULL) is where relative paths start. */
AkProduct *ak_product_parse(const char *data, gsize size, const char *where, const char *folder,
                            GError **error);

/* As above, and `problems` (of AkProblem, empty before) gets all of them, by place, for showing them in
 * the reader's language; empty where the error is one of YAML, which ends the reading. With `files`
 * images, SBOMs and evidence must be there. */
AkProduct *ak_product_check(const char *data, gsize size, const char *where, const char *folder,
                            bool files, GPtrArray *problems, GError **error);

/* The bytes of a product file, NUL-terminated, and the absolute path of its folder. */
char *ak_product_read_bytes(const char *path, gsize *size, char **folder, GError **error);

/* From a document that was read before (json of the whole file; a reference is taken). */
AkProduct *ak_product_from_document(json_t *document, const char *folder, GError **error);

bool ak_exchange_product_yaml_fuzz(const guint8 *data, gsize size);
