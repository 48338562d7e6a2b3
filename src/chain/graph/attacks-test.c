/* Attacks against all subsets of the rows of small random graphs, and a house with three ways in. */
#include <string.h>

#include "chain/graph/attacks.h"
#include "chain/graph/test-graph.h"

enum { ROWS = 9, GOAL = TEST_ATOMS - 1, MANY = 100 };

/* What the goal costs with the rows of `set` alone; AK_CHAIN_EFFORT_NONE: it is not reached. */
static guint64 cost_of(const TestRow *rows, guint count, guint set, const guint32 *efforts,
                       const guint8 *measures) {
  guint64 best[TEST_ATOMS];
  for (guint i = 0; i < TEST_ATOMS; i++)
    best[i] = i < TEST_INITIAL ? 0 : AK_CHAIN_EFFORT_NONE;
  for (guint round = 0; round <= TEST_ATOMS; round++)
    for (guint i = 0; i < count; i++) {
      guint64 sum = efforts[rows[i].rule];
      bool is_open = set >> i & 1;
      for (guint p = 0; p < rows[i].way.premise_count; p++) {
        is_open = is_open && best[rows[i].way.premises[p]] != AK_CHAIN_EFFORT_NONE;
        sum += is_open ? best[rows[i].way.premises[p]] : 0;
      }
      for (guint m = 0; m < rows[i].way.measure_count; m++)
        is_open = is_open && !measures[rows[i].way.measures[m]];
      if (is_open && sum < best[rows[i].head])
        best[rows[i].head] = sum;
    }
  return best[GOAL];
}

static bool is_same_step(const TestRow *a, const TestRow *b) {
  guint left = 0, right = 0;
  for (guint p = 0; p < a->way.premise_count; p++)
    left |= 1u << a->way.premises[p];
  for (guint p = 0; p < b->way.premise_count; p++)
    right |= 1u << b->way.premises[p];
  return a->head == b->head && a->rule == b->rule && left == right;
}

/* Rows that say the same, but for their measures, are one step: the first that is open stands for it. */
static guint drop_doubles(TestRow *rows, guint count, const guint8 *measures) {
  guint kept = 0;
  for (guint i = 0; i < count; i++) {
    bool is_wanted = true;
    for (guint m = 0; m < rows[i].way.measure_count; m++)
      is_wanted = is_wanted && !measures[rows[i].way.measures[m]];
    for (guint k = 0; k < kept; k++)
      is_wanted = is_wanted && !is_same_step(&rows[k], &rows[i]);
    if (is_wanted)
      rows[kept++] = rows[i];
  }
  return kept;
}

/* Costs of all sets of which nothing can be left out, rising; how many. */
static guint try_all(const TestRow *rows, guint count, const guint32 *efforts, const guint8 *measures,
                     guint64 *costs) {
  guint found = 0;
  for (guint set = 0; set < 1u << count; set++) {
    guint64 cost = cost_of(rows, count, set, efforts, measures);
    bool is_attack = cost != AK_CHAIN_EFFORT_NONE;
    for (guint i = 0; i < count && is_attack; i++)
      is_attack = !(set >> i & 1) || cost_of(rows, count, set & ~(1u << i), efforts, measures) ==
                                         AK_CHAIN_EFFORT_NONE;
    if (!is_attack)
      continue;
    guint at = found++;
    for (; at > 0 && costs[at - 1] > cost; at--)
      costs[at] = costs[at - 1];
    costs[at] = cost;
  }
  return found;
}

