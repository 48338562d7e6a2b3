#include "chain/rule/ground-file.h"

#include <string.h>

#include "chain/rule/simplify.h"

static const char rules_text[] =
    "initial start/1. measure lock/2.\n"
    "at(X) :- start(X).\n"
    "at(Y) :- at(X), door(X, Y), not lock(X, Y).\n"
    "both(Z) :- at(X), at(Y), key(X, Y, Z).\n"
    "at(1) :- open(_).";

typedef struct {
  AkChainRules *rules;
  AkChainFacts *facts;
  AkChainGround *ground;
} House;

static void house_clear(House *self) {
  g_clear_pointer(&self->ground, ak_chain_ground_free);
  g_clear_pointer(&self->facts, ak_chain_facts_free);
  g_clear_pointer(&self->rules, ak_chain_rules_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(House, house_clear)

static House empty_house(void) {
  House out = {.rules = ak_chain_rules_parse(rules_text, strlen(rules_text), "rules", NULL)};
  out.facts = ak_chain_facts_new(out.rules);
  return out;
}

static void add(House *self, const char *name, const char *const *values) {
  gint predicate = ak_chain_rules_predicate(self->rules, name);
  g_assert_true(ak_chain_facts_add(self->facts, (guint32)predicate, values, NULL));
}

static House house(void) {
  House out = empty_house();
  add(&out, "start", (const char *const[]){"a"});
  add(&out, "start", (const char *const[]){"x"});
  add(&out, "door", (const char *const[]){"a", "b"});
  add(&out, "door", (const char *const[]){"b", "c"});
  add(&out, "door", (const char *const[]){"x", "c"});
  add(&out, "lock", (const char *const[]){"b", "c"});
  add(&out, "key", (const char *const[]){"b", "c", "d"});
  add(&out, "open", (const char *const[]){"q"});
  out.ground = ak_chain_ground_new(out.facts, NULL, NULL);
  g_assert_nonnull(out.ground);
  return out;
}

static GBytes *written(const AkChainGround *ground) {
  g_autoptr(AkWriter) writer = ak_writer_new(1 << 20);
  ak_chain_ground_write(ground, writer);
  return ak_writer_end(writer, NULL);
}

/* What can be read is written again as the same bytes. */
static bool read_again(const guint8 *data, gsize size, GError **error) {
  g_auto(House) read = empty_house();
  AkReader reader = ak_reader_init(data, size);
  read.ground = ak_chain_ground_read(read.facts, &reader, error);
  if (read.ground == NULL)
    return false;
  g_autoptr(GBytes) bytes = written(read.ground);
  gsize again_size = 0;
  const guint8 *again = g_bytes_get_data(bytes, &again_size);
  g_assert_cmpmem(again, again_size, data, size - ak_reader_left(&reader));
  return true;
}

static void test_same(void) {
  g_auto(House) made = house();
  g_autoptr(GBytes) bytes = written(made.ground);
  g_autoptr(GError) error = NULL;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  g_assert_true(read_again(data, size, &error));
  g_assert_no_error(error);
  g_auto(House) read = empty_house();
  AkReader reader = ak_reader_init(data, size);
  read.ground = ak_chain_ground_read(read.facts, &reader, &error);
  const AkChainGraph *a = ak_chain_ground_graph(made.ground), *b = ak_chain_ground_graph(read.ground);
  g_assert_cmpuint(a->atom_count, ==, b->atom_count);
  g_assert_cmpuint(a->initial_count, ==, b->initial_count);
  g_assert_cmpmem(a->edge_head, a->edge_count * 4, b->edge_head, b->edge_count * 4);
  g_assert_cmpmem(a->way_of, a->way_of_start[a->atom_count] * 4, b->way_of, b->way_of_start[b->atom_count] * 4);
  g_assert_cmpmem(a->measure_of, a->measure_of_start[a->measure_count] * 4, b->measure_of,
                  b->measure_of_start[b->measure_count] * 4);
  for (guint32 i = 0; i < a->atom_count; i++) {
    g_autofree char *here = ak_chain_ground_text(made.ground, i), *there = ak_chain_ground_text(read.ground, i);
    g_assert_cmpstr(here, ==, there);
  }
}

static void test_truncated(void) {
  g_auto(House) made = house();
  g_autoptr(GBytes) bytes = written(made.ground);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  for (gsize end = 0; end < size; end++) {
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *part = g_memdup2(data, end); /* by itself, so that a read behind it is seen */
    g_assert_false(read_again(part, end, &error));
    g_assert_nonnull(error);
  }
}

/* A byte of it becomes any other: refused, or another grounding, which is what it says (read_again). Both
 * happen, and what did not change is read. */
static void test_changed(void) {
  static const guint8 others[] = {0, 1, 2, 5, 7, 0x7f, 0x80, 0xff, 'y'};
  g_auto(House) made = house();
  g_autoptr(GBytes) bytes = written(made.ground);
  gsize size = 0, refused = 0, taken = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  for (gsize i = 0; i < size; i++)
    for (gsize o = 0; o < G_N_ELEMENTS(others); o++) {
      g_autofree guint8 *changed = g_memdup2(data, size);
      g_autoptr(GError) error = NULL;
      changed[i] = others[o];
      bool is_read = read_again(changed, size, &error);
      g_assert_true(is_read == (error == NULL));
      g_assert_true(is_read || changed[i] != data[i]); /* what is as before is read */
      refused += !is_read;
      taken += is_read && changed[i] != data[i];
    }
  g_assert_cmpuint(refused, >, 0);
  g_assert_cmpuint(taken, >, 0);
}

/* Shapes that grounding never makes; the edges and ways stand at the end of the bytes. */
static void test_shapes(void) {
  static const char text[] = "initial start/1. at(X) :- start(X). at(Y) :- at(X), door(X, Y).";
  enum { HEAD_OF_FIRST_EDGE = 4 }; /* bytes behind the first atom's count */
  g_autoptr(AkChainRules) rules = ak_chain_rules_parse(text, strlen(text), "rules", NULL);
  g_autoptr(AkChainFacts) facts = ak_chain_facts_new(rules);
  const char *const a[] = {"a"}, *const door[] = {"a", "b"};
  g_assert_true(ak_chain_facts_add(facts, (guint32)ak_chain_rules_predicate(rules, "start"), a, NULL));
  g_assert_true(ak_chain_facts_add(facts, (guint32)ak_chain_rules_predicate(rules, "door"), door, NULL));
  g_autoptr(AkChainGround) ground = ak_chain_ground_new(facts, NULL, NULL);
  g_autoptr(GBytes) bytes = written(ground);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  gsize graph = size - 4 - 3 * 4 - 2 * 8; /* three atoms with two edges, no way: from the first count on */
  static const struct {
    gsize at;
    guint8 value;
    const char *message;
  } faults[] = {{HEAD_OF_FIRST_EDGE, 0, "nothing can lead to atom number 0"},
                {HEAD_OF_FIRST_EDGE, 9, "nothing can lead to atom number 9"},
                {HEAD_OF_FIRST_EDGE + 4, 9, "there is no rule number 9"},
                {HEAD_OF_FIRST_EDGE, 2, "nothing leads to 1 of 3 atoms"},
                {HEAD_OF_FIRST_EDGE + 12, 1, "it follows from itself: atom number 1"}};
  for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkChainFacts) empty = ak_chain_facts_new(rules);
    g_autofree guint8 *changed = g_memdup2(data, size);
    changed[graph + faults[i].at] = faults[i].value;
    AkReader reader = ak_reader_init(changed, size);
    g_autoptr(AkChainGround) read = ak_chain_ground_read(empty, &reader, &error);
    g_assert_null(read);
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
    g_assert_cmpstr(error->message, ==, faults[i].message);
  }
}

