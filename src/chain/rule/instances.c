#include "chain/rule/instances.h"

#include <string.h>

void ak_chain_instances_end(AkChainInstances *self) {
  ak_chain_vector_clear(&self->run_premise);
  ak_chain_vector_clear(&self->run_begin);
  ak_chain_vector_clear(&self->sorting);
}

void ak_chain_instances_clear(AkChainInstances *self) {
  ak_chain_builder_clear(&self->builder);
  ak_chain_instances_end(self);
}

/* --- from instances to edges and ways
 * --------------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  guint32 premise, head, rule;
} Edge;

/* Where the next edges go, held in variables while they are laid: what is written could otherwise be any of these numbers. */
typedef struct {
  guint32 *heads, *rules, *run_premises, *run_begins;
  guint32 edges, runs;
  Edge last; /* nothing is like it where there is none in the window */
  bool is_mixed;
} Laying;

static inline Laying begin_laying(const AkChainInstances *self) {
  const AkChainBuilder *builder = &self->builder;
  Laying out = {.heads = builder->edge_head.data,
                .rules = builder->edge_rule.data,
                .run_premises = self->run_premise.data,
                .run_begins = self->run_begin.data,
                .edges = builder->edge_head.count,
                .runs = self->run_premise.count,
                .last = {AK_CHAIN_ATOM_NONE, AK_CHAIN_ATOM_NONE, G_MAXUINT32},
                .is_mixed = self->is_mixed};
  if (out.runs > 0)
    out.last = (Edge){out.run_premises[out.runs - 1], out.heads[out.edges - 1], out.rules[out.edges - 1]};
  return out;
}

static inline void end_laying(AkChainInstances *self, const Laying *laying) {
  self->builder.edge_head.count = self->builder.edge_rule.count = laying->edges;
  self->run_premise.count = self->run_begin.count = laying->runs;
  self->is_mixed = laying->is_mixed;
}

static inline bool is_same(const Edge *a, const Edge *b) {
  return a->premise == b->premise && a->head == b->head && a->rule == b->rule;
}

/* Room for it was made. What is like the edge before it says nothing new. A run is written down in any case, and counted where it begins. */
static inline void add_edge(Laying *self, Edge edge) {
  if (is_same(&self->last, &edge))
    return;
  bool begins = edge.premise != self->last.premise;
  self->is_mixed |= (self->runs > 0) & (edge.premise < self->last.premise);
  self->run_premises[self->runs] = edge.premise;
  self->run_begins[self->runs] = self->edges;
  self->runs += begins;
  self->heads[self->edges] = edge.head;
  self->rules[self->edges++] = edge.rule;
  self->last = edge;
}

/* All are edges, of one rule. What follows from itself says nothing. */
static void add_edges(AkChainInstances *self, const AkChainHeads *heads) {
  Laying laying = begin_laying(self);
  for (guint32 i = 0; i < heads->count; i++)
    if (self->atoms_of[i] != heads->premises[0][i])
      add_edge(&laying, (Edge){heads->premises[0][i], self->atoms_of[i], heads->rule});
  end_laying(self, &laying);
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
  Laying laying = begin_laying(self);
  for (guint32 i = 0; i < heads->count; i++) {
    AkChainWay way = way_of(heads, i);
    guint32 head = self->atoms_of[i];
    if (is_own(&way, head))
      continue;
    if (way.premise_count == 1 && way.measure_count == 0)
      add_edge(&laying, (Edge){way.premises[0], head, heads->rule});
    else
      ak_chain_builder_put_way(&self->builder, head, heads->rule, &way);
  }
  end_laying(self, &laying);
}

/* Two premises and no measure: what most ways are. */
static void add_pairs(AkChainInstances *self, const AkChainHeads *heads) {
  Laying laying = begin_laying(self);
  for (guint32 i = 0; i < heads->count; i++) {
    guint32 first = heads->premises[0][i], second = heads->premises[1][i], head = self->atoms_of[i];
    AkChainWay way = {.premises = {first, second}, .premise_count = 2};
    if (head == first || head == second)
      continue;
    if (first == second)
      add_edge(&laying, (Edge){first, head, heads->rule});
    else
      ak_chain_builder_put_way(&self->builder, head, heads->rule, &way);
  }
  end_laying(self, &laying);
}