static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(1972);
  guint several = 0;
  for (guint round = 0; round < 3000; round++) {
    TestRow rows[ROWS];
    guint32 efforts[TEST_RULES];
    guint64 costs[1 << ROWS];
    guint8 measures[TEST_MEASURES], initial[TEST_INITIAL] = {1, 1};
    for (guint i = 0; i < TEST_RULES; i++)
      efforts[i] = (guint32)g_rand_int_range(rand, 0, 4);
    for (guint i = 0; i < TEST_MEASURES; i++)
      measures[i] = g_rand_int_range(rand, 0, 4) == 0;
    for (guint i = 0; i < ROWS; i++) {
      rows[i] = test_random_row(rand);
      rows[i].head = g_rand_int_range(rand, 0, 4) == 0 ? GOAL : rows[i].head;
      for (guint p = 0; p < rows[i].way.premise_count; p++)
        if (rows[i].way.premises[p] == rows[i].head)
          rows[i].way.premise_count = p; /* none needs its own head */
    }
    guint count = drop_doubles(rows, ROWS, measures);
    guint wanted = try_all(rows, count, efforts, measures, costs);
    g_autoptr(AkChainGraph) graph = test_graph_of(rows, count);
    AkChainAttacksSpec spec = {.effort = {.efforts = efforts, .initial = initial, .measures = measures},
                               .other_efforts = efforts,
                               .goal = GOAL,
                               .most = MANY};
    g_auto(AkChainAttacks) found = {0};
    ak_chain_attacks_find(graph, &spec, &found);
    g_assert_false(found.is_cut);
    g_assert_cmpuint(found.attacks->len, ==, wanted);
    for (guint i = 0; i < wanted; i++) {
      const AkChainAttack *attack = found.attacks->pdata[i];
      g_assert_cmpuint(attack->effort, ==, costs[i]);
      g_assert_cmpuint(attack->other_effort, ==, costs[i]);
    }
    several += wanted > 1;
  }
  g_assert_cmpuint(several, >, 500); /* the models say something */
}

/* In by the door (3), by the window (5), or over the roof (2) and down the chimney (2); then up the stairs (1). What does not count
 * (rule 0, at no cost) makes no attack of its own. */
static void test_by_hand(void) {
  static const TestRow rows[] = {
      {2, 1, {{0}, {0}, 1, 0}}, {2, 2, {{0}, {0}, 1, 0}}, {3, 3, {{0}, {0}, 1, 0}},
      {2, 3, {{3}, {0}, 1, 0}}, {4, 0, {{2}, {0}, 1, 0}}, {4, 0, {{2, 1}, {0}, 2, 0}},
      {5, 4, {{4}, {0}, 1, 0}}};
  static const guint32 efforts[] = {0, 3, 5, 2, 1}, others[] = {0, 4, 5, 20, 1};
  static const guint8 counts[] = {0, 1, 1, 1, 1};
  static const guint64 expected[][2] = {{4, 5}, {5, 41}, {6, 6}};
  g_autoptr(AkChainGraph) graph = test_graph_of(rows, G_N_ELEMENTS(rows));
  AkChainAttacksSpec spec = {.effort = {.efforts = efforts},
                             .other_efforts = others,
                             .counts = counts,
                             .goal = 5,
                             .most = 10};
  g_auto(AkChainAttacks) found = {0};
  ak_chain_attacks_find(graph, &spec, &found);
  g_assert_cmpuint(found.attacks->len, ==, 3);
  for (guint i = 0; i < 3; i++) {
    const AkChainAttack *attack = found.attacks->pdata[i];
    g_assert_cmpuint(attack->effort, ==, expected[i][0]);
    g_assert_cmpuint(attack->other_effort, ==, expected[i][1]);
  }
  g_auto(AkChainAttacks) two = {0}, cut = {0};
  spec.most = 2;
  ak_chain_attacks_find(graph, &spec, &two);
  g_assert_cmpuint(two.attacks->len, ==, 2);
  g_assert_false(two.is_cut);
  spec.most = 10;
  spec.trials = 2;
  ak_chain_attacks_find(graph, &spec, &cut);
  g_assert_true(cut.is_cut);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/attacks/random", test_random);
  g_test_add_func("/attacks/by-hand", test_by_hand);
  return g_test_run();
}
