/* Documents that others give us: which format one is, and what it says (docs/formats/import.md). */
#pragma once

#include "util/json.h"

#define AK_FOREIGN_MAX_BYTES (64 * 1024 * 1024)

typedef struct {
  const char *name;   /* "sarif" */
  const char *member; /* the member of a document's top level that tells it */
  const char *text;   /* which must be this text, or NULL: an object or an array */
  /* What it says; the caller's. NULL: a catalogue or profile, which has readers of its own. */
  json_t *(*read)(const json_t *document, const char *where, GError **error);
} AkForeignFormat;

/* The document of at most 64 MiB: JSON as it stands; CycloneDX's XML in its JSON form; anything else as
 * {"csv": [[cells]]}. The caller's. LIMIT or INVALID_DATA. */
json_t *ak_foreign_parse(const char *data, gsize size, const char *where, GError **error);

/* Static lifetime; NULL with NOT_SUPPORTED where no format is recognised. */
const AkForeignFormat *ak_foreign_recognise(const json_t *document, const char *where, GError **error);
