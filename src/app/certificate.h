/* An X.509 certificate as facts for a person. The bytes are a device's: everything is bounded, and what cannot be
 * read is left out or named as such, never trusted. Source: RFC 5280. */
#pragma once

#include "util/json.h"

#define AK_CERTIFICATE_MAX_BYTES 65536
#define AK_CERTIFICATE_MAX_NAMES 256     /* of subjectAltName; the rest is counted */
#define AK_CERTIFICATE_MAX_EXTENSIONS 64 /* likewise */
#define AK_CERTIFICATE_MAX_TEXT 4096     /* bytes of one text */

/* DER, or PEM whose first block is a certificate; NULL with INVALID_DATA for anything else, and for bytes
 * after the DER, LIMIT above AK_CERTIFICATE_MAX_BYTES. The caller's:
 * {"subject", "issuer", "version", "serial" (hex), "not_before", "not_after" ("2026-11-23 04:05:06 UTC", missing
 *  where unreadable), "self_issued": bool, "names": ["DNS:…", "IP:…"], "names_total", "key" ("RSA"), "key_bits",
 *  "curve" (missing for other keys), "signature" ("sha256WithRSAEncryption"), "extensions": [{"name", "critical":
 *  bool, "text"}], "extensions_total", "sha256" (of the DER), "sha1"}. Texts are valid UTF-8 on one
 * line; who shows them escapes. Key members are missing where the key cannot be read. */
json_t *ak_certificate_describe(const void *data, gsize size, GError **error);
