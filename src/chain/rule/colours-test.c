/* Places of values: what numbers, rows' order and names may not change. A structure, written down
 * again by the places of its values, is the same text whatever its values were called and in
 * whatever order they stood. */
#include "chain/rule/colours.h"

#include <string.h>

#include "util/random.h"

enum { ROUNDS = 300 };

typedef struct {
  guint32 count;
  GArray *rows;    /* of AkChainColoursRow */
  guint64 *first;  /* [count] */
  guint32 *names;  /* [count] */
  guint64 *second; /* [count] or NULL */
  guint64 steps, steps_ahead;
} Case;

static Case case_new(guint32 count) {
  Case self = {.count = count,
               .rows = g_array_new(FALSE, TRUE, sizeof(AkChainColoursRow)),
               .first = g_new0(guint64, count + 1),
               .names = g_new0(guint32, count + 1)};
  for (guint32 i = 0; i < count; i++)
    self.names[i] = i;
  return self;
}

static void case_clear(Case *self) {
  g_array_unref(self->rows);
  g_free(self->first);
  g_free(self->second);
  g_free(self->names);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Case, case_clear)

static void say(Case *self, guint64 kind, guint32 a, guint32 b, guint32 c) {
  AkChainColoursRow row = {kind, {a, b, c, AK_CHAIN_COLOURS_NONE, AK_CHAIN_COLOURS_NONE}, false};
  g_array_append_val(self->rows, row);
}

/* Both ways. */
static void join(Case *self, guint32 a, guint32 b) {
  say(self, 1, a, b, AK_CHAIN_COLOURS_NONE);
  g_array_index(self->rows, AkChainColoursRow, self->rows->len - 1).both_ways = true;
}

static void turn(AkChainColoursRow *row) {
  guint32 kept = row->values[0];
  row->values[0] = row->values[1];
  row->values[1] = kept;
}

static AkChainColours find(const Case *self) {
  AkChainColours out = {0};
  AkChainColoursSpec spec = {.count = self->count,
                             .first = self->first,
                             .second = self->second,
                             .names = self->names,
                             .rows = (gconstpointer)self->rows->data,
                             .row_count = self->rows->len,
                             .steps = self->steps,
                             .steps_ahead = self->steps_ahead};
  ak_chain_colours_find(&spec, &out);
  g_autofree guint8 *seen = g_new0(guint8, self->count + 1);
  for (guint32 i = 0; i < self->count; i++) {
    g_assert_cmpuint(out.places[i], <, self->count);
    g_assert_false(seen[out.places[i]]);
    seen[out.places[i]] = 1;
  }
  return out;
}

static void shuffle(GRand *rand, guint32 *numbers, guint32 count) {
  for (guint32 i = count; i > 1; i--) {
    guint32 other = (guint32)g_rand_int_range(rand, 0, (gint32)i), kept = numbers[i - 1];
    numbers[i - 1] = numbers[other];
    numbers[other] = kept;
  }
}

/* The same with other numbers and names, rows in another order. `number`: [count] gets the new
 * number of each value. */
