/* What rises, and the efforts of many choices at once, against computing each from nothing. */
#include "chain/graph/efforts.h"
#include "chain/graph/raise.h"
#include "chain/graph/test-model.h"

enum { RULES = 5, CHOICES = 11 };

typedef struct {
  TestModel model;
  guint8 initial[TEST_MODEL_BEGINNINGS], measures[TEST_MODEL_MEASURES];
} Case;

/* Efforts of 0 among the others make circles that cost nothing. */
static AkChainGraph *random_case(GRand *rand, Case *out) {
  test_model_random(rand, &out->model);
  for (guint r = 0; r < out->model.count; r++)
    out->model.rows[r].rule =
        (guint32)g_rand_int_range(rand, 0, RULES) | (g_rand_int_range(rand, 0, 4) == 0 ? AK_CHAIN_RULE_HELPER : 0);
  for (guint i = 0; i < TEST_MODEL_BEGINNINGS; i++)
    out->initial[i] = (guint8)g_rand_boolean(rand);
  for (guint i = 0; i < TEST_MODEL_MEASURES; i++)
    out->measures[i] = (guint8)(g_rand_int_range(rand, 0, 5) == 0);
  return test_model_graph(&out->model);
}

/* --- what rises ------------------------------------------------------------------------------------------------- */

static void check_raised(const GArray *raised, const AkChainEffort *before, const AkChainEffort *after, guint atoms,
                         guint *rises, guint *losses) {
  g_autofree guint *told = g_new0(guint, atoms + 1);
  for (guint i = 0; i < raised->len; i++) {
    const AkChainRaised *one = &g_array_index(raised, AkChainRaised, i);
    g_assert_cmpuint(one->was, ==, ak_chain_effort_of(before, one->atom));
    g_assert_cmpuint(one->is, ==, ak_chain_effort_of(after, one->atom));
    g_assert_cmpuint(told[one->atom]++, ==, 0);
  }
  for (guint32 atom = 0; atom < atoms; atom++) {
    guint64 was = ak_chain_effort_of(before, atom), is = ak_chain_effort_of(after, atom);
    g_assert_cmpuint(told[atom], ==, was != is);
    *rises += was != is && is != AK_CHAIN_EFFORT_NONE;
    *losses += was != is && is == AK_CHAIN_EFFORT_NONE;
  }
}

static void test_raise(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(41);
  guint rises = 0, losses = 0;
  for (guint round = 0; round < 3000; round++) {
    Case now;
    guint32 efforts[RULES];
    g_autoptr(AkChainGraph) graph = random_case(rand, &now);
    for (guint i = 0; i < RULES; i++)
      efforts[i] = (guint32)g_rand_int_range(rand, 0, 4);
    AkChainEffortSpec spec = {.efforts = efforts, .initial = now.initial, .measures = now.measures};
    g_autoptr(AkChainRaise) raise = ak_chain_raise_new(graph, &spec);
    g_autoptr(AkChainEffort) before = ak_chain_effort_new(graph, &spec);
    for (guint call = 0; call < 6; call++) {
      guint32 added[TEST_MODEL_MEASURES];
      guint8 with[TEST_MODEL_MEASURES];
      guint count = 0;
      for (guint32 i = 0; i < TEST_MODEL_MEASURES; i++) {
        with[i] = now.measures[i] || g_rand_int_range(rand, 0, 4) == 0;
        if (with[i] && (!now.measures[i] || g_rand_boolean(rand)))
          added[count++] = i;
      }
      AkChainEffortSpec other = spec;
      other.measures = with;
      g_autoptr(AkChainEffort) after = ak_chain_effort_new(graph, &other);
      check_raised(ak_chain_raise_with(raise, added, count), before, after, now.model.atoms, &rises, &losses);
    }
  }
  g_assert_cmpuint(rises, >, 3000); /* the models say something */
  g_assert_cmpuint(losses, >, 3000);
}

