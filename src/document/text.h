/* Plain text of a document that somebody handed in. Pure; hostile input is bounded. */
#pragma once

#include "util/error.h"

#define AK_DOCUMENT_MAX_BYTES (4u * 1024 * 1024) /* of a file that is read; larger ones are not */

/* The text of a document, UTF-8, and its format in `format` ("text", "html"; static). NULL with NOT_SUPPORTED
 * where the format is none that is read here (PDF, archives, pictures, other encodings), LIMIT for a larger file.
 * In HTML tags become spaces, scripts and styles are left out, and character references are resolved. Caller
 * frees. Source: HTML Living Standard, 13.1.2 (raw text elements), 13.1.4 (character references). */
char *ak_document_text(const void *data, gsize size, const char **format, GError **error);
