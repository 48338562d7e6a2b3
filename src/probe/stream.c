#include "probe/stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 16384 /* bytes moved at a time */
#define POLL_MS 200 /* between looks at cancellation */

struct _AkStream {
  const AkPeer *peer;
  int fd;
  gint64 until_us;
  SSL_CTX *context;
  SSL *ssl; /* NULL: plain */
  BIO *in, *out; /* of ssl: bytes from and for the network */
  X509 *leaf;
  bool ended; /* the peer closed its side */
};

bool ak_peer_init(AkPeer *self, const AkCall *call, AkSink *sink, guint timeout_ms,
                  GError **error) {
  AkTransport transport = AK_TRANSPORT_TCP;
  if (!ak_peer_init_any(self, call, sink, timeout_ms, &transport, error))
    return false;
  if (transport == AK_TRANSPORT_TCP)
    return true;
  ak_peer_clear(self);
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no TCP service", call->subject->locator);
}

bool ak_peer_init_any(AkPeer *self, const AkCall *call, AkSink *sink, guint timeout_ms,
                      AkTransport *transport, GError **error) {
  g_autofree char *name = NULL, *address = NULL;
  guint16 port = 0;
  if (!ak_service_locator_parse(call->subject->locator, &name, &address, &port) ||
      (strcmp(name, "tcp") != 0 && strcmp(name, "udp") != 0))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: neither a TCP nor a UDP service",
                        call->subject->locator);
  *transport = strcmp(name, "udp") == 0 ? AK_TRANSPORT_UDP : AK_TRANSPORT_TCP;
  *self = (AkPeer){.call = call,
                   .sink = sink,
                   .address = g_steal_pointer(&address),
                   .port = port,
                   .timeout_ms = timeout_ms};
  return true;
}

void ak_peer_clear(AkPeer *self) { g_clear_pointer(&self->address, g_free); }

/* --- the socket ---------------------------------------------------------------------------------- */

static bool wait_for(AkStream *self, short events, GError **error) {
  for (;;) {
    gint64 left_ms = (self->until_us - g_get_monotonic_time() + 999) / 1000;
    if (left_ms <= 0)
      return ak_error_set(error, AK_ERROR_TIMEOUT, "%s port %u: no answer within %u ms",
                          self->peer->address, self->peer->port, self->peer->timeout_ms);
    if (ak_sink_cancelled(self->peer->sink))
      return ak_error_set(error, AK_ERROR_CANCELLED, "stopped");
    struct pollfd waiting = {.fd = self->fd, .events = events};
    if (poll(&waiting, 1, (int)MIN(left_ms, POLL_MS)) > 0)
      return true;
  }
}

static bool broken(const AkStream *self, int saved_errno, GError **error) {
  return ak_error_set(error, AK_ERROR_IO, "%s port %u: %s", self->peer->address,
                      self->peer->port, g_strerror(saved_errno));
}

static bool send_raw(AkStream *self, const guint8 *data, gsize size, GError **error) {
  while (size > 0) {
    gssize sent = send(self->fd, data, size, MSG_NOSIGNAL);
    if (sent > 0) {
      data += sent;
      size -= (gsize)sent;
    } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      return broken(self, errno, error);
    } else if (!wait_for(self, POLLOUT, error)) {
      return false;
    }
  }
  return true;
}

static gssize receive_raw(AkStream *self, void *out, gsize size, GError **error) {
  for (;;) {
    gssize got = recv(self->fd, out, size, 0);
    if (got >= 0 && !ak_sink_spend(self->peer->sink, AK_SPEND_BYTES, (guint64)got, error))
      return -1;
    if (got >= 0)
      return got;
    if (errno != EAGAIN && errno != EINTR) {
      broken(self, errno, error);
      return -1;
    }
    if (!wait_for(self, POLLIN, error))
      return -1;
  }
}

/* --- TLS over it ------------------------------------------------------------------------------------ */

/* Any certificate is taken: it is looked at, not trusted. Kept here, because a handshake that fails later
 * leaves none in the connection. */
static int take_certificate(X509_STORE_CTX *store, void *data) {
  AkStream *self = data;
  X509 *leaf = X509_STORE_CTX_get0_cert(store);
  if (leaf != NULL && self->leaf == NULL && X509_up_ref(leaf))
    self->leaf = leaf;
  return 1;
}

/* What OpenSSL says of bytes that are no TLS. */
static bool is_no_tls(int reason) {
  static const int reasons[] = {SSL_R_WRONG_VERSION_NUMBER, SSL_R_PACKET_LENGTH_TOO_LONG,
                                SSL_R_HTTP_REQUEST,         SSL_R_HTTPS_PROXY_REQUEST,
                                SSL_R_UNEXPECTED_MESSAGE,   SSL_R_ENCRYPTED_LENGTH_TOO_LONG,
                                SSL_R_BAD_RECORD_TYPE,      SSL_R_RECORD_LENGTH_MISMATCH};
  for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
    if (reasons[i] == reason)
      return true;
  return false;
}

static bool tls_failed(const AkStream *self, GError **error) {
  unsigned long code = ERR_peek_last_error();
  const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
  bool no_tls = code != 0 && is_no_tls(ERR_GET_REASON(code));
  ERR_clear_error();
  return ak_error_set(error, no_tls ? AK_ERROR_INVALID_DATA : AK_ERROR_NOT_SUPPORTED,
                      "%s port %u: TLS: %s", self->peer->address, self->peer->port,
                      reason != NULL ? reason : "failed");
}

