/* Drawn worlds against the exact chance, which small graphs give by going through all worlds. */
#include <math.h>
#include <string.h>

#include "chain/graph/cone.h"
#include "chain/graph/enumerate.h"
#include "chain/graph/test-model.h"
#include "chain/graph/worlds.h"
#include "util/random.h"

#define WORLDS 40960

/* What is drawn: rules on heads, then measures. */
typedef struct {
  guint32 rules[16], heads[16];
  guint count;
} Steps;

static guint step_number(Steps *self, guint32 rule, guint32 head) {
  guint i = 0;
  while (i < self->count && (self->rules[i] != rule || self->heads[i] != head))
    i++;
  if (i == self->count) {
    self->rules[i] = rule;
    self->heads[i] = head;
    self->count++;
  }
  return i;
}

static void spread(const TestRow *rows, guint count, Steps *steps, guint world,
                   const guint8 *initial, bool *reached) {
  bool is_new = true;
  for (guint i = 0; i < TEST_ATOMS; i++)
    reached[i] = i < TEST_INITIAL && initial[i];
  while (is_new) {
    is_new = false;
    for (guint i = 0; i < count; i++) {
      bool in = world >> step_number(steps, rows[i].rule, rows[i].head) & 1;
      for (guint p = 0; p < rows[i].way.premise_count; p++)
        in = in && reached[rows[i].way.premises[p]];
      for (guint m = 0; m < rows[i].way.measure_count; m++)
        in = in && !(world >> (16 + rows[i].way.measures[m]) & 1);
      is_new = is_new || (in && !reached[rows[i].head]);
      reached[rows[i].head] = reached[rows[i].head] || in;
    }
  }
}

/* The sum over all worlds of their chances in which each atom is reached. */
static void enumerate(const TestRow *rows, guint count, const guint32 *chances,
                      const guint32 *effects, const guint8 *initial, double *exact) {
  Steps steps = {.count = 0};
  for (guint i = 0; i < count; i++)
    step_number(&steps, rows[i].rule, rows[i].head);
  for (guint i = 0; i < TEST_ATOMS; i++)
    exact[i] = 0;
  for (guint measures = 0; measures < 1u << TEST_MEASURES; measures++)
    for (guint world = 0; world < 1u << steps.count; world++) {
      double chance = 1;
      bool reached[TEST_ATOMS];
      for (guint i = 0; i < steps.count; i++)
        chance *=
            world >> i & 1 ? chances[steps.rules[i]] / 1e6 : 1 - chances[steps.rules[i]] / 1e6;
      for (guint i = 0; i < TEST_MEASURES; i++)
        chance *= measures >> i & 1 ? effects[i] / 1e6 : 1 - effects[i] / 1e6;
      if (chance <= 0)
        continue;
      spread(rows, count, &steps, world | measures << 16, initial, reached);
      for (guint i = 0; i < TEST_ATOMS; i++)
        exact[i] += reached[i] ? chance : 0;
    }
}

static const guint32 tenths[] = {0, 100000, 500000, 900000, AK_CHAIN_CERTAIN, 333333};

static guint32 random_chance(GRand *rand) {
  return tenths[g_rand_int_range(rand, 0, G_N_ELEMENTS(tenths))];
}

/* Five standard errors, and what rounding chances to 2^-20 may add: seldom wrong by chance, and the
 * seed is fixed. */
