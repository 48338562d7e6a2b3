#include "proto/snmp.h"

#include <string.h>

#define HEX(text) text, sizeof text - 1

static void test_build(void) {
  g_autoptr(GBytes) bytes = ak_snmp_get(AK_SNMP_V2C, "public", 0x616b, AK_SNMP_SYS_DESCR, NULL);
  static const char wanted[] = "\x30\x27\x02\x01\x01\x04\x06public\xa0\x1a\x02\x02\x61\x6b\x02\x01\x00"
                               "\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00";
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), wanted, sizeof wanted - 1);
  static const char *const wrong[] = {"", "1", "1.40.1", "3.1", "1.3.x", "1.3.4294967296"};
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_snmp_get(AK_SNMP_V1, "public", 1, wrong[i], &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  }
}

/* Whatever is built can be read again, with its numbers. */
static void test_own_messages(void) {
  static const gint32 ids[] = {0, 127, 128, 255, 256, 32768, 0x616b, G_MAXINT32};
  for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
    g_autoptr(GBytes) get = ak_snmp_get(AK_SNMP_V1, "x", ids[i], "1.3.6.1.4.1.8072.3.2.10", NULL);
    g_auto(AkSnmpMessage) read = {0};
    g_assert_true(ak_snmp_parse(g_bytes_get_data(get, NULL), g_bytes_get_size(get), &read, NULL));
    g_assert_cmpint(read.id, ==, ids[i]);
    g_assert_cmpstr(read.oid, ==, "1.3.6.1.4.1.8072.3.2.10");
    g_autoptr(GBytes) discover = ak_snmp_discover(ids[i], NULL);
    g_auto(AkSnmpMessage) other = {0};
    g_assert_true(ak_snmp_parse(g_bytes_get_data(discover, NULL), g_bytes_get_size(discover), &other,
                                NULL));
    g_assert_cmpint(other.version, ==, AK_SNMP_V3);
    g_assert_cmpint(other.id, ==, ids[i]);
    g_assert_cmpuint(g_bytes_get_size(other.engine), ==, 0);
  }
}

static const char response[] =
    "\x30\x2d\x02\x01\x00\x04\x06public\xa2\x20\x02\x02\x61\x6b\x02\x01\x00\x02\x01\x00"
    "\x30\x14\x30\x12\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x06gw 1.2";

static const char report[] =
    "\x30\x5d\x02\x01\x03\x30\x0f\x02\x02\x61\x6b\x02\x03\x00\xff\xe3\x04\x01\x00\x02\x01\x03"
    "\x04\x1c\x30\x1a\x04\x0b\x80\x00\x1f\x88\x80\xa1\xb2\xc3\xd4\xe5\xf6\x02\x01\x05\x02\x02\x10\x00"
    "\x04\x00\x04\x00\x04\x00\x30\x29\x04\x00\x04\x00\xa8\x23\x02\x02\x61\x6b\x02\x01\x00\x02\x01\x00"
    "\x30\x17\x30\x15\x06\x0a\x2b\x06\x01\x06\x03\x0f\x01\x01\x04\x00\x41\x07\x01\x00\x00\x00\x00\x00\x00";

static void test_parse(void) {
  g_auto(AkSnmpMessage) get = {0}, discovery = {0};
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_snmp_parse(HEX(response), &get, &error));
  g_assert_no_error(error);
  g_assert_cmpint(get.version, ==, AK_SNMP_V1);
  g_assert_cmpint(get.pdu, ==, AK_SNMP_RESPONSE);
  g_assert_cmpint(get.id, ==, 0x616b);
  g_assert_cmpstr(get.oid, ==, AK_SNMP_SYS_DESCR);
  g_assert_cmpuint(get.tag, ==, 0x04);
  g_assert_cmpmem(g_bytes_get_data(get.value, NULL), g_bytes_get_size(get.value), "gw 1.2", 6);
  g_assert_true(ak_snmp_parse(HEX(report), &discovery, &error));
  g_assert_no_error(error);
  g_assert_cmpint(discovery.version, ==, AK_SNMP_V3);
  g_assert_cmpint(discovery.pdu, ==, AK_SNMP_REPORT);
  g_assert_cmpuint(g_bytes_get_size(discovery.engine), ==, 11);
}

static void test_truncated_at_every_byte(void) {
  const struct {
    const char *data;
    gsize size;
  } samples[] = {{HEX(response)}, {HEX(report)}};
  for (gsize i = 0; i < G_N_ELEMENTS(samples); i++)
    for (gsize size = 0; size < samples[i].size; size++) {
      g_auto(AkSnmpMessage) message = {0};
      g_autoptr(GError) error = NULL;
      g_autofree char *copy = g_memdup2(samples[i].data, MAX(size, 1));
      g_assert_false(ak_snmp_parse(copy, size, &message, &error));
      g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
    }
}

static void assert_refused(const void *data, gsize size, AkErrorCode code) {
  g_auto(AkSnmpMessage) message = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_snmp_parse(data, size, &message, &error));
  g_assert_error(error, AK_ERROR, (gint)code);
}

static void test_hostile(void) {
  assert_refused(HEX("\x30\x03\x02\x01\x02"), AK_ERROR_NOT_SUPPORTED);
  assert_refused(HEX("\x30\x80\x02\x01\x00\x00\x00"), AK_ERROR_INVALID_DATA);         /* indefinite */
  assert_refused(HEX("\x30\x85\x00\x00\x00\x00\x03\x02\x01\x00"), AK_ERROR_INVALID_DATA);
  assert_refused(HEX("\x30\x84\xff\xff\xff\xff\x02\x01\x00"), AK_ERROR_INVALID_DATA); /* 4 GiB */
  assert_refused(HEX("\x30\x02\x02\x00"), AK_ERROR_INVALID_DATA);                     /* no integer */
  assert_refused(HEX("\x30\x08\x02\x06\0\0\0\0\0\0"), AK_ERROR_INVALID_DATA);
  assert_refused(HEX("\x30\x03\x02\x01\x00\x00"), AK_ERROR_INVALID_DATA);             /* more after it */
  assert_refused(HEX("\x31\x03\x02\x01\x00"), AK_ERROR_INVALID_DATA);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/snmp/build", test_build);
  g_test_add_func("/snmp/own", test_own_messages);
  g_test_add_func("/snmp/parse", test_parse);
  g_test_add_func("/snmp/truncated", test_truncated_at_every_byte);
  g_test_add_func("/snmp/hostile", test_hostile);
  return g_test_run();
}
