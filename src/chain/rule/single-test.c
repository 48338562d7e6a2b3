/* Heads that follow from one instance alone, and those that do not; and in which order atoms are numbered. Expectations by hand. */
#include "chain/rule/single.h"

#include <string.h>

#include "chain/graph/graph.h"
#include "chain/rule/ground.h"

static AkChainFacts *facts_of(const AkChainRules *rules, const char *text) {
  AkChainFacts *facts = ak_chain_facts_new(rules);
  g_auto(GStrv) lines = g_strsplit(text, ";", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++) {
    g_auto(GStrv) words = g_strsplit(*line, " ", -1);
    gint number = ak_chain_rules_predicate(rules, words[0]);
    g_assert_cmpint(number, >=, 0);
    g_assert_true(ak_chain_facts_add(facts, (guint32)number, (const char *const *)words + 1, NULL));
  }
  return facts;
}

static AkChainRules *rules_of(const char *text) {
  g_autoptr(GError) error = NULL;
  AkChainRules *rules = ak_chain_rules_parse(text, strlen(text), "rules", &error);
  g_assert_no_error(error);
  return rules;
}

/* No two atoms say the same, and each is found. */
static void check_distinct(const AkChainGround *ground) {
  guint32 count = ak_chain_ground_graph(ground)->atom_count;
  for (guint32 atom = 0; atom < count; atom++) {
    guint32 row[AK_CHAIN_ARITY_MAX] = {0};
    ak_chain_ground_row(ground, atom, row);
    g_assert_cmpuint(ak_chain_ground_find_row(ground, ak_chain_ground_predicate(ground, atom), row), ==, atom);
  }
}

#define START "d(X, Y) :- e(X, Y). "
#define PAIRS "e a 1;e a 2;e b 1;"

static const struct {
  const char *rules, *facts;
  bool is_single; /* h */
  guint atoms;    /* of h */
} cases[] = {
    /* the head has all values of its premise */
    {START "h(X, Y) :- d(X, Y).", PAIRS, true, 3},
    {START "h(Y, X) :- d(X, Y).", PAIRS, true, 3},
    {START "h(X, Y) :- d(X, Y), f(Y).", PAIRS "f 1;", true, 2},
    /* as often as there are rows, but always behind one another */
    {"measure m/2. " START "h(X, Y) :- d(X, Y), t(M, Y), not m(X, M).", PAIRS "t p 1;t q 1;t p 2;m a p;m a q;", true, 3},
    /* a constant of the premise is known as well */
    {START "h(X) :- d(X, 1).", PAIRS, true, 2},
    /* what the head has not, several premises may differ in */
    {START "h(X) :- d(X, Y).", PAIRS, false, 2},
    {START "h(Y) :- d(X, Y).", PAIRS, false, 2},
    /* of what the head has, rows say the rest: each r has one y */
    {START "h(R, X) :- d(X, Y), s(R, Y).", PAIRS "s r 1;s q 1;s p 2;", true, 5},
    /* r has two y: h(r, a) follows from d(a, 1) and d(a, 2) */
    {START "h(R, X) :- d(X, Y), s(R, Y).", PAIRS "s r 1;s q 1;s r 2;", false, 4},
    /* which row it is, the head says, but not the other table's */
    {START "h(R, X) :- d(X, Y), s(R, Y), k(X, Z), l(Z, R).", PAIRS "s r 1;s p 2;k a u;k a v;k b u;l u r;l v r;l u p;", false, 3},
    {START "h(R, X) :- d(X, Y), s(R, Y), k(X, Z), l(Z, R).", PAIRS "s r 1;s p 2;k a u;k b u;l u r;l v r;l u p;", true, 3},
    /* one row given twice is one row, or a head that may come twice */
    {START "h(R, X) :- d(X, Y), s(R, Y).", PAIRS "s r 1;s q 1;s r 1;", false, 4},
    /* the premise's other value follows from a row that the head knows */
    {START "h(R) :- d(X, Y), s(R, X, Y).", PAIRS "s r a 1;s q a 1;s p b 1;", true, 3},
    {START "h(R) :- d(X, Y), s(R, X, Y).", PAIRS "s r a 1;s q a 1;s r b 1;", false, 2},
    /* two rules, two premises, a head that is looked up whole */
    {START "h(X, Y) :- d(X, Y). h(X, Y) :- g(X, Y).", PAIRS "g a 1;g b 2;", false, 4},
    {START "h(X, Y) :- d(X, Y), d(Y, X).", "e a a;e a b;e b a;", false, 3},
    {START "h(X, Y) :- d(X, Y). c(X, Y) :- d(X, Y), h(X, Y).", PAIRS, false, 3},
    /* a head that is looked up by some of its values has lists for that */
    {START "h(X, Y) :- d(X, Y). c(X, Y) :- g(X), h(X, Y).", PAIRS "g a;", true, 3},
    /* what follows from facts alone */
    {"h(X, Y) :- e(X, Y).", PAIRS, true, 3},
    {"h(X) :- e(X, Y), f(Y).", PAIRS "f 1;f 2;", false, 2},
    {"h :- d(X). d(X) :- e(X, Y).", PAIRS, false, 1},
};

