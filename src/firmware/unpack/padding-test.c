#include <string.h>

#include "firmware/unpack/padding.h"

/* One other byte at each place of bytes of each length: the runs before and behind it. */
static void test_every_place(void) {
  guint8 data[200];
  for (gsize size = 1; size <= sizeof data; size++)
    for (gsize at = 0; at < size; at++) {
      memset(data, 0xff, sizeof data);
      data[at] = 0x7f;
      g_assert_cmpuint(ak_padding_front(data, size, 0xff), ==, at);
      g_assert_cmpuint(ak_padding_back(data, size, 0xff), ==, size - at - 1);
      g_assert_cmpuint(ak_padding_front(data, size, AK_PADDING_ANY), ==, at);
      g_assert_cmpuint(ak_padding_back(data, size, AK_PADDING_ANY), ==, size - at - 1);
    }
}

static void test_kinds(void) {
  guint8 data[150];
  memset(data, 0, sizeof data);
  g_assert_cmpuint(ak_padding_front(data, sizeof data, 0), ==, sizeof data);
  g_assert_cmpuint(ak_padding_back(data, sizeof data, 0), ==, sizeof data);
  g_assert_cmpuint(ak_padding_front(data, sizeof data, 0xff), ==, 0);
  for (gsize i = 0; i < sizeof data; i += 3)
    data[i] = 0xff; /* mixed: padding of any kind, and of none alone */
  g_assert_cmpuint(ak_padding_front(data, sizeof data, AK_PADDING_ANY), ==, sizeof data);
  g_assert_cmpuint(ak_padding_front(data, sizeof data, 0xff), ==, 1);
  g_assert_cmpuint(ak_padding_back(data, sizeof data, 0), ==, 2);
  static const guint8 near[] = {0x01, 0xfe, 0x80, 0x7f};
  for (gsize i = 0; i < G_N_ELEMENTS(near); i++) {
    data[70] = near[i];
    g_assert_cmpuint(ak_padding_front(data, sizeof data, AK_PADDING_ANY), ==, 70);
  }
  g_assert_cmpuint(ak_padding_front(NULL, 0, 0), ==, 0);
  g_assert_cmpuint(ak_padding_back(NULL, 0, AK_PADDING_ANY), ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/padding/every-place", test_every_place);
  g_test_add_func("/padding/kinds", test_kinds);
  return g_test_run();
}
