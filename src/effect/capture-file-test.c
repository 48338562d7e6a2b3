#include "effect/capture-file.h"

#include <string.h>

/* Three packets of a byte at 10.000005 s, 9.5 s and an hour after the first; little-endian, microseconds. */
static const guint8 small[] = {
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, /* head */
    10, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'a',
    9, 0, 0, 0, 0x20, 0xa1, 7, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'b',
    0x1a, 0x0e, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'c'};
/* The same first packet, big-endian, nanoseconds. */
static const guint8 big[] = {0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0,
                             0, 4, 0, 0, 0, 0, 0, 101, 0, 0, 0, 10, 0, 0, 0x13, 0x88,
                             0, 0, 0, 1, 0, 0, 0, 1, 'a'};

static void test_times(void) {
  static const gint64 since_us[] = {0, -500005, AK_CAPTURE_REACH_US};
  AkCaptureFile file;
  AkCapturePacket packet = {0};
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_capture_file_open(&file, small, sizeof small, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(since_us); i++) {
    g_assert_true(ak_capture_file_next(&file, &packet, NULL));
    g_assert_cmpint(packet.since_us, ==, since_us[i]);
    g_assert_cmpuint(packet.bytes[0], ==, 'a' + i);
  }
  g_assert_false(ak_capture_file_next(&file, &packet, &error));
  g_assert_no_error(error);
}

/* Between any packets of two slots lies a day, and the last slot ends before 32 bits do. */
static void test_slots(void) {
  gint64 day_us = G_GINT64_CONSTANT(86400000000);
  g_assert_cmpint(ak_capture_file_slot(1) - AK_CAPTURE_REACH_US -
                      (ak_capture_file_slot(0) + AK_CAPTURE_REACH_US),
                  >=, day_us);
  g_assert_cmpint(ak_capture_file_slot(0), >=, AK_CAPTURE_REACH_US);
  g_assert_cmpint(ak_capture_file_slot(AK_CAPTURE_SLOTS - 1) + AK_CAPTURE_REACH_US, <,
                  G_GINT64_CONSTANT(0x7fffffff) * 1000000);
}

static void assert_moved(const guint8 *data, gsize size, const guint8 *first, gsize length) {
  g_autoptr(GBytes) moved = ak_capture_file_move(data, size, 0x01020304 * G_GINT64_CONSTANT(1000000), NULL);
  gsize moved_size = 0;
  const guint8 *bytes = g_bytes_get_data(moved, &moved_size);
  g_assert_cmpmem(bytes, 24, data, 24);
  g_assert_cmpmem(bytes + 24, length, first, length);
  g_assert_cmpuint(moved_size, ==, size);
  g_assert_cmpmem(bytes + 32, 9, data + 32, 9);
}

static void test_move(void) {
  static const guint8 little_first[] = {4, 3, 2, 1, 0, 0, 0, 0}, big_first[] = {1, 2, 3, 4, 0, 0, 0, 0};
  assert_moved(small, sizeof small, little_first, sizeof little_first);
  assert_moved(big, sizeof big, big_first, sizeof big_first);
  g_autoptr(GBytes) moved = ak_capture_file_move(small, sizeof small, 20000000, NULL);
  AkCaptureFile file;
  AkCapturePacket packet = {0};
  g_assert_true(ak_capture_file_open(&file, g_bytes_get_data(moved, NULL), sizeof small, NULL));
  g_assert_true(ak_capture_file_next(&file, &packet, NULL));
  g_assert_true(ak_capture_file_next(&file, &packet, NULL));
  g_assert_cmpint(file.first_us, ==, 20000000);
  g_assert_cmpint(packet.since_us, ==, -500005);
}

static void test_broken(void) {
  guint8 other[sizeof small];
  for (gsize size = 0; size < sizeof small; size++) {
    g_autoptr(GBytes) moved = ak_capture_file_move(small, size, 0, NULL);
    bool is_between = size == 24 || size == 41 || size == 58;
    g_assert_cmpint(moved != NULL, ==, is_between);
  }
  memcpy(other, small, sizeof small);
  other[34] = 0xff; /* a packet of 16 MB */
  g_autoptr(GBytes) moved = ak_capture_file_move(other, sizeof other, 0, NULL);
  g_assert_null(moved);
}

/* A microsecond more than an hour: no time is changed to make it fit. */
static void test_long(void) {
  guint8 other[sizeof small];
  g_autoptr(GError) error = NULL;
  memcpy(other, small, sizeof small);
  other[62]++;
  g_autoptr(GBytes) moved = ak_capture_file_move(other, sizeof other, 0, &error);
  g_assert_null(moved);
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_SUPPORTED);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/capture-file/times", test_times);
  g_test_add_func("/effect/capture-file/slots", test_slots);
  g_test_add_func("/effect/capture-file/move", test_move);
  g_test_add_func("/effect/capture-file/broken", test_broken);
  g_test_add_func("/effect/capture-file/long", test_long);
  return g_test_run();
}
