/* What recorded exchanges hold: bytes written by hand after the standards. */
#include "app/dialogue.h"

#include <string.h>

/* A ServerHello of TLS 1.2 with TLS_RSA_WITH_AES_128_CBC_SHA (0x002f), no session, no extensions. */
static const guint8 hello[] = {22, 3,   3,   0,   42,  2,   0,   0,   38,  3,   3,   'r', 'r', 'r', 'r',
                               'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r',
                               'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 0,   0,
                               0x2f, 0};
static const guint8 alert[] = {21, 3, 3, 0, 2, 2, 40};

static void append(GByteArray *bytes, const void *data, gsize size) {
  g_byte_array_append(bytes, data, (guint)size);
}

static json_t *read_as(const void *data, gsize size, const char *form, gsize rows) {
  json_t *found = ak_dialogue_read(data, size);
  g_assert_nonnull(found);
  g_assert_cmpstr(ak_json_string_or(found, "form", ""), ==, form);
  g_assert_cmpuint(json_array_size(json_object_get(found, "rows")), ==, rows);
  return found;
}

static void row_is(const json_t *found, gsize which, const char *from, const char *text,
                   json_int_t offset, json_int_t length) {
  const json_t *row = json_array_get(json_object_get(found, "rows"), which);
  g_assert_cmpstr(ak_json_string_or(row, "from", ""), ==, from);
  g_assert_cmpstr(ak_json_string_or(row, "text", ""), ==, text);
  g_assert_cmpint(json_integer_value(json_object_get(row, "offset")), ==, offset);
  g_assert_cmpint(json_integer_value(json_object_get(row, "length")), ==, length);
}

static void test_tls(void) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  append(bytes, hello, sizeof hello);
  append(bytes, alert, sizeof alert);
  g_autoptr(json_t) found = read_as(bytes->data, bytes->len, "tls", 2);
  row_is(found, 0, "device", "ServerHello: TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA", 0, 47);
  row_is(found, 1, "device", "Alert: fatal, 40", 47, 7);
}

/* Of each answer the beginning was kept: what was cut says so, and the next answer is found. */
static void test_tls_that_was_cut(void) {
  static const guint8 certificate[] = {22, 3, 3, 2, 0, 11, 0, 1, 0xfc, 1, 2, 3};
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  append(bytes, certificate, sizeof certificate);
  append(bytes, hello, sizeof hello);
  append(bytes, "\x16\x03\x03", 3);
  g_autoptr(json_t) found = read_as(bytes->data, bytes->len, "tls", 2);
  row_is(found, 0, "device", "Certificate (TLS 1.2) (7 of 512)", 0, 12);
  row_is(found, 1, "device", "ServerHello: TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA", 12, 47);
  g_assert_cmpint(json_integer_value(json_object_get(found, "rest")), ==, 3);
}

static void test_http(void) {
  static const char said[] = "with the credentials:\nGET /admin\nAuthorization: *****\n\n"
                             "HTTP/1.1 200\nServer: <b>x\n\n(3 bytes)\n"
                             "with a random password:\nGET /admin\n\nHTTP/1.1 401\n\n(0 bytes)\n";
  g_autoptr(json_t) found = read_as(said, sizeof said - 1, "http", 4);
  row_is(found, 0, "tester", "GET /admin", 22, 33);
  row_is(found, 1, "device", "HTTP/1.1 200", 55, 61);
  row_is(found, 2, "tester", "GET /admin", 116, 12);
  row_is(found, 3, "device", "HTTP/1.1 401", 128, 24);
}

static void test_attempts(void) {
  static const char said[] = "attempt 1: status 401, 34 ms\nattempt 2: status 429, 3 ms\n";
  g_autoptr(json_t) found = read_as(said, sizeof said - 1, "attempts", 2);
  row_is(found, 1, "device", "attempt 2: status 429, 3 ms", 29, 27);
}

static void test_dns(void) {
  /* an answer: example. A 192.0.2.1 */
  static const guint8 said[] = {0, 1, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p', 'l',
                                'e', 0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
  g_autoptr(json_t) found = read_as(said, sizeof said, "dns", 1);
  row_is(found, 0, "device", "DNS answer, rcode 0, 1 + 0 records; example type 1 192.0.2.1", 0,
         sizeof said);
}

static void test_what_is_none(void) {
  static const char *const none[] = {"", "hello", "{\"a\":1}", "\x7f" "ELF", "HTTP/1.1", "GET", "attempt",
                                     "SSH-2.0-x\r\n"};
  for (gsize i = 0; i < G_N_ELEMENTS(none); i++) {
    g_autoptr(json_t) found = ak_dialogue_read(none[i], strlen(none[i]));
    g_assert_null(found);
  }
}

/* However the bytes are cut, rows lie within them; and no more are listed than the limit. */
static void test_cut_at_every_byte(void) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  append(bytes, hello, sizeof hello);
  append(bytes, alert, sizeof alert);
  for (guint size = 0; size <= bytes->len; size++) {
    g_autofree guint8 *copy = g_memdup2(bytes->data, size);
    g_autoptr(json_t) found = ak_dialogue_read(copy, size);
    g_assert_true((found != NULL) == (size >= 5));
  }
  g_autoptr(GByteArray) many = g_byte_array_new();
  for (guint i = 0; i < AK_DIALOGUE_MAX_ROWS + 5; i++)
    append(many, alert, sizeof alert);
  g_autoptr(json_t) found = read_as(many->data, many->len, "tls", AK_DIALOGUE_MAX_ROWS);
  g_assert_cmpint(json_integer_value(json_object_get(found, "rows_total")), ==,
                  AK_DIALOGUE_MAX_ROWS + 5);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dialogue/tls", test_tls);
  g_test_add_func("/dialogue/tls/cut", test_tls_that_was_cut);
  g_test_add_func("/dialogue/http", test_http);
  g_test_add_func("/dialogue/attempts", test_attempts);
  g_test_add_func("/dialogue/dns", test_dns);
  g_test_add_func("/dialogue/none", test_what_is_none);
  g_test_add_func("/dialogue/every-byte", test_cut_at_every_byte);
  return g_test_run();
}
