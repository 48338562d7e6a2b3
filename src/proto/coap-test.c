#include "proto/coap.h"

#include <string.h>

#define HEX(text) text, sizeof text - 1

static void assert_get(const char *path, gint block, const char *wanted, gsize size) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = ak_coap_get(0x616b, path, block, &error);
  g_assert_no_error(error);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), wanted, size);
}

static void test_get(void) {
  assert_get("/", -1, HEX("\x40\x01\x61\x6b"));
  assert_get("/.well-known/core", -1, HEX("\x40\x01\x61\x6b\xbb.well-known\x04" "core"));
  assert_get("/a%2Fb", -1, HEX("\x40\x01\x61\x6b\xb3" "a/b"));
  assert_get("/x", 2, HEX("\x40\x01\x61\x6b\xb1x\xc3\x00\x00\x25"));
  assert_get("/temperature-is", -1, HEX("\x40\x01\x61\x6b\xbd\x01temperature-is"));
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_coap_get(1, "core", -1, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
}

/* 2.05, content format 40, block 1 with more, payload */
static const char answer[] = "\x60\x45\x61\x6b\xc1\x28\xb1\x1d\xff</a>";

static void test_parse(void) {
  g_auto(AkCoapMessage) message = {0};
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_coap_parse(HEX(answer), &message, &error));
  g_assert_no_error(error);
  g_assert_cmpint(message.type, ==, AK_COAP_ACK);
  g_assert_cmpuint(message.code, ==, AK_COAP_CONTENT);
  g_assert_cmpuint(message.id, ==, 0x616b);
  g_assert_true(message.has_block && message.more);
  g_assert_cmpuint(message.block, ==, 1);
  g_assert_cmpmem(g_bytes_get_data(message.payload, NULL), g_bytes_get_size(message.payload), "</a>", 4);
}

static void assert_refused(const void *data, gsize size) {
  g_auto(AkCoapMessage) message = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_coap_parse(data, size, &message, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

static void test_hostile(void) {
  for (gsize size = 0; size < 4; size++)
    assert_refused(answer, size);
  assert_refused(answer, 5); /* within an option */
  assert_refused(answer, 9); /* a marker and nothing after it */
  assert_refused(HEX("\x20\x45\0\0"));         /* version 0 */
  assert_refused(HEX("\x69\x45\0\0"));         /* a token of nine bytes */
  assert_refused(HEX("\x60\x45\0\0\xf0"));     /* a reserved delta */
  assert_refused(HEX("\x60\x45\0\0\x0f"));     /* a reserved length */
  assert_refused(HEX("\x60\x45\0\0\x0e\xff")); /* half a length */
  assert_refused(HEX("\x60\0\0\0\1"));         /* an empty message with more */
  assert_refused(HEX("\x60\x45\0\0\xd4\x0a\0\0\0\0")); /* Block2 of four bytes */
}

static void assert_links(const char *text, const char *wanted) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) links = ak_coap_links(text, strlen(text), &error);
  if (wanted == NULL) {
    g_assert_null(links);
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
    return;
  }
  g_assert_no_error(error);
  g_ptr_array_add(links, NULL);
  g_autofree char *joined = g_strjoinv(" ", (GStrv)links->pdata);
  g_assert_cmpstr(joined, ==, wanted);
  g_ptr_array_set_size(links, (gint)links->len - 1);
}

static void test_links(void) {
  assert_links("", "");
  assert_links("</a>", "/a");
  assert_links("</a>;rt=\"x,</no>\";if=\"\\\"\",</b>, </c>;ct=40", "/a /b /c");
  assert_links("<>", "");
  assert_links("/a", NULL);
  assert_links("</a", NULL);
  assert_links("</a>;t=\"open", NULL);
  assert_links("</a>,x", NULL);
}

static void test_too_many_links(void) {
  g_autoptr(GString) text = g_string_new("</a>");
  for (guint i = 0; i < AK_COAP_MAX_LINKS; i++)
    g_string_append(text, ",</a>");
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_coap_links(text->str, text->len, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/coap/get", test_get);
  g_test_add_func("/coap/parse", test_parse);
  g_test_add_func("/coap/hostile", test_hostile);
  g_test_add_func("/coap/links", test_links);
  g_test_add_func("/coap/too-many", test_too_many_links);
  return g_test_run();
}
