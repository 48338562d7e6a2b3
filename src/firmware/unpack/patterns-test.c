/* Many patterns at once: the same as a plain comparison at each place. */
#include "firmware/unpack/patterns.h"

#include <string.h>

#include "firmware/format/format.h"
#include "firmware/unpack/scan.h"

static const AkPattern some[] = {
    {"\x5d\0\0", 3},
    {"hsqs", 4},
    {"BZh", 3},
    {"BZ", 2},
    {"\x1f\x8b\x08", 3},
    {"ustar", 5},
    {"BZhh", 4},
    {"\0\0", 2},
    {"\xff\xfe", 2},
    {"070701", 6},
    {"hsqs", 4},
    {"07", 2},
    {"\xfd"
     "7zXZ\0",
     6},
};

static gint by_place(gconstpointer a, gconstpointer b) {
  const AkPatternHit *left = a, *right = b;
  return left->at != right->at ? (left->at < right->at ? -1 : 1)
                               : (int)left->pattern - (int)right->pattern;
}

/* Each pattern at each place, one after the other: the meaning. */
static GArray *plainly(const guint8 *data, gsize size, gsize from, gsize end) {
  GArray *hits = g_array_new(FALSE, FALSE, sizeof(AkPatternHit));
  for (gsize at = from; at < MIN(end, size); at++)
    for (guint i = 0; i < G_N_ELEMENTS(some); i++)
      if (size - at >= some[i].size && memcmp(data + at, some[i].bytes, some[i].size) == 0) {
        AkPatternHit hit = {at, i};
        g_array_append_val(hits, hit);
      }
  return hits;
}

static GArray *search_all(const AkPatterns *patterns, const guint8 *data, gsize size, gsize from,
                          gsize end) {
  GArray *hits = g_array_new(FALSE, FALSE, sizeof(AkPatternHit));
  AkPatternHit room[G_N_ELEMENTS(some) + 3];
  while (from < end) {
    gsize before = from,
          count = ak_patterns_search(patterns, data, size, &from, end, room, G_N_ELEMENTS(room));
    g_array_append_vals(hits, room, (guint)count);
    g_assert_cmpuint(from, >, before);
  }
  g_array_sort(hits, by_place);
  return hits;
}

static void expect_same(AkPatterns *patterns, const guint8 *data, gsize size, gsize from,
                        gsize end) {
  g_autoptr(GArray) expected = plainly(data, size, from, end);
  for (guint vectors = 0; vectors < 2; vectors++) {
    ak_patterns_use_vectors(patterns, vectors != 0);
    g_autoptr(GArray) got = search_all(patterns, data, size, from, end);
    g_assert_cmpuint(got->len, ==, expected->len);
    for (guint i = 0; i < got->len; i++) {
      const AkPatternHit *a = &g_array_index(got, AkPatternHit, i),
                         *b = &g_array_index(expected, AkPatternHit, i);
      g_assert_cmpuint(a->at, ==, b->at);
      g_assert_cmpuint(a->pattern, ==, b->pattern);
    }
  }
}

/* Pieces of patterns in a row, so that whole ones and near misses stand at every alignment. The
 * bytes lie at the end of their own block, where reading further is an error that sanitizers see.
 */
static void test_same_as_plain(void) {
  g_autoptr(AkPatterns) patterns = ak_patterns_new(some, G_N_ELEMENTS(some));
  g_autoptr(GRand) random = g_rand_new_with_seed(7);
  for (guint round = 0; round < 300; round++) {
    gsize size = (gsize)g_rand_int_range(random, 0, 400);
    g_autofree guint8 *data = g_malloc(MAX(size, 1));
    for (gsize at = 0; at < size;) {
      const AkPattern *pattern = &some[g_rand_int_range(random, 0, G_N_ELEMENTS(some))];
      gsize wanted = (gsize)g_rand_int_range(random, 1, (gint)pattern->size + 1);
      gsize piece = MIN(wanted, size - at);
      memcpy(data + at, pattern->bytes, piece);
      at += piece;
      if (at < size && g_rand_boolean(random))
        data[at++] = (guint8)g_rand_int(random);
    }
    gsize from = size > 0 ? (gsize)g_rand_int_range(random, 0, (gint)size) : 0;
    gsize end = from + (gsize)g_rand_int_range(random, 0, (gint)(size - from) + 1);
    expect_same(patterns, data, size, 0, size);
    expect_same(patterns, data, size, from, end);
  }
}

static void test_ends(void) {
  g_autoptr(AkPatterns) patterns = ak_patterns_new(some, G_N_ELEMENTS(some));
  expect_same(patterns, (const guint8 *)"", 0, 0, 0);
  expect_same(patterns, (const guint8 *)"h", 1, 0, 1);
  expect_same(patterns, (const guint8 *)"hsq", 3, 0, 3);
  expect_same(patterns, (const guint8 *)"hsqs", 4, 0, 4);
  expect_same(patterns, (const guint8 *)"xBZh", 4, 0,
              2); /* begins before the end, ends behind it */
}

static void test_refuses(void) {
  AkPattern one = {"x", 1};
  g_assert_null(ak_patterns_new(&one, 1));
  g_assert_null(ak_patterns_new(some, 5000));
}

/* What the table of formats looks for can be searched for, and is where it says. */
static void test_magics_of_formats(void) {
  for (guint i = 0; ak_firmware_format_table[i] != NULL; i++)
    for (gsize j = 0; ak_firmware_format_table[i]->magics[j].size > 0; j++) {
      const AkFirmwareMagic *magic = &ak_firmware_format_table[i]->magics[j];
      g_assert_cmpuint(j, <, AK_FIRMWARE_MAGICS_MAX);
      g_assert_cmpuint(magic->size, >=, 2);
      g_assert_cmpuint(magic->size, <=, 64);
      g_assert_nonnull(magic->bytes);
    }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/patterns/same-as-plain", test_same_as_plain);
  g_test_add_func("/patterns/ends", test_ends);
  g_test_add_func("/patterns/refuses", test_refuses);
  g_test_add_func("/patterns/magics-of-formats", test_magics_of_formats);
  return g_test_run();
}
