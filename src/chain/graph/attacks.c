#include "chain/graph/attacks.h"

#include <string.h>

/* What is left when some instances must not be taken, and the cheapest attack there. */
typedef struct {
  AkChainVector without; /* rising numbers as of ak_chain_effort_taken */
  AkChainVector taken;   /* likewise, in the order in which they are left out in turn */
  AkChainVector steps;   /* what makes it differ, rising */
  guint64 label;         /* of `steps` */
  guint64 without_label; /* of `without` */
  AkChainAttack *attack;
} Node;

typedef struct {
  const AkChainGraph *graph;
  const AkChainAttacksSpec *spec;
  guint8 *without;  /* [edges + ways] */
  GPtrArray *nodes; /* of Node: still to be looked at */
  GPtrArray *seen;  /* of AkChainVector: `without` of all nodes, so that none comes twice */
  GPtrArray *told;  /* of AkChainVector: `steps` of the attacks that were told */
  guint trials;
} Search;

static void attack_free(gpointer data) {
  AkChainAttack *attack = data;
  if (attack == NULL)
    return;
  g_clear_pointer(&attack->path, g_array_unref);
  g_free(attack);
}

static void node_free(gpointer data) {
  Node *node = data;
  ak_chain_vector_clear(&node->without);
  ak_chain_vector_clear(&node->taken);
  ak_chain_vector_clear(&node->steps);
  attack_free(node->attack);
  g_free(node);
}

static void vector_free(gpointer data) {
  ak_chain_vector_clear(data);
  g_free(data);
}

/* --- sets of numbers
 * ---------------------------------------------------------------------------------------- */

static bool is_equal(const AkChainVector *a, const AkChainVector *b) {
  return a->count == b->count &&
         (a->count == 0 || memcmp(a->data, b->data, a->count * sizeof *a->data) == 0);
}

/* Is it among them? If not, it is from now on. */
static bool note(GPtrArray *sets, const AkChainVector *set) {
  for (guint i = 0; i < sets->len; i++)
    if (is_equal(sets->pdata[i], set))
      return true;
  AkChainVector *copy = g_new0(AkChainVector, 1);
  for (guint32 i = 0; i < set->count; i++)
    ak_chain_vector_add(copy, set->data[i]);
  g_ptr_array_add(sets, copy);
  return false;
}