static Case other_of(const Case *self, GRand *rand, guint32 *number, bool renames) {
  Case other = case_new(self->count);
  g_autofree guint32 *rows = g_new(guint32, self->rows->len + 1);
  for (guint32 i = 0; i < self->count; i++)
    number[i] = i;
  shuffle(rand, number, self->count);
  if (self->second != NULL)
    other.second = g_new0(guint64, self->count + 1);
  if (renames)
    shuffle(rand, other.names, self->count);
  for (guint32 i = 0; i < self->count; i++) {
    other.first[number[i]] = self->first[i];
    if (self->second != NULL)
      other.second[number[i]] = self->second[i];
    if (!renames)
      other.names[number[i]] = self->names[i];
  }
  for (guint32 i = 0; i < self->rows->len; i++)
    rows[i] = i;
  shuffle(rand, rows, self->rows->len);
  for (guint32 i = 0; i < self->rows->len; i++) {
    AkChainColoursRow row = g_array_index(self->rows, AkChainColoursRow, rows[i]);
    for (guint c = 0; c < AK_CHAIN_ARITY_MAX; c++)
      if (row.values[c] != AK_CHAIN_COLOURS_NONE)
        row.values[c] = number[row.values[c]];
    if (row.both_ways && g_rand_boolean(rand))
      turn(&row);
    g_array_append_val(other.rows, row);
  }
  other.steps = self->steps;
  other.steps_ahead = self->steps_ahead;
  return other;
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All that is said, of places instead of values. */
static char *written(const Case *self, const guint32 *places) {
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  for (guint32 i = 0; i < self->count; i++)
    g_ptr_array_add(lines,
                    g_strdup_printf("%u is %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, places[i],
                                    self->first[i], self->second != NULL ? self->second[i] : 0));
  for (guint32 i = 0; i < self->rows->len; i++) {
    AkChainColoursRow copy = g_array_index(self->rows, AkChainColoursRow, i), *row = &copy;
    g_autoptr(GString) line = g_string_new(row->both_ways ? "both ways " : NULL);
    if (row->both_ways && places[row->values[0]] > places[row->values[1]])
      turn(row);
    g_string_append_printf(line, "row %" G_GUINT64_FORMAT, row->kind);
    for (guint c = 0; c < AK_CHAIN_ARITY_MAX; c++)
      g_string_append_printf(
          line, " %d", row->values[c] != AK_CHAIN_COLOURS_NONE ? (int)places[row->values[c]] : -1);
    g_ptr_array_add(lines, g_strdup(line->str));
  }
  g_ptr_array_sort(lines, compare_texts);
  g_ptr_array_add(lines, NULL);
  return g_strjoinv("\n", (char **)lines->pdata);
}

/* Other numbers, names and order of rows: the same is written, in as many steps. */
static void assert_same(const Case *self, GRand *rand, guint rounds) {
  g_auto(AkChainColours) mine = find(self);
  g_autofree char *wanted = written(self, mine.places);
  g_autofree guint32 *number = g_new(guint32, self->count + 1);
  for (guint round = 0; round < rounds; round++) {
    g_auto(Case) other = other_of(self, rand, number, true);
    g_auto(AkChainColours) its = find(&other);
    g_autofree char *got = written(&other, its.places);
    g_assert_cmpstr(got, ==, wanted);
    g_assert_cmpuint(its.steps, ==, mine.steps);
    g_assert_false(its.is_cut);
  }
}

/* Gateway - arm, and two sensors that hang on the arm: 3 kinds. Only the sensors may change places.
 */
static void test_twins(void) {
  g_auto(Case) self = case_new(4);
  const guint64 kinds[] = {7, 7, 9, 9};
  memcpy(self.first, kinds, sizeof kinds);
  say(&self, 1, 0, 1, AK_CHAIN_COLOURS_NONE);
  say(&self, 2, 1, 2, AK_CHAIN_COLOURS_NONE);
  say(&self, 2, 1, 3, AK_CHAIN_COLOURS_NONE);
  g_auto(AkChainColours) one = find(&self);
  self.names[2] = 3;
  self.names[3] = 2;
  self.names[0] = 1;
  self.names[1] = 0;
  g_auto(AkChainColours) two = find(&self);
  g_assert_cmpuint(one.places[0], ==, two.places[0]);
  g_assert_cmpuint(one.places[1], ==, two.places[1]);
  g_assert_cmpuint(one.places[2], ==, two.places[3]);
  g_assert_cmpuint(one.places[3], ==, two.places[2]);
  g_assert_cmpuint(MIN(one.places[0], one.places[1]), <,
                   MIN(one.places[2], one.places[3])); /* 7 before 9 */
}

/* The same two, of which one has a measure more: the names do not decide any more. */
static void test_second(void) {
  g_auto(Case) self = case_new(3);
  self.second = g_new0(guint64, 4);
  self.second[1] = 5;
  g_auto(AkChainColours) one = find(&self);
  self.names[0] = 2;
  self.names[2] = 0;
  g_auto(AkChainColours) two = find(&self);
  g_assert_cmpuint(one.places[1], ==, 2);
  g_assert_cmpuint(two.places[1], ==, 2);
  g_assert_cmpuint(one.places[0], ==, two.places[2]);
}

/* What is said second decides nothing where the rest does: a triangle's tail. */
static void test_second_is_second(void) {
  g_auto(Case) self = case_new(3);
  say(&self, 1, 0, 1, AK_CHAIN_COLOURS_NONE);
  say(&self, 1, 1, 2, AK_CHAIN_COLOURS_NONE);
  g_auto(AkChainColours) without = find(&self);
  self.second = g_new0(guint64, 4);
  for (guint32 value = 0; value < 3; value++) {
    memset(self.second, 0, 3 * sizeof *self.second);
    self.second[value] = 1;
    g_auto(AkChainColours) with = find(&self);
    g_assert_cmpmem(with.places, 3 * sizeof *with.places, without.places,
                    3 * sizeof *without.places);
  }
}

/* Sparse ones with few kinds: many are symmetric in part; some rows name three values, or one
 * twice. */
static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(4);
  for (guint round = 0; round < ROUNDS; round++) {
    g_auto(Case) self = case_new((guint32)g_rand_int_range(rand, 1, 16));
    guint rows = (guint)g_rand_int_range(rand, 0, 24);
    for (guint32 i = 0; i < self.count; i++)
      self.first[i] = (guint64)g_rand_int_range(rand, 0, 2);
    for (guint i = 0; i < rows; i++) {
      guint32 ends[3];
      for (guint e = 0; e < 3; e++)
        ends[e] = (guint32)g_rand_int_range(rand, 0, (gint32)self.count);
      say(&self, (guint64)g_rand_int_range(rand, 0, 2), ends[0], ends[1],
          i % 3 == 0 ? ends[2] : AK_CHAIN_COLOURS_NONE);
      g_array_index(self.rows, AkChainColoursRow, self.rows->len - 1).both_ways = i % 3 == 1;
    }
    assert_same(&self, rand, 5);
  }
}

