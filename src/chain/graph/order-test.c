/* The same random graph, numbered and listed in two orders: what is chosen among equals is the same in both. */
#include "chain/graph/order.h"
#include "chain/graph/test-graph.h"

enum { ROUNDS = 3000, ROWS = 14 };

typedef struct {
  guint32 atoms[TEST_ATOMS], measures[TEST_MEASURES]; /* number here of each */
  AkChainGraph *graph;
  AkChainLabels *labels;
} Side;

static void shuffle(GRand *rand, guint32 *numbers, guint begin, guint end) {
  for (guint i = begin; i < end; i++)
    numbers[i] = i;
  for (guint i = begin; i + 1 < end; i++) {
    guint other = (guint)g_rand_int_range(rand, (gint)i, (gint)end);
    guint32 kept = numbers[i];
    numbers[i] = numbers[other];
    numbers[other] = kept;
  }
}

static void side_begin(Side *self, GRand *rand, const TestRow *rows, bool is_shuffled) {
  TestRow mine[ROWS];
  guint32 places[ROWS];
  shuffle(rand, self->atoms, 0, TEST_INITIAL);
  shuffle(rand, self->atoms, TEST_INITIAL, TEST_ATOMS);
  shuffle(rand, self->measures, 0, TEST_MEASURES);
  shuffle(rand, places, 0, ROWS);
  for (guint i = 0; i < TEST_ATOMS && !is_shuffled; i++)
    self->atoms[i] = i;
  for (guint i = 0; i < TEST_MEASURES && !is_shuffled; i++)
    self->measures[i] = i;
  for (guint i = 0; i < ROWS; i++) {
    TestRow *row = &mine[is_shuffled ? places[i] : i];
    *row = rows[i];
    row->head = self->atoms[row->head];
    for (guint p = 0; p < row->way.premise_count; p++)
      row->way.premises[p] = self->atoms[row->way.premises[p]];
    for (guint m = 0; m < row->way.measure_count; m++)
      row->way.measures[m] = self->measures[row->way.measures[m]];
  }
  guint64 *atoms = g_new(guint64, TEST_ATOMS), *measures = g_new(guint64, TEST_MEASURES);
  for (guint i = 0; i < TEST_ATOMS; i++)
    atoms[self->atoms[i]] = ak_random_at(1, i);
  for (guint i = 0; i < TEST_MEASURES; i++)
    measures[self->measures[i]] = ak_random_at(2, i);
  self->graph = test_graph_of(mine, ROWS);
  self->labels = ak_chain_labels_new(self->graph, atoms, measures);
}

static void side_end(Side *self) {
  ak_chain_graph_free(self->graph);
  ak_chain_labels_free(self->labels);
}

/* A bit a measure that is chosen, by its number in the rows; a bit above them where nothing helps. */
static guint chosen_in(const Side *self, bool is_ordered) {
  static const guint64 costs[TEST_MEASURES] = {1, 1, 1};
  const guint32 goals[] = {self->atoms[TEST_ATOMS - 1], self->atoms[TEST_ATOMS - 2]};
  const AkChainCheapestSpec spec = {.costs = costs, .goals = goals, .goal_count = G_N_ELEMENTS(goals)};
  g_autoptr(AkChainOrder) order = is_ordered ? ak_chain_order_new(self->graph, self->labels) : NULL;
  g_auto(AkChainCheapest) found = {.rounds = 0};
  guint out = 0;
  g_assert_true(ak_chain_order_cheapest(order, self->graph, &spec, &found, NULL));
  if (!found.is_possible)
    return 1 << TEST_MEASURES;
  for (guint32 i = 0; i < found.chosen.count; i++)
    for (guint m = 0; m < TEST_MEASURES; m++)
      out |= (guint)(self->measures[m] == found.chosen.data[i]) << m;
  return out;
}

/* Likewise a bit a goal that a budget of one measure keeps out of reach, and above these its measures. */
static guint kept_in(const Side *self, bool is_ordered) {
  static const guint64 costs[TEST_MEASURES] = {1, 1, 1}, weights[] = {1, 1};
  const guint32 goals[] = {self->atoms[TEST_ATOMS - 1], self->atoms[TEST_ATOMS - 2]};
  const AkChainBudgetSpec spec = {{.costs = costs, .goals = goals, .goal_count = G_N_ELEMENTS(goals)}, weights, 1};
  g_autoptr(AkChainOrder) order = is_ordered ? ak_chain_order_new(self->graph, self->labels) : NULL;
  g_auto(AkChainBudget) found = {.trials = 0};
  guint out = 0;
  g_assert_true(ak_chain_order_budget(order, self->graph, &spec, &found, NULL));
  for (guint32 i = 0; i < found.kept.count; i++)
    out |= 1u << found.kept.data[i];
  for (guint32 i = 0; i < found.chosen.count; i++)
    for (guint m = 0; m < TEST_MEASURES; m++)
      out |= (guint)(self->measures[m] == found.chosen.data[i]) << (m + 2);
  return out;
}

static void test_equals(void) {
  GRand *rand = g_rand_new_with_seed(11);
  guint differ = 0, budgets_differ = 0;
  for (guint round = 0; round < ROUNDS; round++) {
    TestRow rows[ROWS];
    Side first, second;
    for (guint i = 0; i < ROWS; i++)
      rows[i] = test_random_row(rand);
    side_begin(&first, rand, rows, false);
    side_begin(&second, rand, rows, true);
    g_assert_cmpuint(chosen_in(&first, true), ==, chosen_in(&second, true));
    g_assert_cmpuint(kept_in(&first, true), ==, kept_in(&second, true));
    differ += chosen_in(&first, false) != chosen_in(&second, false);
    budgets_differ += kept_in(&first, false) != kept_in(&second, false);
    side_end(&first);
    side_end(&second);
  }
  g_assert_cmpuint(differ, >, 0); /* as the graphs stand, one order chooses what the other does not */
  g_assert_cmpuint(budgets_differ, >, 0);
  g_rand_free(rand);
}

/* Where all labels are one, order cannot be had, but no way is lost: as few measures are chosen as without labels. */
static void test_collisions(void) {
  GRand *rand = g_rand_new_with_seed(12);
  for (guint round = 0; round < ROUNDS / 10; round++) {
    TestRow rows[ROWS];
    Side side;
    for (guint i = 0; i < ROWS; i++)
      rows[i] = test_random_row(rand);
    side_begin(&side, rand, rows, true);
    memset(side.labels->atoms, 0, TEST_ATOMS * sizeof *side.labels->atoms);
    memset(side.labels->measures, 0, TEST_MEASURES * sizeof *side.labels->measures);
    memset(side.labels->instances, 0, ((gsize)side.graph->edge_count + side.graph->way_count) * sizeof *side.labels->instances);
    g_assert_cmpint(__builtin_popcount(chosen_in(&side, true)), ==, __builtin_popcount(chosen_in(&side, false)));
    side_end(&side);
  }
  g_rand_free(rand);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/chain/order/equals", test_equals);
  g_test_add_func("/chain/order/collisions", test_collisions);
  return g_test_run();
}
