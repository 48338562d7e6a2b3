/* Answers, assignments and cores against all assignments of small random clauses, which grow
 * between the questions. */
#include "chain/graph/sat.h"

enum { VARIABLES = 10, CLAUSES = 120, LENGTH = 3 };

typedef struct {
  guint32 literals[CLAUSES][LENGTH];
  guint lengths[CLAUSES], count, variables;
} Clauses;

static bool holds(guint world, guint32 literal) {
  return (world >> (literal >> 1) & 1) != (literal & 1);
}

static bool satisfies(const Clauses *clauses, guint world) {
  for (guint c = 0; c < clauses->count; c++) {
    bool any = false;
    for (guint i = 0; i < clauses->lengths[c]; i++)
      any = any || holds(world, clauses->literals[c][i]);
    if (!any)
      return false;
  }
  return true;
}

/* Does any assignment satisfy the clauses and all of `assumed`? */
static bool is_possible(const Clauses *clauses, const guint32 *assumed, guint count) {
  for (guint world = 0; world < 1u << clauses->variables; world++) {
    bool fits = true;
    for (guint i = 0; fits && i < count; i++)
      fits = holds(world, assumed[i]);
    if (fits && satisfies(clauses, world))
      return true;
  }
  return false;
}

static void add_random(GRand *rand, AkSat *sat, Clauses *clauses, guint count) {
  for (; count > 0 && clauses->count < CLAUSES; count--) {
    guint length = g_rand_int_range(rand, 0, 12) == 0 ? 1 : (guint)g_rand_int_range(rand, 2, 4);
    for (guint i = 0; i < length; i++)
      clauses->literals[clauses->count][i] =
          (guint32)g_rand_int_range(rand, 0, (gint32)clauses->variables * 2);
    ak_sat_add_clause(sat, clauses->literals[clauses->count], length);
    clauses->lengths[clauses->count++] = length;
  }
}

static void check_yes(const AkSat *sat, const Clauses *clauses, const guint32 *assumed,
                      guint count) {
  guint world = 0;
  for (guint i = 0; i < clauses->variables; i++)
    world |= (guint)ak_sat_value(sat, i) << i;
  g_assert_true(satisfies(clauses, world));
  for (guint i = 0; i < count; i++)
    g_assert_true(holds(world, assumed[i]));
}

static void check_core(const AkSat *sat, const Clauses *clauses, const guint32 *assumed,
                       guint count) {
  const AkChainVector *core = ak_sat_core(sat);
  for (guint32 i = 0; i < core->count; i++) {
    guint at = 0;
    while (at < count && assumed[at] != core->data[i])
      at++;
    g_assert_cmpuint(at, <, count);
  }
  g_assert_false(is_possible(clauses, core->data, core->count));
}

static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(3);
  guint yes = 0, no = 0;
  for (guint round = 0; round < 3000; round++) {
    g_autoptr(AkSat) sat = ak_sat_new();
    Clauses clauses = {.variables = (guint)g_rand_int_range(rand, 3, VARIABLES + 1)};
    for (guint i = 0; i < clauses.variables; i++)
      g_assert_cmpuint(ak_sat_add_variable(sat), ==, i);
    for (guint question = 0; question < 4; question++) {
      guint32 assumed[VARIABLES];
      guint count = 0;
      add_random(rand, sat, &clauses,
                 (guint)g_rand_int_range(rand, 1, (gint32)clauses.variables * 2));
      for (guint i = 0; i < clauses.variables; i++)
        if (g_rand_boolean(rand))
          assumed[count++] = 2 * i + (guint32)g_rand_boolean(rand);
      bool possible = is_possible(&clauses, assumed, count);
      /* what follows without deciding is never wrong, but may be too little */
      AkSatAnswer quick = ak_sat_solve(sat, assumed, count, 0);
      g_assert_true(quick == AK_SAT_YES || !possible);
      AkSatAnswer answer = ak_sat_solve(sat, assumed, count, 100000);
      g_assert_cmpint(answer, ==, possible ? AK_SAT_YES : AK_SAT_NO);
      if (possible)
        check_yes(sat, &clauses, assumed, count);
      else
        check_core(sat, &clauses, assumed, count);
      yes += possible;
      no += !possible;
    }
  }
  g_assert_cmpuint(yes, >, 2000);
  g_assert_cmpuint(no, >, 2000);
}

/* Pigeons: one more than there are holes, at most one in each. Nothing short proves that it does
 * not work: many conflicts and restarts. */
static void test_pigeons(void) {
  enum { HOLES = 6 };
  g_autoptr(AkSat) sat = ak_sat_new();
  guint32 in[HOLES + 1][HOLES];
  for (guint p = 0; p <= HOLES; p++) {
    guint32 somewhere[HOLES];
    for (guint h = 0; h < HOLES; h++)
      somewhere[h] = 2 * (in[p][h] = ak_sat_add_variable(sat));
    ak_sat_add_clause(sat, somewhere, HOLES);
    for (guint other = 0; other < p; other++)
      for (guint h = 0; h < HOLES; h++)
        ak_sat_add_clause(sat, (guint32[]){2 * in[p][h] + 1, 2 * in[other][h] + 1}, 2);
  }
  g_assert_cmpint(ak_sat_solve(sat, NULL, 0, 5), ==, AK_SAT_BROKEN_OFF);
  g_assert_cmpint(ak_sat_solve(sat, NULL, 0, 10000000), ==, AK_SAT_NO);
  g_assert_cmpuint(ak_sat_core(sat)->count, ==, 0);
  g_assert_cmpuint(ak_sat_conflicts(sat), >, 100);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/sat/random", test_random);
  g_test_add_func("/sat/pigeons", test_pigeons);
  return g_test_run();
}