static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(99);
  guint uncertain = 0;
  for (guint round = 0; round < 150; round++) {
    TestRow rows[10];
    guint count = (guint)g_rand_int_range(rand, 2, G_N_ELEMENTS(rows) + 1);
    guint32 chances[TEST_RULES], effects[TEST_MEASURES], goals[TEST_ATOMS];
    guint8 initial[TEST_INITIAL] = {1, (guint8)g_rand_boolean(rand)};
    for (guint i = 0; i < count; i++)
      rows[i] = test_random_row(rand);
    for (guint i = 0; i < TEST_RULES; i++)
      chances[i] = random_chance(rand);
    for (guint i = 0; i < TEST_MEASURES; i++)
      effects[i] = random_chance(rand);
    for (guint i = 0; i < TEST_ATOMS; i++)
      goals[i] = i;
    double exact[TEST_ATOMS];
    enumerate(rows, count, chances, effects, initial, exact);
    g_autoptr(AkChainGraph) graph = test_graph_of(rows, count);
    AkChainWorldsSpec spec = {chances, effects, initial, round, WORLDS, goals, TEST_ATOMS};
    g_autoptr(AkChainWorlds) worlds = ak_chain_worlds_run(graph, &spec);
    g_autoptr(AkChainWorlds) again = ak_chain_worlds_run(graph, &spec);
    g_assert_cmpuint(worlds->worlds, ==, WORLDS);
    g_auto(AkChainEnumerated) enumerated = {0};
    ak_chain_enumerate(graph, &spec, &enumerated);
    g_assert_nonnull(enumerated.chances); /* 10 rows and 3 measures: at most 13 */
    for (guint i = 0; i < TEST_ATOMS; i++)
      g_assert_cmpfloat(fabs(enumerated.chances[i] - exact[i]), <, 1e-12);
    for (guint i = 0; i < TEST_ATOMS; i++) {
      double drawn = (double)worlds->reached[i] / WORLDS;
      double bound = 5 * sqrt(exact[i] * (1 - exact[i]) / WORLDS) + 2e-5;
      if (fabs(drawn - exact[i]) > bound)
        g_error("round %u, atom %u: drawn %.5f, exact %.5f", round, i, drawn, exact[i]);
      g_assert_cmpuint(worlds->reached[i], ==, again->reached[i]);
      uncertain += exact[i] > 0.01 && exact[i] < 0.99;
    }
  }
  g_assert_cmpuint(uncertain, >, 100); /* the models say something */
}

/* Two ways in a row of 1/2, with a third of 1/4 beside them: 1 - (1 - 1/4)(1 - 1/4) = 7/16. */
static void test_by_hand(void) {
  static const TestRow rows[] = {
      {2, 0, {{0}, {0}, 1, 0}}, {3, 0, {{2}, {0}, 1, 0}}, {3, 1, {{0}, {0}, 1, 0}}};
  static const guint32 chances[TEST_RULES] = {500000, 250000, 0, 0}, goals[] = {3};
  g_autoptr(AkChainGraph) graph = test_graph_of(rows, G_N_ELEMENTS(rows));
  AkChainWorldsSpec spec = {chances, NULL, NULL, 1, 1 << 20, goals, 1};
  g_autoptr(AkChainWorlds) worlds = ak_chain_worlds_run(graph, &spec);
  g_assert_cmpuint(worlds->step_worlds, >=, (guint64)worlds->worlds * 2);
  double drawn = (double)worlds->reached[0] / worlds->worlds;
  g_assert_cmpfloat(fabs(drawn - 7.0 / 16), <, 0.0025); /* five standard errors */
}

/* A row of 21 steps of 1/2 is too many, one of 20 is not: 2^-20. What no goal needs does not count. */
static void test_exact(void) {
  enum { STEPS = 21 };
  g_auto(AkChainBuilder) builder = {0};
  for (guint32 atom = 0; atom <= STEPS; atom++) {
    g_assert_true(ak_chain_builder_next_premise(&builder));
    if (atom < STEPS)
      g_assert_true(ak_chain_builder_add_edge(&builder, atom + 1, 0));
  }
  g_autoptr(AkChainGraph) graph = ak_chain_builder_end(&builder, 1, 0);
  static const guint32 chances[] = {500000}, last[] = {STEPS}, before[] = {STEPS - 1, 3};
  AkChainWorldsSpec spec = {chances, NULL, NULL, 1, 0, last, 1};
  g_auto(AkChainEnumerated) many = {0}, few = {0};
  ak_chain_enumerate(graph, &spec, &many);
  g_assert_null(many.chances);
  g_assert_cmpuint(many.uncertain, ==, AK_CHAIN_ENUMERATE_MAX + 1);
  spec.goals = before;
  spec.goal_count = 2;
  ak_chain_enumerate(graph, &spec, &few);
  g_assert_cmpuint(few.uncertain, ==, 20);
  g_assert_cmpfloat(few.chances[0], ==, 1.0 / (1 << 20));
  g_assert_cmpfloat(few.chances[1], ==, 1.0 / 8);
}

