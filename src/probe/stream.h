/* A connection to a service, plain or inside TLS, with one deadline for everything. One thread. */
#pragma once

#include <openssl/x509.h>

#include "core/product.h"
#include "net/net.h"

/* Where a test of a service works. Borrowed for the time of the call, but for `address`. */
typedef struct {
  const AkCall *call;
  AkSink *sink;
  char *address; /* owned */
  guint16 port;
  guint timeout_ms; /* for one exchange, connection included */
} AkPeer;

/* From the call's subject, of kind "service"; INVALID_DATA for another locator or transport. */
bool ak_peer_init(AkPeer *self, const AkCall *call, AkSink *sink, guint timeout_ms, GError **error);
/* The same for a service of either transport. */
bool ak_peer_init_any(AkPeer *self, const AkCall *call, AkSink *sink, guint timeout_ms,
                      AkTransport *transport, GError **error);
void ak_peer_clear(AkPeer *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkPeer, ak_peer_clear)

typedef struct _AkStream AkStream;

/* Connects; with `tls` also shakes hands, with any certificate, version and suite that OpenSSL can still
 * speak. NULL with TIMEOUT where there is no connection or no answer; IO where it breaks; INVALID_DATA
 * where the peer speaks no TLS; NOT_SUPPORTED where it does and the handshake fails; PERMISSION, LIMIT or
 * CANCELLED. `certificate` may be NULL; else it
 * gets the leaf certificate, the caller's, also where the handshake fails after it was shown, and
 * anonymous suites are not offered. */
AkStream *ak_stream_open(const AkPeer *peer, bool tls, X509 **certificate, GError **error);
void ak_stream_free(AkStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkStream, ak_stream_free)

/* From now on everything must end within `within_ms`, counted anew: a conversation has one deadline an
 * exchange. */
void ak_stream_renew(AkStream *self, guint within_ms);
/* Goes on inside TLS, after both sides agreed to (AUTH TLS …). Errors as ak_stream_open with `tls`. */
bool ak_stream_start_tls(AkStream *self, GError **error);
/* The socket, for a library that wants to know it; never to be read or closed. */
int ak_stream_fd(const AkStream *self);

bool ak_stream_write(AkStream *self, const void *data, gsize size, GError **error);
/* At least one byte; 0 at the end of the stream; -1 with TIMEOUT or IO. */
gssize ak_stream_read(AkStream *self, void *out, gsize size, GError **error);
