/* Grounding and reach against a naive reading of the rules: all values are tried for all variables
 * until nothing new follows. Thousands of small random models, with and without measures. */
#include <string.h>

#include "chain/graph/reach.h"
#include "chain/rule/ground.h"
#include "chain/rule/simplify.h"
#include "chain/rule/single.h"

#define VALUES 3 /* of the one type that all columns could have */
#define PREDICATES 9
#define MODELS 5000
#define CELLS 27 /* VALUES to the power of the largest arity */

/* name, arity: what random rules are made of; d* are derived, f* facts, i initial, m measures */
static const struct {
  const char *name;
  guint arity;
} made_of[PREDICATES] = {{"d0", 1}, {"d1", 2}, {"d2", 3}, {"d3", 0}, {"f0", 1},
                         {"f1", 2}, {"f2", 3}, {"i", 1},  {"m", 2}};
enum { DERIVED = 4, FIRST_FACT = 4, INITIAL = 7, MEASURE = 8 };

typedef struct {
  bool rows[PREDICATES][CELLS]; /* of facts, and of what can be switched on */
  bool on[PREDICATES][CELLS];   /* what is switched on; what is derived */
} World;

/* --- random models -------------------------------------------------------------------------------
 */

static void add_atom(GString *text, GRand *rand, guint which, const char *letters,
                     guint letter_count, bool any) {
  g_string_append(text, made_of[which].name);
  for (guint i = 0; i < made_of[which].arity; i++) {
    g_string_append(text, i == 0 ? "(" : ", ");
    guint kind = (guint)g_rand_int_range(rand, 0, 10);
    if (any && kind == 0)
      g_string_append_c(text, '_');
    else if (kind == 1)
      g_string_append_printf(text, "%d", g_rand_int_range(rand, 0, VALUES));
    else
      g_string_append_c(text, letters[g_rand_int_range(rand, 0, (gint32)letter_count)]);
  }
  if (made_of[which].arity > 0)
    g_string_append_c(text, ')');
}

/* Head and measures take letters of the premises only. */
static void add_rule(GString *text, GRand *rand) {
  g_autoptr(GString) body = g_string_new(NULL);
  guint premises = (guint)g_rand_int_range(rand, 1, 4);
  for (guint i = 0; i < premises; i++) {
    if (i > 0)
      g_string_append(body, ", ");
    add_atom(body, rand, (guint)g_rand_int_range(rand, 0, MEASURE), "XYZW", 4, true);
  }
  g_autoptr(GString) letters = g_string_new(NULL);
  for (const char *letter = "XYZW"; *letter != '\0'; letter++)
    if (strchr(body->str, *letter) != NULL)
      g_string_append_c(letters, *letter);
  if (letters->len == 0)
    return;
  if (g_rand_boolean(rand)) {
    g_string_append(body, ", not ");
    add_atom(body, rand, MEASURE, letters->str, (guint)letters->len, false);
  }
  add_atom(text, rand, (guint)g_rand_int_range(rand, 0, DERIVED), letters->str, (guint)letters->len,
           false);
  g_string_append_printf(text, " :- %s.\n", body->str);
}

static char *random_rules(GRand *rand) {
  GString *text = g_string_new("initial i/1. measure m/2.\n");
  for (guint i = (guint)g_rand_int_range(rand, 1, 7); i > 0; i--)
    add_rule(text, rand);
  return g_string_free(text, FALSE);
}

static guint cells_of(guint arity) {
  static const guint powers[] = {1, VALUES, VALUES * VALUES, CELLS};
  return powers[arity];
}

static void random_world(GRand *rand, World *world) {
  *world = (World){0};
  for (guint p = FIRST_FACT; p < PREDICATES; p++)
    for (guint cell = 0; cell < cells_of(made_of[p].arity); cell++) {
      world->rows[p][cell] = g_rand_int_range(rand, 0, 3) == 0;
      world->on[p][cell] = world->rows[p][cell] && (p < INITIAL || g_rand_boolean(rand));
    }
}

/* --- the naive reading
 * ------------------------------------------------------------------------------- */

