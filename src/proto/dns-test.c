#include "proto/dns.h"

#include <string.h>

#define HEX(text) text, sizeof text - 1

static void test_build(void) {
  AkDnsQuestion question = {.name = "a.example", .id = 0x1234, .type = AK_DNS_A, .class = AK_DNS_IN,
                            .recursion_desired = true};
  g_autoptr(GBytes) bytes = ak_dns_build(&question, NULL);
  static const char wanted[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                               "\x01" "a" "\x07" "example" "\x00\x00\x01\x00\x01";
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), wanted, sizeof wanted - 1);
  static const char *const wrong[] = {"a..b", ".a", "a.",
      "0123456789012345678901234567890123456789012345678901234567890123.x"};
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    question.name = wrong[i];
    g_assert_null(ak_dns_build(&question, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  }
}

/* example.com A, answered with a CNAME whose name points back, and an address. */
static const char answer[] =
    "\x61\x6b\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00"
    "\x07" "example" "\x03" "com" "\x00\x00\x01\x00\x01"
    "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x06\x03" "www" "\xc0\x0c"
    "\x03" "www" "\xc0\x0c\x00\x01\x80\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01";

static void test_parse(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkDnsMessage) message = ak_dns_parse(HEX(answer), &error);
  g_assert_no_error(error);
  g_assert_cmpuint(message->id, ==, 0x616b);
  g_assert_true(message->response);
  g_assert_true(message->recursion_available);
  g_assert_false(message->authoritative);
  g_assert_false(message->truncated);
  g_assert_cmpuint(message->answers->len, ==, 2);
  const AkDnsRecord *alias = message->answers->pdata[0], *address = message->answers->pdata[1];
  g_assert_cmpstr(alias->name, ==, "example.com");
  g_assert_cmpstr(alias->text, ==, "www.example.com");
  g_assert_cmpstr(address->name, ==, "www.example.com");
  g_assert_cmpstr(address->text, ==, "192.0.2.1");
  g_assert_cmpuint(address->class, ==, AK_DNS_IN); /* without the flush bit */
}

static void test_truncated_at_every_byte(void) {
  for (gsize size = 0; size < sizeof answer - 1; size++) {
    g_autofree char *copy = g_memdup2(answer, MAX(size, 1));
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_dns_parse(copy, size, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

static void assert_refused(const void *data, gsize size, AkErrorCode code) {
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_dns_parse(data, size, &error));
  g_assert_error(error, AK_ERROR, (gint)code);
}

static void test_hostile(void) {
  /* a pointer to itself, one forward, one into its own name, an unknown kind of label */
  assert_refused(HEX("\0\0\x80\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"), AK_ERROR_INVALID_DATA);
  assert_refused(HEX("\0\0\x80\0\0\1\0\0\0\0\0\0\xc0\x10\0\1\0\1\0"), AK_ERROR_INVALID_DATA);
  assert_refused(HEX("\0\0\x80\0\0\1\0\0\0\0\0\0\1a\xc0\x0c\0\1\0\1"), AK_ERROR_INVALID_DATA);
  assert_refused(HEX("\0\0\x80\0\0\1\0\0\0\0\0\0\x41z\0\0\1\0\1"), AK_ERROR_INVALID_DATA);
  /* more records than are read, and an address of five bytes */
  assert_refused(HEX("\0\0\x80\0\0\0\xff\xff\0\0\0\0"), AK_ERROR_LIMIT);
  assert_refused(HEX("\0\0\x80\0\0\0\0\1\0\0\0\0\0\0\1\0\1\0\0\0\0\0\5\1\2\3\4\5"), AK_ERROR_INVALID_DATA);
}

static void test_texts_are_clean(void) {
  static const char texts[] = "\0\0\x84\0\0\0\0\1\0\0\0\0"
                              "\3a.\x1b\0\0\x10\0\3\0\0\0\0\0\6\3a\x1b" "b\1c";
  g_autoptr(AkDnsMessage) message = ak_dns_parse(HEX(texts), NULL);
  g_assert_nonnull(message);
  const AkDnsRecord *record = message->answers->pdata[0];
  g_assert_cmpstr(record->name, ==, "a\\046\\027");
  g_assert_cmpstr(record->text, ==, "a\\027b c");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dns/build", test_build);
  g_test_add_func("/dns/parse", test_parse);
  g_test_add_func("/dns/truncated", test_truncated_at_every_byte);
  g_test_add_func("/dns/hostile", test_hostile);
  g_test_add_func("/dns/texts", test_texts_are_clean);
  return g_test_run();
}
