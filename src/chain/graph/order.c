#include "chain/graph/order.h"

#include <string.h>

#include "chain/graph/builder.h"

static int compare_numbers(gconstpointer a, gconstpointer b) {
  const guint32 *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

static void sort(guint32 *numbers, guint count) {
  if (count > 1)
    qsort(numbers, count, sizeof *numbers, compare_numbers);
}

/* Numbers from `begin` to `end` by their labels; the caller's. */
static AkChainLabelled *by_label(const guint64 *labels, guint32 begin, guint32 end) {
  AkChainLabelled *out = g_new(AkChainLabelled, (gsize)(end - begin) + 1);
  for (guint32 i = begin; i < end; i++)
    out[i - begin] = (AkChainLabelled){labels[i], i};
  qsort(out, end - begin, sizeof *out, ak_chain_labelled_compare);
  return out;
}

/* Those from `begin` to `end` stay among themselves. */
static void number(const guint64 *labels, guint32 begin, guint32 end, guint32 *to, guint32 *back) {
  g_autofree AkChainLabelled *sorted = by_label(labels, begin, end);
  for (guint32 i = begin; i < end; i++) {
    back[i] = sorted[i - begin].number;
    to[back[i]] = i;
  }
}

/* Of two edges of one premise. */
static bool is_same_edge(const AkChainGraph *graph, guint32 one, guint32 other) {
  return graph->edge_head[one] == graph->edge_head[other] && graph->edge_rule[one] == graph->edge_rule[other];
}

static bool add_edges(const AkChainOrder *self, const AkChainGraph *graph, const AkChainLabels *labels, AkChainBuilder *builder) {
  for (guint32 atom = 0; atom < graph->atom_count; atom++) {
    guint32 begin = graph->edge_start[self->atoms_back[atom]], end = graph->edge_start[self->atoms_back[atom] + 1];
    g_autofree AkChainLabelled *edges = by_label(labels->instances, begin, end);
    if (!ak_chain_builder_next_premise(builder))
      return false;
    for (guint32 i = 0; i < end - begin; i++) {
      guint32 edge = edges[i].number;
      if ((i == 0 || !is_same_edge(graph, edge, edges[i - 1].number)) &&
          !ak_chain_builder_add_edge(builder, self->atoms[graph->edge_head[edge]], graph->edge_rule[edge]))
        return false;
    }
  }
  return true;
}

static void take_way(const AkChainOrder *self, const AkChainGraph *graph, guint32 number, AkChainWay *out) {
  *out = (AkChainWay){.premise_count = 0};
  for (guint32 i = graph->way_premise_start[number]; i < graph->way_premise_start[number + 1]; i++)
    out->premises[out->premise_count++] = self->atoms[graph->way_premises[i]];
  for (guint32 i = graph->way_measure_start[number]; i < graph->way_measure_start[number + 1]; i++)
    out->measures[out->measure_count++] = self->measures[graph->way_measures[i]];
  sort(out->premises, out->premise_count);
  sort(out->measures, out->measure_count);
}

static bool is_same_list(const guint32 *one, guint count, const guint32 *other, guint other_count) {
  return count == other_count && (count == 0 || memcmp(one, other, count * sizeof *one) == 0);
}

/* Labels are numbers of 64 bits: what has one label is compared. */
static bool is_same_way(const AkChainOrder *self, const AkChainGraph *graph, guint32 one, guint32 other) {
  AkChainWay left, right;
  if (graph->way_head[one] != graph->way_head[other] || graph->way_rule[one] != graph->way_rule[other])
    return false;
  take_way(self, graph, one, &left);
  take_way(self, graph, other, &right);
  return is_same_list(left.premises, left.premise_count, right.premises, right.premise_count) &&
         is_same_list(left.measures, left.measure_count, right.measures, right.measure_count);
}

static bool add_ways(const AkChainOrder *self, const AkChainGraph *graph, const AkChainLabels *labels, AkChainBuilder *builder) {
  g_autofree AkChainLabelled *ways = by_label(labels->instances + graph->edge_count, 0, graph->way_count);
  for (guint32 i = 0; i < graph->way_count; i++) {
    guint32 way = ways[i].number;
    AkChainWay one;
    if (i > 0 && ways[i].label == ways[i - 1].label && is_same_way(self, graph, way, ways[i - 1].number))
      continue;
    take_way(self, graph, way, &one);
    if (!ak_chain_builder_add_way(builder, self->atoms[graph->way_head[way]], graph->way_rule[way], &one))
      return false;
  }
  return true;
}

AkChainOrder *ak_chain_order_new(const AkChainGraph *graph, const AkChainLabels *labels) {
  g_autoptr(AkChainOrder) self = g_new0(AkChainOrder, 1);
  g_auto(AkChainBuilder) builder = {0};
  self->atoms = g_new(guint32, (gsize)graph->atom_count + 1);
  self->atoms_back = g_new(guint32, (gsize)graph->atom_count + 1);
  self->measures = g_new(guint32, (gsize)graph->measure_count + 1);
  self->measures_back = g_new(guint32, (gsize)graph->measure_count + 1);
  number(labels->atoms, 0, graph->initial_count, self->atoms, self->atoms_back);
  number(labels->atoms, graph->initial_count, graph->atom_count, self->atoms, self->atoms_back);
  number(labels->measures, 0, graph->measure_count, self->measures, self->measures_back);
  if (!add_edges(self, graph, labels, &builder) || !add_ways(self, graph, labels, &builder))
    return NULL;
  self->graph = ak_chain_builder_end(&builder, graph->initial_count, graph->measure_count);
  return self->graph != NULL ? g_steal_pointer(&self) : NULL;
}

void ak_chain_order_free(AkChainOrder *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->graph, ak_chain_graph_free);
  g_free(self->atoms);
  g_free(self->measures);
  g_free(self->atoms_back);
  g_free(self->measures_back);
  g_free(self);
}