static guint model_number(const AkChainRules *rules, guint32 predicate) {
  const char *name = ak_chain_rules_predicate_at(rules, predicate)->name;
  guint i = 0;
  while (strcmp(made_of[i].name, name) != 0)
    i++;
  return i;
}

/* Is the atom on, for these values of the variables; "_" for any. `guess` numbers the values of
 * "_". */
static bool holds(const AkChainRules *rules, const World *world, const AkChainAtom *atom,
                  const guint *values) {
  guint which = model_number(rules, atom->predicate), arity = made_of[which].arity;
  for (guint cell = 0; cell < cells_of(arity); cell++) {
    guint rest = cell;
    bool fits = world->on[which][cell];
    for (guint i = arity; fits && i-- > 0; rest /= VALUES) {
      const AkChainTerm *term = &atom->terms[i];
      if (term->kind == AK_CHAIN_TERM_VARIABLE)
        fits = values[term->number] == rest % VALUES;
      else if (term->kind == AK_CHAIN_TERM_CONSTANT)
        fits = (guint)g_ascii_digit_value(*(char *)rules->constants->pdata[term->number]) ==
               rest % VALUES;
    }
    if (fits)
      return true;
  }
  return false;
}

static guint cell_of(const AkChainRules *rules, const AkChainAtom *atom, const guint *values) {
  guint cell = 0;
  for (guint i = 0; i < ak_chain_rules_predicate_at(rules, atom->predicate)->arity; i++) {
    const AkChainTerm *term = &atom->terms[i];
    guint value = term->kind == AK_CHAIN_TERM_VARIABLE
                      ? values[term->number]
                      : (guint)g_ascii_digit_value(*(char *)rules->constants->pdata[term->number]);
    cell = cell * VALUES + value;
  }
  return cell;
}

static bool try_rule(const AkChainRules *rules, const AkChainRule *rule, World *world) {
  guint choices = 1;
  for (guint i = 0; i < rule->variable_count; i++)
    choices *= VALUES;
  bool is_new = false;
  for (guint choice = 0; choice < choices; choice++) {
    guint values[AK_CHAIN_VARIABLES_MAX], rest = choice;
    for (guint i = 0; i < rule->variable_count; i++, rest /= VALUES)
      values[i] = rest % VALUES;
    bool applies = true;
    for (guint i = 0; applies && i < rule->premise_count; i++)
      applies = holds(rules, world, &rule->premises[i], values);
    for (guint i = 0; applies && i < rule->measure_count; i++)
      applies = !holds(rules, world, &rule->measures[i], values);
    bool *cell =
        &world->on[model_number(rules, rule->head.predicate)][cell_of(rules, &rule->head, values)];
    is_new = is_new || (applies && !*cell);
    *cell = *cell || applies;
  }
  return is_new;
}

static void naive_fixpoint(const AkChainRules *rules, World *world) {
  bool is_new = true;
  while (is_new) {
    is_new = false;
    for (guint i = 0; i < rules->rules->len; i++)
      is_new = try_rule(rules, ak_chain_rules_at(rules, i), world) || is_new;
  }
}

/* --- comparing
 * ------------------------------------------------------------------------------------------- */

static void values_of(guint cell, guint arity, char text[3][2], const char *values[3]) {
  for (guint i = arity; i-- > 0; cell /= VALUES) {
    text[i][0] = (char)('0' + cell % VALUES);
    text[i][1] = '\0';
    values[i] = text[i];
  }
}

static AkChainFacts *facts_of(const AkChainRules *rules, const World *world) {
  AkChainFacts *facts = ak_chain_facts_new(rules);
  for (guint p = FIRST_FACT; p < PREDICATES; p++) {
    gint number = ak_chain_rules_predicate(rules, made_of[p].name);
    for (guint cell = 0; number >= 0 && cell < cells_of(made_of[p].arity); cell++) {
      char text[3][2];
      const char *values[3] = {NULL};
      values_of(cell, made_of[p].arity, text, values);
      if (world->rows[p][cell])
        g_assert_true(ak_chain_facts_add(facts, (guint32)number, values, NULL));
    }
  }
  return facts;
}

