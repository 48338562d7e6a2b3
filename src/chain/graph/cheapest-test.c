/* The cheapest set against all sets of small random graphs. */
#include "chain/graph/cheapest.h"
#include "chain/graph/reach.h"
#include "chain/graph/test-model.h"

static bool works(AkChainReach *reach, const AkChainCheapestSpec *spec, const guint8 *on) {
  ak_chain_reach_run(reach, spec->initial, on);
  for (guint i = 0; i < spec->goal_count; i++)
    if (ak_chain_reach_atoms(reach)[spec->goals[i]])
      return false;
  return true;
}

/* The least cost of all subsets of what can be taken; G_MAXUINT64: none works. */
static guint64 try_all(const AkChainGraph *graph, const AkChainCheapestSpec *spec) {
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  guint64 best = G_MAXUINT64;
  for (guint set = 0; set < 1u << graph->measure_count; set++) {
    guint8 on[TEST_MODEL_MEASURES];
    guint64 cost = 0;
    bool is_allowed = true;
    for (guint i = 0; i < graph->measure_count; i++) {
      bool is_taken = set >> i & 1;
      on[i] = is_taken || spec->held[i];
      is_allowed = is_allowed && !(is_taken && spec->costs[i] == AK_CHAIN_COST_NEVER);
      cost += is_taken && !spec->held[i] && is_allowed ? spec->costs[i] : 0;
    }
    if (is_allowed && works(reach, spec, on))
      best = MIN(best, cost);
  }
  return best;
}

typedef enum { IMPOSSIBLE, FREE, COSTLY } Outcome;

static Outcome find_and_check(const AkChainGraph *graph, const AkChainCheapestSpec *spec) {
  g_auto(AkChainCheapest) found = {.rounds = 0};
  guint8 on[TEST_MODEL_MEASURES];
  guint64 cost = 0, best = try_all(graph, spec);
  g_assert_true(ak_chain_cheapest_find(graph, spec, &found, NULL));
  g_assert_true(found.is_possible == (best != G_MAXUINT64));
  if (!found.is_possible)
    return IMPOSSIBLE;
  g_assert_cmpuint(found.upper, ==, best);
  g_assert_cmpuint(found.lower, ==, best);
  for (guint i = 0; i < graph->measure_count; i++)
    on[i] = spec->held[i];
  for (guint32 i = 0; i < found.chosen.count; i++) {
    g_assert_cmpuint(on[found.chosen.data[i]], ==, 0);
    on[found.chosen.data[i]] = 1;
    cost += spec->costs[found.chosen.data[i]];
  }
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  g_assert_true(works(reach, spec, on));
  g_assert_cmpuint(cost, ==, best);
  for (guint32 i = 0; i < found.chosen.count; i++) { /* and each of them is needed */
    on[found.chosen.data[i]] = 0;
    g_assert_false(works(reach, spec, on));
    on[found.chosen.data[i]] = 1;
  }
  return best > 0 ? COSTLY : FREE;
}

static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(2026);
  guint impossible = 0, costly = 0;
  for (guint round = 0; round < 4000; round++) {
    TestRow rows[14];
    guint count = (guint)g_rand_int_range(rand, 4, G_N_ELEMENTS(rows) + 1);
    for (guint i = 0; i < count; i++)
      rows[i] = test_random_row(rand);
    guint64 costs[TEST_MEASURES];
    guint8 held[TEST_MEASURES], initial[TEST_INITIAL] = {1, 1};
    for (guint i = 0; i < TEST_MEASURES; i++) {
      costs[i] = g_rand_int_range(rand, 0, 8) == 0 ? AK_CHAIN_COST_NEVER
                                                   : (guint64)g_rand_int_range(rand, 0, 9);
      held[i] = g_rand_int_range(rand, 0, 6) == 0;
    }
    guint32 goals[] = {TEST_ATOMS - 1, TEST_ATOMS - 2};
    g_autoptr(AkChainGraph) graph = test_graph_of(rows, count);
    AkChainCheapestSpec spec = {
        .initial = initial, .held = held, .costs = costs, .goals = goals, .goal_count = 2};
    Outcome outcome = find_and_check(graph, &spec);
    impossible += outcome == IMPOSSIBLE;
    costly += outcome == COSTLY;
  }
  g_assert_cmpuint(impossible, >, 500); /* the models say something */
  g_assert_cmpuint(costly, >, 200);
}

/* Forty atoms in circles and twelve measures: all 4096 sets of each model are tried. */
static void test_larger(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(627);
  guint impossible = 0, costly = 0;
  for (guint round = 0; round < 600; round++) {
    TestModel model;
    guint64 costs[TEST_MODEL_MEASURES];
    guint8 held[TEST_MODEL_MEASURES], initial[TEST_MODEL_BEGINNINGS] = {1, 1, 0};
    guint32 goals[3];
    test_model_random(rand, &model);
    for (guint i = 0; i < TEST_MODEL_MEASURES; i++) {
      costs[i] = g_rand_int_range(rand, 0, 30) == 0 ? AK_CHAIN_COST_NEVER
                                                    : (guint64)g_rand_int_range(rand, 0, 30);
      held[i] = g_rand_int_range(rand, 0, 20) == 0;
    }
    for (guint i = 0; i < G_N_ELEMENTS(goals); i++)
      goals[i] = (guint32)g_rand_int_range(rand, 2, (gint32)model.atoms);
    g_autoptr(AkChainGraph) graph = test_model_graph(&model);
    AkChainCheapestSpec spec = {.initial = initial,
                                .held = held,
                                .costs = costs,
                                .goals = goals,
                                .goal_count = G_N_ELEMENTS(goals)};
    Outcome outcome = find_and_check(graph, &spec);
    impossible += outcome == IMPOSSIBLE;
    costly += outcome == COSTLY;
  }
  g_assert_cmpuint(impossible, >, 50);
  g_assert_cmpuint(costly, >, 100);
}

/* Two doors in a row, each with a lock of its own, and a window beside them: one lock and the
 * window's bars. */
static void test_by_hand(void) {
  static const TestRow rows[] = {
      {2, 0, {{0}, {0}, 1, 1}}, {3, 0, {{2}, {1}, 1, 1}}, {3, 1, {{0}, {2}, 1, 1}}};
  static const guint64 costs[] = {7, 5, 2};
  static const guint32 goals[] = {3};
  g_autoptr(AkChainGraph) graph = test_graph_of(rows, G_N_ELEMENTS(rows));
  AkChainCheapestSpec spec = {.costs = costs, .goals = goals, .goal_count = 1};
  g_auto(AkChainCheapest) found = {.rounds = 0};
  g_assert_true(ak_chain_cheapest_find(graph, &spec, &found, NULL));
  g_assert_cmpuint(found.upper, ==, 7);
  g_assert_cmpuint(found.lower, ==, 7);
  g_assert_cmpuint(found.chosen.count, ==, 2);
  g_assert_cmpuint(found.chosen.data[0], ==, 1);
  g_assert_cmpuint(found.chosen.data[1], ==, 2);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cheapest/random", test_random);
  g_test_add_func("/cheapest/larger", test_larger);
  g_test_add_func("/cheapest/by-hand", test_by_hand);
  return g_test_run();
}
