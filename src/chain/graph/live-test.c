/* What is kept up to date against what is computed anew, after each of many changes of thousands of
 * random graphs; half of them have large circles. */
#include <string.h>

#include "chain/graph/component.h"
#include "chain/graph/live.h"
#include "chain/graph/reach.h"
#include "chain/graph/test-model.h"

enum { CHANGES = 40 };

static void check_changes(const AkChainLive *live, const guint8 *before, guint atoms) {
  const AkChainVector *changes = ak_chain_live_changes(live);
  guint8 changed[TEST_MODEL_ATOMS] = {0};
  for (guint32 i = 0; i < changes->count; i++)
    g_assert_cmpuint(changed[changes->data[i]]++, ==, 0); /* once each */
  for (guint i = 0; i < atoms; i++)
    g_assert_true(changed[i] == (before[i] != ak_chain_live_atoms(live)[i]));
}

static guint change_and_check(GRand *rand, const AkChainGraph *graph, AkChainLive *live,
                              AkChainReach *reach) {
  guint8 before[TEST_MODEL_ATOMS], initial[TEST_MODEL_BEGINNINGS], measures[TEST_MODEL_MEASURES];
  memcpy(before, ak_chain_live_atoms(live), graph->atom_count);
  if (g_rand_int_range(rand, 0, 5) == 0) {
    guint32 i = (guint32)g_rand_int_range(rand, 0, TEST_MODEL_BEGINNINGS);
    ak_chain_live_set_initial(live, i, g_rand_boolean(rand));
  } else {
    guint32 i = (guint32)g_rand_int_range(rand, 0, TEST_MODEL_MEASURES);
    ak_chain_live_set_measure(live, i, !ak_chain_live_measure(live, i));
  }
  for (guint32 i = 0; i < TEST_MODEL_BEGINNINGS; i++)
    initial[i] = ak_chain_live_initial(live, i);
  for (guint32 i = 0; i < TEST_MODEL_MEASURES; i++)
    measures[i] = ak_chain_live_measure(live, i);
  guint32 count = ak_chain_reach_run(reach, initial, measures);
  g_assert_cmpuint(ak_chain_live_count(live), ==, count);
  g_assert_cmpmem(ak_chain_live_atoms(live), graph->atom_count, ak_chain_reach_atoms(reach),
                  graph->atom_count);
  check_changes(live, before, graph->atom_count);
  return ak_chain_live_changes(live)->count > 0;
}

static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(31);
  guint changing = 0;
  for (guint round = 0; round < 4000; round++) {
    TestModel model;
    guint8 initial[TEST_MODEL_BEGINNINGS], measures[TEST_MODEL_MEASURES];
    test_model_random(rand, &model);
    for (guint i = 0; i < TEST_MODEL_BEGINNINGS; i++)
      initial[i] = g_rand_int_range(rand, 0, 3) > 0;
    for (guint i = 0; i < TEST_MODEL_MEASURES; i++)
      measures[i] = g_rand_boolean(rand);
    g_autoptr(AkChainGraph) graph = test_model_graph(&model);
    g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
    g_autoptr(AkChainLive) live = ak_chain_live_new(graph, initial, measures);
    g_assert_cmpuint(ak_chain_live_count(live), ==, ak_chain_reach_run(reach, initial, measures));
    for (guint i = 0; i < CHANGES; i++)
      changing += change_and_check(rand, graph, live, reach);
  }
  g_assert_cmpuint(changing, >, 20000); /* the changes say something */
}

/* Two that lead to one another, and one way in: counters alone would hold them up in a circle. */
static void test_circle(void) {
  static const TestRow rows[] = {{2, 0, {{0}, {0}, 1, 1}},
                                 {3, 0, {{2}, {0}, 1, 0}},
                                 {2, 0, {{3}, {0}, 1, 0}},
                                 {3, 0, {{1}, {1}, 1, 1}}};
  static const guint8 initial[] = {1, 1}, measures[] = {0, 1, 0};
  g_autoptr(AkChainGraph) graph = test_graph_of(rows, G_N_ELEMENTS(rows));
  g_autoptr(AkChainLive) live = ak_chain_live_new(graph, initial, measures);
  g_assert_cmpuint(ak_chain_live_count(live), ==, 4);
  ak_chain_live_set_measure(live, 0, true);
  g_assert_cmpuint(ak_chain_live_count(live), ==, 2);
  g_assert_cmpuint(ak_chain_live_changes(live)->count, ==, 2);
  ak_chain_live_set_measure(live, 1, false); /* the other way in: 3, and 2 by it */
  g_assert_cmpuint(ak_chain_live_count(live), ==, 4);
  ak_chain_live_set_measure(live, 0, false);
  ak_chain_live_set_measure(live, 1, true); /* now the first carries both */
  g_assert_cmpuint(ak_chain_live_count(live), ==, 4);
  g_assert_cmpuint(ak_chain_live_changes(live)->count, ==, 0);
}

/* --- components ---------------------------------------------------------------------------------
 */

static void close_over(const TestModel *model, bool leads[TEST_MODEL_ATOMS][TEST_MODEL_ATOMS]) {
  for (guint r = 0; r < model->count; r++)
    for (guint p = 0; p < model->rows[r].way.premise_count; p++)
      leads[model->rows[r].way.premises[p]][model->rows[r].head] = true;
  for (guint k = 0; k < model->atoms; k++)
    for (guint a = 0; a < model->atoms; a++)
      for (guint b = 0; b < model->atoms; b++)
        leads[a][b] = leads[a][b] || (leads[a][k] && leads[k][b]);
}

static void test_components(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(32);
  guint together = 0, apart = 0;
  for (guint round = 0; round < 500; round++) {
    TestModel model;
    bool leads[TEST_MODEL_ATOMS][TEST_MODEL_ATOMS] = {{false}};
    test_model_random(rand, &model);
    model.count = MAX(1, model.count / (1 + round % 4));
    close_over(&model, leads);
    g_autoptr(AkChainGraph) graph = test_model_graph(&model);
    guint32 count = 0;
    g_autofree guint32 *component = ak_chain_components(graph, &count);
    for (guint a = 0; a < model.atoms; a++)
      for (guint b = 0; b < model.atoms; b++) {
        bool is_one = a == b || (leads[a][b] && leads[b][a]);
        g_assert_true((component[a] == component[b]) == is_one);
        g_assert_true(!leads[a][b] || component[a] <= component[b]);
        g_assert_cmpuint(component[a], <, count);
        together += is_one && a != b;
        apart += !is_one;
      }
  }
  g_assert_cmpuint(together, >, 10000);
  g_assert_cmpuint(apart, >, 10000);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/live/random", test_random);
  g_test_add_func("/live/circle", test_circle);
  g_test_add_func("/live/components", test_components);
  return g_test_run();
}