static int compare_numbers(gconstpointer a, gconstpointer b) {
  const guint32 *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

static void sort(AkChainVector *set) {
  if (set->count > 1)
    qsort(set->data, set->count, sizeof *set->data, compare_numbers);
}

/* --- nodes
 * -------------------------------------------------------------------------------------------------- */

static guint32 rule_of(const AkChainGraph *graph, guint32 number) {
  return number < graph->edge_count ? graph->edge_rule[number]
                                    : graph->way_rule[number - graph->edge_count];
}

static bool counts(const AkChainAttacksSpec *spec, guint32 rule) {
  return rule != AK_CHAIN_GRAPH_NONE && (rule & AK_CHAIN_RULE_HELPER) == 0 &&
         (spec->counts == NULL || spec->counts[rule]);
}

/* Steps are told apart by rule, head and premises as they are named: helpers do not matter by themselves. */
static void name_steps(const AkChainAttacksSpec *spec, const GArray *path, AkChainVector *out) {
  for (guint i = 0; i < path->len; i++) {
    const AkChainStepTaken *step = &g_array_index(path, AkChainStepTaken, i);
    guint32 premises[G_N_ELEMENTS(step->premises)];
    if (!counts(spec, step->rule))
      continue;
    memcpy(premises, step->premises, sizeof premises);
    qsort(premises, step->premise_count, sizeof *premises, compare_numbers);
    ak_chain_vector_add(out, step->rule);
    ak_chain_vector_add(out, step->atom);
    for (guint p = 0; p < G_N_ELEMENTS(premises); p++)
      ak_chain_vector_add(out, p < step->premise_count ? premises[p] : AK_CHAIN_GRAPH_NONE);
  }
}

enum { STEP_NUMBERS = 8 }; /* rule, head and six premises */

static int compare_steps(gconstpointer a, gconstpointer b) {
  const guint32 *left = a, *right = b;
  for (guint i = 0; i < STEP_NUMBERS; i++)
    if (left[i] != right[i])
      return left[i] < right[i] ? -1 : 1;
  return 0;
}

/* Instances that can be left out in turn: of rules that count, and all helpers', by which a step comes from one premise or another. */
static void keep_what_counts(const Search *self, AkChainVector *taken) {
  guint32 kept = 0;
  for (guint32 i = 0; i < taken->count; i++) {
    guint32 rule = rule_of(self->graph, taken->data[i]);
    if ((rule & AK_CHAIN_RULE_HELPER) != 0 || counts(self->spec, rule))
      taken->data[kept++] = taken->data[i];
  }
  taken->count = kept;
}

/* --- labels: NULL leaves everything in the order in which it was found
 * -------------------------------------------------------------------------------------------------- */

static void label_node(const Search *self, Node *node) {
  const AkChainLabels *labels = self->spec->effort.labels;
  if (labels == NULL)
    return;
  for (guint32 i = 0; i < node->without.count; i++)
    node->without_label += labels->instances[node->without.data[i]];
  for (guint32 i = 0; i < node->steps.count; i += STEP_NUMBERS) {
    const guint32 *step = node->steps.data + i;
    guint64 premises = 0;
    for (guint p = 2; p < STEP_NUMBERS && step[p] != AK_CHAIN_GRAPH_NONE; p++)
      premises += ak_random_mix(labels->atoms[step[p]]);
    node->label += ak_random_fork(ak_random_fork(labels->atoms[step[1]], step[0]), premises);
  }
}

/* In the order in which they are left out. */
static void order_taken(const Search *self, AkChainVector *taken) {
  const AkChainLabels *labels = self->spec->effort.labels;
  g_autofree AkChainLabelled *all = g_new(AkChainLabelled, (gsize)taken->count + 1);
  if (labels == NULL)
    return;
  for (guint32 i = 0; i < taken->count; i++)
    all[i] = (AkChainLabelled){labels->instances[taken->data[i]], taken->data[i]};
  qsort(all, taken->count, sizeof *all, ak_chain_labelled_compare);
  for (guint32 i = 0; i < taken->count; i++)
    taken->data[i] = all[i].number;
}

/* --- best first
 * -------------------------------------------------------------------------------------------------- */

/* Takes `without` over. Nothing is added where the goal is out of reach, or this was looked at before. */
static void add_node(Search *self, AkChainVector *without) {
  g_auto(AkChainVector) mine = *without;
  *without = (AkChainVector){0};
  sort(&mine);
  if (note(self->seen, &mine))
    return;
  self->trials++;
  for (guint32 i = 0; i < mine.count; i++)
    self->without[mine.data[i]] = 1;
  AkChainEffortSpec spec = self->spec->effort;
  spec.without = self->without;
  spec.has_goal = true;
  spec.goal = self->spec->goal;
  g_autoptr(AkChainEffort) effort = ak_chain_effort_new(self->graph, &spec);
  for (guint32 i = 0; i < mine.count; i++)
    self->without[mine.data[i]] = 0;
  if (ak_chain_effort_of(effort, spec.goal) == AK_CHAIN_EFFORT_NONE)
    return;
  Node *node = g_new0(Node, 1);
  node->attack = g_new0(AkChainAttack, 1);
  node->attack->effort = ak_chain_effort_of(effort, spec.goal);
  if (self->spec->other_efforts != NULL)
    node->attack->other_effort =
        ak_chain_effort_repriced(effort, spec.goal, self->spec->other_efforts);
  node->attack->path = ak_chain_effort_path(effort, spec.goal);
  ak_chain_effort_taken(effort, spec.goal, &node->taken);
  keep_what_counts(self, &node->taken);
  order_taken(self, &node->taken);
  name_steps(self->spec, node->attack->path, &node->steps);
  if (node->steps.count > 0)
    qsort(node->steps.data, node->steps.count / STEP_NUMBERS, STEP_NUMBERS * sizeof(guint32),
          compare_steps);
  node->without = mine;
  mine = (AkChainVector){0};
  label_node(self, node);
  g_ptr_array_add(self->nodes, node);
}

/* The cheapest; of equals the one with the fewest instances left out, then the one with the lower labels, or that was found first. */
static bool is_before(const Node *one, const Node *other) {
  if (one->attack->effort != other->attack->effort)
    return one->attack->effort < other->attack->effort;
  if (one->without.count != other->without.count)
    return one->without.count < other->without.count;
  return one->label != other->label ? one->label < other->label : one->without_label < other->without_label;
}

static Node *take_cheapest(Search *self) {
  guint best = 0;
  for (guint i = 1; i < self->nodes->len; i++)
    if (is_before(self->nodes->pdata[i], self->nodes->pdata[best]))
      best = i;
  return g_ptr_array_steal_index(self->nodes, best);
}

static void branch(Search *self, const Node *node, guint trials) {
  for (guint32 i = 0; i < node->taken.count && self->trials < trials; i++) {
    AkChainVector without = {0};
    for (guint32 w = 0; w < node->without.count; w++)
      ak_chain_vector_add(&without, node->without.data[w]);
    ak_chain_vector_add(&without, node->taken.data[i]);
    add_node(self, &without);
  }
}

void ak_chain_attacks_find(const AkChainGraph *graph, const AkChainAttacksSpec *spec, AkChainAttacks *out) {
  guint trials = spec->trials > 0 ? spec->trials : AK_CHAIN_ATTACKS_TRIALS;
  g_autofree guint8 *without = g_new0(guint8, (gsize)graph->edge_count + graph->way_count + 1);
  g_autoptr(GPtrArray) nodes = g_ptr_array_new_with_free_func(node_free);
  g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(vector_free);
  g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(vector_free);
  Search self = {graph, spec, without, nodes, seen, told, 0};
  out->attacks = g_ptr_array_new_with_free_func(attack_free);
  add_node(&self, &(AkChainVector){0});
  while (nodes->len > 0 && out->attacks->len < spec->most) {
    Node *node = take_cheapest(&self);
    bool is_new = !note(told, &node->steps);
    if (out->attacks->len + is_new < spec->most)
      branch(&self, node, trials);
    if (is_new)
      g_ptr_array_add(out->attacks, g_steal_pointer(&node->attack));
    node_free(node);
  }
  out->is_cut = self.trials >= trials && out->attacks->len < spec->most;
}

void ak_chain_attacks_clear(AkChainAttacks *self) {
  g_clear_pointer(&self->attacks, g_ptr_array_unref);
  self->is_cut = false;
}