/* Bytes that switch initial atoms or measures on. */
static guint8 *switches(const AkChainRules *rules, const AkChainGround *ground, const World *world,
                        guint which, guint32 count) {
  guint8 *on = g_new0(guint8, count + 1);
  gint number = ak_chain_rules_predicate(rules, made_of[which].name);
  for (guint cell = 0; number >= 0 && cell < cells_of(made_of[which].arity); cell++) {
    char text[3][2];
    const char *values[3] = {NULL};
    values_of(cell, made_of[which].arity, text, values);
    guint32 atom = ak_chain_ground_find(ground, (guint32)number, values);
    if (world->on[which][cell] && atom != AK_CHAIN_GRAPH_NONE)
      on[atom] = 1;
  }
  return on;
}

/* No two atoms say the same, and each is found. */
static void check_distinct(const AkChainGround *ground) {
  for (guint32 atom = 0; atom < ak_chain_ground_graph(ground)->atom_count; atom++) {
    guint32 row[AK_CHAIN_ARITY_MAX] = {0};
    ak_chain_ground_row(ground, atom, row);
    g_assert_cmpuint(ak_chain_ground_find_row(ground, ak_chain_ground_predicate(ground, atom), row), ==, atom);
  }
}

static guint single_heads; /* of all models: those whose atoms nobody looks up */

static void count_single(const AkChainFacts *facts) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChainPlans) plans = ak_chain_plans_new(facts, &error);
  bool is_single[AK_CHAIN_PREDICATES_MAX];
  g_assert_no_error(error);
  ak_chain_single_find(plans, is_single);
  for (guint32 i = 0; i < ak_chain_facts_rules(facts)->predicates->len; i++)
    single_heads += is_single[i];
}

static void compare(const AkChainRules *rules, const World *start, const World *wanted) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChainFacts) facts = facts_of(rules, start);
  count_single(facts);
  g_autoptr(AkChainGround) ground = ak_chain_ground_new(facts, NULL, &error);
  g_assert_no_error(error);
  const AkChainGraph *graph = ak_chain_ground_graph(ground);
  check_distinct(ground);
  g_autofree guint8 *initial = switches(rules, ground, start, INITIAL, graph->initial_count);
  g_autofree guint8 *measures = switches(rules, ground, start, MEASURE, graph->measure_count);
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  ak_chain_reach_run(reach, initial, measures);
  const guint8 *reached = ak_chain_reach_atoms(reach);
  for (guint p = 0; p < DERIVED; p++) {
    gint number = ak_chain_rules_predicate(rules, made_of[p].name);
    for (guint cell = 0; number >= 0 && cell < cells_of(made_of[p].arity); cell++) {
      char text[3][2];
      const char *values[3] = {NULL};
      values_of(cell, made_of[p].arity, text, values);
      guint32 atom = ak_chain_ground_find(ground, (guint32)number, values);
      bool is_reached = atom != AK_CHAIN_GRAPH_NONE && reached[atom];
      if (is_reached != wanted->on[p][cell])
        g_error("%s cell %u: reached %d", made_of[p].name, cell, is_reached);
    }
  }
}

static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(20260128);
  g_test_message("%d random models, as written and simplified, against the naive reading", MODELS);
  for (guint i = 0; i < MODELS; i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *text = random_rules(rand);
    g_autoptr(AkChainRules) rules = ak_chain_rules_parse(text, strlen(text), "random", &error);
    g_assert_no_error(error);
    g_autoptr(AkChainRules) simple = ak_chain_rules_simplify(rules);
    World start, wanted;
    random_world(rand, &start);
    wanted = start;
    naive_fixpoint(rules, &wanted);
    compare(rules, &start, &wanted);
    compare(simple, &start, &wanted);
  }
  g_test_message("%u heads follow from one instance alone", single_heads);
  g_assert_cmpuint(single_heads, >, MODELS / 10);
}

/* --- known models
 * ------------------------------------------------------------------------------------------ */

