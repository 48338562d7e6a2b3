#include "proto/tls-hello.h"

#include <string.h>

#include "util/writer.h"

/* --- server answers, written as a person reads them ---------------------------------------------- */

/* A ServerHello message with one extension (type 0: none). */
static GByteArray *hello_message(guint16 version, guint16 cipher, guint16 extension,
                                 guint16 value) {
  g_autoptr(AkWriter) body = ak_writer_new(200);
  guint8 random[32] = {1, 2, 3};
  ak_writer_u16be(body, version);
  ak_writer_bytes(body, random, sizeof random);
  ak_writer_u8(body, 0);
  ak_writer_u16be(body, cipher);
  ak_writer_u8(body, 0);
  if (extension != 0) {
    ak_writer_u16be(body, 6);
    ak_writer_u16be(body, extension);
    ak_writer_u16be(body, 2);
    ak_writer_u16be(body, value);
  }
  g_autoptr(GBytes) bytes = ak_writer_end(body, NULL);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  guint8 head[4] = {2, 0, 0, (guint8)size};
  GByteArray *message = g_byte_array_new();
  g_byte_array_append(message, head, 4);
  g_byte_array_append(message, data, (guint)size);
  return message;
}

/* `message` in records of at most `piece` bytes. */
static GByteArray *in_records(const GByteArray *message, guint piece) {
  GByteArray *records = g_byte_array_new();
  for (guint at = 0; at < message->len; at += piece) {
    guint size = MIN(piece, message->len - at);
    guint8 head[5] = {22, 3, 1, (guint8)(size >> 8), (guint8)size};
    g_byte_array_append(records, head, 5);
    g_byte_array_append(records, message->data + at, size);
  }
  return records;
}

static GByteArray *hello_record(guint16 version, guint16 cipher, guint16 extension,
                                guint16 value) {
  g_autoptr(GByteArray) message = hello_message(version, cipher, extension, value);
  return in_records(message, 1000);
}

static void test_hello_is_read(void) {
  AkTlsAnswer answer = {0};
  g_autoptr(GByteArray) old = hello_record(AK_TLS_1_0, 0x002f, 0, 0);
  g_assert_cmpint(ak_tls_answer_parse(old->data, old->len, &answer, NULL), ==, AK_TLS_DONE);
  g_assert_cmpint(answer.kind, ==, AK_TLS_HELLO);
  g_assert_cmpuint(answer.version, ==, AK_TLS_1_0);
  g_assert_cmpuint(answer.cipher, ==, 0x002f);
  g_autoptr(GByteArray) new = hello_record(AK_TLS_1_2, 0x1301, 43, AK_TLS_1_3);
  g_assert_cmpint(ak_tls_answer_parse(new->data, new->len, &answer, NULL), ==, AK_TLS_DONE);
  g_assert_cmpuint(answer.version, ==, AK_TLS_1_3);
  g_assert_false(answer.retry);
}

static void test_fragmented_over_records(void) {
  g_autoptr(GByteArray) message = hello_message(AK_TLS_1_2, 0xc02f, 0, 0);
  for (guint piece = 1; piece < 10; piece++) {
    g_autoptr(GByteArray) records = in_records(message, piece);
    AkTlsAnswer answer = {0};
    g_assert_cmpint(ak_tls_answer_parse(records->data, records->len, &answer, NULL), ==,
                    AK_TLS_DONE);
    g_assert_cmpuint(answer.cipher, ==, 0xc02f);
  }
}

static void test_truncated_at_every_byte_wants_more(void) {
  g_autoptr(GByteArray) record = hello_record(AK_TLS_1_2, 0x1301, 43, AK_TLS_1_3);
  for (guint size = 0; size < record->len; size++) {
    AkTlsAnswer answer = {0};
    g_assert_cmpint(ak_tls_answer_parse(record->data, size, &answer, NULL), ==, AK_TLS_MORE);
  }
}

