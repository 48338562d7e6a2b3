#include "chain/rule/atoms.h"

#include "chain/rule/map.h"
#include "util/large.h"

/* Keys that are looked up in an array: of its up to 512 MiB only what is used is ever touched. */
#define DIRECT_MAX ((guint64)1 << 27)
#define ROOM_LEAST 1024

typedef struct {
  guint arity;
  guint32 radix[AK_CHAIN_ARITY_MAX];
  guint64 weights[AK_CHAIN_ARITY_MAX]; /* a key is the sum of the values times these */
  guint8 order[AK_CHAIN_ARITY_MAX];    /* columns by rising weight */
  guint64 keys;                        /* product of the radices */
  guint32 *direct; /* key → atom + 1; NULL: in `map` */
  AkChainMap map;
} Store;

struct _AkChainAtoms {
  Store *stores; /* one a predicate */
  guint store_count;
  guint32 *predicates;
  guint64 *keys;
  guint32 count, room;
};

/* The column with the most values weighs most: what is said of one element lies together, whatever the
 * order of the columns is. */
static void weigh(Store *self) {
  guint64 weight = 1;
  for (guint i = 0; i < self->arity; i++) {
    guint at = i;
    for (; at > 0 && self->radix[self->order[at - 1]] > self->radix[i]; at--)
      self->order[at] = self->order[at - 1];
    self->order[at] = (guint8)i;
  }
  for (guint i = 0; i < self->arity; i++) {
    self->weights[self->order[i]] = weight;
    weight *= self->radix[self->order[i]];
  }
}

static bool store_init(Store *self, const AkChainFacts *facts, guint32 number, GError **error) {
  const AkChainPredicate *predicate =
      ak_chain_rules_predicate_at(ak_chain_facts_rules(facts), number);
  self->arity = predicate->arity;
  self->keys = 1;
  for (guint i = 0; i < self->arity; i++) {
    self->radix[i] = MAX(1, ak_chain_facts_domain(facts, ak_chain_facts_type(facts, number, i)));
    if (!g_uint64_checked_mul(&self->keys, self->keys, self->radix[i]))
      return ak_error_set(
          error, AK_ERROR_LIMIT,
          "%s could hold more than 2^64 combinations of its %u columns: give it fewer",
          predicate->name, self->arity);
  }
  weigh(self);
  if (self->keys <= DIRECT_MAX)
    self->direct = ak_large_new(self->keys, sizeof *self->direct);
  return true;
}

AkChainAtoms *ak_chain_atoms_new(const AkChainFacts *facts, guint kinds, GError **error) {
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  g_autoptr(AkChainAtoms) self = g_new0(AkChainAtoms, 1);
  self->store_count = rules->predicates->len;
  self->stores = g_new0(Store, MAX(self->store_count, 1));
  for (guint32 i = 0; i < self->store_count; i++) {
    AkChainPredicateKind kind = ak_chain_rules_predicate_at(rules, i)->kind;
    if ((kinds >> kind & 1) && !store_init(&self->stores[i], facts, i, error))
      return NULL;
  }
  return g_steal_pointer(&self);
}

void ak_chain_atoms_free(AkChainAtoms *self) {
  if (self == NULL)
    return;
  for (guint i = 0; i < self->store_count; i++) {
    ak_large_free(self->stores[i].direct);
    ak_chain_map_clear(&self->stores[i].map);
  }
  g_free(self->stores);
  ak_large_free(self->predicates);
  ak_large_free(self->keys);
  g_free(self);
}

guint64 ak_chain_atoms_key(const AkChainAtoms *self, guint32 predicate, const guint32 *values) {
  const Store *store = &self->stores[predicate];
  guint64 key = 0;
  for (guint i = 0; i < store->arity; i++)
    key += store->weights[i] * values[i];
  return key;
}

const guint32 *ak_chain_atoms_direct(const AkChainAtoms *self, guint32 predicate,
                                     guint64 *weights) {
  const Store *store = &self->stores[predicate];
  for (guint i = 0; i < AK_CHAIN_ARITY_MAX; i++)
    weights[i] = store->weights[i];
  return store->direct;
}

void ak_chain_atoms_values(const AkChainAtoms *self, guint32 predicate, guint64 key,
                           guint32 *values) {
  const Store *store = &self->stores[predicate];
  for (guint i = 0; i < store->arity; i++) {
    guint column = store->order[i];
    values[column] = (guint32)(key % store->radix[column]);
    key /= store->radix[column];
  }
}

static bool make_room(AkChainAtoms *self) {
  if (self->count < self->room)
    return true;
  if (self->room > G_MAXUINT32 / 2 - 1)
    return false;
  guint32 room = MAX(ROOM_LEAST, self->room * 2);
  guint32 *predicates = ak_large_renew(self->predicates, room, sizeof *predicates);
  if (predicates == NULL)
    return false;
  self->predicates = predicates;
  guint64 *keys = ak_large_renew(self->keys, room, sizeof *keys);
  if (keys == NULL)
    return false;
  self->keys = keys;
  self->room = room;
  return true;
}

guint32 ak_chain_atoms_add(AkChainAtoms *self, guint32 predicate, guint64 key) {
  Store *store = &self->stores[predicate];
  guint32 *place = store->direct != NULL ? &store->direct[key] : ak_chain_map_at(&store->map, key);
  if (place == NULL)
    return AK_CHAIN_ATOM_NONE;
  if (*place != 0)
    return *place - 1;
  if (!make_room(self))
    return AK_CHAIN_ATOM_NONE;
  self->predicates[self->count] = predicate;
  self->keys[self->count] = key;
  *place = ++self->count;
  return self->count - 1;
}

guint32 ak_chain_atoms_find(const AkChainAtoms *self, guint32 predicate, guint64 key) {
  const Store *store = &self->stores[predicate];
  return store->direct != NULL ? store->direct[key] - 1 /* 0 - 1: none */
                               : ak_chain_map_find(&store->map, key);
}

guint32 ak_chain_atoms_count(const AkChainAtoms *self) {
  return self->count;
}

guint32 ak_chain_atoms_predicate(const AkChainAtoms *self, guint32 atom) {
  return self->predicates[atom];
}

guint64 ak_chain_atoms_key_of(const AkChainAtoms *self, guint32 atom) {
  return self->keys[atom];
}