static AkChainGround *ground_text(const char *rules_text, const char *facts_text,
                                  AkChainFacts **facts, AkChainRules **rules) {
  g_autoptr(GError) error = NULL;
  *rules = ak_chain_rules_parse(rules_text, strlen(rules_text), "rules", &error);
  g_assert_no_error(error);
  *facts = ak_chain_facts_new(*rules);
  g_auto(GStrv) lines = g_strsplit(facts_text, "\n", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++) {
    g_auto(GStrv) words = g_strsplit(*line, " ", -1);
    gint number = ak_chain_rules_predicate(*rules, words[0]);
    g_assert_cmpint(number, >=, 0);
    g_assert_true(
        ak_chain_facts_add(*facts, (guint32)number, (const char *const *)words + 1, NULL));
  }
  AkChainGround *ground = ak_chain_ground_new(*facts, NULL, &error);
  g_assert_no_error(error);
  return ground;
}

/* A path of four: 4 + 3 + 2 + 1 pairs; the same, whichever way the closure is written. */
static void test_closure(void) {
  static const char *const ways[] = {
      "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), edge(Y, Z).",
      "path(X, Y) :- edge(X, Y). path(X, Z) :- edge(X, Y), path(Y, Z).",
      "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), path(Y, Z).",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
    g_autoptr(AkChainRules) rules = NULL;
    g_autoptr(AkChainFacts) facts = NULL;
    g_autoptr(AkChainGround) ground =
        ground_text(ways[i], "edge a b\nedge b c\nedge c d\nedge d e\n", &facts, &rules);
    g_assert_cmpuint(
        ak_chain_ground_count(ground, (guint32)ak_chain_rules_predicate(rules, "path")), ==, 10);
  }
}

/* Two ways to c, one over a door that can be locked; d needs both b and c. */
static void test_measures(void) {
  g_autoptr(AkChainRules) rules = NULL;
  g_autoptr(AkChainFacts) facts = NULL;
  g_autoptr(AkChainGround) ground = ground_text(
      "initial start/1. measure locked/2.\n"
      "at(X) :- start(X).\n"
      "at(Y) :- at(X), door(X, Y), not locked(X, Y).\n"
      "both(Z) :- at(X), at(Y), key(X, Y, Z).\n",
      "start a\nstart x\ndoor a b\ndoor b c\ndoor a c\nkey b c d\nlocked a c\nlocked b c\n", &facts,
      &rules);
  const AkChainGraph *graph = ak_chain_ground_graph(ground);
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  const char *d[] = {"d"}, *ac[] = {"a", "c"}, *bc[] = {"b", "c"}, *ab[] = {"a", "b"};
  guint32 both = ak_chain_ground_find(ground, (guint32)ak_chain_rules_predicate(rules, "both"), d);
  guint32 locked = (guint32)ak_chain_rules_predicate(rules, "locked");
  guint8 on[2] = {0};
  guint8 initial[2] = {1, 0};
  g_assert_cmpuint(graph->measure_count, ==, 2);
  g_assert_cmpuint(ak_chain_ground_find(ground, locked, ab), ==, AK_CHAIN_GRAPH_NONE);
  ak_chain_reach_run(reach, initial, on);
  g_assert_true(ak_chain_reach_atoms(reach)[both]);
  on[ak_chain_ground_find(ground, locked, ac)] = 1;
  ak_chain_reach_run(reach, initial, on);
  g_assert_true(ak_chain_reach_atoms(reach)[both]); /* over b */
  on[ak_chain_ground_find(ground, locked, bc)] = 1;
  ak_chain_reach_run(reach, initial, on);
  g_assert_false(ak_chain_reach_atoms(reach)[both]);
  ak_chain_reach_run(reach, initial, NULL);
  g_assert_true(ak_chain_reach_atoms(reach)[both]);
  g_autofree char *text = ak_chain_ground_text(ground, both);
  g_assert_cmpstr(text, ==, "both(d)");
  g_autofree char *measure = ak_chain_ground_measure_text(ground, 0);
  g_assert_cmpstr(measure, ==, "locked(a,c)");
}

