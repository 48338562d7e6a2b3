/* HTTP Archive: the requests of its entries. Source: W3C Web Performance Working Group, HTTP
 * Archive (HAR) format, 1.2 (log.entries[].request). */
#pragma once

#include "exchange/corpus-import.h"

#define AK_HAR_MAX_BYTES (128 * 1024 * 1024)

/* Adds a case for each entry, "FILE#NUMBER", base FILE. The label is that of `label`. What a
 * browser did below HTTP/1.1 is not in the format: pseudo-headers are left out, HTTP/2 and 3 are
 * written as HTTP/1.1, the length of the body is told anew and transfer codings are left out. An
 * entry whose texts hold line breaks is recorded as broken. False with INVALID_DATA where the file
 * is no HAR. */
bool ak_har_read(AkImport *into, const char *data, gsize size, const char *where,
                 const AkLabel *label, GError **error);

bool ak_exchange_har_fuzz(const guint8 *data, gsize size);
