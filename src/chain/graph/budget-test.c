/* What a budget buys, against all sets of measures of small random graphs; and by hand. */
#include "chain/graph/budget.h"
#include "chain/graph/reach.h"
#include "chain/graph/test-graph.h"

enum { GOALS = 4 };

static guint64 value_of(AkChainReach *reach, const AkChainBudgetSpec *spec, const guint8 *on) {
  guint64 value = 0;
  ak_chain_reach_run(reach, spec->cheapest.initial, on);
  for (guint i = 0; i < GOALS; i++)
    value += ak_chain_reach_atoms(reach)[spec->cheapest.goals[i]] ? 0 : spec->weights[i];
  return value;
}

/* The most that is kept within the budget, and the least cost of keeping as much. */
static void try_all(const AkChainGraph *graph, const AkChainBudgetSpec *spec, guint64 *value,
                    guint64 *cost) {
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  *value = 0;
  *cost = G_MAXUINT64;
  for (guint set = 0; set < 1u << TEST_MEASURES; set++) {
    guint8 on[TEST_MEASURES];
    guint64 mine = 0;
    for (guint i = 0; i < TEST_MEASURES; i++) {
      on[i] = (set >> i & 1) || spec->cheapest.held[i];
      mine += (set >> i & 1) && !spec->cheapest.held[i] ? spec->cheapest.costs[i] : 0;
    }
    guint64 kept = value_of(reach, spec, on);
    if (mine <= spec->budget && (kept > *value || (kept == *value && mine < *cost))) {
      *value = kept;
      *cost = mine;
    }
  }
}

/* It does what it says for what it says, and what it keeps costs no less than the least that keeps as much. */
static void check_chosen(const AkChainGraph *graph, const AkChainBudgetSpec *spec,
                         const AkChainBudget *found, guint64 least) {
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  guint8 on[TEST_MEASURES];
  guint64 cost = 0;
  for (guint i = 0; i < TEST_MEASURES; i++)
    on[i] = spec->cheapest.held[i];
  for (guint32 i = 0; i < found->chosen.count; i++) {
    on[found->chosen.data[i]] = 1;
    cost += spec->cheapest.costs[found->chosen.data[i]];
  }
  g_assert_cmpuint(value_of(reach, spec, on), ==, found->value);
  g_assert_cmpuint(cost, ==, found->cost);
  g_assert_cmpuint(cost, <=, spec->budget);
  g_assert_cmpuint(cost, >=, least);
}

static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(61);
  guint partly = 0;
  for (guint round = 0; round < 3000; round++) {
    TestRow rows[14];
    guint64 costs[TEST_MEASURES], weights[GOALS], total = 0;
    guint8 held[TEST_MEASURES], initial[TEST_INITIAL] = {1, 1};
    static const guint32 goals[GOALS] = {4, 5, 6, 7};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
      rows[i] = test_random_row(rand);
    for (guint i = 0; i < TEST_MEASURES; i++) {
      costs[i] = (guint64)g_rand_int_range(rand, 0, 9);
      held[i] = g_rand_int_range(rand, 0, 8) == 0;
    }
    for (guint i = 0; i < GOALS; i++)
      total += weights[i] = (guint64)g_rand_int_range(rand, 1, 5);
    g_autoptr(AkChainGraph) graph = test_graph_of(rows, G_N_ELEMENTS(rows));
    AkChainBudgetSpec spec = {
        .cheapest = {.initial = initial, .held = held, .costs = costs, .goals = goals, .goal_count = GOALS},
        .weights = weights,
        .budget = (guint64)g_rand_int_range(rand, 0, 16)};
    guint64 value = 0, cost = 0;
    g_auto(AkChainBudget) found = {.trials = 0};
    try_all(graph, &spec, &value, &cost);
    g_assert_true(ak_chain_budget_find(graph, &spec, &found, NULL));
    g_assert_cmpuint(found.value, ==, value);
    g_assert_cmpuint(found.bound, ==, value);
    check_chosen(graph, &spec, &found, cost);
    partly += value > 0 && value < total;
  }
  g_assert_cmpuint(partly, >, 500); /* the models say something */
}

/* Two doors to two rooms, 3 and 4, and a room with a door of 9 that is worth more than both. For 6 one door can be paid, and
 * that of 3 is worth more; for 7 both; for 9 the dear one; for 16 all. */
static void test_by_hand(void) {
  static const TestRow rows[] = {
      {2, 0, {{0}, {0}, 1, 1}}, {3, 0, {{0}, {1}, 1, 1}}, {4, 0, {{0}, {2}, 1, 1}}};
  static const guint64 costs[] = {3, 4, 9}, weights[] = {2, 1, 5};
  static const guint32 goals[] = {2, 3, 4};
  static const guint64 expected[][3] = {{2, 0, 0}, {6, 2, 3}, {7, 3, 7}, {9, 5, 9}, {12, 7, 12}, {16, 8, 16}};
  g_autoptr(AkChainGraph) graph = test_graph_of(rows, G_N_ELEMENTS(rows));
  for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
    AkChainBudgetSpec spec = {.cheapest = {.costs = costs, .goals = goals, .goal_count = 3},
                              .weights = weights,
                              .budget = expected[i][0]};
    g_auto(AkChainBudget) found = {.trials = 0};
    g_assert_true(ak_chain_budget_find(graph, &spec, &found, NULL));
    g_assert_cmpuint(found.value, ==, expected[i][1]);
    g_assert_cmpuint(found.bound, ==, expected[i][1]);
    g_assert_cmpuint(found.cost, ==, expected[i][2]);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/budget/random", test_random);
  g_test_add_func("/budget/by-hand", test_by_hand);
  return g_test_run();
}