static Case ring_of(guint32 count) {
  Case self = case_new(count);
  for (guint32 i = 0; i < count; i++)
    join(&self, i, (i + 1) % count);
  return self;
}

static Case grid_of(guint32 side) {
  Case self = case_new(side * side);
  for (guint32 y = 0; y < side; y++)
    for (guint32 x = 0; x < side; x++) {
      if (x + 1 < side)
        join(&self, y * side + x, y * side + x + 1);
      if (y + 1 < side)
        join(&self, y * side + x, (y + 1) * side + x);
    }
  return self;
}

static Case path_of(guint32 count) {
  Case self = case_new(count);
  for (guint32 i = 0; i + 1 < count; i++)
    join(&self, i, i + 1);
  return self;
}

static Case pairs_of(guint32 count) {
  Case self = case_new(count);
  for (guint32 i = 0; i + 1 < count; i += 2)
    join(&self, i, i + 1);
  return self;
}

static void test_symmetric(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(5);
  Case all[] = {ring_of(9), grid_of(4), path_of(10), pairs_of(12), case_new(7)};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
    assert_same(&all[i], rand, 10);
    case_clear(&all[i]);
  }
}

/* Colours alone take these for alike: a ring of six beside two of three, and Frucht's graph (each
 * value has three neighbours, and no two of them are interchangeable: all places are the same under
 * all names). Source: R. Frucht, 1949, by its LCF notation
 * [-5,-2,-4,2,5,-2,2,5,-2,-5,4,2]. */
