/* Deflate streams with or without the header of zlib, for what shares them. */
#pragma once

#include "firmware/format/growing.h"

enum {
  AK_INFLATE_ZLIB = 15, /* windowBits of zlib: RFC 1950, header and Adler-32 checked */
  AK_INFLATE_RAW = -15, /* RFC 1951 alone */
};

/* Unpacks to the stream's end; `used` bytes of input were taken, also on error. INVALID_DATA where
 * it is damaged or ends early, LIMIT beyond out->limit; `out` keeps what came out. */
bool ak_inflate(const guint8 *data, gsize size, int window, AkGrowing *out, gsize *used,
                GError **error);

/* The same without keeping what comes out: true if the stream is whole, and of `limit` bytes at
 * most. `got` bytes came out before it ended or broke off: more than `limit`, and it may go on. */
bool ak_inflate_try(const guint8 *data, gsize size, int window, guint64 limit, gsize *used,
                    guint64 *got);

/* Unpacks the whole stream into a payload `path` of `node`. NOT_FOUND, and
 * nothing is added, where it breaks off and was none: a first block with a code of its own says much of itself
 * (RFC 1951, 3.2.7); one with the fixed code, or a stored one, begins in many bytes, and then those that were taken must
 * have the entropy of what is packed. */
bool ak_inflate_payload(AkFirmwareTree *tree, guint node, const char *path, const guint8 *data, gsize size, int window,
                        gsize *used, GError **error);
