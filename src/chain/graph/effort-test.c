/* Least effort against every derivation tree of small random graphs, and a network worked out by
 * hand. */
#include "chain/graph/effort.h"
#include "chain/graph/reach.h"
#include "chain/graph/test-graph.h"

/* The least fixpoint of "the cheapest way costs …", by going round until nothing changes: with
 * efforts that are never negative it is what the cheapest derivation tree costs. */
static void naive(const TestRow *rows, guint count, const guint32 *efforts, const guint8 *initial,
                  const guint8 *measures, guint64 *best) {
  for (guint i = 0; i < TEST_ATOMS; i++)
    best[i] = i < TEST_INITIAL && initial[i] ? 0 : AK_CHAIN_EFFORT_NONE;
  for (guint round = 0; round < TEST_ATOMS + 1; round++)
    for (guint i = 0; i < count; i++) {
      guint64 sum = efforts[rows[i].rule];
      bool is_open = true;
      for (guint p = 0; p < rows[i].way.premise_count; p++) {
        is_open = is_open && best[rows[i].way.premises[p]] != AK_CHAIN_EFFORT_NONE;
        sum += is_open ? best[rows[i].way.premises[p]] : 0;
      }
      for (guint m = 0; m < rows[i].way.measure_count; m++)
        is_open = is_open && !measures[rows[i].way.measures[m]];
      if (is_open && sum < best[rows[i].head])
        best[rows[i].head] = sum;
    }
}

/* Every step follows from what came before it, and the last one is the goal. */
static void check_path(const AkChainEffort *effort, guint32 goal, const guint8 *initial) {
  g_autoptr(GArray) path = ak_chain_effort_path(effort, goal);
  bool has[TEST_ATOMS] = {false};
  for (guint i = 0; i < path->len; i++) {
    const AkChainStepTaken *step = &g_array_index(path, AkChainStepTaken, i);
    if (step->rule == AK_CHAIN_GRAPH_NONE)
      g_assert_true(step->atom < TEST_INITIAL && initial[step->atom]);
    for (guint p = 0; p < step->premise_count; p++)
      g_assert_true(has[step->premises[p]]);
    g_assert_false(has[step->atom]);
    has[step->atom] = true;
  }
  g_assert_true((ak_chain_effort_of(effort, goal) != AK_CHAIN_EFFORT_NONE) == has[goal]);
}

static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);
  guint reachable = 0;
  for (guint round = 0; round < 5000; round++) {
    TestRow rows[14];
    guint count = (guint)g_rand_int_range(rand, 1, G_N_ELEMENTS(rows));
    guint32 efforts[TEST_RULES];
    guint8 initial[TEST_INITIAL], measures[TEST_MEASURES];
    for (guint i = 0; i < count; i++)
      rows[i] = test_random_row(rand);
    for (guint i = 0; i < TEST_RULES; i++)
      efforts[i] = (guint32)g_rand_int_range(rand, 0, 5) * (round % 3 == 0 ? (1u << 28) - 1 : 1); /* sums around 2^29 as well */
    for (guint i = 0; i < TEST_INITIAL; i++)
      initial[i] = (guint8)g_rand_boolean(rand);
    for (guint i = 0; i < TEST_MEASURES; i++)
      measures[i] = (guint8)g_rand_boolean(rand);
    guint64 best[TEST_ATOMS];
    naive(rows, count, efforts, initial, measures, best);
    g_autoptr(AkChainGraph) graph = test_graph_of(rows, count);
    AkChainEffortSpec spec = {efforts, initial, measures};
    g_autoptr(AkChainEffort) effort = ak_chain_effort_new(graph, &spec);
    g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
    ak_chain_reach_run(reach, initial, measures);
    for (guint32 atom = 0; atom < TEST_ATOMS; atom++) {
      g_assert_cmpuint(ak_chain_effort_of(effort, atom), ==, best[atom]);
      g_assert_true((best[atom] != AK_CHAIN_EFFORT_NONE) == ak_chain_reach_atoms(reach)[atom]);
      check_path(effort, atom, initial);
      reachable += best[atom] != AK_CHAIN_EFFORT_NONE;
    }
  }
  g_assert_cmpuint(reachable, >, 5000); /* the models say something */
}

/* 0 →(2) 2 →(2) 3; 3 and 2 →(1) 4: 2 + (2 + 2) + 1 = 7, for the step to 2 counts twice; 1 →(9) 4
 * costs 9. */
static void test_by_hand(void) {
  static const TestRow rows[] = {
      {2, 0, {{0}, {0}, 1, 0}},
      {3, 0, {{2}, {0}, 1, 0}},
      {4, 1, {{2, 3}, {0}, 2, 0}},
      {4, 2, {{1}, {0}, 1, 1}},
  };
  static const guint32 efforts[] = {2, 1, 9};
  guint8 measures[TEST_MEASURES] = {0};
  g_autoptr(AkChainGraph) graph = test_graph_of(rows, G_N_ELEMENTS(rows));
  AkChainEffortSpec spec = {efforts, NULL, measures};
  g_autoptr(AkChainEffort) effort = ak_chain_effort_new(graph, &spec);
  g_assert_cmpuint(ak_chain_effort_of(effort, 4), ==, 7);
  g_autoptr(GArray) path = ak_chain_effort_path(effort, 4);
  g_assert_cmpuint(path->len, ==, 4);
  static const guint32 order[] = {0, 2, 3, 4};
  for (guint i = 0; i < path->len; i++)
    g_assert_cmpuint(g_array_index(path, AkChainStepTaken, i).atom, ==, order[i]);
  guint8 second_only[TEST_INITIAL] = {0, 1};
  spec.initial = second_only;
  g_autoptr(AkChainEffort) other = ak_chain_effort_new(graph, &spec);
  g_assert_cmpuint(ak_chain_effort_of(other, 4), ==, 9);
  measures[0] = 1;
  g_autoptr(AkChainEffort) closed = ak_chain_effort_new(graph, &spec);
  g_assert_cmpuint(ak_chain_effort_of(closed, 4), ==, AK_CHAIN_EFFORT_NONE);
}

/* 0 →(4,000,000,000) 2 → 3 → 4, and 2 with 3 → 5: 4, 8, 12, and 4 + 8 + 4 = 16 thousand millions; 1 →(1) 6. */
static void test_large(void) {
  static const TestRow rows[] = {{2, 0, {{0}, {0}, 1, 0}}, {3, 0, {{2}, {0}, 1, 0}}, {4, 0, {{3}, {0}, 1, 0}},
                                 {5, 0, {{2, 3}, {0}, 2, 0}}, {6, 1, {{1}, {0}, 1, 0}}};
  static const guint32 efforts[] = {4000000000u, 1, 1};
  static const guint64 wanted[] = {0, 0, 4000000000u, 8000000000u, 12000000000u, 16000000000u, 1};
  g_autoptr(AkChainGraph) graph = test_graph_of(rows, G_N_ELEMENTS(rows));
  AkChainEffortSpec spec = {efforts, NULL, NULL};
  g_autoptr(AkChainEffort) effort = ak_chain_effort_new(graph, &spec);
  for (guint32 atom = 0; atom < G_N_ELEMENTS(wanted); atom++)
    g_assert_cmpuint(ak_chain_effort_of(effort, atom), ==, wanted[atom]);
  g_assert_cmpuint(ak_chain_effort_repriced(effort, 5, efforts), ==, wanted[5]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effort/random", test_random);
  g_test_add_func("/effort/by-hand", test_by_hand);
  g_test_add_func("/effort/large", test_large);
  return g_test_run();
}
