/* Random models with circles and with ways that need much, larger than those of test-graph.h. */
#pragma once

#include "chain/graph/test-graph.h"

enum {
  TEST_MODEL_ATOMS = 40,
  TEST_MODEL_BEGINNINGS = 3,
  TEST_MODEL_MEASURES = 12,
  TEST_MODEL_ROWS = 110
};

typedef struct {
  TestRow rows[TEST_MODEL_ROWS];
  guint count, atoms;
} TestModel;

/* Few premises make long circles, many make ways that need much. */
static inline void test_model_random(GRand *rand, TestModel *model) {
  guint most = g_rand_boolean(rand) ? 2 : 4;
  model->atoms = (guint)g_rand_int_range(rand, TEST_MODEL_BEGINNINGS + 1, TEST_MODEL_ATOMS + 1);
  model->count = (guint)g_rand_int_range(rand, 1, MIN(TEST_MODEL_ROWS, (gint)model->atoms * 3) + 1);
  for (guint r = 0; r < model->count; r++) {
    TestRow row = {.head = (guint32)g_rand_int_range(rand, 0, (gint)model->atoms)};
    for (guint i = (guint)g_rand_int_range(rand, 0, 12) == 0
                       ? 0
                       : (guint)g_rand_int_range(rand, 1, (gint)most);
         i > 0; i--) {
      guint32 premise = (guint32)g_rand_int_range(rand, 0, (gint)model->atoms);
      if (premise != row.head)
        test_add_once(row.way.premises, &row.way.premise_count, premise);
    }
    for (gint i = g_rand_int_range(rand, -2, 3); i > 0 || row.way.premise_count == 0; i--) {
      test_add_once(row.way.measures, &row.way.measure_count,
                    (guint32)g_rand_int_range(rand, 0, TEST_MODEL_MEASURES));
      if (i <= 1)
        break;
    }
    model->rows[r] = row;
  }
}

static inline bool test_row_is_edge(const TestRow *row) {
  return row->way.premise_count == 1 && row->way.measure_count == 0;
}

static inline AkChainGraph *test_model_graph(const TestModel *model) {
  g_auto(AkChainBuilder) builder = {0};
  for (guint32 premise = 0; premise < model->atoms; premise++) {
    g_assert_true(ak_chain_builder_next_premise(&builder));
    for (guint i = 0; i < model->count; i++)
      if (test_row_is_edge(&model->rows[i]) && model->rows[i].way.premises[0] == premise)
        g_assert_true(ak_chain_builder_add_edge(&builder, model->rows[i].head, model->rows[i].rule));
  }
  for (guint i = 0; i < model->count; i++)
    if (!test_row_is_edge(&model->rows[i]))
      g_assert_true(
          ak_chain_builder_add_way(&builder, model->rows[i].head, model->rows[i].rule, &model->rows[i].way));
  return ak_chain_builder_end(&builder, TEST_MODEL_BEGINNINGS, TEST_MODEL_MEASURES);
}
