/* Known examples from the literature, worked out by hand: tests/chain/known. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/graph/attacks.h"
#include "chain/graph/cheapest.h"
#include "chain/graph/enumerate.h"
#include "chain/graph/reach.h"
#include "chain/rule/ground.h"
#include "chain/rule/simplify.h"

/* One line: a word, one or two atoms or a rule, numbers. */
typedef struct {
  char *word, *rest;
} Line;

typedef struct {
  GArray *lines; /* of Line */
  GArray *efforts, *chances; /* of guint32, by rule */
  AkChainRules *rules, *simple;
  AkChainFacts *facts;
  AkChainGround *ground;
  const AkChainGraph *graph;
  guint64 *costs;   /* by measure */
  guint32 *effects; /* by measure */
  guint answers;    /* lines that ask something */
} Known;

/* --- reading
 * ------------------------------------------------------------------------------------------------ */

static void line_clear(gpointer data) {
  Line *line = data;
  g_free(line->word);
  g_free(line->rest);
}

static GArray *read_lines(const char *path) {
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  g_file_get_contents(path, &text, NULL, &error);
  g_assert_no_error(error);
  GArray *lines = g_array_new(FALSE, FALSE, sizeof(Line));
  g_array_set_clear_func(lines, line_clear);
  g_auto(GStrv) all = g_strsplit(text, "\n", -1);
  for (char **one = all; *one != NULL; one++) {
    char *comment = strchr(*one, '#');
    if (comment != NULL)
      *comment = '\0';
    g_strstrip(*one);
    if (**one == '\0')
      continue;
    g_auto(GStrv) parts = g_strsplit(*one, " ", 2);
    Line line = {g_strdup(parts[0]), g_strdup(parts[1] != NULL ? parts[1] : "")};
    g_array_append_val(lines, line);
  }
  return lines;
}

/* "name(a, b)" at `*at`, which goes behind it: the predicate's number, and its values. */
static gint read_atom(const Known *self, const char **at, char *values[static AK_CHAIN_ARITY_MAX]) {
  gsize size = strcspn(*at, "( ");
  g_autofree char *name = g_strndup(*at, size);
  gint predicate = ak_chain_rules_predicate(self->rules, name);
  guint count = 0;
  *at += size;
  if (**at == '(') {
    const char *end = strchr(*at, ')');
    g_assert_nonnull(end);
    g_autofree char *inside = g_strndup(*at + 1, (gsize)(end - *at) - 1);
    g_auto(GStrv) parts = g_strsplit(inside, ",", -1);
    for (; parts[count] != NULL; count++)
      values[count] = g_strdup(g_strstrip(parts[count]));
    *at = end + 1;
  }
  while (**at == ' ')
    (*at)++;
  if (predicate < 0)
    g_error("no predicate %s", name);
  g_assert_cmpuint(ak_chain_rules_predicate_at(self->rules, (guint32)predicate)->arity, ==, count);
  return predicate;
}

/* The atom or measure that `*at` names, AK_CHAIN_GRAPH_NONE where nothing leads to it. */
static guint32 find_atom(const Known *self, const char **at) {
  char *values[AK_CHAIN_ARITY_MAX] = {NULL};
  gint predicate = read_atom(self, at, values);
  guint32 atom =
      ak_chain_ground_find(self->ground, (guint32)predicate, (const char *const *)values);
  for (guint i = 0; i < AK_CHAIN_ARITY_MAX; i++)
    g_free(values[i]);
  return atom;
}

static void read_rules(Known *self) {
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < self->lines->len; i++) {
    const Line *line = &g_array_index(self->lines, Line, i);
    if (strcmp(line->word, "declare") == 0)
      g_string_append_printf(text, "%s\n", line->rest);
    if (strcmp(line->word, "rule") != 0)
      continue;
    char *end = NULL;
    guint32 effort = (guint32)strtoul(line->rest, &end, 10);
    guint32 chance = (guint32)strtoul(end, &end, 10);
    g_array_append_val(self->efforts, effort);
    g_array_append_val(self->chances, chance);
    g_string_append_printf(text, "%s\n", end);
  }
  g_autoptr(GError) error = NULL;
  self->rules = ak_chain_rules_parse(text->str, text->len, "known", &error);
  g_assert_no_error(error);
}