/* --- what is asked, in its numbers, and what is found, back ------------------------------------------------------ */

typedef struct {
  AkChainCheapestSpec spec;
  guint8 *initial, *held;
  guint64 *costs;
  guint32 *goals, *places; /* [goals] rising; where each stands in the list that was given */
} Asked;

static void asked_clear(Asked *self) {
  g_free(self->initial);
  g_free(self->held);
  g_free(self->costs);
  g_free(self->goals);
  g_free(self->places);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asked, asked_clear)

/* NULL stays NULL. */
static guint8 *bytes_of(const guint8 *bytes, const guint32 *back, guint32 count) {
  guint8 *out = bytes != NULL ? g_new(guint8, (gsize)count + 1) : NULL;
  for (guint32 i = 0; bytes != NULL && i < count; i++)
    out[i] = bytes[back[i]];
  return out;
}

static int compare_goals(gconstpointer a, gconstpointer b, gpointer data) {
  const guint32 *goals = data, *left = a, *right = b;
  return compare_numbers(&goals[*left], &goals[*right]);
}

static void ask(const AkChainOrder *self, const AkChainCheapestSpec *spec, Asked *out) {
  g_autofree guint32 *goals = g_new(guint32, (gsize)spec->goal_count + 1);
  *out = (Asked){.spec = *spec};
  out->initial = bytes_of(spec->initial, self->atoms_back, self->graph->initial_count);
  out->held = bytes_of(spec->held, self->measures_back, self->graph->measure_count);
  out->costs = g_new(guint64, (gsize)self->graph->measure_count + 1);
  for (guint32 i = 0; i < self->graph->measure_count; i++)
    out->costs[i] = spec->costs[self->measures_back[i]];
  out->goals = g_new(guint32, (gsize)spec->goal_count + 1);
  out->places = g_new(guint32, (gsize)spec->goal_count + 1);
  for (guint i = 0; i < spec->goal_count; i++) {
    goals[i] = self->atoms[spec->goals[i]];
    out->places[i] = i;
  }
  g_qsort_with_data(out->places, (gint)spec->goal_count, sizeof *out->places, compare_goals, goals);
  for (guint i = 0; i < spec->goal_count; i++)
    out->goals[i] = goals[out->places[i]];
  out->spec.initial = out->initial;
  out->spec.held = out->held;
  out->spec.costs = out->costs;
  out->spec.goals = out->goals;
}

static void take_back(AkChainVector *numbers, const guint32 *back) {
  for (guint32 i = 0; i < numbers->count; i++)
    numbers->data[i] = back[numbers->data[i]];
  sort(numbers->data, numbers->count);
}

bool ak_chain_order_cheapest(const AkChainOrder *self, const AkChainGraph *graph, const AkChainCheapestSpec *spec,
                             AkChainCheapest *out, GError **error) {
  g_auto(Asked) asked = {.places = NULL};
  if (self == NULL)
    return ak_chain_cheapest_find(graph, spec, out, error);
  ask(self, spec, &asked);
  if (!ak_chain_cheapest_find(self->graph, &asked.spec, out, error))
    return false;
  take_back(&out->chosen, self->measures_back);
  if (!out->is_possible)
    out->unstoppable = self->atoms_back[out->unstoppable];
  return true;
}

bool ak_chain_order_budget(const AkChainOrder *self, const AkChainGraph *graph, const AkChainBudgetSpec *spec, AkChainBudget *out,
                           GError **error) {
  g_auto(Asked) asked = {.places = NULL};
  if (self == NULL)
    return ak_chain_budget_find(graph, spec, out, error);
  ask(self, &spec->cheapest, &asked);
  g_autofree guint64 *weights = g_new(guint64, (gsize)spec->cheapest.goal_count + 1);
  for (guint i = 0; i < spec->cheapest.goal_count; i++)
    weights[i] = spec->weights[asked.places[i]];
  const AkChainBudgetSpec wanted = {asked.spec, weights, spec->budget};
  if (!ak_chain_budget_find(self->graph, &wanted, out, error))
    return false;
  take_back(&out->chosen, self->measures_back);
  take_back(&out->kept, asked.places);
  return true;
}