/* Measures that a rule names give ways of their own where somebody listed them, and one edge together where nobody did. */
static void test_once(void) {
  static const struct {
    const char *taken;
    guint edges, ways;
  } wanted[] = {{"", 2, 0},                                  /* at, weak */
                {"taken b 1\n", 2, 0},                       /* the table has rows, but none for a */
                {"taken a 2\n", 2, 1},                       /* 1 and 3 say the same */
                {"taken a 1\ntaken a 2\ntaken a 3\n", 1, 3}};
  for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++) {
    g_autoptr(AkChainRules) rules = NULL;
    g_autoptr(AkChainFacts) facts = NULL;
    g_autofree char *rows = g_strdup_printf("start a\ntreats 1 r\ntreats 2 r\ntreats 3 r\nhas r a\n%s", wanted[i].taken);
    g_autoptr(AkChainGround) ground = ground_text("initial start/1. measure taken/2.\n"
                                                  "at(X) :- start(X).\n"
                                                  "weak(R, X) :- at(X), has(R, X), treats(M, R), not taken(X, M).\n",
                                                  rows, &facts, &rules);
    const AkChainGraph *graph = ak_chain_ground_graph(ground);
    g_assert_cmpuint(graph->edge_count, ==, wanted[i].edges);
    g_assert_cmpuint(graph->way_count, ==, wanted[i].ways);
  }
}

/* Of three rows of which the second leads back, the first and the third say the same. */
static void test_said_once(void) {
  g_autoptr(AkChainRules) rules = NULL;
  g_autoptr(AkChainFacts) facts = NULL;
  g_autoptr(AkChainGround) ground = ground_text("initial s/1. measure m/1.\nd(X) :- s(X).\nd(W) :- d(X), f(X, V, W), not m(V).\n",
                                                "s 1\nf 1 a 2\nf 1 b 1\nf 1 c 2\n", &facts, &rules);
  g_assert_cmpuint(ak_chain_ground_graph(ground)->edge_count, ==, 2); /* s(1) > d(1) > d(2) */
}

/* Domains whose product is far above the atoms: hash tables, which grow; all pairs of them in the
 * end, for which arrays take the tables' place. */
static void test_sparse(void) {
  enum { COUNT = 3000 };
  static const char text[] = "next(X, Y) :- step(X, Y).\n"
                             "far(X, Z) :- next(X, Y), next(Y, Z).\n"
                             "pair(X, Y) :- one(X), one(Y).\n";
  g_autoptr(AkChainRules) rules = ak_chain_rules_parse(text, strlen(text), "t", NULL);
  g_autoptr(AkChainFacts) facts = ak_chain_facts_new(rules);
  guint32 step = (guint32)ak_chain_rules_predicate(rules, "step");
  guint32 one = (guint32)ak_chain_rules_predicate(rules, "one");
  for (guint i = 0; i < COUNT; i++) {
    g_autofree char *from = g_strdup_printf("n%u", i), *to = g_strdup_printf("n%u", i + 1);
    const char *values[] = {from, to};
    g_assert_true(ak_chain_facts_add(facts, step, values, NULL));
    g_assert_true(i >= COUNT / 2 || ak_chain_facts_add(facts, one, values, NULL));
  }
  g_autoptr(AkChainGround) ground = ak_chain_ground_new(facts, NULL, NULL);
  g_assert_nonnull(ground);
  guint32 far = (guint32)ak_chain_rules_predicate(rules, "far");
  guint32 pair = (guint32)ak_chain_rules_predicate(rules, "pair");
  g_assert_cmpuint(ak_chain_ground_count(ground, far), ==, COUNT - 1);
  g_assert_cmpuint(ak_chain_ground_count(ground, pair), ==, COUNT / 2 * (COUNT / 2));
  const char *there[] = {"n7", "n9"}, *not_there[] = {"n7", "n8"}, *both[] = {"n0", "n1499"};
  guint32 atom = ak_chain_ground_find(ground, far, there);
  g_assert_cmpuint(atom, !=, AK_CHAIN_GRAPH_NONE);
  g_autofree char *name = ak_chain_ground_text(ground, atom);
  g_assert_cmpstr(name, ==, "far(n7,n9)");
  g_assert_cmpuint(ak_chain_ground_find(ground, far, not_there), ==, AK_CHAIN_GRAPH_NONE);
  g_assert_cmpuint(ak_chain_ground_find(ground, pair, both), !=, AK_CHAIN_GRAPH_NONE);
}

