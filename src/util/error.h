/* One error domain for the whole program: few codes, each level adds where it happened.
 *
 * A failed check of a product is a verdict, never an error. An error means that akashi could not do
 * its work. Foreign errors (errno, SQLite, OpenSSL …) are converted at the border of the folder
 * that calls the part.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
  AK_ERROR_INVALID_DATA,  /* input breaks its format; the message names the place */
  AK_ERROR_LIMIT,         /* input is larger, deeper or more than its budget allows */
  AK_ERROR_NOT_SUPPORTED, /* a valid input that this version cannot handle */
  AK_ERROR_NOT_FOUND,
  AK_ERROR_IO,
  AK_ERROR_TIMEOUT,
  AK_ERROR_PERMISSION, /* refused: no consent, out of scope, no right */
  AK_ERROR_CONFLICT,   /* someone else changed or holds it */
  AK_ERROR_CANCELLED,
  AK_ERROR_CONFIG, /* usage or settings; the message names the remedy */
  AK_ERROR_INTERNAL,
} AkErrorCode;

#define AK_ERROR (ak_error_quark())
GQuark ak_error_quark(void);

/* Sets `error` from `saved_errno`: "WHAT: strerror". ENOENT → NOT_FOUND, EACCES and EPERM →
 * PERMISSION, EEXIST → CONFLICT, ETIMEDOUT → TIMEOUT, everything else → IO. Always returns false,
 * so that a caller can write `return ak_error_set_errno(…)`. */
bool ak_error_set_errno(GError **error, int saved_errno, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Sets `error` to AK_ERROR with `code`; always returns false. */
bool ak_error_set(GError **error, AkErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);
