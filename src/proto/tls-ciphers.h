/* Versions and cipher suites of TLS by value and name. */
#pragma once

#include "util/error.h"

#define AK_SSL_3 0x0300
#define AK_TLS_1_0 0x0301
#define AK_TLS_1_1 0x0302
#define AK_TLS_1_2 0x0303
#define AK_TLS_1_3 0x0304

typedef struct {
  guint16 value;
  const char *name; /* of the IANA registry */
} AkTlsCipher;

/* All of them, by value; static. */
const AkTlsCipher *ak_tls_ciphers(gsize *count);
/* NULL where the value is not in the table. */
const char *ak_tls_cipher_name(guint16 value);
/* May this suite be used in `version`? */
bool ak_tls_cipher_fits(const AkTlsCipher *cipher, guint16 version);
/* "SSLv3", "TLSv1.0" … "TLSv1.3"; NULL for anything else. */
const char *ak_tls_version_name(guint16 version);
