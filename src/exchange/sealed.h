/* A corpus that nobody can tune to before it is opened: encrypted, with the digest of its cases in
 * the open, so that it can be published first and checked after. Format: docs/formats/corpus.md,
 * "Sealed".
 *
 * Source: libsodium's secretstream (XChaCha20-Poly1305), which finds every change and every cut. */
#pragma once

#include "exchange/corpus.h"

#define AK_SEAL_KEY_SIZE 32
#define AK_SEAL_MAX_BYTES (1u << 30) /* of a corpus that is sealed */

typedef struct {
  guint8 bytes[AK_SEAL_KEY_SIZE];
} AkSealKey;

/* A new key; 64 hexadecimal digits and NUL, and back (white space around is passed over). */
void ak_seal_key_new(AkSealKey *out);
char *ak_seal_key_to_text(const AkSealKey *self);
bool ak_seal_key_from_text(const char *text, AkSealKey *out, GError **error);

/* `file`: the corpus as it is written, which is read and checked here. The caller's; INVALID_DATA
 * for a file that is no corpus, LIMIT above 1 GiB. */
GBytes *ak_sealed_make(GBytes *file, const char *where, const AkSealKey *key, GError **error);

/* The corpus, marked as burnt: whoever has seen it may have tuned to it. The caller's; INVALID_DATA
 * for a wrong key, a change, a cut, or cases that do not give the digest that stands in the open.
 */
AkEffectCorpus *ak_sealed_open(const char *data, gsize size, const char *where,
                               const AkSealKey *key, GError **error);

bool ak_exchange_sealed_fuzz(const guint8 *data, gsize size);
