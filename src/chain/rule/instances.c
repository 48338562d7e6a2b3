#include "chain/rule/instances.h"

#include <string.h>

void ak_chain_instances_clear(AkChainInstances *self) {
  ak_chain_builder_clear(&self->builder);
  ak_chain_vector_clear(&self->premise);
  ak_chain_vector_clear(&self->sorting);
}

/* --- from instances to edges and ways
 * --------------------------------------------------------------------------------------------------------------------------------- */

/* The last edge of the window; nothing is like it where there is none. */
typedef struct {
  guint32 premise, head, rule;
} Edge;

static Edge last_edge(const AkChainInstances *self) {
  const AkChainBuilder *builder = &self->builder;
  if (self->premise.count == 0)
    return (Edge){AK_CHAIN_ATOM_NONE, AK_CHAIN_ATOM_NONE, G_MAXUINT32};
  return (Edge){self->premise.data[self->premise.count - 1], builder->edge_head.data[builder->edge_head.count - 1],
                builder->edge_rule.data[builder->edge_rule.count - 1]};
}

/* Room for it was made. What is like the edge before it says nothing new. */
static void add_edge(AkChainInstances *self, guint32 premise, guint32 head, guint32 rule) {
  Edge last = last_edge(self);
  if (last.premise == premise && last.head == head && last.rule == rule)
    return;
  self->is_mixed = self->is_mixed || (self->premise.count > 0 && premise < last.premise);
  ak_chain_vector_add(&self->premise, premise);
  ak_chain_builder_add_edge(&self->builder, head, rule);
}

/* All are edges, of one rule. What follows from itself says nothing. */
static void add_edges(AkChainInstances *self, const AkChainHeads *heads) {
  AkChainBuilder *builder = &self->builder;
  const guint32 *premises = heads->premises[0], *atoms = self->atoms_of;
  guint32 *premise = self->premise.data + self->premise.count, made = 0;
  guint32 *head = builder->edge_head.data + builder->edge_head.count, *rule = builder->edge_rule.data + builder->edge_rule.count;
  Edge before = last_edge(self), last = before.rule == heads->rule ? before : (Edge){AK_CHAIN_ATOM_NONE, AK_CHAIN_ATOM_NONE, heads->rule};
  for (guint32 i = 0; i < heads->count; i++) {
    bool is_new = (premises[i] != last.premise || atoms[i] != last.head) && atoms[i] != premises[i];
    last.premise = premise[made] = premises[i];
    last.head = head[made] = atoms[i];
    rule[made] = last.rule;
    made += is_new;
  }
  self->is_mixed = self->is_mixed || (made > 0 && self->premise.count > 0 && premise[0] < before.premise);
  self->premise.count += made;
  builder->edge_head.count += made;
  builder->edge_rule.count += made;
}

static bool add_once(guint32 *list, guint *count, guint32 value) {
  for (guint i = 0; i < *count; i++)
    if (list[i] == value)
      return false;
  list[(*count)++] = value;
  return true;
}

static AkChainWay way_of(const AkChainHeads *heads, guint32 at) {
  AkChainWay way;
  way.premise_count = way.measure_count = 0;
  for (guint i = 0; i < heads->premise_count; i++)
    add_once(way.premises, &way.premise_count, heads->premises[i][at]);
  for (guint i = 0; i < heads->measure_count; i++)
    if (heads->measures[i][at] != AK_CHAIN_ATOM_NONE)
      add_once(way.measures, &way.measure_count, heads->measures[i][at]);
  return way;
}

/* What follows from itself says nothing. */
static bool is_own(const AkChainWay *way, guint32 head) {
  bool out = false;
  for (guint i = 0; i < way->premise_count; i++)
    out = out || way->premises[i] == head;
  return out;
}

static void add_general(AkChainInstances *self, const AkChainHeads *heads) {
  for (guint32 i = 0; i < heads->count; i++) {
    AkChainWay way = way_of(heads, i);
    guint32 head = self->atoms_of[i];
    if (is_own(&way, head))
      continue;
    if (way.premise_count == 1 && way.measure_count == 0)
      add_edge(self, way.premises[0], head, heads->rule);
    else
      ak_chain_builder_put_way(&self->builder, head, heads->rule, &way);
  }
}

