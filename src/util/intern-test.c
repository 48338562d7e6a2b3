#include "util/intern.h"

#include <string.h>

enum { MANY = 20000 };

/* Numbers are dense in the order in which texts come, whatever room was made at first; a text is found wherever it stands. */
static void test_numbers(void) {
  static const gsize rooms[] = {0, 1, MANY, 3 * MANY};
  for (gsize r = 0; r < G_N_ELEMENTS(rooms); r++) {
    g_autoptr(AkIntern) intern = ak_intern_new(rooms[r]);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < MANY; i++) {
      char *text = g_strdup_printf("element-%u", i * 7);
      g_ptr_array_add(texts, text);
      g_assert_cmpuint(ak_intern_find(intern, text, strlen(text)), ==, AK_INTERN_NONE);
      g_assert_cmpuint(ak_intern_add(intern, text, strlen(text)), ==, i);
    }
    g_assert_cmpuint(ak_intern_count(intern), ==, MANY);
    for (guint i = 0; i < MANY; i++) {
      g_autofree char *text = g_strdup(texts->pdata[i]);
      g_assert_cmpuint(ak_intern_find(intern, text, strlen(text)), ==, i);
      g_assert_cmpuint(ak_intern_add(intern, text, strlen(text)), ==, i);
      g_assert_true(ak_intern_text(intern, i) == texts->pdata[i]);
    }
  }
}

/* Every length, and a beginning of another text is another text. */
static void test_lengths(void) {
  static const char all[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  g_autoptr(AkIntern) intern = ak_intern_new(0);
  for (gsize size = 0; size < sizeof all; size++)
    g_assert_cmpuint(ak_intern_add(intern, all + sizeof all - 1 - size, size), ==, size);
  for (gsize size = 0; size < sizeof all; size++) {
    g_assert_cmpuint(ak_intern_find(intern, all, size), ==, size); /* not ended by NUL there */
    guint32 hash = ak_intern_hash(intern, all, size);
    ak_intern_prefetch(intern, hash);
    g_assert_cmpuint(ak_intern_find_hashed(intern, hash, all, size), ==, size);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/intern/numbers", test_numbers);
  g_test_add_func("/intern/lengths", test_lengths);
  return g_test_run();
}
