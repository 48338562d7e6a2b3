#include "util/io-fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *dir, *stash;
  int fd;
} Place;

static void set_up(Place *place, gconstpointer data) {
  place->dir = g_dir_make_tmp("akashi-io-XXXXXX", NULL);
  place->stash = g_build_filename(place->dir, "stash", NULL);
  g_assert_cmpint(g_mkdir(place->stash, 0700), ==, 0);
  place->fd = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void tear_down(Place *place, gconstpointer data) {
  ak_io_fault_stop();
  static const char *const names[] = {"a", "b", "sub", "stash"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    if (unlinkat(place->fd, names[i], 0) != 0)
      unlinkat(place->fd, names[i], AT_REMOVEDIR);
  close(place->fd);
  g_assert_cmpint(g_rmdir(place->dir), ==, 0);
  g_free(place->dir);
  g_free(place->stash);
}

static void start(Place *place, AkIoFaultKind kind, guint64 nth, int number) {
  const AkIoFault fault = {kind, nth, number};
  ak_io_fault_start(place->stash, &fault);
}

static int make(Place *place, const char *name) {
  int fd = ak_io()->open_at(place->fd, name, O_RDWR | O_CREAT, 0600);
  g_assert_cmpint(fd, >=, 0);
  return fd;
}

static char *content(Place *place, const char *name) {
  g_autoptr(GBytes) bytes = ak_io_read_file(place->fd, name, 1024, NULL);
  return bytes == NULL ? NULL
                       : g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void assert_content(Place *place, const char *name, const char *expected) {
  g_autofree char *found = content(place, name);
  g_assert_cmpstr(found, ==, expected);
}

static void test_only_the_nth_call_fails(Place *place, gconstpointer data) {
  start(place, AK_IO_FAULT_ERROR, 3, ENOSPC);
  int fd = make(place, "a");
  g_assert_cmpint(ak_io()->write_at(fd, "x", 1, 0), ==, 1);
  g_assert_cmpint(ak_io()->write_at(fd, "y", 1, 1), ==, -1);
  g_assert_cmpint(errno, ==, ENOSPC);
  g_assert_cmpint(ak_io()->write_at(fd, "z", 1, 1), ==, 1);
  g_assert_cmpuint(ak_io_fault_calls(), ==, 4);
  close(fd);
  assert_content(place, "a", "xz");
}

static void test_a_short_write_is_continued(Place *place, gconstpointer data) {
  start(place, AK_IO_FAULT_SHORT_WRITE, 2, 0);
  int fd = make(place, "a");
  g_assert_true(ak_io_write_all(fd, "abcdef", 6, 0, "a", NULL));
  g_assert_cmpuint(ak_io_fault_calls(), ==, 3);
  close(fd);
  assert_content(place, "a", "abcdef");
}

static void test_a_power_cut_drops_what_was_not_synced(Place *place, gconstpointer data) {
  start(place, AK_IO_FAULT_NONE, 0, 0);
  int fd = make(place, "a");
  g_assert_cmpint(ak_io()->write_at(fd, "old", 3, 0), ==, 3);
  g_assert_cmpint(ak_io()->sync(fd), ==, 0);
  g_assert_cmpint(ak_io()->sync(place->fd), ==, 0);
  g_assert_cmpint(ak_io()->write_at(fd, "newer", 5, 0), ==, 5);
  int other = make(place, "b");
  g_assert_cmpint(ak_io()->write_at(other, "b", 1, 0), ==, 1);
  g_assert_cmpint(ak_io()->sync(other), ==, 0); /* its bytes, not its name */
  ak_io_fault_power_cut(0);
  g_assert_cmpint(ak_io()->write_at(fd, "x", 1, 0), ==, -1);
  close(fd);
  close(other);
  assert_content(place, "a", "old");
  assert_content(place, "b", NULL);
}

static void test_a_power_cut_brings_names_back(Place *place, gconstpointer data) {
  g_assert_true(ak_io_replace(place->fd, "a", 0600, "one", 3, NULL));
  start(place, AK_IO_FAULT_NONE, 0, 0);
  g_assert_true(ak_io_replace_unsynced(place->fd, "a", 0600, "two", 3, NULL));
  g_assert_cmpint(ak_io()->make_dir_at(place->fd, "sub", 0700), ==, 0);
  assert_content(place, "a", "two");
  ak_io_fault_power_cut(0);
  assert_content(place, "a", "one");
  g_assert_cmpint(faccessat(place->fd, "sub", F_OK, 0), ==, -1);
  ak_io_fault_stop();

  start(place, AK_IO_FAULT_NONE, 0, 0);
  g_assert_cmpint(ak_io()->unlink_at(place->fd, "a", 0), ==, 0);
  ak_io_fault_power_cut(0);
  assert_content(place, "a", "one");
  ak_io_fault_stop();

  start(place, AK_IO_FAULT_NONE, 0, 0);
  g_assert_true(ak_io_replace(place->fd, "a", 0600, "two", 3, NULL));
  ak_io_fault_power_cut(0);
  assert_content(place, "a", "two");
}

/* Linux: after a failed sync the pages count as clean, and the next sync says that all is well. */
static void test_a_failed_sync_loses_its_pages(Place *place, gconstpointer data) {
  start(place, AK_IO_FAULT_ERROR, 4, EIO);
  int fd = make(place, "a");
  g_assert_cmpint(ak_io()->sync(place->fd), ==, 0);
  g_assert_cmpint(ak_io()->write_at(fd, "lost", 4, 0), ==, 4);
  g_assert_cmpint(ak_io()->sync_data(fd), ==, -1);
  g_assert_cmpint(ak_io()->sync_data(fd), ==, 0);
  close(fd);
  ak_io_fault_power_cut(0);
  g_autoptr(GBytes) bytes = ak_io_read_file(place->fd, "a", 16, NULL);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "\0\0\0\0", 4);
}

static void test_a_failed_replacement_leaves_the_old_content(Place *place, gconstpointer data) {
  g_assert_true(ak_io_replace(place->fd, "a", 0600, "one", 3, NULL));
  for (guint64 n = 1; n <= 4; n++) { /* open, write, sync, rename */
    start(place, AK_IO_FAULT_ERROR, n, EIO);
    g_autoptr(GError) error = NULL;
    g_assert_false(ak_io_replace(place->fd, "a", 0600, "two", 3, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_IO);
    assert_content(place, "a", "one");
    ak_io_fault_stop();
  }
  start(place, AK_IO_FAULT_NONE, 0, 0);
}

/* Around the size of what is collected, and far above it. */
static const gsize parts[] = {1, 65535, 1, 65536, 0, 200000, 3};

/* Byte n of all is n modulo 251. */
static bool fill_parts(gpointer data, AkIoPut put, gpointer to, GError **error) {
  gsize at = 0, *stop_behind = data;
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    g_autofree char *bytes = g_malloc(parts[i] + 1);
    for (gsize k = 0; k < parts[i]; k++)
      bytes[k] = (char)(at++ % 251);
    if (!put(to, bytes, parts[i], error))
      return false;
    if (i == *stop_behind)
      return ak_error_set(error, AK_ERROR_LIMIT, "no more");
  }
  return true;
}

static void test_content_in_parts(Place *place, gconstpointer data) {
  start(place, AK_IO_FAULT_NONE, 0, 0);
  gsize total = 0, never = G_N_ELEMENTS(parts), behind_large = 5;
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    total += parts[i];
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_io_replace_filled(place->fd, "a", 0600, fill_parts, &never, &error));
  g_autoptr(GBytes) bytes = ak_io_read_file(place->fd, "a", total + 1, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(g_bytes_get_size(bytes), ==, total);
  const guint8 *found = g_bytes_get_data(bytes, NULL);
  for (gsize i = 0; i < total; i++)
    g_assert_cmpuint(found[i], ==, i % 251);
  g_assert_false(ak_io_replace_filled(place->fd, "a", 0600, fill_parts, &behind_large, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
  g_autoptr(GBytes) still = ak_io_read_file(place->fd, "a", total + 1, NULL);
  g_assert_true(g_bytes_equal(bytes, still)); /* and tear_down finds no temporary file */
}

static void test_room(Place *place, gconstpointer data) {
  start(place, AK_IO_FAULT_NONE, 0, 0);
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_io_check_room(place->fd, 1, &error));
  g_assert_false(ak_io_check_room(place->fd, G_MAXUINT64, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_IO);
}

static void add(const char *name, void (*test)(Place *, gconstpointer)) {
  g_autofree char *path = g_strconcat("/util/io-fault/", name, NULL);
  g_test_add(path, Place, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  add("nth-call", test_only_the_nth_call_fails);
  add("short-write", test_a_short_write_is_continued);
  add("power-cut/bytes", test_a_power_cut_drops_what_was_not_synced);
  add("power-cut/names", test_a_power_cut_brings_names_back);
  add("failed-sync", test_a_failed_sync_loses_its_pages);
  add("failed-replacement", test_a_failed_replacement_leaves_the_old_content);
  add("content-in-parts", test_content_in_parts);
  add("room", test_room);
  return g_test_run();
}
