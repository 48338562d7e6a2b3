#include "chain/rule/atoms.h"

#include <string.h>

#include "chain/rule/atoms-parts.h"
#include "util/large.h"

#define DIRECT_FROM_START ((guint64)1 << 22) /* keys: so few have an array at once, of 16 MiB */
#define SLOTS_LEAST 1024
#define ROOM_LEAST 1024

static bool store_init(AkChainAtomStore *self, const AkChainFacts *facts, guint32 number,
                       GError **error) {
  if (!ak_chain_keys_init(&self->keys, facts, number, error))
    return false;
  if (self->keys.count <= DIRECT_FROM_START)
    self->direct = ak_large_new(self->keys.count, sizeof *self->direct);
  return true;
}

AkChainAtoms *ak_chain_atoms_new(const AkChainFacts *facts, guint kinds, GError **error) {
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  g_autoptr(AkChainAtoms) self = g_new0(AkChainAtoms, 1);
  g_mutex_init(&self->writing);
  self->store_count = rules->predicates->len;
  self->stores = g_new0(AkChainAtomStore, MAX(self->store_count, 1));
  for (guint32 i = 0; i < self->store_count; i++) {
    AkChainPredicateKind kind = ak_chain_rules_predicate_at(rules, i)->kind;
    if ((kinds >> kind & 1) && !store_init(&self->stores[i], facts, i, error))
      return NULL;
    self->is_wide = self->is_wide || self->stores[i].keys.count > (guint64)1 << 32;
  }
  return g_steal_pointer(&self);
}

void ak_chain_atoms_free(AkChainAtoms *self) {
  if (self == NULL)
    return;
  for (guint i = 0; i < self->store_count; i++) {
    ak_large_free(self->stores[i].direct);
    ak_large_free(self->stores[i].slots);
  }
  g_free(self->stores);
  ak_large_free(self->predicates);
  ak_large_free(self->low);
  ak_large_free(self->high);
  g_mutex_clear(&self->writing);
  g_free(self);
}

guint64 ak_chain_atoms_key(const AkChainAtoms *self, guint32 predicate, const guint32 *values) {
  return ak_chain_keys_of(&self->stores[predicate].keys, values);
}

const guint64 *ak_chain_atoms_weights(const AkChainAtoms *self, guint32 predicate) {
  return self->stores[predicate].keys.weights;
}

void ak_chain_atoms_values(const AkChainAtoms *self, guint32 predicate, guint64 key,
                           guint32 *values) {
  ak_chain_keys_values(&self->stores[predicate].keys, key, values);
}

/* Atoms that were found one after the other have their keys there. */
static const guint32 *low_keys(const AkChainAtoms *self, const guint32 *atoms, guint32 count,
                               guint32 *gathered) {
  guint32 apart = 0;
  for (guint32 i = 0; i < count; i++)
    apart |= atoms[i] - atoms[0] - i;
  if (apart == 0)
    return &self->low[atoms[0]];
  for (guint32 i = 0; i < count; i++)
    gathered[i] = self->low[atoms[i]];
  return gathered;
}

void ak_chain_atoms_columns(const AkChainAtoms *self, guint32 predicate, const guint32 *atoms,
                            guint32 count, guint32 *const *columns) {
  enum { PART = 256 };
  const AkChainKeys *known = &self->stores[predicate].keys;
  guint64 keys[PART];
  guint32 gathered[PART];
  for (guint32 at = 0; at < count && known->arity > 0; at += PART) {
    guint32 part = MIN(count - at, PART);
    if (ak_chain_keys_are_small(known)) {
      ak_chain_keys_split_small(known, low_keys(self, atoms + at, part, gathered), part, columns,
                                at);
      continue;
    }
    for (guint32 i = 0; i < part; i++)
      keys[i] = ak_chain_atoms_key_at(self, atoms[at + i]);
    ak_chain_keys_split(known, keys, part, columns, at);
  }
}

static bool make_room(AkChainAtoms *self, guint32 more) {
  if (self->room - self->count >= more)
    return true;
  if (self->room > G_MAXUINT32 / 2 - 1)
    return false;
  guint32 room = (guint32)ak_large_room(MAX(ROOM_LEAST, self->room * 2), sizeof *self->low);
  guint16 *predicates = ak_large_renew(self->predicates, room, sizeof *predicates);
  if (predicates == NULL)
    return false;
  self->predicates = predicates;
  guint32 *low = ak_large_renew(self->low, room, sizeof *low);
  if (low == NULL)
    return false;
  self->low = low;
  guint32 *high = self->is_wide ? ak_large_renew(self->high, room, sizeof *high) : NULL;
  if (self->is_wide && high == NULL)
    return false;
  self->high = high;
  self->room = room;
  return true;
}

