#include "effect/capture-file.h"
#include "effect/capture-merge.h"

#include <string.h>

/* A capture of one packet of Ethernet, little-endian, microseconds. */
static const guint8 small[] = {
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
    /* 10.000005 s, 16 bytes */
    10, 0, 0, 0, 5, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0,
    /* addresses, type, two bytes */
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x00, 0xaa, 0xbb};

static void test_tags(void) {
  static const guint8 frame[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x81, 0, 0, 3,
                                 0x81, 0, 0, 2, 0x08, 0, 0xaa, 0xbb};
  g_auto(AkCaptureMerge) merge = {0};
  guint32 number = 0;
  ak_capture_merge_init(&merge);
  g_assert_true(ak_capture_merge_add(&merge, small, sizeof small, 2 * AK_CAPTURE_TAGS + 1, NULL));
  g_assert_cmpuint(merge.out->len, ==, 24 + 16 + sizeof frame);
  g_assert_cmpmem(merge.out->data + 40, sizeof frame, frame, sizeof frame);
  g_assert_true(ak_capture_merge_number(3, 2, &number));
  g_assert_cmpuint(number, ==, 2 * AK_CAPTURE_TAGS + 1);
  g_assert_false(ak_capture_merge_number(0, 2, &number));
  g_assert_false(ak_capture_merge_number(1, 4001, &number));
}

/* Cut anywhere but behind its head it is broken, and adds nothing. */
static void test_cut(void) {
  for (gsize size = 0; size < sizeof small; size++) {
    g_auto(AkCaptureMerge) merge = {0};
    ak_capture_merge_init(&merge);
    g_assert_cmpint(ak_capture_merge_add(&merge, small, size, 0, NULL), ==, size == 24);
    g_assert_cmpuint(merge.out->len, ==, 24);
  }
}

static void test_others(void) {
  guint8 other[sizeof small];
  g_autoptr(GError) error = NULL;
  g_auto(AkCaptureMerge) merge = {0};
  ak_capture_merge_init(&merge);
  memcpy(other, small, sizeof small);
  other[20] = 105; /* a radio's frames */
  g_assert_false(ak_capture_merge_add(&merge, other, sizeof other, 0, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_SUPPORTED);
  other[20] = 101; /* IP without Ethernet: a header is put before it */
  g_assert_true(ak_capture_merge_add(&merge, other, sizeof other, 0, NULL));
  g_assert_cmpuint(merge.out->len, ==, 24 + 16 + 14 + 8 + 16);
  other[35] = 0xff; /* a packet's size */
  g_assert_false(ak_capture_merge_add(&merge, other, sizeof other, 0, NULL));
  g_assert_false(ak_capture_merge_add(&merge, small, sizeof small,
                                      AK_CAPTURE_TAGS * AK_CAPTURE_TAGS, NULL));
}

/* Two captures of 100 MiB fit, a third does not, and a small one behind it does. */
static void test_large(void) {
  const guint packet = AK_CAPTURE_PACKET_BYTES, count = 400;
  g_auto(AkCaptureMerge) merge = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(GByteArray) large = g_byte_array_new();
  g_byte_array_append(large, small, 24);
  for (guint i = 0; i < count; i++) {
    guint at = large->len;
    g_byte_array_append(large, small + 24, 8);
    g_byte_array_set_size(large, at + 16 + packet);
    memset(large->data + at + 8, 0, 8 + packet);
    large->data[at + 10] = 4; /* 262,144 bytes */
  }
  ak_capture_merge_init(&merge);
  for (guint i = 0; i < 2; i++)
    g_assert_true(ak_capture_merge_add(&merge, large->data, large->len, i, NULL));
  guint before = merge.out->len;
  g_assert_cmpuint(before, ==, 24 + 2 * count * (16 + packet + 8));
  g_assert_false(ak_capture_merge_add(&merge, large->data, large->len, 2, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
  g_assert_cmpuint(merge.out->len, ==, before);
  g_assert_true(ak_capture_merge_add(&merge, small, sizeof small, 2, NULL));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/capture-merge/tags", test_tags);
  g_test_add_func("/effect/capture-merge/cut", test_cut);
  g_test_add_func("/effect/capture-merge/others", test_others);
  g_test_add_func("/effect/capture-merge/large", test_large);
  return g_test_run();
}
