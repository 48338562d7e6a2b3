/* The beginning of TLS connections; what is encrypted in them is random bytes, which nobody can tell from
 * what a session would hold.
 *
 * Source: RFC 5246, 7.4 and F.1.4 (resumed sessions send no certificate); RFC 8446, 4.1.3 and 5.2; RFC 6101. */
#include <string.h>

#include "effect/corpus/traffic/message.h"
#include "proto/tls-hello.h"

enum { MAX_SUITES = 64, HANDSHAKE = 22, SERVER_HELLO = 2, KEY_SHARE = 51, VERSIONS = 43, X25519 = 29 };

static guint hex_of(const char *text) { return (guint)g_ascii_strtoull(text, NULL, 16); }

/* @tls VERSION|SUITE,SUITE …|SERVER NAME, numbers in hexadecimal digits; no name: not told. */
static bool make_hello(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                       GError **error) {
  guint16 suites[MAX_SUITES];
  gsize count = 0;
  g_auto(GStrv) words = g_strsplit(parts[1], ",", MAX_SUITES);
  for (; words[count] != NULL && count < MAX_SUITES; count++)
    suites[count] = (guint16)hex_of(words[count]);
  AkTlsHello hello = {.version = (guint16)hex_of(parts[0]),
                      .ciphers = suites,
                      .cipher_count = count,
                      .server_name = *parts[2] != '\0' ? parts[2] : NULL};
  g_autoptr(GByteArray) random = g_byte_array_new();
  ak_messages_add_random(self, random, sizeof hello.random);
  memcpy(hello.random, random->data, sizeof hello.random);
  memcpy(self->session_id, random->data, sizeof self->session_id);
  GBytes *bytes = ak_tls_hello_build(&hello, error);
  if (bytes != NULL)
    ak_messages_add_bytes(out, bytes);
  return bytes != NULL;
}

static void add_u8(GByteArray *out, guint value) {
  guint8 byte = (guint8)value;
  g_byte_array_append(out, &byte, 1);
}

static void add_tls13(AkMessages *self, GByteArray *body) {
  ak_messages_add_u16be(body, 46); /* bytes of both extensions */
  ak_messages_add_u16be(body, VERSIONS);
  ak_messages_add_u16be(body, 2);
  ak_messages_add_u16be(body, AK_TLS_1_3);
  ak_messages_add_u16be(body, KEY_SHARE);
  ak_messages_add_u16be(body, 36);
  ak_messages_add_u16be(body, X25519);
  ak_messages_add_u16be(body, 32);
  ak_messages_add_random(self, body, 32);
}

/* @server-hello VERSION|SUITE */
static bool make_server_hello(AkMessages *self, char *const *parts, bool from_client,
                              GByteArray *out, GError **error) {
  guint version = hex_of(parts[0]);
  g_autoptr(GByteArray) body = g_byte_array_new();
  ak_messages_add_u16be(body, MIN(version, AK_TLS_1_2));
  ak_messages_add_random(self, body, 32);
  add_u8(body, version == AK_TLS_1_3 ? 32 : 0);
  if (version == AK_TLS_1_3)
    g_byte_array_append(body, self->session_id, 32);
  ak_messages_add_u16be(body, hex_of(parts[1]));
  add_u8(body, 0);
  if (version == AK_TLS_1_3)
    add_tls13(self, body);
  add_u8(out, HANDSHAKE);
  ak_messages_add_u16be(out, MIN(version, AK_TLS_1_2));
  ak_messages_add_u16be(out, body->len + 4);
  add_u8(out, SERVER_HELLO);
  add_u8(out, 0);
  ak_messages_add_u16be(out, body->len);
  g_byte_array_append(out, body->data, body->len);
  return true;
}

/* @tls-record TYPE|VERSION|SIZE: encrypted content */
static bool make_record(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                        GError **error) {
  guint size = (guint)g_ascii_strtoull(parts[2], NULL, 10);
  add_u8(out, (guint)g_ascii_strtoull(parts[0], NULL, 10));
  ak_messages_add_u16be(out, hex_of(parts[1]));
  ak_messages_add_u16be(out, size);
  ak_messages_add_random(self, out, size);
  return true;
}

const AkMessageMaker ak_messages_tls[] = {
    {"tls", 3, make_hello},
    {"server-hello", 2, make_server_hello},
    {"tls-record", 3, make_record},
    {NULL, 0, NULL},
};