enum { NODES = 70, EDGES = 200, EACH_RULES = 7, TURNED = 6 };

typedef struct {
  bool edge[NODES][NODES], path[NODES][NODES], is_marked[NODES], is_locked[NODES];
} Roads;

static void make_roads(Roads *roads) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);
  for (guint i = 0; i < EDGES; i++)
    roads->edge[g_rand_int_range(rand, 0, NODES)][g_rand_int_range(rand, 0, NODES)] = true;
  memcpy(roads->path, roads->edge, sizeof roads->path);
  for (guint via = 0; via < NODES; via++)
    for (guint x = 0; x < NODES; x++)
      for (guint y = 0; y < NODES; y++)
        roads->path[x][y] = roads->path[x][y] || (roads->path[x][via] && roads->path[via][y]);
  for (guint i = 0; i < NODES; i++) {
    roads->is_marked[i] = i % 3 == 0;
    roads->is_locked[i] = i % 5 == 0;
  }
}

/* By a plain reading: edges and other ways of each rule below. What follows from itself is none. */
static void count_roads(const Roads *roads, guint edges[EACH_RULES], guint ways[EACH_RULES]) {
  for (guint x = 0; x < NODES; x++)
    for (guint y = 0; y < NODES; y++) {
      ways[0] += roads->edge[x][y];
      for (guint z = 0; x != y && z < NODES; z++)
        ways[1] += y != z && roads->path[x][y] && roads->path[y][z];
      edges[2] += x == y && roads->path[x][y];
      bool is_tie = roads->path[x][y] && roads->path[y][x];
      *(x == y ? &edges[3] : &ways[3]) += is_tie && roads->is_marked[y];
      *(x == y ? &edges[5] : &ways[5]) += is_tie;
      edges[TURNED] += is_tie && x != y;
      *(roads->is_locked[y] ? &ways[4] : &edges[4]) += roads->path[x][y];
    }
}

static void add_number(GString *text, const char *name, guint a, gint b) {
  g_string_append_printf(text, "%s %u", name, a);
  if (b >= 0)
    g_string_append_printf(text, " %d", b);
  g_string_append_c(text, '\n');
}

static char *facts_of_roads(const Roads *roads) {
  GString *text = g_string_new(NULL);
  for (guint x = 0; x < NODES; x++)
    for (guint y = 0; y < NODES; y++)
      if (roads->edge[x][y])
        add_number(text, "edge", x, (gint)y);
  for (guint x = 0; x < NODES; x++) {
    if (roads->is_marked[x])
      add_number(text, "mark", x, -1);
    if (roads->is_locked[x])
      add_number(text, "locked", x, -1);
  }
  return g_string_free(text, FALSE);
}

