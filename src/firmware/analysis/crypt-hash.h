/* Password hashes in the forms of crypt(5): which scheme, in that scheme's form to the last
 * character, and what one attempt at it costs. Pure. */
#pragma once

#include "util/error.h"

typedef struct {
  const char *name;   /* "SHA-512", "DES" */
  const char *prefix; /* "$6$"; "" for DES */
  guint64 cost; /* of one attempt, about a microsecond a unit; 0: it is not tried (a scheme that
                   libcrypt does not know, or settings that ask for too much) */
} AkCryptHash;

/* A hash with a mark ("$6$…"). */
bool ak_crypt_hash_marked(const char *text, AkCryptHash *out);
/* Also the old DES, whose form is that of any 13 characters, "{SHA}" and "{SSHA}", and what htdigest writes: "user:realm:MD5". */
bool ak_crypt_hash_read(const char *text, AkCryptHash *out);

/* True where `password` gives `hash`, by crypt_rn of libxcrypt (crypt_r is one of the functions
 * that the address sanitizer takes over, and then the library is not linked at all). Only for
 * hashes whose cost is not 0.
 */
bool ak_crypt_hash_matches(const char *hash, const char *password);

#define AK_CRYPT_CHARACTERS "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

bool ak_firmware_crypt_hash_fuzz(const guint8 *data, gsize size);