/* Two premises and no measure: what most ways are. */
static void add_pairs(AkChainInstances *self, const AkChainHeads *heads) {
  const guint32 *first = heads->premises[0], *second = heads->premises[1], *atoms = self->atoms_of;
  AkChainBuilder *builder = &self->builder;
  guint32 at = builder->way_head.count, asked = builder->way_premises.count, measures = builder->way_measures.count;
  for (guint32 i = 0; i < heads->count; i++) {
    if (atoms[i] == first[i] || atoms[i] == second[i])
      continue;
    if (first[i] == second[i]) {
      add_edge(self, first[i], atoms[i], heads->rule);
      continue;
    }
    builder->way_head.data[at] = atoms[i];
    builder->way_rule.data[at] = heads->rule;
    builder->way_premise_start.data[at] = asked;
    builder->way_measure_start.data[at++] = measures;
    builder->way_premises.data[asked++] = first[i];
    builder->way_premises.data[asked++] = second[i];
  }
  builder->way_head.count = builder->way_rule.count = builder->way_premise_start.count = builder->way_measure_start.count = at;
  builder->way_premises.count = asked;
}

static bool reserve(AkChainInstances *self, const AkChainHeads *heads) {
  guint32 count = heads->count;
  bool has_ways = heads->premise_count != 1 || heads->measure_count > 0;
  return ak_chain_vector_reserve(&self->premise, count) && ak_chain_builder_reserve_edges(&self->builder, count) &&
         (!has_ways || ak_chain_builder_reserve_ways(&self->builder, count, count * heads->premise_count, count * heads->measure_count));
}

static void add_all(AkChainInstances *self, const AkChainHeads *heads) {
  if (heads->measure_count == 0 && heads->premise_count == 1)
    add_edges(self, heads);
  else if (heads->measure_count == 0 && heads->premise_count == 2)
    add_pairs(self, heads);
  else
    add_general(self, heads);
}

static guint64 count_all(const AkChainInstances *self) {
  return (guint64)self->builder.edge_head.count + self->builder.way_head.count;
}

bool ak_chain_instances_add(AkChainInstances *self, const AkChainHeads *heads) {
  guint64 before = count_all(self);
  if (!ak_chain_atoms_add_all(self->atoms, heads->predicate, heads->keys, heads->count, self->atoms_of) || !reserve(self, heads))
    return false;
  add_all(self, heads);
  guint64 made = count_all(self) - before;
  if (made > self->ways_left)
    return false;
  self->ways_left -= made;
  return true;
}

/* --- edges by their premise
 * --------------------------------------------------------------------------------------------------------------------------------- */

/* Where the window's edges of each premise begin, [atoms + 1]. */
static void count_edges(const AkChainInstances *self, guint32 first, guint32 atoms, guint32 *start) {
  const guint32 *premise = self->premise.data;
  memset(start, 0, (atoms + 1) * sizeof *start);
  for (guint32 i = 0; i < self->premise.count; i++)
    start[premise[i] - first + 1]++;
  for (guint32 i = 0; i < atoms; i++)
    start[i + 1] += start[i];
}

/* Counting sort, of heads and rules. `start` is used up. */
static bool sort_edges(AkChainInstances *self, guint32 first, guint32 *start) {
  guint32 count = self->premise.count;
  if (!ak_chain_vector_reserve(&self->sorting, 2 * count))
    return false;
  guint32 *heads = self->builder.edge_head.data + self->builder.edge_head.count - count;
  guint32 *rules = self->builder.edge_rule.data + self->builder.edge_rule.count - count;
  guint32 *mixed_heads = self->sorting.data, *mixed_rules = mixed_heads + count;
  const guint32 *premise = self->premise.data;
  memcpy(mixed_heads, heads, count * sizeof *heads);
  memcpy(mixed_rules, rules, count * sizeof *rules);
  for (guint32 i = 0; i < count; i++) {
    guint32 place = start[premise[i] - first]++;
    heads[place] = mixed_heads[i];
    rules[place] = mixed_rules[i];
  }
  return true;
}

bool ak_chain_instances_end_window(AkChainInstances *self, guint32 first, guint32 end) {
  AkChainVector *starts = &self->builder.edge_start;
  guint32 start[AK_CHAIN_WINDOW_MAX + 1], atoms = end - first, before = self->builder.edge_head.count - self->premise.count;
  if (!ak_chain_vector_reserve(starts, atoms))
    return false;
  count_edges(self, first, atoms, start);
  for (guint32 i = 0; i < atoms; i++)
    starts->data[starts->count++] = before + start[i];
  if (self->is_mixed && !sort_edges(self, first, start))
    return false;
  self->premise.count = 0;
  self->is_mixed = false;
  return true;
}
