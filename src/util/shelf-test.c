#include "util/shelf.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void test_take(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkShelf) shelf = ak_shelf_new(&error);
  g_assert_no_error(error);
  guint8 *first = ak_shelf_take(shelf, 3, &error), *second = ak_shelf_take(shelf, 100, &error);
  g_assert_no_error(error);
  g_assert_cmpuint((guintptr)second % 16, ==, 0);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint(second[i], ==, 0);
  memset(first, 7, 3);
  g_assert_cmpuint(second[0], ==, 0);
  g_assert_cmpstr(ak_shelf_text(shelf, "茶", &error), ==, "茶");
  g_assert_null(ak_shelf_text(shelf, NULL, &error));
  g_assert_no_error(error);
  g_assert_cmpmem(ak_shelf_copy(shelf, "\0ab", 3, &error), 3, "\0ab", 3);
  g_assert_null(ak_shelf_take(shelf, AK_SHELF_BYTES, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

static gsize resident_bytes(void) {
  g_autofree char *text = NULL;
  gulong all = 0, resident = 0;
  g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint(sscanf(text, "%lu %lu", &all, &resident), ==, 2);
  return resident * (gsize)sysconf(_SC_PAGESIZE);
}

/* As often as rows are short, or by the bytes of long ones. */
static void breathe(AkShelf *shelf, gsize step) { ak_shelf_breathe(shelf); }
static void pass(AkShelf *shelf, gsize step) { ak_shelf_pass(shelf, step); }

/* 96 MiB lie on it, and stay what they are; the process never has half of that. */
static void check_memory(void (*rest)(AkShelf *shelf, gsize step)) {
  g_autoptr(AkShelf) shelf = ak_shelf_new(NULL);
  const gsize count = (gsize)12 << 20;
  gsize before = resident_bytes(), most = 0;
  guint64 *numbers = ak_shelf_take(shelf, count * sizeof *numbers, NULL);
  g_assert_nonnull(numbers);
  for (gsize i = 0; i < count; i++) {
    numbers[i] = i * 31;
    if (i % 65536 == 0) {
      rest(shelf, 65536 * sizeof *numbers);
      most = MAX(most, resident_bytes());
    }
  }
  g_assert_cmpuint(most - MIN(before, most), <, (gsize)48 << 20);
  for (gsize i = 0; i < count; i += 1000)
    g_assert_cmpuint(numbers[i], ==, i * 31);
}

static void test_breathe(void) { check_memory(breathe); }
static void test_pass(void) { check_memory(pass); }

/* Whoever names a folder gets it or an error, never another one. */
static void test_folder(void) {
  g_autoptr(GError) error = NULL;
  g_autofree char *before = g_strdup(g_getenv("TMPDIR"));
  g_setenv("TMPDIR", "/nonexistent/folder", TRUE);
  g_autoptr(AkShelf) shelf = ak_shelf_new(&error);
  g_assert_null(shelf);
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
  g_unsetenv("TMPDIR");
  g_autoptr(AkShelf) other = ak_shelf_new(NULL);
  g_assert_nonnull(other);
  if (before != NULL)
    g_setenv("TMPDIR", before, TRUE);
}

/* Upwards, rows of the same number as they stood. */
static void test_sort(void) {
  g_autoptr(AkShelf) shelf = ak_shelf_new(NULL);
  static const double values[] = {3, -1, 0, 1e300, -1e-300, 3, -0.0, -7};
  guint64 *rows = ak_shelf_take(shelf, sizeof(guint64) * 2 * G_N_ELEMENTS(values), NULL);
  guint64 *spare = ak_shelf_take(shelf, sizeof(guint64) * 2 * G_N_ELEMENTS(values), NULL);
  for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
    rows[2 * i] = ak_shelf_key(values[i]);
    rows[2 * i + 1] = i;
  }
  static const guint64 wanted[] = {7, 1, 4, 2, 6, 0, 5, 3};
  ak_shelf_sort(shelf, rows, spare, G_N_ELEMENTS(values), 2);
  for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
    g_assert_cmpuint(rows[2 * i + 1], ==, wanted[i]);
    g_assert_cmpfloat(ak_shelf_value(rows[2 * i]), ==, values[wanted[i]]);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/util/shelf/take", test_take);
  g_test_add_func("/util/shelf/breathe", test_breathe);
  g_test_add_func("/util/shelf/pass", test_pass);
  g_test_add_func("/util/shelf/folder", test_folder);
  g_test_add_func("/util/shelf/sort", test_sort);
  return g_test_run();
}
