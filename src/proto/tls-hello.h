/* The first words of a TLS conversation: a ClientHello built for one version and a list of suites, and
 * the server's answer to it. That is enough to enumerate both without any handshake.
 *
 * Source: RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2), RFC 6101 (SSL 3.0), RFC 8422 (ECC). */
#pragma once

#include "proto/tls-ciphers.h"

#define AK_TLS_MAX_OFFERED 400
#define AK_TLS_MAX_HELLO 16384 /* bytes of a ServerHello that are looked at */

typedef struct {
  guint16 version;          /* AK_SSL_3 … AK_TLS_1_3: the highest offered; alone in TLS 1.3 */
  const guint16 *ciphers;   /* in order of preference */
  gsize cipher_count;       /* 1 … AK_TLS_MAX_OFFERED */
  guint8 random[32];        /* also the session id and the key share of TLS 1.3 */
  const char *server_name;  /* NULL: not told; never in SSL 3.0, which has no extensions */
} AkTlsHello;

/* One record; CONFIG for an unknown version or no suites. */
GBytes *ak_tls_hello_build(const AkTlsHello *hello, GError **error);

typedef enum {
  AK_TLS_HELLO, /* ServerHello or HelloRetryRequest: version and suite were accepted */
  AK_TLS_ALERT,
} AkTlsAnswerKind;

typedef struct {
  AkTlsAnswerKind kind;
  guint16 version; /* HELLO: as negotiated */
  guint16 cipher;  /* HELLO */
  bool retry;      /* HELLO: it was a HelloRetryRequest */
  guint8 level, description; /* ALERT */
} AkTlsAnswer;

typedef enum { AK_TLS_MORE, AK_TLS_DONE, AK_TLS_NO_TLS } AkTlsParse;

/* Reads what the server has sent so far. MORE: it may become an answer. DONE: `out` is written.
 * NO_TLS: it never can; `error` says why. A warning alert before the hello is passed over. */
AkTlsParse ak_tls_answer_parse(const void *data, gsize size, AkTlsAnswer *out, GError **error);
