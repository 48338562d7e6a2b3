/* Secrets in bytes: private keys, certificates and password hashes that really are such. What is
 * reported never holds the secret itself. Pure. */
#pragma once

#include "util/digest.h"

typedef enum { AK_SECRET_PRIVATE_KEY, AK_SECRET_PASSWORD_HASH, AK_SECRET_CERTIFICATE } AkSecretKind;

typedef struct {
  AkSecretKind kind;
  char *description;    /* masked: "RSA 2048 PEM", "root: $6$ (SHA-512)" */
  gsize offset, length; /* where in the bytes */
  AkDigest key;         /* PRIVATE_KEY: SHA-256 of its public half (DER, SubjectPublicKeyInfo, RFC
                           5280, 4.1), or of its decoded bytes where OpenSSL does not know the kind */
  GBytes *der;          /* CERTIFICATE: as decoded */
} AkSecret;
void ak_secret_free(AkSecret *self);

/* All secrets in `size` bytes of the file `path` (its name decides whether its lines are accounts):
 * GPtrArray of AkSecret, by kind, then offset. At most 1,000 of a kind. */
GPtrArray *ak_secret_find(const char *path, const guint8 *data, gsize size);
/* All of a path that decides what is found: 0 for most, equal for paths with the same answer. */
guint ak_secret_find_manner(const char *path);

bool ak_firmware_secret_find_fuzz(const guint8 *data, gsize size);