/* Twenty steps of 1/2 in a row, and behind them as many certain ones as `tail` says. */
static AkChainGraph *long_graph(guint32 tail) {
  g_auto(AkChainBuilder) builder = {0};
  for (guint32 atom = 0; atom <= AK_CHAIN_ENUMERATE_MAX + tail; atom++) {
    g_assert_true(ak_chain_builder_next_premise(&builder));
    if (atom < AK_CHAIN_ENUMERATE_MAX + tail)
      g_assert_true(ak_chain_builder_add_edge(&builder, atom + 1, atom < AK_CHAIN_ENUMERATE_MAX ? 0 : 1));
  }
  return ak_chain_builder_end(&builder, 1, 0);
}

/* Whether the goal at its end is gone through as often as `runs` says; the chance is right as long as it is. */
static guint affordable_runs(guint32 tail, guint runs) {
  static const guint32 chances[] = {500000, AK_CHAIN_CERTAIN};
  const guint32 last = AK_CHAIN_ENUMERATE_MAX + tail;
  g_autoptr(AkChainGraph) graph = long_graph(tail);
  AkChainWorldsSpec spec = {chances, NULL, NULL, 1, 0, &last, 1};
  g_autoptr(AkChainEnumerator) enumerator = ak_chain_enumerator_new(graph, &spec);
  guint done = 0;
  for (guint run = 0; run < runs; run++) {
    g_auto(AkChainEnumerated) out = {0};
    ak_chain_enumerator_run(enumerator, &last, 1, &out);
    g_assert_cmpuint(out.uncertain, ==, AK_CHAIN_ENUMERATE_MAX);
    if (out.chances != NULL)
      g_assert_cmpfloat(out.chances[0], ==, 1.0 / (1 << 20));
    done += out.chances != NULL;
  }
  return done;
}

/* A million worlds are 2^14 blocks. In half of them the first step is taken, and a second sweep finds that nothing is
 * new: 1.5 times 2^14 times 1,020 ways go twice into 2^26, not three times. */
static void test_work(void) {
  g_assert_cmpuint(affordable_runs(100, 5), ==, 5);
  g_assert_cmpuint(affordable_runs(1000, 5), ==, 2);
  g_assert_cmpuint(affordable_runs(3000, 2), ==, 0);
}

/* --- the same worlds, one after the other ----------------------------------------------------------------------- */

enum { LANES = 8, FEW_WORLDS = 1024, FEW_RULES = 3 };

/* Certain, and so often that a step works in all worlds of most batches, or in none. */
static const guint32 step_chances[] = {600000, 100000, AK_CHAIN_CERTAIN, 999999, 1};

/* What docs/chain.md says of a draw, 64 worlds at a time. */
static guint64 drawn(guint64 seed, guint64 batch, guint lane, guint64 name, guint32 chance) {
  guint32 digits = (guint32)(((guint64)chance << 20) / AK_CHAIN_CERTAIN);
  guint64 counter = ak_random_mix(seed ^ ak_random_mix(name ^ ak_random_mix(batch))) + lane * 0x632be59bd9b4e019u;
  guint64 equal = G_MAXUINT64, less = 0;
  if (chance >= AK_CHAIN_CERTAIN)
    return G_MAXUINT64;
  for (guint digit = 20; digit-- > 0;) {
    counter += AK_RANDOM_STEP;
    guint64 random = ak_random_mix(counter);
    less |= digits >> digit & 1 ? equal & ~random : 0;
    equal &= digits >> digit & 1 ? random : ~random;
  }
  return less;
}