/* 0 →(1) 2 ↔(0) 3, 1 →(5) 3, where a measure closes the first: the circle does not hold up itself, and both cost 5. */
static void test_circle(void) {
  static const TestRow rows[] = {{2, 0, {{0}, {0}, 1, 1}}, {3, 1, {{2}, {0}, 1, 0}}, {2, 1, {{3}, {0}, 1, 0}},
                                 {3, 2, {{1}, {0}, 1, 0}}};
  static const guint32 efforts[] = {1, 0, 5}, measures[] = {0};
  g_autoptr(AkChainGraph) graph = test_graph_of(rows, G_N_ELEMENTS(rows));
  AkChainEffortSpec spec = {.efforts = efforts};
  g_autoptr(AkChainRaise) raise = ak_chain_raise_new(graph, &spec);
  for (guint call = 0; call < 2; call++) { /* nothing stays of the first */
    const GArray *raised = ak_chain_raise_with(raise, measures, 1);
    g_assert_cmpuint(raised->len, ==, 2);
    for (guint i = 0; i < raised->len; i++) {
      g_assert_cmpuint(g_array_index(raised, AkChainRaised, i).was, ==, 1);
      g_assert_cmpuint(g_array_index(raised, AkChainRaised, i).is, ==, 5);
    }
  }
  g_assert_cmpuint(ak_chain_raise_work(raise), >, 0);
}

/* --- many choices ----------------------------------------------------------------------------------------------- */

static void check_choices(const AkChainGraph *graph, const AkChainEffortsSpec *spec) {
  g_autofree guint64 *all = ak_chain_efforts_run(graph, spec);
  for (guint choice = 0; choice < spec->choice_count; choice++) {
    AkChainEffortSpec one = {.efforts = spec->efforts + choice * spec->rule_count,
                             .initial = spec->initial,
                             .measures = spec->measures};
    g_autoptr(AkChainEffort) effort = ak_chain_effort_new(graph, &one);
    for (guint i = 0; i < spec->goal_count; i++)
      g_assert_cmpuint(all[choice * spec->goal_count + i], ==, ak_chain_effort_of(effort, spec->goals[i]));
  }
}

/* Also where circles may be gone round once alone, so that nearly all is computed choice by choice. */
static void test_choices(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(43);
  for (guint round = 0; round < 1500; round++) {
    Case now;
    guint32 efforts[CHOICES * RULES], goals[TEST_MODEL_ATOMS];
    guint goal_count = 0;
    g_autoptr(AkChainGraph) graph = random_case(rand, &now);
    for (guint i = 0; i < G_N_ELEMENTS(efforts); i++)
      efforts[i] = g_rand_int_range(rand, 0, 8) == 0 ? G_MAXUINT32 : (guint32)g_rand_int_range(rand, 0, 4);
    for (guint32 atom = 0; atom < now.model.atoms; atom++)
      if (g_rand_int_range(rand, 0, 3) == 0)
        goals[goal_count++] = atom;
    AkChainEffortsSpec spec = {efforts, CHOICES, RULES, now.initial, now.measures, goals, goal_count, round % 3};
    check_choices(graph, &spec);
  }
}

/* Each atom costs twice what the one before does, and one more: what is beyond all numbers stays reached. */
static void test_beyond(void) {
  enum { STEPS = 70 };
  g_auto(AkChainBuilder) builder = {0};
  guint32 goals[2 * STEPS + 1];
  for (guint32 atom = 0; atom <= 2 * STEPS; atom++) {
    g_assert_true(ak_chain_builder_next_premise(&builder));
    if (atom % 2 == 0 && atom < 2 * STEPS)
      g_assert_true(ak_chain_builder_add_edge(&builder, atom + 1, 0));
    goals[atom] = atom;
  }
  for (guint32 atom = 0; atom < 2 * STEPS; atom += 2) {
    AkChainWay way = {{atom, atom + 1}, {0}, 2, 0};
    g_assert_true(ak_chain_builder_add_way(&builder, atom + 2, 0, &way));
  }
  g_autoptr(AkChainGraph) graph = ak_chain_builder_end(&builder, 1, 0);
  static const guint32 efforts[] = {1, 4000000000u};
  AkChainEffortsSpec spec = {efforts, 2, 1, NULL, NULL, goals, G_N_ELEMENTS(goals), 0};
  check_choices(graph, &spec);
  g_autofree guint64 *all = ak_chain_efforts_run(graph, &spec);
  g_assert_cmpuint(all[2 * STEPS], ==, AK_CHAIN_EFFORT_NONE - 1);
  g_assert_cmpuint(all[4], ==, 6);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/raise/random", test_raise);
  g_test_add_func("/raise/circle", test_circle);
  g_test_add_func("/efforts/random", test_choices);
  g_test_add_func("/efforts/beyond", test_beyond);
  return g_test_run();
}
