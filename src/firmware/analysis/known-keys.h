/* Private keys that everybody has, because programs are published with them. */
#pragma once

#include "util/digest.h"

typedef struct _AkKnownKeys AkKnownKeys;

/* The list of data/lists/known-test-keys.txt; NULL and INVALID_DATA where a line breaks its form.
 */
AkKnownKeys *ak_known_keys_new(GError **error);
/* Likewise from `size` bytes of text. */
AkKnownKeys *ak_known_keys_read(const char *text, gsize size, GError **error);
void ak_known_keys_free(AkKnownKeys *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkKnownKeys, ak_known_keys_free)

/* Where the key with this digest (AkSecret.key) comes from, or NULL. Borrowed. */
const char *ak_known_keys_origin(const AkKnownKeys *self, const AkDigest *key);