static void spread_few(const TestModel *model, const AkChainWorldsSpec *spec, guint64 batch, guint lane, guint64 *reached) {
  bool is_new = true;
  for (guint i = 0; i < model->atoms; i++)
    reached[i] = i < TEST_MODEL_BEGINNINGS && spec->initial[i] ? G_MAXUINT64 : 0;
  while (is_new) {
    is_new = false;
    for (guint r = 0; r < model->count; r++) {
      const TestRow *row = &model->rows[r];
      guint64 in = drawn(spec->seed, batch, lane, (guint64)row->rule << 32 ^ row->head, spec->chances[row->rule]);
      for (guint i = 0; i < row->way.premise_count; i++)
        in &= reached[row->way.premises[i]];
      for (guint i = 0; i < row->way.measure_count; i++)
        in &= ~drawn(spec->seed, batch, lane, (guint64)1 << 63 | row->way.measures[i], spec->effects[row->way.measures[i]]);
      is_new = is_new || (in & ~reached[row->head]) != 0;
      reached[row->head] |= in;
    }
  }
}

static void count_few(const TestModel *model, const AkChainWorldsSpec *spec, guint32 *counts) {
  guint64 reached[TEST_MODEL_ATOMS];
  for (guint64 batch = 0; batch < FEW_WORLDS / AK_CHAIN_WORLDS_AT_ONCE; batch++)
    for (guint lane = 0; lane < LANES; lane++) {
      spread_few(model, spec, batch, lane, reached);
      for (guint i = 0; i < model->atoms; i++)
        counts[i] += (guint32)__builtin_popcountll(reached[i]);
    }
}

/* A variant counts what the same worlds count with its measures among the others, drawn one by one; `lost`: goals that it keeps
 * out of reach in some world. */
static void check_variants(GRand *rand, const TestModel *model, guint64 seed, guint *lost) {
  enum { VARIANTS = 4 };
  g_autoptr(AkChainGraph) graph = test_model_graph(model);
  guint32 chances[FEW_RULES], effects[TEST_MODEL_MEASURES], goals[TEST_MODEL_ATOMS];
  guint32 numbers[VARIANTS][TEST_MODEL_MEASURES], works[VARIANTS][TEST_MODEL_MEASURES], reached[VARIANTS][TEST_MODEL_ATOMS];
  guint8 initial[TEST_MODEL_BEGINNINGS];
  AkChainWorldsVariant variants[VARIANTS];
  for (guint i = 0; i < FEW_RULES; i++)
    chances[i] = step_chances[g_rand_int_range(rand, 0, G_N_ELEMENTS(step_chances))];
  for (guint i = 0; i < TEST_MODEL_BEGINNINGS; i++)
    initial[i] = (guint8)g_rand_boolean(rand);
  for (guint i = 0; i < TEST_MODEL_MEASURES; i++)
    effects[i] = g_rand_boolean(rand) ? 0 : random_chance(rand);
  for (guint i = 0; i < model->atoms; i++)
    goals[i] = i;
  AkChainWorldsSpec spec = {chances, effects, initial, seed, FEW_WORLDS, goals, model->atoms};
  for (guint v = 0; v < VARIANTS; v++) {
    variants[v] = (AkChainWorldsVariant){numbers[v], works[v], 0, goals, model->atoms, reached[v]};
    for (guint i = 0; i < TEST_MODEL_MEASURES; i++)
      if (effects[i] == 0 && g_rand_int_range(rand, 0, 4) == 0) {
        numbers[v][variants[v].measure_count] = i;
        works[v][variants[v].measure_count++] = random_chance(rand);
      }
  }
  g_autoptr(AkChainWorlds) all = ak_chain_worlds_run_variants(graph, &spec, variants, VARIANTS);
  g_autoptr(AkChainWorlds) alone = ak_chain_worlds_run(graph, &spec);
  guint32 before[TEST_MODEL_ATOMS] = {0};
  count_few(model, &spec, before);
  for (guint i = 0; i < model->atoms; i++)
    g_assert_cmpuint(all->reached[i], ==, before[i]);
  for (guint i = 0; i < model->atoms; i++)
    g_assert_cmpuint(alone->reached[i], ==, before[i]);
  for (guint v = 0; v < VARIANTS; v++) {
    guint32 with[TEST_MODEL_MEASURES], wanted[TEST_MODEL_ATOMS] = {0};
    AkChainWorldsSpec other = spec;
    memcpy(with, effects, sizeof with);
    for (guint i = 0; i < variants[v].measure_count; i++)
      with[numbers[v][i]] = works[v][i];
    other.effects = with;
    count_few(model, &other, wanted);
    for (guint i = 0; i < model->atoms; i++) {
      g_assert_cmpuint(reached[v][i], ==, wanted[i]);
      *lost += wanted[i] < before[i];
    }
  }
}

