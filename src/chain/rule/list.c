#include "chain/rule/list.h"

#define DIRECT_MAX ((guint64)1 << 22) /* keys */

/* Columns that are known have radices, and all of them fit the key of an atom (see atoms.h). */
static guint64 weigh(AkChainList *self, const AkChainFacts *facts) {
  guint arity = ak_chain_rules_predicate_at(ak_chain_facts_rules(facts), self->predicate)->arity;
  guint64 keys = 1;
  for (guint i = 0; i < arity; i++) {
    if (!(self->known >> i & 1))
      continue;
    self->weights[i] = keys;
    self->key.from[self->key.count] = (guint8)i;
    self->key.weights[self->key.count++] = keys;
    keys *= MAX(1, ak_chain_facts_domain(facts, ak_chain_facts_type(facts, self->predicate, i)));
  }
  return keys;
}

AkChainList *ak_chain_list_new(const AkChainFacts *facts, guint32 predicate, guint known) {
  AkChainList *self = g_new0(AkChainList, 1);
  self->predicate = predicate;
  self->known = known;
  guint64 keys = weigh(self, facts);
  if (keys > DIRECT_MAX)
    return self;
  self->direct = ak_large_new(keys, sizeof *self->direct);
  if (self->direct == NULL)
    g_clear_pointer(&self, ak_chain_list_free);
  return self;
}

void ak_chain_list_free(AkChainList *self) {
  if (self == NULL)
    return;
  ak_large_free(self->direct);
  ak_chain_map_clear(&self->map);
  ak_chain_vector_clear(&self->atoms);
  ak_chain_vector_clear(&self->before);
  g_free(self);
}

enum { AT_ONCE = 256 };

/* Each entry leads to the one before it with the same key. */
static bool add_entries(AkChainList *self, const guint32 *atoms, const guint64 *keys, guint32 count) {
  guint32 entry = self->atoms.count;
  for (guint32 i = 0; i < count; i++) {
    guint32 *last = self->direct != NULL ? &self->direct[keys[i]] : ak_chain_map_at(&self->map, keys[i]);
    if (last == NULL)
      return false;
    self->atoms.data[entry] = atoms[i];
    self->before.data[entry] = *last;
    *last = ++entry;
  }
  self->atoms.count = self->before.count = entry;
  return true;
}

bool ak_chain_list_add_all(AkChainList *self, const guint32 *atoms, guint32 *const *columns, guint32 count) {
  guint64 keys[AT_ONCE];
  if (!ak_chain_vector_reserve(&self->atoms, count) || !ak_chain_vector_reserve(&self->before, count))
    return false;
  for (guint32 at = 0; at < count; at += AT_ONCE) {
    guint32 part = MIN(count - at, AT_ONCE);
    const guint32 *of_part[AK_CHAIN_ARITY_MAX] = {NULL};
    for (guint c = 0; c < self->key.count; c++)
      of_part[self->key.from[c]] = columns[self->key.from[c]] + at;
    ak_chain_sum_all(&self->key, of_part, part, keys);
    for (guint32 i = 0; self->direct != NULL && i < part; i++)
      __builtin_prefetch(&self->direct[keys[i]], 1);
    if (!add_entries(self, atoms + at, keys, part))
      return false;
  }
  return true;
}

guint32 ak_chain_list_last(const AkChainList *self, guint64 key) {
  return self->direct != NULL ? self->direct[key] : ak_chain_map_find(&self->map, key) + 1;
}

void ak_chain_list_prefetch_further(const AkChainList *self, guint64 key) {
  guint32 entry = self->direct != NULL ? self->direct[key] : 0;
  if (entry == 0)
    return;
  __builtin_prefetch(&self->atoms.data[entry - 1]);
  __builtin_prefetch(&self->before.data[entry - 1]);
}

void ak_chain_list_prefetch(const AkChainList *self, guint64 key) {
  if (self->direct != NULL)
    __builtin_prefetch(&self->direct[key]);
}
