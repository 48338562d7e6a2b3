/* Small graphs for tests: rows, as grounding would make them, and random ones. */
#pragma once

#include "chain/graph/builder.h"

enum { TEST_ATOMS = 8, TEST_INITIAL = 2, TEST_MEASURES = 3, TEST_RULES = 4 };

typedef struct {
  guint32 head, rule;
  AkChainWay way;
} TestRow;

/* Ways with one premise and no measure are edges, as in grounding. */
static inline AkChainGraph *test_graph_of(const TestRow *rows, guint count) {
  g_auto(AkChainBuilder) builder = {0};
  for (guint32 premise = 0; premise < TEST_ATOMS; premise++) {
    g_assert_true(ak_chain_builder_next_premise(&builder));
    for (guint i = 0; i < count; i++)
      if (rows[i].way.premise_count == 1 && rows[i].way.measure_count == 0 &&
          rows[i].way.premises[0] == premise)
        g_assert_true(ak_chain_builder_add_edge(&builder, rows[i].head, rows[i].rule));
  }
  for (guint i = 0; i < count; i++)
    if (rows[i].way.premise_count != 1 || rows[i].way.measure_count > 0)
      g_assert_true(ak_chain_builder_add_way(&builder, rows[i].head, rows[i].rule, &rows[i].way));
  return ak_chain_builder_end(&builder, TEST_INITIAL, TEST_MEASURES);
}

static inline void test_add_once(guint32 *list, guint *count, guint32 value) {
  for (guint i = 0; i < *count; i++)
    if (list[i] == value)
      return;
  list[(*count)++] = value;
}

static inline TestRow test_random_row(GRand *rand) {
  TestRow row = {.head = (guint32)g_rand_int_range(rand, TEST_INITIAL, TEST_ATOMS),
                 .rule = (guint32)g_rand_int_range(rand, 0, TEST_RULES)};
  for (gint i = g_rand_int_range(rand, 0, 4); i > 0; i--) {
    guint32 premise = (guint32)g_rand_int_range(rand, 0, TEST_ATOMS);
    if (premise != row.head)
      test_add_once(row.way.premises, &row.way.premise_count, premise);
  }
  if (g_rand_boolean(rand))
    test_add_once(row.way.measures, &row.way.measure_count,
                  (guint32)g_rand_int_range(rand, 0, TEST_MEASURES));
  return row;
}