/* Three atoms that follow by one rule from the same four or fewer, which follow from them in turn: they are joined. */
static void add_alike(GRand *rand, TestModel *model) {
  enum { HEADS = 3, PREMISES = 4 };
  for (guint p = 0; p < PREMISES && model->atoms > 10; p++) {
    guint32 premise = (guint32)g_rand_int_range(rand, HEADS + TEST_MODEL_BEGINNINGS, (gint)model->atoms);
    for (guint32 h = 0; h < HEADS && model->count + 2 <= TEST_MODEL_ROWS; h++) {
      TestRow to = {.head = TEST_MODEL_BEGINNINGS + h, .rule = FEW_RULES - 1}, back = {.head = premise};
      test_add_once(to.way.premises, &to.way.premise_count, premise);
      test_add_once(back.way.premises, &back.way.premise_count, to.head);
      model->rows[model->count++] = to;
      model->rows[model->count++] = back;
    }
  }
}

static bool has_joins(const TestModel *model) {
  g_autoptr(AkChainGraph) graph = test_model_graph(model);
  guint32 goals[TEST_MODEL_ATOMS];
  bool out = false;
  for (guint i = 0; i < model->atoms; i++)
    goals[i] = i;
  AkChainConeSpec spec = {.goals = goals, .goal_count = model->atoms, .is_joined = true};
  g_autoptr(AkChainCone) cone = ak_chain_cone_new(graph, &spec);
  for (guint32 place = 0; place < cone->count; place++) {
    guint32 atom = cone->atoms[place];
    out = out || atom == AK_CHAIN_GRAPH_NONE;
    g_assert_true(atom == AK_CHAIN_GRAPH_NONE || cone->places[atom] == place);
    g_assert_true(cone->circle_starts[place] <= place && place < cone->circle_ends[place]);
    g_assert_cmpuint(cone->circle_starts[cone->circle_starts[place]], ==, cone->circle_starts[place]);
    g_assert_cmpuint(cone->circle_ends[cone->circle_ends[place] - 1], ==, cone->circle_ends[place]);
  }
  return out;
}

static void test_variants(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(2027);
  guint lost = 0, joined = 0;
  for (guint round = 0; round < 300; round++) {
    TestModel model;
    test_model_random(rand, &model);
    for (guint r = 0; round % 2 == 1 && r < model.count; r++) /* else each atom follows by one rule alone */
      model.rows[r].rule = (guint32)g_rand_int_range(rand, 0, FEW_RULES);
    if (round % 3 == 0)
      add_alike(rand, &model);
    joined += has_joins(&model);
    check_variants(rand, &model, round, &lost);
  }
  g_test_message("%u models with joins", joined);
  g_assert_cmpuint(joined, >, 30);
  g_assert_cmpuint(lost, >, 300); /* the variants say something */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/worlds/random", test_random);
  g_test_add_func("/worlds/by-hand", test_by_hand);
  g_test_add_func("/worlds/exact", test_exact);
  g_test_add_func("/worlds/work", test_work);
  g_test_add_func("/worlds/variants", test_variants);
  return g_test_run();
}
