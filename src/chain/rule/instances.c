#include "chain/rule/instances.h"

#include <string.h>

void ak_chain_instances_clear(AkChainInstances *self) {
  ak_chain_builder_clear(&self->builder);
  ak_chain_vector_clear(&self->premise);
  ak_chain_vector_clear(&self->head);
  ak_chain_vector_clear(&self->rule);
}

/* --- from instances to edges and ways
 * --------------------------------------------------------------------------------------------------------------------------------- */

/* Is the last edge the same? It says nothing new then. */
static bool is_said(const AkChainInstances *self, guint32 premise, guint32 head, guint32 rule) {
  guint32 at = self->head.count;
  return at > 0 && self->premise.data[at - 1] == premise && self->head.data[at - 1] == head && self->rule.data[at - 1] == rule;
}

/* Room for it was made. */
static void add_edge(AkChainInstances *self, guint32 premise, guint32 head, guint32 rule) {
  guint32 at = self->premise.count;
  if (is_said(self, premise, head, rule))
    return;
  self->is_mixed = self->is_mixed || (at > 0 && premise < self->premise.data[at - 1]);
  ak_chain_vector_add(&self->premise, premise);
  ak_chain_vector_add(&self->head, head);
  ak_chain_vector_add(&self->rule, rule);
}

static bool reserve_edges(AkChainInstances *self, guint32 more) {
  return ak_chain_vector_reserve(&self->premise, more) && ak_chain_vector_reserve(&self->head, more) &&
         ak_chain_vector_reserve(&self->rule, more);
}

/* All are edges, of one rule. What follows from itself says nothing. */
static void add_edges(AkChainInstances *self, const AkChainHeads *heads) {
  const guint32 *premises = heads->premises[0], *atoms = self->atoms_of;
  guint32 at = self->head.count, *premise = self->premise.data + at, *head = self->head.data + at, *rule = self->rule.data + at;
  guint32 first = 0, made = 0;
  while (first < heads->count && (atoms[first] == premises[first] || is_said(self, premises[first], atoms[first], heads->rule)))
    first++;
  for (guint32 i = first; i < heads->count; i++) {
    premise[made] = premises[i];
    head[made] = atoms[i];
    rule[made] = heads->rule;
    bool is_new = made == 0 || premises[i] != premise[made - 1] || atoms[i] != head[made - 1];
    made += is_new && atoms[i] != premises[i];
  }
  self->is_mixed = self->is_mixed || (made > 0 && at > 0 && premise[0] < premise[-1]);
  self->premise.count = self->head.count = self->rule.count = at + made;
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

static void add_ways(AkChainInstances *self, const AkChainHeads *heads) {
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

static bool reserve(AkChainInstances *self, const AkChainHeads *heads) {
  guint32 count = heads->count;
  bool has_ways = heads->premise_count != 1 || heads->measure_count > 0;
  return reserve_edges(self, count) &&
         (!has_ways || ak_chain_builder_reserve_ways(&self->builder, count, count * heads->premise_count, count * heads->measure_count));
}

bool ak_chain_instances_add(AkChainInstances *self, const AkChainHeads *heads) {
  guint64 before = (guint64)self->head.count + self->builder.way_head.count;
  if (!ak_chain_atoms_add_all(self->atoms, heads->predicate, heads->keys, heads->count, self->atoms_of) || !reserve(self, heads))
    return false;
  (heads->premise_count == 1 && heads->measure_count == 0 ? add_edges : add_ways)(self, heads);
  guint64 made = (guint64)self->head.count + self->builder.way_head.count - before;
  if (made > self->ways_left)
    return false;
  self->ways_left -= made;
  return true;
}

/* --- edges by their premise
 * --------------------------------------------------------------------------------------------------------------------------------- */

/* Where the window's edges of each premise begin, [atoms + 1]. */
static void count_edges(const AkChainInstances *self, guint32 first, guint32 atoms, guint32 *start) {
  memset(start, 0, (atoms + 1) * sizeof *start);
  for (guint32 i = 0; i < self->head.count; i++)
    start[self->premise.data[i] - first + 1]++;
  for (guint32 i = 0; i < atoms; i++)
    start[i + 1] += start[i];
}

static void lay_edges(const AkChainInstances *self, guint32 first, guint32 *start, guint32 *heads, guint32 *rules) {
  const guint32 *premise = self->premise.data, *head = self->head.data, *rule = self->rule.data;
  for (guint32 i = 0; i < self->head.count; i++) {
    guint32 place = start[premise[i] - first]++;
    heads[place] = head[i];
    rules[place] = rule[i];
  }
}

bool ak_chain_instances_end_window(AkChainInstances *self, guint32 first, guint32 end) {
  AkChainBuilder *builder = &self->builder;
  guint32 start[AK_CHAIN_WINDOW_MAX + 1], atoms = end - first, count = self->head.count, before = builder->edge_head.count;
  if (!ak_chain_builder_reserve_edges(builder, count) || !ak_chain_vector_reserve(&builder->edge_start, atoms))
    return false;
  count_edges(self, first, atoms, start);
  for (guint32 i = 0; i < atoms; i++)
    builder->edge_start.data[builder->edge_start.count++] = before + start[i];
  if (self->is_mixed) {
    lay_edges(self, first, start, builder->edge_head.data + before, builder->edge_rule.data + before);
  } else if (count > 0) {
    memcpy(builder->edge_head.data + before, self->head.data, count * sizeof *self->head.data);
    memcpy(builder->edge_rule.data + before, self->rule.data, count * sizeof *self->rule.data);
  }
  builder->edge_head.count = builder->edge_rule.count = before + count;
  self->premise.count = self->head.count = self->rule.count = 0;
  self->is_mixed = false;
  return true;
}
