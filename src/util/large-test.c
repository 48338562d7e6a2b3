#include "util/large.h"
#include "util/large-ahead.h"

#include <stdbool.h>
#include <string.h>

/* Below, at and above the bound, and across several large pages. */
static const gsize sizes[] = {0, 1, 100, AK_LARGE_LEAST - 1, AK_LARGE_LEAST, AK_LARGE_LEAST + 1,
                              ((gsize)2 << 20) - 64, (gsize)2 << 20, ((gsize)5 << 20) + 3};

static bool is_zero(const guint8 *bytes, gsize from, gsize to) {
  while (from < to && bytes[from] == 0)
    from++;
  return from >= to;
}

static void test_new(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    guint8 *array = ak_large_new(sizes[i], 1);
    g_assert_nonnull(array);
    g_assert_cmpuint((gsize)array % 16, ==, 0);
    g_assert_true(is_zero(array, 0, sizes[i]));
    memset(array, 0xff, sizes[i]); /* all of it can be written to */
    ak_large_free(array);
  }
  ak_large_free(NULL);
}

/* From each size to each other one and back: what was there stays, what is new is zero. */
static void test_renew(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
    for (gsize j = 0; j < G_N_ELEMENTS(sizes); j++) {
      gsize small = MIN(sizes[i], sizes[j]);
      guint8 *array = ak_large_renew(NULL, sizes[i], 1);
      g_assert_nonnull(array);
      memset(array, 7, sizes[i]);
      array = ak_large_renew(array, sizes[j], 1);
      g_assert_nonnull(array);
      for (gsize at = 0; at < small; at++)
        g_assert_cmpuint(array[at], ==, 7);
      g_assert_true(is_zero(array, small, sizes[j]));
      array = ak_large_renew(array, sizes[i], 1);
      g_assert_true(array != NULL && is_zero(array, small, sizes[i]));
      ak_large_free(array);
    }
}

/* What no machine has is refused, and an array that cannot grow stays as it is. */
static void test_too_large(void) {
  g_assert_null(ak_large_new(G_MAXSIZE / 2, 3));
  g_assert_null(ak_large_new(G_MAXSIZE, 1));
  guint8 *array = ak_large_new(3 * AK_LARGE_LEAST, 1);
  g_assert_nonnull(array);
  array[3 * AK_LARGE_LEAST - 1] = 7;
  g_assert_null(ak_large_renew(array, G_MAXSIZE / 2, 3));
  g_assert_null(ak_large_renew(array, G_MAXSIZE, 1));
  g_assert_cmpuint(array[3 * AK_LARGE_LEAST - 1], ==, 7);
  ak_large_free(array);
}

/* What is not large, and what is no array, is left alone. */
static void test_advise(void) {
  gsize size = (gsize)5 << 20;
  g_autofree guint8 *array = g_malloc0(size);
  ak_large_advise(array, size);
  ak_large_advise(array, 1);
  ak_large_advise(NULL, size);
  memset(array, 7, size);
  g_assert_cmpuint(array[size - 1], ==, 7);
}

/* Arrays that grow, shrink and go away while a thread touches them: what stands in them stays, and new items are zero. */
static void test_ahead(void) {
  enum { ARRAYS = 5, ROUNDS = 400 };
  guint32 *arrays[ARRAYS] = {NULL};
  gsize held[ARRAYS] = {0};
  g_autoptr(GRand) rand = g_rand_new_with_seed(5);
  ak_large_ahead_begin();
  ak_large_ahead_begin(); /* by somebody else too */
  for (guint round = 0; round < ROUNDS; round++) {
    guint at = round % ARRAYS;
    gsize size = (gsize)g_rand_int_range(rand, 0, 6 << 20), kept = MIN(size, held[at]);
    if (round == ROUNDS / 2)
      ak_large_ahead_end();
    arrays[at] = ak_large_renew(arrays[at], size, sizeof **arrays);
    g_assert_nonnull(arrays[at]);
    for (gsize i = 0; i < kept; i += 4096)
      g_assert_cmpuint(arrays[at][i], ==, at + i);
    for (gsize i = (kept + 4095) / 4096 * 4096; i < size; i += 4096) {
      g_assert_cmpuint(arrays[at][i], ==, 0);
      arrays[at][i] = (guint32)(at + i);
    }
    held[at] = size;
    if (g_rand_int_range(rand, 0, 4) == 0) {
      g_clear_pointer(&arrays[at], ak_large_free);
      held[at] = 0;
    }
  }
  for (guint i = 0; i < ARRAYS; i++)
    ak_large_free(arrays[i]);
  ak_large_ahead_end();
}

/* Never less than asked for; of medium arrays as much as a large page holds beside the 64 bytes before the array. */
static void test_room(void) {
  static const struct {
    gsize count, size, room;
  } cases[] = {{0, 4, 0},
               {32767, 4, 32767},
               {32768, 4, 524272},
               {524272, 4, 524272},
               {524273, 4, 524273},
               {131072, 1, 2097088},
               {1, 200000, 10},
               {G_MAXSIZE / 8, 8, G_MAXSIZE / 8}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_cmpuint(ak_large_room(cases[i].count, cases[i].size), ==, cases[i].room);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/large/new", test_new);
  g_test_add_func("/large/renew", test_renew);
  g_test_add_func("/large/too-large", test_too_large);
  g_test_add_func("/large/advise", test_advise);
  g_test_add_func("/large/room", test_room);
  g_test_add_func("/large/ahead", test_ahead);
  return g_test_run();
}