static void expect_switched(const House *asked, const char *message) {
  g_auto(House) made = house();
  g_autoptr(GError) error = NULL;
  bool is_so = ak_chain_ground_check_switched(made.ground, asked->facts, &error);
  g_assert_true(is_so == (message == NULL));
  g_assert_cmpstr(is_so ? NULL : error->message, ==, message);
}

/* Beginnings and measures must be those of the facts, each of them and no other. */
static void test_switched(void) {
  g_auto(House) asked = empty_house();
  add(&asked, "start", (const char *const[]){"x"}); /* in another order, and one of them twice */
  add(&asked, "start", (const char *const[]){"a"});
  add(&asked, "start", (const char *const[]){"x"});
  expect_switched(&asked, "the grounding is of another chain: it has 0 beginnings and 1 measures that this one has not");
  add(&asked, "lock", (const char *const[]){"b", "c"});
  expect_switched(&asked, NULL);
  add(&asked, "lock", (const char *const[]){"c", "b"});
  expect_switched(&asked, "the grounding is of another chain: it has no lock(c, b)");
  g_auto(House) fewer = empty_house();
  add(&fewer, "lock", (const char *const[]){"b", "c"});
  expect_switched(&fewer, "the grounding is of another chain: it has 2 beginnings and 0 measures that this one has not");
  add(&fewer, "start", (const char *const[]){"nobody"});
  expect_switched(&fewer, "the grounding is of another chain: it has no start(nobody)");
}

/* Bytes that are others than before must not be read by those who knew the old ones. */
static void test_version(void) {
  static const char text[] = "initial start/1. measure lock/2. at(X) :- start(X). at(Y) :- at(X), door(X, Y, K), key(K), not lock(X, Y).\n"
                             "all(X) :- at(X), at(Y), at(Z), near(X, Y), near(Y, Z), not lock(X, Z).";
  g_autoptr(AkChainRules) rules = ak_chain_rules_parse(text, strlen(text), "rules", NULL);
  g_autoptr(AkChainRules) simple = ak_chain_rules_simplify(rules);
  g_autoptr(AkChainFacts) facts = ak_chain_facts_new(simple);
  House made = {.rules = simple, .facts = facts};
  add(&made, "start", (const char *const[]){"a"});
  add(&made, "key", (const char *const[]){"k"});
  add(&made, "door", (const char *const[]){"a", "b", "k"});
  add(&made, "door", (const char *const[]){"b", "c", "k"});
  add(&made, "near", (const char *const[]){"c", "b"});
  add(&made, "near", (const char *const[]){"b", "a"});
  add(&made, "lock", (const char *const[]){"c", "a"});
  g_autoptr(AkChainGround) ground = ak_chain_ground_new(facts, NULL, NULL);
  g_autoptr(GBytes) bytes = written(ground);
  g_autofree char *sum = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
  g_test_message("where these bytes are others by intent: raise AK_CHAIN_GROUNDING_VERSION and put its number and their digest here");
  g_assert_cmpint(AK_CHAIN_GROUNDING_VERSION, ==, 3);
  g_assert_cmpstr(sum, ==, "4c1a99197b39715c49d0d8f530163a23d7ec93e8620f908df4d876f50b405687");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ground-file/same", test_same);
  g_test_add_func("/ground-file/truncated", test_truncated);
  g_test_add_func("/ground-file/changed", test_changed);
  g_test_add_func("/ground-file/shapes", test_shapes);
  g_test_add_func("/ground-file/switched", test_switched);
  g_test_add_func("/ground-file/version", test_version);
  return g_test_run();
}