static bool prepare_tls(AkStream *self, bool named, GError **error) {
  ERR_clear_error();
  self->context = SSL_CTX_new(TLS_client_method());
  if (self->context == NULL)
    return tls_failed(self, error);
  SSL_CTX_set_security_level(self->context, 0);
  SSL_CTX_set_min_proto_version(self->context, 0);
  SSL_CTX_set_options(self->context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_cipher_list(self->context,
                          named ? "ALL:COMPLEMENTOFALL:!aNULL" : "ALL:COMPLEMENTOFALL:+aNULL");
  SSL_CTX_set_verify(self->context, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_cert_verify_callback(self->context, take_certificate, self);
  SSL_CTX_set_session_cache_mode(self->context, SSL_SESS_CACHE_OFF);
  self->ssl = SSL_new(self->context);
  self->in = BIO_new(BIO_s_mem());
  self->out = BIO_new(BIO_s_mem());
  if (self->ssl == NULL || self->in == NULL || self->out == NULL)
    return tls_failed(self, error);
  BIO_set_mem_eof_return(self->in, -1);
  SSL_set_bio(self->ssl, self->in, self->out); /* takes them over */
  SSL_set_connect_state(self->ssl);
  return true;
}

static bool flush(AkStream *self, GError **error) {
  guint8 piece[PIECE];
  int size;
  while ((size = BIO_read(self->out, piece, sizeof piece)) > 0)
    if (!send_raw(self, piece, (gsize)size, error))
      return false;
  return true;
}

/* Moves bytes between network and TLS, after an operation that returned `result` <= 0. */
static bool pump(AkStream *self, int result, GError **error) {
  int why = SSL_get_error(self->ssl, result);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
    flush(self, NULL); /* the alert that says why */
    return tls_failed(self, error);
  }
  if (!flush(self, error))
    return false;
  if (why == SSL_ERROR_WANT_WRITE)
    return true;
  guint8 piece[PIECE];
  gssize got = receive_raw(self, piece, sizeof piece, error);
  if (got < 0)
    return false;
  self->ended = self->ended || got == 0;
  if (got == 0)
    return ak_error_set(error, AK_ERROR_IO, "%s port %u: closed", self->peer->address,
                        self->peer->port);
  return BIO_write(self->in, piece, (int)got) == got || tls_failed(self, error);
}

static bool shake_hands(AkStream *self, GError **error) {
  int result;
  while ((result = SSL_do_handshake(self->ssl)) != 1)
    if (!pump(self, result, error))
      return false;
  return flush(self, error);
}

/* --- the stream ----------------------------------------------------------------------------------------- */

AkStream *ak_stream_open(const AkPeer *peer, bool tls, X509 **certificate, GError **error) {
  gint64 until_us = g_get_monotonic_time() + (gint64)peer->timeout_ms * 1000;
  if (!ak_sink_spend(peer->sink, AK_SPEND_PACKETS, 1, error))
    return NULL;
  g_autoptr(GError) failure = NULL;
  int fd = ak_net_connect(peer->call->net, peer->address, peer->port, peer->timeout_ms, &failure);
  if (fd < 0) {
    bool is_refusal = g_error_matches(failure, AK_ERROR, AK_ERROR_PERMISSION) ||
                      g_error_matches(failure, AK_ERROR, AK_ERROR_CANCELLED);
    ak_error_set(error, is_refusal ? (AkErrorCode)failure->code : AK_ERROR_TIMEOUT, "%s",
                 failure->message);
    return NULL;
  }
  g_autoptr(AkStream) self = g_new0(AkStream, 1);
  self->peer = peer;
  self->fd = fd;
  self->until_us = until_us;
  bool ok = !tls || (prepare_tls(self, certificate != NULL, error) && shake_hands(self, error));
  if (certificate != NULL)
    *certificate = g_steal_pointer(&self->leaf);
  return ok ? g_steal_pointer(&self) : NULL;
}

void ak_stream_renew(AkStream *self, guint within_ms) {
  self->until_us = g_get_monotonic_time() + (gint64)within_ms * 1000;
}

bool ak_stream_start_tls(AkStream *self, GError **error) {
  return prepare_tls(self, false, error) && shake_hands(self, error);
}

int ak_stream_fd(const AkStream *self) { return self->fd; }

void ak_stream_free(AkStream *self) {
  if (self == NULL)
    return;
  SSL_free(self->ssl); /* with its BIOs */
  SSL_CTX_free(self->context);
  X509_free(self->leaf);
  close(self->fd);
  ERR_clear_error();
  g_free(self);
}

bool ak_stream_write(AkStream *self, const void *data, gsize size, GError **error) {
  if (!ak_sink_spend(self->peer->sink, AK_SPEND_BYTES, size, error))
    return false;
  if (self->ssl == NULL)
    return send_raw(self, data, size, error);
  int result;
  while ((result = SSL_write(self->ssl, data, (int)size)) <= 0)
    if (!pump(self, result, error))
      return false;
  return flush(self, error);
}

gssize ak_stream_read(AkStream *self, void *out, gsize size, GError **error) {
  if (self->ssl == NULL)
    return receive_raw(self, out, size, error);
  int result;
  g_autoptr(GError) failure = NULL;
  while ((result = SSL_read(self->ssl, out, (int)MIN(size, PIECE))) <= 0) {
    if (SSL_get_error(self->ssl, result) == SSL_ERROR_ZERO_RETURN)
      return 0;
    if (!pump(self, result, &failure)) {
      if (self->ended)
        return 0; /* many old servers close without saying so */
      g_propagate_error(error, g_steal_pointer(&failure));
      return -1;
    }
  }
  return result;
}