static const struct {
  const char *bytes;
  gsize size;
  AkTlsParse result;
} cases[] = {
    {"\x15\x03\x01\x00\x02\x02\x28", 7, AK_TLS_DONE},             /* handshake_failure */
    {"\x15\x03\x03\x00\x02\x01\x70", 7, AK_TLS_MORE},             /* a warning comes first */
    {"\x15\x03\x03\x00\x02\x01\x70\x15\x03\x03\x00\x02\x02\x46", 14, AK_TLS_DONE},
    {"\x15\x03\x03\x00\x02\x01\x00", 7, AK_TLS_DONE},             /* close_notify */
    {"\x15\x03\x03\x00\x02\x07\x00", 7, AK_TLS_NO_TLS},           /* no such level */
    {"\x15\x03\x03\x00\x03\x02\x28\x00", 8, AK_TLS_NO_TLS},
    {"H", 1, AK_TLS_NO_TLS},
    {"HTTP/1.1 400 Bad Request\r\n", 26, AK_TLS_NO_TLS},
    {"\x16\x02", 2, AK_TLS_NO_TLS},
    {"\x16\x03\x03\x00\x00", 5, AK_TLS_NO_TLS},                   /* an empty record */
    {"\x16\x03\x03\xff\xff", 5, AK_TLS_NO_TLS},                   /* over the limit */
    {"\x16\x03\x03\x00\x04\x0b\x00\x00\x00", 9, AK_TLS_NO_TLS},   /* a certificate first */
    {"\x16\x03\x03\x00\x04\x02\xff\xff\xff", 9, AK_TLS_NO_TLS},   /* a hello of 16 MiB */
    {"\x16\x03\x03\x00\x04\x02\x00\x00\x00", 9, AK_TLS_NO_TLS},   /* a hello without content */
    {"\x17\x03\x03\x00\x01\x00", 6, AK_TLS_NO_TLS},
};

static void test_alerts_and_garbage(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    AkTlsAnswer answer = {0};
    g_test_message("case %" G_GSIZE_FORMAT, i);
    g_assert_cmpint(ak_tls_answer_parse(cases[i].bytes, cases[i].size, &answer, &error), ==,
                    cases[i].result);
    g_assert_cmpint(error != NULL, ==, cases[i].result == AK_TLS_NO_TLS);
    if (cases[i].result == AK_TLS_DONE)
      g_assert_cmpint(answer.kind, ==, AK_TLS_ALERT);
  }
}

static void test_unknown_versions_are_no_hello(void) {
  static const guint16 versions[] = {0x0200, 0x0305, 0x7f1c, 0xffff};
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    AkTlsAnswer answer = {0};
    g_autoptr(GByteArray) record = hello_record(versions[i], 0x002f, 0, 0);
    g_assert_cmpint(ak_tls_answer_parse(record->data, record->len, &answer, NULL), ==,
                    AK_TLS_NO_TLS);
  }
}

static void test_endless_warnings_are_refused(void) {
  g_autoptr(GByteArray) warnings = g_byte_array_new();
  while (warnings->len < 1024 * 1024)
    g_byte_array_append(warnings, (const guint8 *)"\x15\x03\x03\x00\x02\x01\x70", 7);
  AkTlsAnswer answer = {0};
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(ak_tls_answer_parse(warnings->data, warnings->len, &answer, &error), ==,
                  AK_TLS_NO_TLS);
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

/* --- what is sent ----------------------------------------------------------------------------------- */

static void test_hello_of_ssl3_byte_for_byte(void) {
  static const guint16 ciphers[] = {0x0005, 0x000a};
  AkTlsHello hello = {.version = AK_SSL_3, .ciphers = ciphers, .cipher_count = 2};
  memset(hello.random, 0xab, sizeof hello.random);
  g_autoptr(GBytes) bytes = ak_tls_hello_build(&hello, NULL);
  guint8 expected[52] = {0x16, 0x03, 0x00, 0x00, 0x2f, 0x01, 0x00, 0x00, 0x2b, 0x03, 0x00};
  static const guint8 tail[] = {0x00, 0x00, 0x04, 0x00, 0x05, 0x00, 0x0a, 0x01, 0x00};
  memset(expected + 11, 0xab, 32);
  memcpy(expected + 43, tail, sizeof tail);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), expected, 52);
}

static bool holds(GBytes *bytes, const char *part, gsize size) {
  return memmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), part, size) != NULL;
}

static void test_only_tls13_offers_tls13(void) {
  static const guint16 ciphers[] = {0x1301};
  for (guint16 version = AK_TLS_1_0; version <= AK_TLS_1_3; version++) {
    AkTlsHello hello = {.version = version, .ciphers = ciphers, .cipher_count = 1};
    g_autoptr(GBytes) bytes = ak_tls_hello_build(&hello, NULL);
    const guint8 *data = g_bytes_get_data(bytes, NULL);
    g_assert_cmpuint(data[10], ==, MIN(version, AK_TLS_1_2) & 0xff);
    g_assert_cmpint(holds(bytes, "\x00\x2b\x00\x03\x02\x03\x04", 7), ==, version == AK_TLS_1_3);
    g_assert_cmpint(holds(bytes, "\x00\x0d\x00\x2a", 4), ==, version >= AK_TLS_1_2);
    g_assert_cmpuint((guint)data[3] << 8 | data[4], ==, g_bytes_get_size(bytes) - 5);
  }
}