static guint64 first_slot(const AkChainAtomStore *store, guint64 key) {
  return (key * 0x9e3779b97f4a7c15u) >> 32 & (store->slot_count - 1); /* Fibonacci hashing */
}

void ak_chain_atoms_prefetch(const AkChainAtoms *self, guint32 predicate, guint64 key) {
  const AkChainAtomStore *store = &self->stores[predicate];
  if (store->direct != NULL)
    __builtin_prefetch(&store->direct[key]);
  else if (store->slots != NULL)
    __builtin_prefetch(&store->slots[first_slot(store, key)]);
}

void ak_chain_atoms_prefetch_further(const AkChainAtoms *self, guint32 predicate, guint64 key) {
  const AkChainAtomStore *store = &self->stores[predicate];
  guint32 found =
      store->direct == NULL && store->slots != NULL ? store->slots[first_slot(store, key)] : 0;
  if (found != 0)
    __builtin_prefetch(&self->low[found - 1]);
}

/* Where a key's atom stands or would stand. Keys are made of numbers that this program gave, so
 * that no input can choose them to collide. */
static guint32 *slot_of(const AkChainAtoms *self, const AkChainAtomStore *store, guint64 key) {
  guint64 mask = store->slot_count - 1;
  guint64 slot = first_slot(store, key);
  while (store->slots[slot] != 0 && ak_chain_atoms_key_at(self, store->slots[slot] - 1) != key)
    slot = (slot + 1) & mask;
  return &store->slots[slot];
}

/* An array of all keys takes the hash table's place. */
static bool make_direct(const AkChainAtoms *self, AkChainAtomStore *store) {
  guint32 *direct = ak_large_new(store->keys.count, sizeof *direct);
  if (direct == NULL)
    return false;
  for (guint64 i = 0; i < store->slot_count; i++)
    if (store->slots[i] != 0)
      direct[ak_chain_atoms_key_at(self, store->slots[i] - 1)] = store->slots[i];
  g_clear_pointer(&store->slots, ak_large_free);
  store->direct = direct;
  return true;
}

/* Atoms of one predicate alone are in a table: their keys differ. */
static bool grow_slots(const AkChainAtoms *self, AkChainAtomStore *store) {
  AkChainAtomStore larger = {.slot_count = MAX(SLOTS_LEAST, store->slot_count * 2)};
  if (larger.slot_count >= store->keys.count / 2)
    return make_direct(self, store);
  if (larger.slot_count > (guint64)1 << 32)
    return false;
  larger.slots = ak_large_new(larger.slot_count, sizeof *larger.slots);
  if (larger.slots == NULL)
    return false;
  for (guint64 i = 0; i < store->slot_count; i++)
    if (store->slots[i] != 0)
      *slot_of(self, &larger, ak_chain_atoms_key_at(self, store->slots[i] - 1)) = store->slots[i];
  ak_large_free(store->slots);
  store->slots = larger.slots;
  store->slot_count = larger.slot_count;
  return true;
}

static inline void put(AkChainAtoms *self, guint32 atom, guint32 predicate, guint64 key) {
  self->predicates[atom] = (guint16)predicate;
  self->low[atom] = (guint32)key;
  if (self->high != NULL)
    self->high[atom] = (guint32)(key >> 32);
}

/* The atom of a key whose place is empty. */
static inline guint32 make_atom(AkChainAtoms *self, AkChainAtomStore *store, guint32 predicate,
                                guint64 key) {
  put(self, self->count, predicate, key);
  store->used++;
  return self->count++;
}

/* For so many further atoms of the predicate. */
static bool make_place(AkChainAtoms *self, AkChainAtomStore *store, guint32 more) {
  while (store->direct == NULL && !store->is_once &&
         ((guint64)store->used + more) * 2 > store->slot_count)
    if (!grow_slots(self, store))
      return false;
  return make_room(self, more);
}

guint32 ak_chain_atoms_add(AkChainAtoms *self, guint32 predicate, guint64 key) {
  AkChainAtomStore *store = &self->stores[predicate];
  if (!make_place(self, store, 1))
    return AK_CHAIN_ATOM_NONE;
  guint32 *place = store->direct != NULL ? &store->direct[key] : slot_of(self, store, key);
  if (*place == 0)
    *place = make_atom(self, store, predicate, key) + 1;
  return *place - 1;
}

/* Tables of atoms are larger than the caches: before the first key is looked up, memory brings what
 * is read then for all. */
static void prefetch_all(const AkChainAtoms *self, const AkChainAtomStore *store,
                         const guint64 *keys, guint32 count) {
  const guint32 *direct = store->direct, *slots = store->slots;
  for (guint32 i = 0; direct != NULL && i < count; i++)
    __builtin_prefetch(&direct[keys[i]], 1);
  for (guint32 i = 0; direct == NULL && i < count; i++)
    __builtin_prefetch(&slots[first_slot(store, keys[i])], 1);
  for (guint32 i = 0; direct == NULL && i < count; i++) {
    guint32 found = slots[first_slot(store, keys[i])];
    if (found != 0)
      __builtin_prefetch(&self->low[found - 1]);
  }
}

