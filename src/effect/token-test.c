#include "effect/token.h"

#include <string.h>

#define KEY 0x1234567890abcdefu

static void test_back(void) {
  static const guint32 places[] = {0, 1, 4999, 0xefffffff, 0xffffffff};
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    char token[AK_TOKEN_LENGTH + 1];
    guint32 place = 12345;
    gsize at = 0;
    ak_token_make(KEY, AK_TOKEN_NUMBER(3, places[i]), token);
    g_assert_cmpuint(strlen(token), ==, AK_TOKEN_LENGTH);
    g_autofree char *line = g_strdup_printf("GET akc- akc-zz \"%s\" more", token);
    g_assert_true(ak_token_find(KEY, 3, line, strlen(line), &place, &at));
    g_assert_cmpuint(place, ==, places[i]);
    g_assert_cmpuint(at, ==, 17);
    g_assert_false(ak_token_find(KEY, 4, line, strlen(line), &place, NULL)); /* another unit's */
    g_assert_false(ak_token_find(KEY ^ G_GUINT64_CONSTANT(1) << 40, 3, line, strlen(line), &place, NULL));
    g_assert_false(ak_token_find(KEY, 3, line, 17 + AK_TOKEN_LENGTH - 1, &place, NULL)); /* cut */
  }
}

/* A foreign token before it hides nothing. */
static void test_passes_over(void) {
  char own[AK_TOKEN_LENGTH + 1], other[AK_TOKEN_LENGTH + 1];
  guint32 place = 0;
  ak_token_make(KEY, AK_TOKEN_NUMBER(1, 77), own);
  ak_token_make(KEY, AK_TOKEN_NUMBER(2, 78), other);
  g_autofree char *line = g_strconcat(other, own, NULL);
  g_assert_true(ak_token_find(KEY, 1, line, strlen(line), &place, NULL));
  g_assert_cmpuint(place, ==, 77);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/token/back", test_back);
  g_test_add_func("/effect/token/passes-over", test_passes_over);
  return g_test_run();
}
