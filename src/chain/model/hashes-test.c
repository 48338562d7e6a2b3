/* Numbers of elements by what a chain says of them, whatever they are called and in which order
 * they stand: in a network larger than what has places, with other ids and turned round; and by
 * hand, which elements are told apart on a line of sensors. */
#include "chain/model/hashes.h"

#include "chain/model/test-chain.h"
#include "util/random.h"

enum { MANY = AK_CHAIN_MODEL_LARGE + 1 };

/* Element `i` stands at (i × STRIDE) mod MANY when it is turned: STRIDE and MANY share no factor.
 */
enum { STRIDE = 7919 };

static guint32 turned(guint32 i, bool is_turned) {
  return is_turned ? (guint32)((guint64)i * STRIDE % MANY) : i;
}

/* Every element is related to one before it and one anywhere: what is drawn is the same whether it
 * is turned or not. */
static AkChain *network_new(bool is_turned) {
  static const AkElementKind kinds[] = {AK_ELEMENT_COMPONENT, AK_ELEMENT_SYSTEM};
  AkChain *chain = ak_chain_new();
  g_autofree guint32 *back = g_new(guint32, MANY);
  for (guint32 i = 0; i < MANY; i++)
    back[turned(i, is_turned)] = i;
  for (guint32 i = 0; i < MANY; i++) {
    g_autofree char *id = g_strdup_printf("%s%u", is_turned ? "other" : "e", i);
    test_element(chain, id, kinds[back[i] % 2], back[i] % 3 == 0 ? "L2_1" : "L2_2",
                 back[i] == 0 ? "internet" : "");
  }
  for (guint32 n = 1; n < MANY; n++) {
    guint32 i = is_turned ? MANY - n : n; /* relations stand the other way round */
    test_relation(chain, turned(i, is_turned), "connects",
                  turned((guint32)(ak_random_fork(1, i) % i), is_turned));
    test_relation(chain, turned((guint32)(ak_random_fork(2, i) % MANY), is_turned), "part-of",
                  turned(i, is_turned));
  }
  return chain;
}

static void test_names_and_order(void) {
  g_autoptr(AkChain) chain = network_new(false), other = network_new(true);
  g_autofree guint64 *before = ak_chain_hashes_new(chain), *after = ak_chain_hashes_new(other);
  g_autoptr(GHashTable) colours = g_hash_table_new(g_int64_hash, g_int64_equal);
  for (guint32 i = 0; i < MANY; i++) {
    g_assert_cmpuint(before[i], ==, after[turned(i, true)]);
    g_hash_table_add(colours, &before[i]);
  }
  g_assert_cmpuint(g_hash_table_size(colours), >,
                   MANY / 10 * 9); /* five by themselves, before any round */
}

/* A line a - b - c - d - e: both ends are alike, and both beside them; where a is exposed, none
 * are. */
static void line_of(const char *exposure, guint64 **out) {
  g_autoptr(AkChain) chain = ak_chain_new();
  static const char *const ids[] = {"a", "b", "c", "d", "e"};
  for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
    test_element(chain, ids[i], AK_ELEMENT_COMPONENT, "L2_1", i == 0 ? exposure : "");
  test_relation(chain, 0, "connects", 1);
  test_relation(chain, 2, "connects", 1); /* it goes both ways */
  test_relation(chain, 2, "connects", 3);
  test_relation(chain, 3, "connects", 4);
  *out = ak_chain_hashes_new(chain);
}

static void test_line(void) {
  g_autofree guint64 *alike = NULL, *apart = NULL;
  line_of("", &alike);
  line_of("internet", &apart);
  g_assert_cmpuint(alike[0], ==, alike[4]);
  g_assert_cmpuint(alike[1], ==, alike[3]);
  g_assert_cmpuint(alike[0], !=, alike[1]);
  g_assert_cmpuint(alike[1], !=, alike[2]);
  for (guint i = 0; i < 5; i++)
    for (guint k = 0; k < i; k++)
      g_assert_cmpuint(apart[i], !=, apart[k]);
}

/* Of what goes one way the ends differ. */
static void test_one_way(void) {
  g_autoptr(AkChain) chain = ak_chain_new();
  test_element(chain, "a", AK_ELEMENT_COMPONENT, "L2_1", "");
  test_element(chain, "b", AK_ELEMENT_COMPONENT, "L2_1", "");
  test_relation(chain, 0, "part-of", 1);
  g_autofree guint64 *hashes = ak_chain_hashes_new(chain);
  g_assert_cmpuint(hashes[0], !=, hashes[1]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/chain/hashes/names-and-order", test_names_and_order);
  g_test_add_func("/chain/hashes/line", test_line);
  g_test_add_func("/chain/hashes/one-way", test_one_way);
  return g_test_run();
}