static void test_fooled(void) {
  static const gint jumps[] = {-5, -2, -4, 2, 5, -2, 2, 5, -2, -5, 4, 2};
  g_autoptr(GRand) rand = g_rand_new_with_seed(6);
  g_auto(Case) rings = case_new(12), frucht = ring_of(12);
  for (guint32 i = 0; i < 6; i++)
    join(&rings, i, (i + 1) % 6);
  for (guint32 i = 0; i < 3; i++) {
    join(&rings, 6 + i, 6 + (i + 1) % 3);
    join(&rings, 9 + i, 9 + (i + 1) % 3);
  }
  assert_same(&rings, rand, 20);
  for (guint32 i = 0; i < 12; i++) {
    guint32 other = (guint32)((gint)i + jumps[i] + 12) % 12;
    if (i < other)
      join(&frucht, i, other);
  }
  g_auto(AkChainColours) mine = find(&frucht);
  guint32 number[12];
  for (guint round = 0; round < 20; round++) {
    g_auto(Case) other = other_of(&frucht, rand, number, true);
    g_auto(AkChainColours) its = find(&other);
    for (guint32 i = 0; i < 12; i++)
      g_assert_cmpuint(its.places[number[i]], ==, mine.places[i]);
  }
}

/* Does a grid stand as it did with other numbers and rows in another order, and the same names? */
static bool is_cut_alike(Case *self, GRand *rand) {
  guint32 number[25];
  g_auto(AkChainColours) mine = find(self);
  g_auto(Case) other = other_of(self, rand, number, false);
  g_auto(AkChainColours) its = find(&other);
  g_assert_true(its.is_cut == mine.is_cut);
  for (guint32 i = 0; i < self->count; i++)
    g_assert_cmpuint(its.places[number[i]], ==, mine.places[i]);
  return mine.is_cut;
}

/* Where steps end, names decide, and numbers and the order of rows still do not. Where those of
 * trials end, nothing is cut, and a grid (of which each value that refinement takes for another can
 * be exchanged for it) is written the same with other names too. */
static void test_cut(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);
  g_auto(Case) self = grid_of(5);
  guint cut = 0;
  for (self.steps = 1; self.steps < 1000; self.steps += 7)
    cut += is_cut_alike(&self, rand);
  g_assert_cmpuint(cut, >, 10);
  self.steps = 0;
  for (self.steps_ahead = 1; self.steps_ahead < 3000; self.steps_ahead += 31) {
    g_assert_false(is_cut_alike(&self, rand));
    assert_same(&self, rand, 1);
  }
}

/* Each takes no more than 4 (values + ends of rows) log2 values steps: 20,000 values log2 is 15. */
static void test_large(void) {
  struct {
    const char *name;
    Case one;
  } all[] = {{"alike", case_new(20000)},
             {"path", path_of(20000)},
             {"pairs", pairs_of(20000)},
             {"grid", grid_of(141)},
             {"ring", ring_of(20000)}};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
    gint64 begun = g_get_monotonic_time();
    g_auto(AkChainColours) found = find(&all[i].one);
    g_test_message("%s: %" G_GUINT64_FORMAT " steps, %.3f s", all[i].name, found.steps,
                   (double)(g_get_monotonic_time() - begun) / 1e6);
    g_assert_false(found.is_cut);
    g_assert_cmpuint(found.steps, <,
                     (all[i].one.count + 2 * (guint64)all[i].one.rows->len) * 15 * 4);
    case_clear(&all[i].one);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/chain/rule/colours/twins", test_twins);
  g_test_add_func("/chain/rule/colours/second", test_second);
  g_test_add_func("/chain/rule/colours/second-is-second", test_second_is_second);
  g_test_add_func("/chain/rule/colours/random", test_random);
  g_test_add_func("/chain/rule/colours/symmetric", test_symmetric);
  g_test_add_func("/chain/rule/colours/fooled", test_fooled);
  g_test_add_func("/chain/rule/colours/cut", test_cut);
  g_test_add_func("/chain/rule/colours/large", test_large);
  return g_test_run();
}