static void read_facts(Known *self) {
  g_autoptr(GError) error = NULL;
  self->simple = ak_chain_rules_simplify(self->rules);
  self->facts = ak_chain_facts_new(self->simple);
  for (guint i = 0; i < self->lines->len; i++) {
    const Line *line = &g_array_index(self->lines, Line, i);
    char *values[AK_CHAIN_ARITY_MAX] = {NULL};
    const char *at = line->rest;
    if (strcmp(line->word, "fact") != 0)
      continue;
    gint predicate = read_atom(self, &at, values);
    ak_chain_facts_add(self->facts, (guint32)predicate, (const char *const *)values, &error);
    g_assert_no_error(error);
    for (guint v = 0; v < AK_CHAIN_ARITY_MAX; v++)
      g_free(values[v]);
  }
  self->ground = ak_chain_ground_new(self->facts, NULL, &error);
  g_assert_no_error(error);
  self->graph = ak_chain_ground_graph(self->ground);
}

static void read_numbers(Known *self) {
  self->costs = g_new0(guint64, (gsize)self->graph->measure_count + 1);
  self->effects = g_new0(guint32, (gsize)self->graph->measure_count + 1);
  for (guint i = 0; i < self->lines->len; i++) {
    const Line *line = &g_array_index(self->lines, Line, i);
    const char *at = line->rest;
    bool is_cost = strcmp(line->word, "cost") == 0;
    if (!is_cost && strcmp(line->word, "effect") != 0)
      continue;
    guint32 measure = find_atom(self, &at);
    g_assert_cmpuint(measure, <, self->graph->measure_count);
    if (is_cost)
      self->costs[measure] = strtoul(at, NULL, 10);
    else
      self->effects[measure] = (guint32)strtoul(at, NULL, 10);
  }
}

/* --- asking
 * ------------------------------------------------------------------------------------------------- */

static bool is_reached(const Known *self, guint32 atom, guint32 measure) {
  g_autofree guint8 *on = g_new0(guint8, (gsize)self->graph->measure_count + 1);
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(self->graph);
  if (measure != AK_CHAIN_GRAPH_NONE)
    on[measure] = 1;
  ak_chain_reach_run(reach, NULL, on);
  return atom != AK_CHAIN_GRAPH_NONE && ak_chain_reach_atoms(reach)[atom];
}

static void ask_reached(const Known *self, const char *at) {
  g_assert_true(is_reached(self, find_atom(self, &at), AK_CHAIN_GRAPH_NONE));
}

static void ask_unreached(const Known *self, const char *at) {
  g_assert_false(is_reached(self, find_atom(self, &at), AK_CHAIN_GRAPH_NONE));
}

static void ask_without(const Known *self, const char *at) {
  guint32 measure = find_atom(self, &at), goal = find_atom(self, &at);
  g_assert_true(is_reached(self, goal, AK_CHAIN_GRAPH_NONE));
  g_assert_false(is_reached(self, goal, measure));
}

static AkChainEffortSpec efforts_of(const Known *self) {
  return (AkChainEffortSpec){.efforts = &g_array_index(self->efforts, guint32, 0)};
}

static void ask_effort(const Known *self, const char *at) {
  guint32 atom = find_atom(self, &at);
  AkChainEffortSpec spec = efforts_of(self);
  g_autoptr(AkChainEffort) effort = ak_chain_effort_new(self->graph, &spec);
  g_assert_cmpuint(atom, <, self->graph->atom_count);
  g_assert_cmpuint(ak_chain_effort_of(effort, atom), ==, strtoul(at, NULL, 10));
}

static void ask_attacks(const Known *self, const char *at) {
  AkChainAttacksSpec spec = {.effort = efforts_of(self), .goal = find_atom(self, &at), .most = 100};
  g_auto(AkChainAttacks) found = {0};
  g_auto(GStrv) numbers = g_strsplit(at, " ", -1);
  ak_chain_attacks_find(self->graph, &spec, &found);
  g_assert_false(found.is_cut);
  g_assert_cmpuint(found.attacks->len, ==, g_strv_length(numbers));
  for (guint i = 0; i < found.attacks->len; i++)
    g_assert_cmpuint(((const AkChainAttack *)found.attacks->pdata[i])->effort, ==,
                     strtoul(numbers[i], NULL, 10));
}