static void test_single(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkChainRules) rules = rules_of(cases[i].rules);
    g_autoptr(AkChainFacts) facts = facts_of(rules, cases[i].facts);
    g_autoptr(AkChainPlans) plans = ak_chain_plans_new(facts, &error);
    g_assert_no_error(error);
    bool is_single[AK_CHAIN_PREDICATES_MAX];
    guint32 head = (guint32)ak_chain_rules_predicate(rules, "h");
    ak_chain_single_find(plans, is_single);
    g_autoptr(AkChainGround) ground = ak_chain_ground_new(facts, NULL, &error);
    g_assert_no_error(error);
    if (is_single[head] != cases[i].is_single || ak_chain_ground_count(ground, head) != cases[i].atoms)
      g_error("%s with %s: single %d, %u atoms", cases[i].rules, cases[i].facts, is_single[head], ak_chain_ground_count(ground, head));
    check_distinct(ground);
  }
}

/* More heads than are handled at once, and more than fit a first table: each is found when somebody asks, and none that is not there. */
static void test_asked_later(void) {
  enum { MANY = 5000 };
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChainRules) rules = rules_of(START "h(Y, X) :- d(X, Y).");
  g_autoptr(AkChainFacts) facts = ak_chain_facts_new(rules);
  for (guint i = 0; i < MANY; i++) {
    g_autofree char *first = g_strdup_printf("%u", i * 7 % MANY), *second = g_strdup_printf("%u", i);
    const char *row[] = {first, second};
    g_assert_true(ak_chain_facts_add(facts, (guint32)ak_chain_rules_predicate(rules, "e"), row, NULL));
  }
  g_autoptr(AkChainGround) ground = ak_chain_ground_new(facts, NULL, &error);
  g_assert_no_error(error);
  guint32 head = (guint32)ak_chain_rules_predicate(rules, "h");
  const char *there[] = {"10", "70"}, *not_there[] = {"10", "71"};
  g_assert_cmpuint(ak_chain_ground_find(ground, head, not_there), ==, AK_CHAIN_GRAPH_NONE);
  g_autofree char *text = ak_chain_ground_text(ground, ak_chain_ground_find(ground, head, there));
  g_assert_cmpstr(text, ==, "h(10,70)");
  g_assert_cmpuint(ak_chain_ground_count(ground, head), ==, MANY);
  check_distinct(ground);
}

/* x, y and z are numbered as the facts name them. What the rules find first by kinds is numbered by elements, and what follows from it too;
 * the start keeps the first numbers. */
static void test_gathered(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChainRules) rules = rules_of("initial s/1. d(X, K) :- p(X, K). d(X, K) :- q(X, K). w(X, K) :- d(X, K). w(X, K) :- s(X), p(X, K).");
  g_autoptr(AkChainFacts) facts = facts_of(rules, "p x 1;p y 1;p z 1;q z 2;q x 2;q y 2;s y;");
  g_autoptr(AkChainGround) ground = ak_chain_ground_new(facts, NULL, &error);
  g_assert_no_error(error);
  static const char *const wanted[] = {"s(y)",   "d(x,1)", "d(x,2)", "d(y,1)", "d(y,2)", "d(z,1)", "d(z,2)",
                                       "w(y,1)", "w(x,1)", "w(x,2)", "w(y,2)", "w(z,1)", "w(z,2)"};
  g_assert_cmpuint(ak_chain_ground_graph(ground)->atom_count, ==, G_N_ELEMENTS(wanted));
  for (guint32 atom = 0; atom < G_N_ELEMENTS(wanted); atom++) {
    g_autofree char *text = ak_chain_ground_text(ground, atom);
    g_assert_cmpstr(text, ==, wanted[atom]);
  }
  check_distinct(ground);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/single/heads", test_single);
  g_test_add_func("/single/asked-later", test_asked_later);
  g_test_add_func("/single/gathered", test_gathered);
  return g_test_run();
}
