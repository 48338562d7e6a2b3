#include "util/crc32c.h"

#include <string.h>

/* Source: RFC 3720, B.4 (the CRC values of 32 bytes), and the check value of "123456789". */
static void test_published_values(void) {
  guint8 bytes[32] = {0};
  g_assert_cmphex(ak_crc32c(0, bytes, sizeof bytes), ==, 0x8A9136AA);
  memset(bytes, 0xFF, sizeof bytes);
  g_assert_cmphex(ak_crc32c(0, bytes, sizeof bytes), ==, 0x62A8AB43);
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8)i;
  g_assert_cmphex(ak_crc32c(0, bytes, sizeof bytes), ==, 0x46DD794E);
  g_assert_cmphex(ak_crc32c(0, "123456789", 9), ==, 0xE3069283);
  g_assert_cmphex(ak_crc32c(0, NULL, 0), ==, 0);
}

static void test_continues_at_any_place(void) {
  const char *text = "123456789";
  for (gsize cut = 0; cut <= 9; cut++)
    g_assert_cmphex(ak_crc32c(ak_crc32c(0, text, cut), text + cut, 9 - cut), ==, 0xE3069283);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/util/crc32c/published-values", test_published_values);
  g_test_add_func("/util/crc32c/continues", test_continues_at_any_place);
  return g_test_run();
}
