#include "store/grams.h"

#include <string.h>

static void assert_folded(const char *text, gsize max, const char *expected) {
  g_autofree char *folded = ak_grams_fold(text, max);
  g_assert_cmpstr(folded, ==, expected);
}

static void test_folding(void) {
  assert_folded("Hello  World\n", 100, "hello world");
  assert_folded("\t Ａｂｃ １２\x01"
                "3 ",
                100, "abc 12 3");        /* full width */
  assert_folded("ｶﾞｰﾄﾞ", 100, "ガード"); /* half width, composed */
  assert_folded("Straße", 100, "strasse");
  assert_folded("cafe\xcc\x81", 100, "caf\xc3\xa9");
  assert_folded("証明書", 2, "証明");
  assert_folded("a\xff"
                "b",
                100,
                "a\xef\xbf\xbd"
                "b");
  assert_folded("", 100, "");
  assert_folded("   ", 100, "");
}

static gint64 pair(gunichar a, gunichar b) {
  return (gint64)a << 21 | b;
}

static void assert_grams(GArray *taken, const gint64 *expected, gsize count) {
  g_autoptr(GArray) grams = taken;
  g_assert_cmpmem(grams->data, grams->len * sizeof(gint64), expected, count * sizeof(gint64));
}

static void test_grams(void) {
  const gint64 abc[] = {pair('a', 'b'), pair('b', 'c')};
  assert_grams(ak_grams_of("abc"), abc, 2);
  const gint64 parted[] = {pair('a', 'b'), pair('c', 'd')}; /* none across the space */
  assert_grams(ak_grams_of("ab cd ab"), parted, 2);
  const gint64 kanji[] = {pair(0x660e, 0), pair(0x8a3c, 0), pair(0x8a3c, 0x660e)};
  assert_grams(ak_grams_of("証明"), kanji, 3);
  const gint64 last[] = {pair(0x10ffff, 0x10ffff)};
  assert_grams(ak_grams_of("\xf4\x8f\xbf\xbf\xf4\x8f\xbf\xbf"), last, 1);
  assert_grams(ak_grams_of(""), NULL, 0);
  assert_grams(ak_grams_of("a"), NULL, 0);
}

static void test_grams_of_a_question(void) {
  const gint64 word[] = {pair(0x8a3c, 0x660e)};
  assert_grams(ak_grams_of_word("証明"), word, 1);
  const gint64 single[] = {pair(0x8a3c, 0)};
  assert_grams(ak_grams_of_word("証"), single, 1);
  assert_grams(ak_grams_of_word("a"), NULL, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/grams/folding", test_folding);
  g_test_add_func("/grams/of-text", test_grams);
  g_test_add_func("/grams/of-question", test_grams_of_a_question);
  return g_test_run();
}
