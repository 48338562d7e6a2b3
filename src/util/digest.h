/* SHA-256 digests (FIPS 180-4): the name of every piece of evidence. */
#pragma once

#include "util/error.h"

#define AK_DIGEST_SIZE 32     /* bytes; FIPS 180-4, 1 */
#define AK_DIGEST_HEX_SIZE 65 /* 64 lower-case hexadecimal digits and NUL */

typedef struct {
  guint8 bytes[AK_DIGEST_SIZE];
} AkDigest;

/* Digest of `size` bytes at `data` (NULL is allowed when size is 0). */
AkDigest ak_digest_of(const void *data, gsize size);
/* The same over bytes that come in pieces. */
typedef struct _AkDigestSum AkDigestSum;
AkDigestSum *ak_digest_sum_new(void);
void ak_digest_sum_add(AkDigestSum *self, const void *data, gsize size);
/* The digest of all that was added; the sum is new again. */
AkDigest ak_digest_sum_end(AkDigestSum *self);
void ak_digest_sum_free(AkDigestSum *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkDigestSum, ak_digest_sum_free)

bool ak_digest_equal(const AkDigest *a, const AkDigest *b);

/* Writes 64 hexadecimal digits and NUL to `out`. */
void ak_digest_to_hex(const AkDigest *digest, char out[static AK_DIGEST_HEX_SIZE]);

/* Accepts exactly 64 lower-case hexadecimal digits; `out` is written only on success. */
bool ak_digest_from_hex(const char *hex, AkDigest *out);

/* `size` bytes as lower-case hexadecimal; caller frees. */
char *ak_hex_encode(const guint8 *data, gsize size);