static bool reserve(AkChainInstances *self, const AkChainHeads *heads) {
  guint32 count = heads->count;
  bool has_ways = heads->premise_count != 1 || heads->measure_count > 0;
  return ak_chain_vector_reserve(&self->run_premise, count) && ak_chain_vector_reserve(&self->run_begin, count) &&
         ak_chain_builder_reserve_edges(&self->builder, count) &&
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

void ak_chain_instances_renumber(AkChainInstances *self, guint32 first, const guint32 *to) {
  guint32 *heads = self->builder.way_head.data;
  for (guint32 way = 0; way < self->builder.way_head.count; way++)
    if (heads[way] >= first)
      heads[way] = to[heads[way] - first];
}

/* --- edges by their premise
 * --------------------------------------------------------------------------------------------------------------------------------- */

static guint32 run_length(const AkChainInstances *self, guint32 run) {
  guint32 end = run + 1 < self->run_begin.count ? self->run_begin.data[run + 1] : self->builder.edge_head.count;
  return end - self->run_begin.data[run];
}

/* Where the edges of each premise begin, [atoms + 1]. */
static void count_edges(const AkChainInstances *self, guint32 first, guint32 atoms, guint32 *start) {
  memset(start, 0, (atoms + 1) * sizeof *start);
  for (guint32 run = 0; run < self->run_premise.count; run++)
    start[self->run_premise.data[run] - first + 1] += run_length(self, run);
  start[0] = self->window_begin;
  for (guint32 i = 0; i < atoms; i++)
    start[i + 1] += start[i];
}

/* Each run goes to its place. */
static void move_runs(AkChainInstances *self, guint32 *column, const guint32 *places) {
  guint32 *mixed = self->sorting.data, begin = self->window_begin;
  memcpy(mixed, column + begin, (self->builder.edge_head.count - begin) * sizeof *mixed);
  for (guint32 run = 0; run < self->run_begin.count; run++) {
    const guint32 *from = mixed + (self->run_begin.data[run] - begin);
    for (guint32 i = 0, length = run_length(self, run); i < length; i++)
      column[places[run] + i] = from[i];
  }
}

/* Counting sort of runs. `start` is used up, and premises of runs become their places. */
static bool sort_edges(AkChainInstances *self, guint32 first, guint32 *start) {
  guint32 *places = self->run_premise.data;
  if (!ak_chain_vector_reserve(&self->sorting, self->builder.edge_head.count - self->window_begin))
    return false;
  for (guint32 run = 0; run < self->run_premise.count; run++) {
    guint32 *next = &start[places[run] - first];
    places[run] = *next;
    *next += run_length(self, run);
  }
  move_runs(self, self->builder.edge_head.data, places);
  move_runs(self, self->builder.edge_rule.data, places);
  return true;
}

/* The same where runs come by rising premises, one each. */
static void copy_begins(const AkChainInstances *self, guint32 first, guint32 atoms, guint32 *start) {
  guint32 at = 0;
  for (guint32 run = 0; run < self->run_premise.count; run++)
    for (guint32 end = self->run_premise.data[run] - first; at <= end; at++)
      start[at] = self->run_begin.data[run];
  for (; at < atoms; at++)
    start[at] = self->builder.edge_head.count;
}

bool ak_chain_instances_end_window(AkChainInstances *self, guint32 first, guint32 end) {
  guint32 atoms = end - first;
  AkChainVector *starts = &self->builder.edge_start;
  if (!ak_chain_vector_reserve(starts, atoms))
    return false;
  if (self->is_mixed) {
    guint32 start[AK_CHAIN_WINDOW_MAX + 1];
    count_edges(self, first, atoms, start);
    memcpy(starts->data + starts->count, start, atoms * sizeof *start);
    if (!sort_edges(self, first, start))
      return false;
  } else {
    copy_begins(self, first, atoms, starts->data + starts->count);
  }
  starts->count += atoms;
  self->run_premise.count = self->run_begin.count = 0;
  self->window_begin = self->builder.edge_head.count;
  self->is_mixed = false;
  return true;
}
