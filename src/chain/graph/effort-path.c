#include <string.h>

#include "chain/graph/effort-parts.h"

/* The atom that an edge comes from: the last one whose edges begin at it or before. */
static guint32 premise_of(const AkChainGraph *graph, guint32 edge) {
  guint32 low = 0, high = graph->atom_count;
  while (high - low > 1) {
    guint32 middle = low + (high - low) / 2;
    if (graph->edge_start[middle] <= edge)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* Rule and premises by which an atom was reached best. */
static guint32 way_to(const AkChainEffort *self, guint32 atom, AkChainStepTaken *out) {
  const AkChainGraph *graph = self->graph;
  guint32 by = self->best[atom].by;
  *out = (AkChainStepTaken){.atom = atom, .rule = AK_CHAIN_GRAPH_NONE, .way = AK_CHAIN_GRAPH_NONE};
  if (by == AK_CHAIN_EFFORT_NO_WAY)
    return AK_CHAIN_GRAPH_NONE;
  if (by < graph->edge_count) {
    out->premises[out->premise_count++] = premise_of(graph, by);
    return out->rule = graph->edge_rule[by];
  }
  by -= graph->edge_count;
  out->way = by;
  for (guint32 i = graph->way_premise_start[by]; i < graph->way_premise_start[by + 1]; i++)
    out->premises[out->premise_count++] = graph->way_premises[i];
  return out->rule = graph->way_rule[by];
}

static bool is_helper(guint32 rule) {
  return rule != AK_CHAIN_GRAPH_NONE && (rule & AK_CHAIN_RULE_HELPER);
}

/* Premises that are helpers' atoms give way to what those came from: the head's one helper to the
 * premises of its rule, at most six, and a projection to the one atom that was projected. */
static void name_helpers(const AkChainEffort *self, AkChainStepTaken *step) {
  for (guint i = 0; i < step->premise_count;) {
    AkChainStepTaken before;
    if (!is_helper(way_to(self, step->premises[i], &before)) ||
        step->premise_count - 1 + before.premise_count > G_N_ELEMENTS(step->premises)) {
      i++;
      continue;
    }
    step->premises[i] = step->premises[--step->premise_count];
    for (guint p = 0; p < before.premise_count; p++)
      step->premises[step->premise_count++] = before.premises[p];
  }
}

/* Two marks of its own. */
static guint32 *begin_walk(const AkChainEffort *self) {
  gsize atoms = (gsize)self->graph->atom_count + 1;
  AkChainEffortWalk *walk = self->walk;
  if (walk->marks == NULL)
    walk->marks = g_new0(guint32, atoms);
  if (walk->last > G_MAXUINT32 - 2) {
    memset(walk->marks, 0, atoms * sizeof *walk->marks);
    walk->last = 0;
  }
  walk->last += 2;
  return walk->marks;
}

/* Atoms of the cheapest attack, premises before what follows from them, each once. Depth first,
 * without recursion: a chain may be as long as there are atoms. Only what is settled has a way that
 * is final. */
static void walk(const AkChainEffort *self, guint32 atom, AkChainVector *out) {
  g_auto(AkChainVector) stack = {0};
  guint32 *marks = begin_walk(self), entered = self->walk->last - 1, left = self->walk->last;
  if (!self->settled[atom] || !ak_chain_vector_add(&stack, atom))
    return;
  while (stack.count > 0) {
    guint32 top = stack.data[stack.count - 1];
    AkChainStepTaken step;
    if (marks[top] < entered) {
      marks[top] = entered; /* premises first */
      way_to(self, top, &step);
      for (guint i = step.premise_count; i-- > 0;)
        if (marks[step.premises[i]] < entered)
          ak_chain_vector_add(&stack, step.premises[i]);
      continue;
    }
    stack.count--;
    if (marks[top] == entered)
      ak_chain_vector_add(out, top);
    marks[top] = left;
  }
}

GArray *ak_chain_effort_path(const AkChainEffort *self, guint32 atom) {
  GArray *path = g_array_new(FALSE, FALSE, sizeof(AkChainStepTaken));
  g_auto(AkChainVector) atoms = {0};
  walk(self, atom, &atoms);
  for (guint32 i = 0; i < atoms.count; i++) {
    AkChainStepTaken step;
    if (is_helper(way_to(self, atoms.data[i], &step)))
      continue;
    name_helpers(self, &step);
    g_array_append_val(path, step);
  }
  return path;
}

void ak_chain_effort_taken(const AkChainEffort *self, guint32 atom, AkChainVector *out) {
  g_auto(AkChainVector) atoms = {0};
  walk(self, atom, &atoms);
  for (guint32 i = 0; i < atoms.count; i++) {
    guint32 by = self->best[atoms.data[i]].by;
    if (by != AK_CHAIN_EFFORT_NO_WAY)
      ak_chain_vector_add(out, by);
  }
}

guint64 ak_chain_effort_repriced(const AkChainEffort *self, guint32 atom, const guint32 *efforts) {
  g_auto(AkChainVector) atoms = {0};
  g_autofree guint64 *costs = g_new0(guint64, (gsize)self->graph->atom_count + 1);
  walk(self, atom, &atoms);
  if (atoms.count == 0)
    return AK_CHAIN_EFFORT_NONE;
  for (guint32 i = 0; i < atoms.count; i++) {
    AkChainStepTaken step;
    guint32 rule = way_to(self, atoms.data[i], &step);
    guint64 cost = rule == AK_CHAIN_GRAPH_NONE || is_helper(rule) ? 0 : efforts[rule];
    for (guint p = 0; p < step.premise_count; p++)
      cost = ak_chain_effort_add(cost, costs[step.premises[p]]);
    costs[atoms.data[i]] = cost;
  }
  return costs[atom];
}
