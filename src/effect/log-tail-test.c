#include "effect/log-tail.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char *folder, *path;
} Place;

static void set_up(Place *self, gconstpointer data) {
  self->folder = g_dir_make_tmp("akashi-log-XXXXXX", NULL);
  self->path = g_build_filename(self->folder, "log", NULL);
}

static void tear_down(Place *self, gconstpointer data) {
  g_remove(self->path);
  g_rmdir(self->folder);
  g_free(self->path);
  g_free(self->folder);
}

static void write_log(const Place *self, const char *text, const char *mode) {
  FILE *file = fopen(self->path, mode);
  g_assert_nonnull(file);
  g_assert_cmpuint(fwrite(text, 1, strlen(text), file), ==, strlen(text));
  g_assert_cmpint(fclose(file), ==, 0);
}

/* What a look brings. */
static void assert_read(AkLogTail *tail, guint64 max_bytes, const char *wanted) {
  g_autoptr(GByteArray) out = g_byte_array_new();
  g_assert_cmpuint(ak_log_tail_read(tail, out, max_bytes), ==, strlen(wanted));
  g_assert_cmpmem(out->data, out->len, wanted, strlen(wanted));
}

static void test_lines(Place *self, gconstpointer data) {
  g_autoptr(AkLogTail) tail = ak_log_tail_new(self->path);
  assert_read(tail, 100, "");
  g_assert_false(ak_log_tail_is_there(tail));
  g_assert_false(ak_log_tail_has_failed(tail)); /* one that is not there yet is empty */
  write_log(self, "one\ntw", "w");
  assert_read(tail, 100, "one\n");
  g_assert_true(ak_log_tail_ends_in_line(tail));
  write_log(self, "o\n", "a");
  assert_read(tail, 100, "two\n");
  g_assert_false(ak_log_tail_ends_in_line(tail) || ak_log_tail_has_failed(tail) || ak_log_tail_was_cut(tail));
}

/* To the byte: as much as is allowed is not full. */
static void test_full(Place *self, gconstpointer data) {
  g_autoptr(AkLogTail) exact = ak_log_tail_new(self->path), tail = ak_log_tail_new(self->path);
  write_log(self, "one\ntwo\n", "w");
  assert_read(exact, 8, "one\ntwo\n");
  g_assert_false(ak_log_tail_is_full(exact));
  assert_read(tail, 7, "one\n");
  g_assert_true(ak_log_tail_is_full(tail));
}

static void test_replaced(Place *self, gconstpointer data) {
  g_autoptr(AkLogTail) tail = ak_log_tail_new(self->path);
  write_log(self, "one\n", "w");
  assert_read(tail, 100, "one\n");
  g_remove(self->path);
  write_log(self, "two\nthr", "w");
  assert_read(tail, 100, "two\n");
  g_assert_false(ak_log_tail_was_cut(tail));
  g_remove(self->path);
  write_log(self, "four\n", "w");
  assert_read(tail, 100, "four\n");
  g_assert_true(ak_log_tail_was_cut(tail)); /* "thr…" went with the file */
}

/* A folder can be opened and not read, a link not be opened: neither is a log without lines. */
static void test_unreadable(Place *self, gconstpointer data) {
  g_autoptr(AkLogTail) folder = ak_log_tail_new(self->path);
  g_assert_cmpint(g_mkdir(self->path, 0700), ==, 0);
  assert_read(folder, 100, "");
  g_assert_true(ak_log_tail_has_failed(folder));
  g_assert_cmpint(g_rmdir(self->path), ==, 0);
  g_assert_cmpint(mkfifo(self->path, 0600), ==, 0);
  g_autoptr(AkLogTail) pipe = ak_log_tail_new(self->path);
  assert_read(pipe, 100, "");
  g_assert_true(ak_log_tail_has_failed(pipe));
  g_remove(self->path);
  g_assert_cmpint(symlink("/etc/hostname", self->path), ==, 0);
  g_autoptr(AkLogTail) link = ak_log_tail_new(self->path);
  assert_read(link, 100, "");
  g_assert_true(ak_log_tail_has_failed(link));
  g_remove(self->path);
  write_log(self, "one\n", "w");
  assert_read(link, 100, "one\n");
  g_assert_false(ak_log_tail_has_failed(link));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/effect/log-tail/lines", Place, NULL, set_up, test_lines, tear_down);
  g_test_add("/effect/log-tail/full", Place, NULL, set_up, test_full, tear_down);
  g_test_add("/effect/log-tail/replaced", Place, NULL, set_up, test_replaced, tear_down);
  g_test_add("/effect/log-tail/unreadable", Place, NULL, set_up, test_unreadable, tear_down);
  return g_test_run();
}