static void add_once(AkChainAtoms *self, AkChainAtomStore *store, guint32 predicate,
                     const guint64 *keys, guint32 count, guint32 *atoms) {
  guint64 last_key = store->last_key;
  guint32 last = store->last_atom;
  for (guint32 i = 0; i < count; i++) {
    if (keys[i] != last_key || last == AK_CHAIN_ATOM_NONE)
      last = make_atom(self, store, predicate, keys[i]);
    atoms[i] = last;
    last_key = keys[i];
  }
  store->last_key = last_key;
  store->last_atom = last;
}

bool ak_chain_atoms_add_all(AkChainAtoms *self, guint32 predicate, const guint64 *keys,
                            guint32 count, guint32 *atoms) {
  AkChainAtomStore *store = &self->stores[predicate];
  if (!make_place(self, store, count))
    return false;
  if (store->is_once) {
    add_once(self, store, predicate, keys, count, atoms);
    return true;
  }
  prefetch_all(self, store, keys, count);
  guint32 *direct = store->direct;
  for (guint32 i = 0; i < count; i++) {
    guint32 *place = direct != NULL ? &direct[keys[i]] : slot_of(self, store, keys[i]),
            found = *place;
    if (found == 0)
      *place = found = make_atom(self, store, predicate, keys[i]) + 1;
    atoms[i] = found - 1;
  }
  return true;
}

/* --- keys that come once
 * ---------------------------------------------------------------------------------------------------------------------------------
 */

void ak_chain_atoms_expect_once(AkChainAtoms *self, guint32 predicate) {
  AkChainAtomStore *store = &self->stores[predicate];
  g_clear_pointer(&store->direct, ak_large_free);
  store->is_once = true;
  store->last_atom = AK_CHAIN_ATOM_NONE;
}

static bool make_slots(const AkChainAtoms *self, guint32 predicate, AkChainAtomStore *store) {
  for (store->slot_count = SLOTS_LEAST; store->slot_count < (guint64)store->used * 2;)
    store->slot_count *= 2;
  store->slots = ak_large_new(store->slot_count, sizeof *store->slots);
  for (guint32 atom = 0; store->slots != NULL && atom < self->count; atom++)
    if (self->predicates[atom] == predicate)
      *slot_of(self, store, ak_chain_atoms_key_at(self, atom)) = atom + 1;
  return store->slots != NULL;
}

/* Now that somebody asks, where each key stands is written down. False where memory ends. */
static bool write_down(AkChainAtoms *self, guint32 predicate) {
  AkChainAtomStore *store = &self->stores[predicate];
  g_mutex_lock(&self->writing);
  bool is_written = !store->is_once || make_slots(self, predicate, store);
  if (is_written)
    g_atomic_int_set(&store->is_once, false);
  g_mutex_unlock(&self->writing);
  return is_written;
}

static guint32 look_through(const AkChainAtoms *self, guint32 predicate, guint64 key) {
  for (guint32 atom = 0; atom < self->count; atom++)
    if (self->predicates[atom] == predicate && ak_chain_atoms_key_at(self, atom) == key)
      return atom;
  return AK_CHAIN_ATOM_NONE;
}

/* --- finding
 * ---------------------------------------------------------------------------------------------------------------------------------
 */

guint32 ak_chain_atoms_find(const AkChainAtoms *self, guint32 predicate, guint64 key) {
  const AkChainAtomStore *store = &self->stores[predicate];
  if (g_atomic_int_get(&store->is_once) && !write_down((AkChainAtoms *)self, predicate))
    return look_through(self, predicate, key);
  if (store->direct == NULL && store->slots == NULL)
    return AK_CHAIN_ATOM_NONE;
  return (store->direct != NULL ? store->direct[key] : *slot_of(self, store, key)) -
         1; /* 0 - 1: none */
}

/* --- asking
 * ---------------------------------------------------------------------------------------------------------------------------------
 */

guint32 ak_chain_atoms_predicate_count(const AkChainAtoms *self) {
  return self->store_count;
}

guint32 ak_chain_atoms_count(const AkChainAtoms *self) {
  return self->count;
}

guint32 ak_chain_atoms_count_of(const AkChainAtoms *self, guint32 predicate) {
  return self->stores[predicate].used;
}

const guint16 *ak_chain_atoms_predicates(const AkChainAtoms *self) {
  return self->predicates;
}

guint32 ak_chain_atoms_predicate(const AkChainAtoms *self, guint32 atom) {
  return self->predicates[atom];
}

guint64 ak_chain_atoms_key_of(const AkChainAtoms *self, guint32 atom) {
  return ak_chain_atoms_key_at(self, atom);
}