static void ask_chance(const Known *self, const char *at) {
  guint32 goal = find_atom(self, &at);
  AkChainWorldsSpec spec = {.chances = &g_array_index(self->chances, guint32, 0),
                            .effects = self->effects,
                            .seed = 1,
                            .worlds = 1 << 18,
                            .goals = &goal,
                            .goal_count = 1};
  g_auto(AkChainEnumerated) exact = {0};
  ak_chain_enumerate(self->graph, &spec, &exact);
  g_assert_nonnull(exact.chances);
  g_assert_cmpint(lround(exact.chances[0] * 1e6), ==, strtol(at, NULL, 10));
  g_autoptr(AkChainWorlds) drawn = ak_chain_worlds_run(self->graph, &spec); /* five standard errors */
  g_assert_cmpfloat(fabs((double)drawn->reached[0] / drawn->worlds - exact.chances[0]), <, 0.005);
}

static void ask_cheapest(const Known *self, const char *at) {
  guint32 goal = find_atom(self, &at);
  AkChainCheapestSpec spec = {.costs = self->costs, .goals = &goal, .goal_count = 1};
  g_auto(AkChainCheapest) found = {.rounds = 0};
  g_assert_true(ak_chain_cheapest_find(self->graph, &spec, &found, NULL));
  g_assert_true(found.is_possible);
  g_assert_cmpuint(found.upper, ==, strtoul(at, NULL, 10));
  g_assert_cmpuint(found.lower, ==, found.upper);
}

static const struct {
  const char *word;
  void (*ask)(const Known *self, const char *at); /* NULL: read before */
} words[] = {{"declare", NULL},        {"rule", NULL},
             {"fact", NULL},           {"cost", NULL},
             {"effect", NULL},         {"reached", ask_reached},
             {"unreached", ask_unreached}, {"without", ask_without},
             {"effort", ask_effort},   {"attacks", ask_attacks},
             {"chance", ask_chance},   {"cheapest", ask_cheapest}};

static void answer(Known *self) {
  for (guint i = 0; i < self->lines->len; i++) {
    const Line *line = &g_array_index(self->lines, Line, i);
    gsize word = 0;
    while (word < G_N_ELEMENTS(words) && strcmp(words[word].word, line->word) != 0)
      word++;
    g_assert_cmpuint(word, <, G_N_ELEMENTS(words));
    if (words[word].ask == NULL)
      continue;
    g_test_message("%s %s", line->word, line->rest);
    words[word].ask(self, line->rest);
    self->answers++;
  }
}

static void test_known(gconstpointer path) {
  Known self = {.lines = read_lines(path),
                .efforts = g_array_new(FALSE, FALSE, sizeof(guint32)),
                .chances = g_array_new(FALSE, FALSE, sizeof(guint32))};
  read_rules(&self);
  read_facts(&self);
  read_numbers(&self);
  answer(&self);
  g_assert_cmpuint(self.answers, >, 0);
  ak_chain_ground_free(self.ground);
  ak_chain_facts_free(self.facts);
  ak_chain_rules_free(self.simple);
  ak_chain_rules_free(self.rules);
  g_array_unref(self.lines);
  g_array_unref(self.efforts);
  g_array_unref(self.chances);
  g_free(self.costs);
  g_free(self.effects);
}

int main(int argc, char **argv) {
  static const char *const names[] = {"shortest-paths", "matrix-chain", "safe", "mulval", "bridge"};
  const char *root = g_getenv("AKASHI_SOURCE_ROOT");
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *test = g_strdup_printf("/known/%s", names[i]);
    char *path = g_strdup_printf("%s/tests/chain/known/%s.txt", root != NULL ? root : ".", names[i]);
    g_test_add_data_func_full(test, path, test_known, g_free);
  }
  return g_test_run();
}
