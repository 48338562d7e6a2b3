#include "effect/adapter/kit.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a product could have put in the place of a file that it is given next. */
static void check_replaced(const char *path) {
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  GStatBuf st;
  g_assert_true(ak_kit_write_file(path, "new", 3, &error));
  g_assert_no_error(error);
  g_assert_cmpint(g_lstat(path, &st), ==, 0);
  g_assert_true(S_ISREG(st.st_mode));
  g_assert_cmpint(st.st_mode & 0777, ==, 0644);
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "new");
}

static void test_write_file(void) {
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("akashi-kit-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "case", NULL), *other = g_build_filename(folder, "other", NULL);
  g_autofree char *kept = NULL;
  mode_t mask = umask(077);
  check_replaced(path);
  check_replaced(path); /* a file */
  g_unlink(path);
  g_assert_cmpint(mkfifo(path, 0600), ==, 0); /* that nobody reads: opened to be written it would wait for ever */
  check_replaced(path);
  g_unlink(path);
  g_assert_true(g_file_set_contents(other, "other", -1, NULL));
  g_assert_cmpint(symlink(other, path), ==, 0);
  check_replaced(path);
  g_unlink(path);
  g_assert_cmpint(link(other, path), ==, 0);
  check_replaced(path);
  g_assert_true(g_file_get_contents(other, &kept, NULL, NULL));
  g_assert_cmpstr(kept, ==, "other");
  g_unlink(path);
  g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
  g_assert_false(ak_kit_write_file(path, "new", 3, &error));
  g_assert_nonnull(error);
  umask(mask);
  g_rmdir(path);
  g_unlink(other);
  g_rmdir(folder);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/adapter/kit/write-file", test_write_file);
  return g_test_run();
}
