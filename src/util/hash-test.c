#include "util/hash.h"

/* Equal texts hash alike wherever they stand, and short ones that differ seldom do: of 100,000
 * about one pair in a table of 2^32 (100,000² / 2^33). */
static void test_spread(void) {
  g_autoptr(GHashTable) seen = g_hash_table_new(g_direct_hash, g_direct_equal);
  guint alike = 0;
  for (guint i = 0; i < 100000; i++) {
    g_autofree char *text = g_strdup_printf("c%u", i), *same = g_strdup_printf("c%u", i);
    guint hash = ak_hash_text(text);
    g_assert_cmpuint(hash, ==, ak_hash_text(same));
    alike += !g_hash_table_add(seen, GUINT_TO_POINTER(hash));
  }
  g_assert_cmpuint(alike, <, 20);
}

/* Every length up to beyond two words, and each of its bytes, makes a difference. */
static void test_bytes(void) {
  char text[20] = "aaaaaaaaaaaaaaaaaaa";
  guint whole = ak_hash_text(text), alike = 0;
  for (guint i = 0; i < 19; i++) {
    text[i] = 'b';
    alike += ak_hash_text(text) == whole;
    text[i] = '\0';
    alike += ak_hash_text(text) == whole;
    text[i] = 'a';
  }
  g_assert_cmpuint(alike, <=, 1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/hash/spread", test_spread);
  g_test_add_func("/hash/bytes", test_bytes);
  return g_test_run();
}
