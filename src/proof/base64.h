/* Base 64 with one spelling a value: padded, without line breaks, unused bits zero.
 * Source: RFC 4648, 4 and 3.5 (canonical encoding). */
#pragma once

#include "util/digest.h"

/* Caller frees. */
char *ak_base64_encode(const void *data, gsize size);

/* Decodes at most `max_bytes`; INVALID_DATA for any other spelling, LIMIT above the maximum.
 * `where` names the source in errors. */
GBytes *ak_base64_decode(const char *text, gsize max_bytes, const char *where, GError **error);

/* Decodes exactly `size` bytes into `out`, which is written only on success. */
bool ak_base64_decode_exact(const char *text, guint8 *out, gsize size, const char *where,
                            GError **error);
