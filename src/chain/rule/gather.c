#include "chain/rule/gather.h"

#include "util/large.h"

/* Values than atoms, at most: with more of them few atoms have one in common. */
#define VALUES_AN_ATOM 4

typedef struct {
  const AkChainAtoms *atoms;
  guint32 first, count;
  guint32 *base; /* [predicates] where the buckets of a predicate begin; those of a predicate with many values are one */
  bool *is_spread;
  guint32 buckets;
  guint32 *next; /* [buckets + 1] the next number of a bucket */
  guint32 *to;   /* [count] the new numbers */
} Gathering;

static void find_buckets(Gathering *self) {
  guint32 predicates = ak_chain_atoms_predicate_count(self->atoms);
  self->base = g_new(guint32, predicates + 1);
  self->is_spread = g_new(bool, predicates + 1);
  for (guint32 p = 0; p < predicates; p++) {
    guint32 atoms = ak_chain_atoms_count_of(self->atoms, p), values = ak_chain_atoms_outer_values(self->atoms, p);
    self->is_spread[p] = values / VALUES_AN_ATOM < atoms;
    self->base[p] = self->buckets;
    self->buckets += atoms == 0 ? 0 : self->is_spread[p] ? values : 1;
  }
}

static guint32 bucket_of(const Gathering *self, guint32 atom) {
  guint32 predicate = ak_chain_atoms_predicate(self->atoms, atom);
  return self->base[predicate] + (self->is_spread[predicate] ? ak_chain_atoms_outer_value(self->atoms, atom) : 0);
}

/* Counting sort. */
static void number(Gathering *self) {
  for (guint32 i = 0; i < self->count; i++) {
    self->to[i] = bucket_of(self, self->first + i);
    self->next[self->to[i] + 1]++;
  }
  self->next[0] = self->first;
  for (guint32 bucket = 0; bucket < self->buckets; bucket++)
    self->next[bucket + 1] += self->next[bucket];
  for (guint32 i = 0; i < self->count; i++)
    self->to[i] = self->next[self->to[i]]++;
}

bool ak_chain_gather(AkChainInstances *instances, guint32 first) {
  Gathering self = {.atoms = instances->atoms, .first = first, .count = ak_chain_atoms_count(instances->atoms) - first};
  find_buckets(&self);
  self.next = ak_large_new((gsize)self.buckets + 1, sizeof *self.next);
  self.to = ak_large_new(MAX(self.count, 1), sizeof *self.to);
  bool is_done = self.next != NULL && self.to != NULL;
  if (is_done) {
    number(&self);
    is_done = ak_chain_atoms_renumber(instances->atoms, first, self.to);
  }
  if (is_done)
    ak_chain_instances_renumber(instances, first, self.to);
  ak_large_free(self.next);
  ak_large_free(self.to);
  g_free(self.base);
  g_free(self.is_spread);
  return is_done;
}