static void test_nothing_to_offer(void) {
  static const guint16 ciphers[] = {0x1301};
  AkTlsHello none = {.version = AK_TLS_1_2, .ciphers = ciphers};
  AkTlsHello future = {.version = 0x0305, .ciphers = ciphers, .cipher_count = 1};
  g_assert_null(ak_tls_hello_build(&none, NULL));
  g_assert_null(ak_tls_hello_build(&future, NULL));
}

static void test_suites(void) {
  gsize count = 0;
  const AkTlsCipher *ciphers = ak_tls_ciphers(&count);
  for (gsize i = 1; i < count; i++)
    g_assert_cmpuint(ciphers[i - 1].value, <, ciphers[i].value);
  g_assert_cmpuint(count, <=, AK_TLS_MAX_OFFERED);
  g_assert_cmpstr(ak_tls_cipher_name(0x0003), ==, "TLS_RSA_EXPORT_WITH_RC4_40_MD5");
  g_assert_cmpstr(ak_tls_cipher_name(0xc02f), ==, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  g_assert_cmpstr(ak_tls_cipher_name(0x1303), ==, "TLS_CHACHA20_POLY1305_SHA256");
  g_assert_null(ak_tls_cipher_name(0xfafa));
}

static void test_suites_fit_versions(void) {
  static const AkTlsCipher cbc = {0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"};
  static const AkTlsCipher gcm = {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"};
  static const AkTlsCipher new = {0x1301, "TLS_AES_128_GCM_SHA256"};
  g_assert_true(ak_tls_cipher_fits(&cbc, AK_SSL_3) && ak_tls_cipher_fits(&cbc, AK_TLS_1_2));
  g_assert_false(ak_tls_cipher_fits(&cbc, AK_TLS_1_3));
  g_assert_false(ak_tls_cipher_fits(&gcm, AK_TLS_1_1));
  g_assert_true(ak_tls_cipher_fits(&gcm, AK_TLS_1_2));
  g_assert_false(ak_tls_cipher_fits(&new, AK_TLS_1_2));
  g_assert_true(ak_tls_cipher_fits(&new, AK_TLS_1_3));
}

/* Source: RFC 6066, 3: 0000, length of all, length of the list, 00, length of the name, the name. */
static void test_server_name(void) {
  static const guint16 ciphers[] = {0x002f};
  AkTlsHello hello = {.version = AK_TLS_1_2, .ciphers = ciphers, .cipher_count = 1, .server_name = "a.example"};
  g_autoptr(GBytes) told = ak_tls_hello_build(&hello, NULL);
  hello.server_name = NULL;
  g_autoptr(GBytes) silent = ak_tls_hello_build(&hello, NULL);
  gsize size = 0, without = 0;
  const void *bytes = g_bytes_get_data(told, &size);
  g_bytes_get_data(silent, &without);
  g_assert_nonnull(memmem(bytes, size, "\0\0\0\x0e\0\x0c\0\0\x09" "a.example", 18));
  g_assert_cmpuint(size, ==, without + 18);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tls-hello/read", test_hello_is_read);
  g_test_add_func("/tls-hello/fragmented", test_fragmented_over_records);
  g_test_add_func("/tls-hello/truncated", test_truncated_at_every_byte_wants_more);
  g_test_add_func("/tls-hello/garbage", test_alerts_and_garbage);
  g_test_add_func("/tls-hello/versions", test_unknown_versions_are_no_hello);
  g_test_add_func("/tls-hello/endless", test_endless_warnings_are_refused);
  g_test_add_func("/tls-hello/ssl3", test_hello_of_ssl3_byte_for_byte);
  g_test_add_func("/tls-hello/tls13", test_only_tls13_offers_tls13);
  g_test_add_func("/tls-hello/nothing", test_nothing_to_offer);
  g_test_add_func("/tls-hello/suites", test_suites);
  g_test_add_func("/tls-hello/fit", test_suites_fit_versions);
  g_test_add_func("/tls-hello/server-name", test_server_name);
  return g_test_run();
}
