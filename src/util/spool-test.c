#include "util/spool.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int open_file(int flags) {
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("akashi-spool-XXXXXX", &path, NULL);
  g_assert_cmpint(fd, >=, 0);
  close(fd);
  fd = open(path, flags | O_CLOEXEC);
  g_assert_cmpint(fd, >=, 0);
  unlink(path);
  return fd;
}

static GBytes *filled(gsize size, char with) {
  char *data = g_malloc(MAX(size, 1));
  memset(data, with, size);
  return g_bytes_new_take(data, size);
}

/* Everything comes back, at any length; the file holds it and nothing else. */
static void test_comes_back(void) {
  int fd = open_file(O_RDWR | O_APPEND);
  g_autoptr(AkSpool) spool = ak_spool_new(fd, 1 << 20, NULL);
  static const gsize sizes[] = {1, 0, 4096, 4095, 100000, 7};
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  guint64 sum = 0;
  for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_ptr_array_add(all, ak_spool_keep(spool, filled(sizes[i], (char)('a' + i))));
    sum += sizes[i];
  }
  for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autoptr(GBytes) expected = filled(sizes[i], (char)('a' + i));
    g_assert_true(g_bytes_equal(all->pdata[i], expected));
  }
  g_assert_cmpuint(ak_spool_used(spool), ==, sum);
  g_assert_cmpint(lseek(fd, 0, SEEK_END), ==, (gint64)sum);
  /* what is in it already is not written again */
  GBytes *again = ak_spool_keep(spool, g_bytes_ref(all->pdata[2]));
  g_assert_true(again == all->pdata[2]);
  g_bytes_unref(again);
  g_assert_cmpuint(ak_spool_used(spool), ==, sum);
  close(fd);
}

/* Without room, or where writing fails, the bytes stay where they are. */
static void test_no_room(void) {
  int fd = open_file(O_RDWR | O_APPEND), closed = open_file(O_RDONLY);
  g_autoptr(AkSpool) spool = ak_spool_new(fd, 8192, NULL),
                     broken = ak_spool_new(closed, 8192, NULL);
  GBytes *large = filled(8193, 'x'), *small = filled(100, 'y');
  g_assert_true(ak_spool_keep(spool, large) == large);
  g_assert_cmpuint(ak_spool_used(spool), ==, 0);
  g_assert_true(ak_spool_keep(broken, small) == small);
  g_assert_null(ak_spool_new(-1, 8192, NULL));
  g_assert_null(ak_spool_new(fd, 0, NULL));
  g_bytes_unref(large);
  g_bytes_unref(small);
  close(fd);
  close(closed);
}

/* One content that grows, beside which others stay in memory. */
static void test_grows(void) {
  int fd = open_file(O_RDWR | O_APPEND);
  g_autoptr(AkSpool) spool = ak_spool_new(fd, 10, NULL);
  g_assert_false(ak_spool_append(spool, "x", 1)); /* nothing grows */
  g_assert_true(ak_spool_begin(spool));
  g_assert_false(ak_spool_begin(spool));
  g_assert_true(ak_spool_append(spool, "abc", 3));
  g_autoptr(GBytes) beside = ak_spool_keep(spool, filled(2, 'y'));
  g_assert_false(ak_spool_holds(spool, g_bytes_get_data(beside, NULL)));
  g_assert_true(ak_spool_append(spool, "def", 3));
  g_assert_false(ak_spool_append(spool, "12345", 5)); /* no room */
  g_autoptr(GBytes) content = ak_spool_end(spool);
  g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), "abcdef", 6);
  g_autoptr(GBytes) after = ak_spool_keep(spool, filled(4, 'z'));
  g_assert_true(ak_spool_holds(spool, g_bytes_get_data(after, NULL)));
  g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), "abcdef", 6);
  close(fd);
}

/* Room is written to anywhere, stands beside what else is kept, and ends where the file does. */
static void test_reserve(void) {
  int fd = open_file(O_RDWR | O_APPEND), closed = open_file(O_RDONLY);
  g_autoptr(AkSpool) spool = ak_spool_new(fd, 1 << 20, NULL), no_spool = ak_spool_new(closed, 1 << 20, NULL);
  g_autoptr(GBytes) before = ak_spool_keep(spool, filled(5000, 'b'));
  guint8 *room = ak_spool_reserve(spool, 300000);
  g_autoptr(GBytes) after = ak_spool_keep(spool, filled(5000, 'a'));
  g_assert_nonnull(room);
  g_assert_true(ak_spool_holds(spool, room) && ak_spool_holds(spool, room + 299999));
  for (guint i = 0; i < 300000; i += 1000)
    g_assert_cmpuint(room[i], ==, 0);
  memset(room + 100000, 'x', 200000);
  memset(room, 'y', 100000);
  g_autoptr(GBytes) expected_before = filled(5000, 'b'), expected_after = filled(5000, 'a');
  g_assert_true(g_bytes_equal(before, expected_before));
  g_assert_true(g_bytes_equal(after, expected_after));
  g_assert_cmpuint(ak_spool_used(spool), ==, 310000);
  char byte = 0;
  g_assert_cmpint(pread(fd, &byte, 1, 5000 + 299999), ==, 1);
  g_assert_cmpint(byte, ==, 'x');
  g_assert_null(ak_spool_reserve(spool, 1 << 20));
  g_assert_null(ak_spool_reserve(no_spool, 10));
  g_assert_true(ak_spool_begin(spool));
  g_assert_null(ak_spool_reserve(spool, 10)); /* what grows must stay in one piece */
  g_bytes_unref(ak_spool_end(spool));
  close(fd);
  close(closed);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/spool/comes-back", test_comes_back);
  g_test_add_func("/spool/no-room", test_no_room);
  g_test_add_func("/spool/grows", test_grows);
  g_test_add_func("/spool/reserve", test_reserve);
  return g_test_run();
}
