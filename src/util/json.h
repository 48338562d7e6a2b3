/* What akashi adds to jansson: canonical bytes, bounded parsing, typed reading with clear errors.
 *
 * Canonical form: UTF-8, object keys in byte order, no white space, integers only (no floats), so
 * that equal records have equal bytes and equal digests.
 */
#pragma once

#include <jansson.h>

#include "util/error.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

/* The canonical bytes of `value` (an object or array), NUL-terminated beside the length in `size`
 * (may be NULL). Fails with INVALID_DATA if a float is inside. Caller frees. */
char *ak_json_canonical(const json_t *value, gsize *size, GError **error);

/* Parses one JSON document (object or array) of at most `size` bytes; nesting above 64, duplicate
 * keys, NUL characters and trailing bytes are refused. `where` names the source in errors:
 * "WHERE:LINE:COLUMN: reason". */
json_t *ak_json_parse(const char *data, gsize size, const char *where, GError **error);

/* As ak_json_parse, and the bytes must already be canonical: parse, write again, compare. */
json_t *ak_json_parse_canonical(const char *data, gsize size, const char *where, GError **error);

/* Borrowed member of `object`; NULL and INVALID_DATA "WHERE: member "KEY" is missing or no string"
 * otherwise. */
const char *ak_json_string(const json_t *object, const char *key, const char *where,
                           GError **error);
/* As above; writes `out` only on success. Range: `min` to `max`, both included. */
bool ak_json_integer(const json_t *object, const char *key, gint64 min, gint64 max,
                     const char *where, gint64 *out, GError **error);
/* Borrowed object or array member, or NULL with INVALID_DATA. */
json_t *ak_json_object(const json_t *object, const char *key, const char *where, GError **error);
json_t *ak_json_array(const json_t *object, const char *key, const char *where, GError **error);

/* Borrowed text of `key`, or `fallback` where it is missing or no string. */
const char *ak_json_string_or(const json_t *object, const char *key, const char *fallback);
/* The same with "", and an integer, 0 where it is missing or none: of documents of akashi's own, to be shown. */
const char *ak_json_text(const json_t *object, const char *key);
gint64 ak_json_number(const json_t *object, const char *key);
/* An integer, or `fallback` where the member is missing; 0 where it is no integer. */
gint64 ak_json_number_or(const json_t *object, const char *key, gint64 fallback);
