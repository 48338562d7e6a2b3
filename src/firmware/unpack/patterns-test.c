/* Many patterns at once: the same as a plain comparison at each place. */
#include "firmware/unpack/patterns.h"

#include <string.h>

#include "firmware/format/format.h"
#include "firmware/unpack/pattern-filter.h"
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

typedef struct {
  const AkPattern *patterns;
  guint count;
} Set;
static const Set some_set = {some, G_N_ELEMENTS(some)};

/* Each pattern at each place, one after the other: the meaning. */
static GArray *plainly(const Set *set, const guint8 *data, gsize size, gsize from, gsize end) {
  GArray *hits = g_array_new(FALSE, FALSE, sizeof(AkPatternHit));
  for (guint i = 0; i < set->count; i++) {
    const guint8 *at = data + from;
    while ((at = memmem(at, (gsize)(data + size - at), set->patterns[i].bytes, set->patterns[i].size)) != NULL &&
           (gsize)(at - data) < end) {
      AkPatternHit hit = {(gsize)(at++ - data), i};
      g_array_append_val(hits, hit);
    }
  }
  g_array_sort(hits, by_place);
  return hits;
}

static GArray *search_all(const AkPatterns *patterns, guint room_count, const guint8 *data, gsize size, gsize from,
                          gsize end) {
  GArray *hits = g_array_new(FALSE, FALSE, sizeof(AkPatternHit));
  g_autofree AkPatternHit *room = g_new(AkPatternHit, room_count);
  while (from < end) {
    gsize before = from, count = ak_patterns_search(patterns, data, size, &from, end, room, room_count);
    for (gsize i = 1; i < count; i++)
      g_assert_cmpuint(room[i].at, >=, room[i - 1].at);
    g_array_append_vals(hits, room, (guint)count);
    g_assert_cmpuint(from, >, before);
  }
  g_array_sort(hits, by_place);
  return hits;
}

static void expect_same_with(const AkPatterns *patterns, const Set *set, const guint8 *data, gsize size, gsize from,
                             gsize end) {
  g_autoptr(GArray) expected = plainly(set, data, size, from, end);
  g_autoptr(GArray) got = search_all(patterns, set->count + 3, data, size, from, end);
  g_assert_cmpuint(got->len, ==, expected->len);
  for (guint i = 0; i < got->len; i++) {
    const AkPatternHit *a = &g_array_index(got, AkPatternHit, i), *b = &g_array_index(expected, AkPatternHit, i);
    g_assert_cmpuint(a->at, ==, b->at);
    g_assert_cmpuint(a->pattern, ==, b->pattern);
  }
}

/* With each kind of vectors that the processor has, and with none. */
static void expect_same(AkPatterns *patterns, const Set *set, const guint8 *data, gsize size, gsize from, gsize end) {
  g_assert_true(ak_patterns_use(patterns, ""));
  expect_same_with(patterns, set, data, size, from, end);
  for (const AkPatternFilter *one = ak_pattern_filters; one->name != NULL; one++) {
    g_assert_cmpint(ak_patterns_use(patterns, one->name), ==, one->is_there());
    if (one->is_there())
      expect_same_with(patterns, set, data, size, from, end);
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
    expect_same(patterns, &some_set, data, size, 0, size);
    expect_same(patterns, &some_set, data, size, from, end);
  }
}

static void test_ends(void) {
  g_autoptr(AkPatterns) patterns = ak_patterns_new(some, G_N_ELEMENTS(some));
  expect_same(patterns, &some_set, (const guint8 *)"", 0, 0, 0);
  expect_same(patterns, &some_set, (const guint8 *)"h", 1, 0, 1);
  expect_same(patterns, &some_set, (const guint8 *)"hsq", 3, 0, 3);
  expect_same(patterns, &some_set, (const guint8 *)"hsqs", 4, 0, 4);
  expect_same(patterns, &some_set, (const guint8 *)"xBZh", 4, 0,
              2); /* begins before the end, ends behind it */
}

static GArray *magics_of_formats(void) {
  GArray *all = g_array_new(FALSE, FALSE, sizeof(AkPattern));
  for (guint i = 0; ak_firmware_format_table[i] != NULL; i++)
    for (gsize j = 0; ak_firmware_format_table[i]->magics[j].size > 0; j++) {
      const AkFirmwareMagic *magic = &ak_firmware_format_table[i]->magics[j];
      AkPattern pattern = {magic->bytes, magic->size};
      g_array_append_val(all, pattern);
    }
  return all;
}

/* Puts each pattern somewhere, whole and without its last byte. */
static void strew(const Set *set, GRand *random, guint8 *data, gsize size) {
  for (guint i = 0; i < set->count; i++)
    for (guint less = 0; less < 2; less++)
      memcpy(data + g_rand_int_range(random, 0, (gint)(size - 64)), set->patterns[i].bytes, set->patterns[i].size - less);
}

/* The magics of all formats, strewn over a program, random bytes, and zeros with a bit here and there. */
static void test_magics_in_much(void) {
  g_autoptr(GArray) all = magics_of_formats();
  Set set = {(const AkPattern *)(const void *)all->data, all->len};
  g_autoptr(AkPatterns) patterns = ak_patterns_new(set.patterns, set.count);
  g_autoptr(GRand) random = g_rand_new_with_seed(11);
  g_autofree char *program = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents("/proc/self/exe", &program, &size, NULL));
  size = MIN(size, 8 << 20);
  guint8 *data = (guint8 *)program;
  strew(&set, random, data, size);
  expect_same(patterns, &set, data, size, 0, size);
  for (gsize at = 0; at < size; at++)
    data[at] = (guint8)g_rand_int(random);
  strew(&set, random, data, size);
  expect_same(patterns, &set, data, size, 0, size);
  memset(data, 0, size);
  for (gsize at = 0; at < size; at += (gsize)g_rand_int_range(random, 1, 12))
    data[at] = g_rand_boolean(random) ? 1 : 0xff;
  strew(&set, random, data, size);
  expect_same(patterns, &set, data, size, 0, size);
}

/* Patterns that begin alike, or with every value: more than there are buckets. */
static void test_many(void) {
  guint8 bytes[300][4];
  AkPattern many[300];
  for (guint i = 0; i < G_N_ELEMENTS(many); i++) {
    memcpy(bytes[i], (guint8[]){(guint8)i, (guint8)(i * 7), (guint8)(i / 256), 3}, 4);
    many[i] = (AkPattern){bytes[i], 2 + i % 3};
  }
  Set set = {many, G_N_ELEMENTS(many)};
  g_autoptr(AkPatterns) patterns = ak_patterns_new(many, set.count);
  expect_same(patterns, &set, (const guint8 *)bytes, sizeof bytes, 0, sizeof bytes);
  g_autoptr(AkPatterns) none = ak_patterns_new(many, 0);
  expect_same(none, &(Set){many, 0}, (const guint8 *)bytes, sizeof bytes, 0, sizeof bytes);
}

static void test_refuses(void) {
  AkPattern one = {"x", 1};
  g_autoptr(AkPatterns) patterns = ak_patterns_new(some, G_N_ELEMENTS(some));
  g_assert_false(ak_patterns_use(patterns, "no such vectors"));
  g_assert_null(ak_patterns_new(&one, 1));
  g_assert_null(ak_patterns_new(some, 513));
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
  g_test_add_func("/patterns/magics-in-much", test_magics_in_much);
  g_test_add_func("/patterns/many", test_many);
  g_test_add_func("/patterns/refuses", test_refuses);
  g_test_add_func("/patterns/magics-of-formats", test_magics_of_formats);
  return g_test_run();
}
