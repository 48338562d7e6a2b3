/* What the OSCAL catalogue and profile models share: names, identifiers, metadata.
 * Source: NIST OSCAL 1.2.1, JSON schemas of the catalogue and profile models. */
#pragma once

#include "util/digest.h"
#include "util/json.h"

#define AK_OSCAL_VERSION "1.2.1" /* what is written */
#define AK_OSCAL_MAX_BYTES (16 * 1024 * 1024)

/* The namespace of our own properties and parts: what OSCAL has no name for. */
#define AK_OSCAL_NS "urn:akashi:oscal"

#define AK_UUID_SIZE 37 /* 36 characters and NUL */

/* UUID version 5 of `name` in the namespace of akashi's OSCAL documents, so that equal ids have equal
 * UUIDs. Source: RFC 9562, 5.5. */
void ak_oscal_uuid(const char *name, char out[static AK_UUID_SIZE]);
/* The same in a given namespace. */
void ak_oscal_uuid_in(const guint8 space[static 16], const char *name,
                      char out[static AK_UUID_SIZE]);

/* `id` as an OSCAL token: begins with a letter or "_", holds letters, digits, ".", "-" and "_".
 * "5.1-1" → "_5.1-1". Two ids may get one token. Caller frees. */
char *ak_oscal_token(const char *id);

/* `text` as one line without white space at its ends; "-" where nothing is left. Caller frees. */
char *ak_oscal_line(const char *text);

/* {"title", "last-modified", "version", "oscal-version"}. `modified_utc_us` counts whole seconds. */
json_t *ak_oscal_metadata(const char *title, const char *version, gint64 modified_utc_us);

/* {"name", "ns", "value"} of ours, appended to `props`; `class_name` may be NULL. */
void ak_oscal_add_prop(json_t *props, const char *name, const char *class_name, const char *value);
/* The value of our property of an object with "props", or NULL. Borrowed. */
const char *ak_oscal_prop(const json_t *object, const char *name, const char *class_name);

/* The member `model` of a parsed document, borrowed, after a look at its metadata as below. */
json_t *ak_oscal_model(const json_t *document, const char *model, const char *where, GError **error);

/* Parses `data` and returns a new reference of its member `model` ("catalog", "profile") after a look
 * at its metadata: title, version, and an oscal-version of 1.1 or 1.2 (else NOT_SUPPORTED). */
json_t *ak_oscal_parse(const char *data, gsize size, const char *model, const char *where,
                       GError **error);
