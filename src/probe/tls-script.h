/* A scripted device inside TLS, as a server of OpenSSL: for tests. Include it in one test only,
 * after what plays the device. */
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TLS_MAX_REQUEST 65536
#define TLS_MAX_ANSWER (256 * 1024)

static SSL_CTX *tls_context;

/* A key and a certificate that it signs itself, made anew for each run of the test. */
static void tls_set_up(void) {
  signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to a peer that may have gone */
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *leaf = X509_new();
  X509_set_version(leaf, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(leaf), 1);
  X509_gmtime_adj(X509_getm_notBefore(leaf), -3600);
  X509_gmtime_adj(X509_getm_notAfter(leaf), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf), "CN", MBSTRING_ASC,
                             (const guchar *)"device", -1, -1, 0);
  X509_set_issuer_name(leaf, X509_get_subject_name(leaf));
  X509_set_pubkey(leaf, key);
  g_assert_cmpint(X509_sign(leaf, key, EVP_sha256()), >, 0);
  tls_context = SSL_CTX_new(TLS_server_method());
  g_assert_cmpint(SSL_CTX_use_certificate(tls_context, leaf), ==, 1);
  g_assert_cmpint(SSL_CTX_use_PrivateKey(tls_context, key), ==, 1);
  X509_free(leaf);
  EVP_PKEY_free(key);
}

static void tls_tear_down(void) {
  SSL_CTX_free(tls_context);
}

/* A whole HTTP request with its body; NULL where the peer closes before. */
static GString *tls_read_request(SSL *ssl) {
  g_autoptr(GString) text = g_string_new(NULL);
  while (text->len < TLS_MAX_REQUEST) {
    char piece[4096];
    int got = SSL_read(ssl, piece, sizeof piece);
    if (got <= 0)
      return NULL;
    g_string_append_len(text, piece, got);
    const char *end = strstr(text->str, "\r\n\r\n");
    const char *length = strstr(text->str, "Content-Length: ");
    gsize body = length != NULL ? (gsize)g_ascii_strtoull(length + 16, NULL, 10) : 0;
    if (end != NULL && text->len >= (gsize)(end + 4 - text->str) + body)
      return g_steal_pointer(&text);
  }
  return NULL;
}

/* The request is handed to `serve` over a socket pair, and what it says goes back; both fit its
 * buffers. */
static void tls_serve(void (*serve)(gpointer data, guint connection, int fd), gpointer data,
                      guint connection, int fd) {
  SSL *ssl = SSL_new(tls_context);
  int pair[2];
  SSL_set_fd(ssl, fd);
  g_autoptr(GString) request = SSL_accept(ssl) == 1 ? tls_read_request(ssl) : NULL;
  if (request != NULL) {
    g_autofree char *answer = g_malloc(TLS_MAX_ANSWER);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    ak_script_write(pair[0], request->str, request->len);
    serve(data, connection, pair[1]);
    close(pair[1]);
    for (gssize got; (got = read(pair[0], answer, TLS_MAX_ANSWER)) > 0;)
      SSL_write(ssl, answer, (int)got);
    close(pair[0]);
    SSL_shutdown(ssl);
  }
  SSL_free(ssl);
}
