/* BLAKE2sp: eight BLAKE2s side by side and one over their digests. Pure. */
#pragma once

#include "util/error.h"

enum { AK_BLAKE2SP_SIZE = 32 };

/* The digest without a key. Source: "BLAKE2: simpler, smaller, fast as MD5" (2013), 2.10 and 2.11;
 * BLAKE2s: RFC 7693. */
void ak_blake2sp(const guint8 *data, gsize size, guint8 digest[AK_BLAKE2SP_SIZE]);
