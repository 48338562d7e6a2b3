/* DSSE: a signed envelope around one payload. Source: Dead Simple Signing Envelope v1.0.0, protocol
 * and envelope; signatures are Ed25519 (RFC 8032) over PAE. Pure.
 *
 * The envelope has one spelling here: the members payload, payloadType and signatures, standard
 * base 64, a keyid with each signature. Envelopes in URL-safe base 64, which DSSE allows too, are
 * refused. */
#pragma once

#include "proof/note.h"
#include "util/json.h"

#define AK_DSSE_MAX_PAYLOAD (64 * 1024 * 1024) /* bytes */
#define AK_DSSE_MAX_SIGNATURES 16
#define AK_DSSE_IN_TOTO "application/vnd.in-toto+json"

typedef struct {
  char *key_id; /* a hint, not authenticated */
  guint8 signature[AK_NOTE_SIGNATURE_SIZE];
} AkDsseSignature;

typedef struct {
  char *payload_type;
  GBytes *payload;
  GArray *signatures; /* of AkDsseSignature; at least one */
} AkDsse;

/* "DSSEv1 LEN(type) type LEN(payload) payload": what is signed. */
GBytes *ak_dsse_pae(const char *payload_type, const void *payload, gsize size);

/* An Ed25519 signature of `size` bytes at `data`. */
typedef bool (*AkDsseSign)(gpointer user, const void *data, gsize size,
                           guint8 signature[static AK_NOTE_SIGNATURE_SIZE], GError **error);

/* The envelope of a payload with one signature; the caller's. */
json_t *ak_dsse_sign(const char *payload_type, const void *payload, gsize size, const char *key_id,
                     AkDsseSign sign, gpointer user, GError **error);
/* `where` names the envelope in errors. */
AkDsse *ak_dsse_from_json(const json_t *json, const char *where, GError **error);
void ak_dsse_free(AkDsse *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkDsse, ak_dsse_free)

/* Does a signature with `key_id` hold under `public_key`? NOT_FOUND without one, INVALID_DATA where
 * it does not hold. */
bool ak_dsse_verify(const AkDsse *self, const char *key_id,
                    const guint8 public_key[static AK_NOTE_PUBLIC_SIZE], GError **error);

bool ak_proof_dsse_fuzz(const guint8 *data, gsize size);
