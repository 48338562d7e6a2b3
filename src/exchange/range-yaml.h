/* range.yaml: a test range. Format: docs/formats/range.md, whose tables are made from
 * ak_range_fields. */
#pragma once

#include "core/range.h"
#include "exchange/schema.h"

extern const AkField ak_range_fields[]; /* ends with a NULL name */

/* From bytes; `folder` (may be NULL: files are not looked for) is where relative paths start.
 * `problems` (of AkProblem, empty before) gets all problems, by place; empty where the error is one of
 * YAML. Files of products and corpora are named, not read: ak_range_load does that. The caller's; NULL
 * with INVALID_DATA (all problems, one a line) or LIMIT. */
AkRange *ak_range_check(const char *data, gsize size, const char *where, const char *folder,
                        GPtrArray *problems, GError **error);

/* From a document that was checked, such as one that an evidence log holds. The caller's. */
AkRange *ak_range_from_document(json_t *document, const char *folder);

/* The bytes of an HTTP request that was written as text: line ends of its head become CRLF, one line end
 * at the body's end goes, and a Content-Length is added where there is a body and no length. */
GBytes *ak_range_request(const char *text);

bool ak_exchange_range_yaml_fuzz(const guint8 *data, gsize size);