/* More instances than are handled at once, of more atoms than a window has: each is found, and once. */
static void test_each_once(void) {
  static const char rules_text[] = "measure locked/1.\n"
                                   "path(X, Y) :- edge(X, Y).\n"
                                   "path(X, Z) :- path(X, Y), path(Y, Z).\n"
                                   "loop(X) :- path(X, X).\n"
                                   "back(X, Y) :- path(X, Y), path(Y, X), mark(Y).\n"
                                   "open(X, Y) :- path(X, Y), not locked(Y).\n"
                                   "tie(X, Y) :- path(X, Y), path(Y, X).\n"
                                   "tie(Y, X) :- tie(X, Y).\n";
  g_autofree Roads *roads = g_new0(Roads, 1);
  guint edges[EACH_RULES] = {0}, ways[EACH_RULES] = {0};
  make_roads(roads);
  count_roads(roads, edges, ways);
  g_autofree char *facts_text = facts_of_roads(roads);
  g_autoptr(AkChainRules) rules = NULL;
  g_autoptr(AkChainFacts) facts = NULL;
  g_autoptr(AkChainGround) ground = ground_text(rules_text, facts_text, &facts, &rules);
  const AkChainGraph *graph = ak_chain_ground_graph(ground);
  g_assert_cmpuint(ways[1], >, 100000);
  for (guint32 i = 0; i < graph->edge_count; i++)
    edges[graph->edge_rule[i]]--;
  for (guint32 i = 0; i < graph->way_count; i++)
    ways[graph->way_rule[i]]--;
  for (guint i = 0; i < EACH_RULES; i++) {
    g_assert_cmpuint(edges[i], ==, 0);
    g_assert_cmpuint(ways[i], ==, 0);
  }
  for (guint32 atom = 0; atom < graph->atom_count; atom++) /* what these rules make of P(X, Y) begins with X, but for the last one */
    for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++) {
      guint32 premise[AK_CHAIN_ARITY_MAX], head[AK_CHAIN_ARITY_MAX];
      ak_chain_ground_row(ground, atom, premise);
      ak_chain_ground_row(ground, graph->edge_head[i], head);
      g_assert_cmpuint(head[0], ==, premise[graph->edge_rule[i] == TURNED]);
    }
}

static void test_limits(void) {
  static const char text[] = "p(A, B, C, D, E) :- f(A), f(B), f(C), f(D), f(E).";
  g_autoptr(AkChainRules) rules = ak_chain_rules_parse(text, strlen(text), "t", NULL);
  g_autoptr(AkChainFacts) facts = ak_chain_facts_new(rules);
  for (guint i = 0; i < 100; i++) {
    g_autofree char *name = g_strdup_printf("n%u", i);
    const char *values[] = {name};
    g_assert_true(
        ak_chain_facts_add(facts, (guint32)ak_chain_rules_predicate(rules, "f"), values, NULL));
  }
  AkChainGroundLimits limits = {.ways = 1000};
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChainGround) ground = ak_chain_ground_new(facts, &limits, &error);
  g_assert_null(ground);
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

static void test_read(void) {
  static const char rules_text[] = "a(X) :- f(X, Y, _).";
  g_autoptr(AkChainRules) rules = ak_chain_rules_parse(rules_text, strlen(rules_text), "t", NULL);
  guint32 f = (guint32)ak_chain_rules_predicate(rules, "f");
  g_autoptr(AkChainFacts) facts = ak_chain_facts_new(rules);
  g_autoptr(GError) error = NULL;
  static const char good[] = "1\t07\tx y\r\n\n1\t7\t\nlast\t0\tz";
  g_assert_true(ak_chain_facts_read(facts, f, good, strlen(good), "f.tsv", &error));
  g_assert_no_error(error);
  g_assert_cmpuint(ak_chain_facts_table(facts, f)->rows, ==, 3);
  g_assert_cmpuint(ak_chain_facts_domain(facts, ak_chain_facts_type(facts, f, 0)), ==, 2);
  g_assert_cmpuint(ak_chain_facts_domain(facts, ak_chain_facts_type(facts, f, 1)), ==, 3);
  static const char *const bad[] = {"1\t2\n", "1\t2\t3\t4\n", "1\t2\t3\n1\n"};
  static const char *const messages[] = {"f.tsv:1: 3 values between tabs are expected",
                                         "f.tsv:1: 3 values between tabs are expected",
                                         "f.tsv:2: 3 values between tabs are expected"};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) failure = NULL;
    g_assert_false(ak_chain_facts_read(facts, f, bad[i], strlen(bad[i]), "f.tsv", &failure));
    g_assert_cmpstr(failure->message, ==, messages[i]);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ground/random", test_random);
  g_test_add_func("/ground/closure", test_closure);
  g_test_add_func("/ground/measures", test_measures);
  g_test_add_func("/ground/once", test_once);
  g_test_add_func("/ground/said-once", test_said_once);
  g_test_add_func("/ground/sparse", test_sparse);
  g_test_add_func("/ground/each-once", test_each_once);
  g_test_add_func("/ground/limits", test_limits);
  g_test_add_func("/ground/read", test_read);
  return g_test_run();
}
