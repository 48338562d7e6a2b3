#include "chain/rule/atoms.h"

#include "util/large.h"

#define DIRECT_FROM_START ((guint64)1 << 22) /* keys: so few have an array at once, of 16 MiB */
#define SLOTS_LEAST 1024
#define ROOM_LEAST 1024

typedef struct {
  guint arity;
  guint32 radix[AK_CHAIN_ARITY_MAX];
  guint64 inverse[AK_CHAIN_ARITY_MAX]; /* 2^64 / radix; 0 for the radix 1 */
  guint64 weights[AK_CHAIN_ARITY_MAX]; /* a key is the sum of the values times these */
  guint8 order[AK_CHAIN_ARITY_MAX];    /* columns by rising weight */
  guint64 keys;                        /* product of the radices */
  /* Atoms + 1, 0: none. By key where that takes little more room than a hash table, else such a
   * table: memory that is touched for the first time costs more than looking twice. */
  guint32 *direct; /* [keys]; NULL: `slots` */
  guint32 *slots;  /* [slot_count], open addressing; NULL: none yet */
  guint64 slot_count;
  guint32 used;
  /* Keys come once each, or again right behind themselves (ak_chain_atoms_expect_once): neither `direct` nor `slots`, until one is asked
   * for. Atomic, as askers may be several threads. */
  gint is_once;
  guint64 last_key;
  guint32 last_atom; /* AK_CHAIN_ATOM_NONE before the first */
} Store;

struct _AkChainAtoms {
  Store *stores; /* one a predicate */
  guint store_count;
  guint16 *predicates;
  guint32 *low, *high; /* halves of the keys; `high` is NULL unless some can be 2^32 and more */
  bool is_wide;
  guint32 count, room;
  GMutex writing; /* of a table that nobody needed before */
};

static inline guint64 key_at(const AkChainAtoms *self, guint32 atom) {
  return self->low[atom] | (self->high != NULL ? (guint64)self->high[atom] << 32 : 0);
}

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
    self->inverse[i] = self->radix[i] > 1 ? G_MAXUINT64 / self->radix[i] : 0;
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
  if (self->keys <= DIRECT_FROM_START)
    self->direct = ak_large_new(self->keys, sizeof *self->direct);
  return true;
}

AkChainAtoms *ak_chain_atoms_new(const AkChainFacts *facts, guint kinds, GError **error) {
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  g_autoptr(AkChainAtoms) self = g_new0(AkChainAtoms, 1);
  g_mutex_init(&self->writing);
  self->store_count = rules->predicates->len;
  self->stores = g_new0(Store, MAX(self->store_count, 1));
  for (guint32 i = 0; i < self->store_count; i++) {
    AkChainPredicateKind kind = ak_chain_rules_predicate_at(rules, i)->kind;
    if ((kinds >> kind & 1) && !store_init(&self->stores[i], facts, i, error))
      return NULL;
    self->is_wide = self->is_wide || self->stores[i].keys > (guint64)1 << 32;
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
  const Store *store = &self->stores[predicate];
  guint64 key = 0;
  for (guint i = 0; i < store->arity; i++)
    key += store->weights[i] * values[i];
  return key;
}

const guint64 *ak_chain_atoms_weights(const AkChainAtoms *self, guint32 predicate) {
  return self->stores[predicate].weights;
}

/* What is left of `key` when a column's value was taken out of it: a division by a radix that is known beforehand, as a product. The
 * quotient is one too low at most. */
static inline guint64 take_value(guint32 radix, guint64 inverse, guint64 key, guint32 *value) {
  guint64 quotient = radix == 1 ? key : (guint64)(((unsigned __int128)key * inverse) >> 64);
  guint64 left = key - quotient * radix;
  bool is_low = left >= radix;
  *value = (guint32)(is_low ? left - radix : left);
  return quotient + is_low;
}

void ak_chain_atoms_values(const AkChainAtoms *self, guint32 predicate, guint64 key,
                           guint32 *values) {
  const Store *store = &self->stores[predicate];
  for (guint i = 0; i < store->arity; i++) {
    guint column = store->order[i];
    key = take_value(store->radix[column], store->inverse[column], key, &values[column]);
  }
}

/* The last column in order is what is left of the keys when the others were taken out of them, one after the other. */
static void split_keys(const Store *store, guint64 *restrict keys, guint32 count, guint32 *const *columns, guint32 at) {
  for (guint c = 0; c + 1 < store->arity; c++) {
    guint column = store->order[c];
    guint32 radix = store->radix[column], *restrict values = columns[column] + at;
    guint64 inverse = store->inverse[column];
    for (guint32 i = 0; i < count; i++)
      keys[i] = take_value(radix, inverse, keys[i], &values[i]);
  }
  guint32 *restrict last = columns[store->order[store->arity - 1]] + at;
  for (guint32 i = 0; i < count; i++)
    last[i] = (guint32)keys[i];
}

void ak_chain_atoms_columns(const AkChainAtoms *self, guint32 predicate, const guint32 *atoms, guint32 count, guint32 *const *columns) {
  enum { PART = 256 };
  const Store *store = &self->stores[predicate];
  guint64 keys[PART];
  for (guint32 at = 0; at < count && store->arity > 0; at += PART) {
    guint32 part = MIN(count - at, PART);
    for (guint32 i = 0; i < part; i++)
      keys[i] = key_at(self, atoms[at + i]);
    split_keys(store, keys, part, columns, at);
  }
}

static bool make_room(AkChainAtoms *self, guint32 more) {
  if (self->room - self->count >= more)
    return true;
  if (self->room > G_MAXUINT32 / 2 - 1)
    return false;
  guint32 room = MAX(ROOM_LEAST, self->room * 2);
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

static guint64 first_slot(const Store *store, guint64 key) {
  return (key * 0x9e3779b97f4a7c15u) >> 32 & (store->slot_count - 1); /* Fibonacci hashing */
}

void ak_chain_atoms_prefetch(const AkChainAtoms *self, guint32 predicate, guint64 key) {
  const Store *store = &self->stores[predicate];
  if (store->direct != NULL)
    __builtin_prefetch(&store->direct[key]);
  else if (store->slots != NULL)
    __builtin_prefetch(&store->slots[first_slot(store, key)]);
}

void ak_chain_atoms_prefetch_further(const AkChainAtoms *self, guint32 predicate, guint64 key) {
  const Store *store = &self->stores[predicate];
  guint32 found = store->direct == NULL && store->slots != NULL ? store->slots[first_slot(store, key)] : 0;
  if (found != 0)
    __builtin_prefetch(&self->low[found - 1]);
}

/* Where a key's atom stands or would stand. Keys are made of numbers that this program gave, so that
 * no input can choose them to collide. */
static guint32 *slot_of(const AkChainAtoms *self, const Store *store, guint64 key) {
  guint64 mask = store->slot_count - 1;
  guint64 slot = first_slot(store, key);
  while (store->slots[slot] != 0 && key_at(self, store->slots[slot] - 1) != key)
    slot = (slot + 1) & mask;
  return &store->slots[slot];
}

/* An array of all keys takes the hash table's place. */
static bool make_direct(const AkChainAtoms *self, Store *store) {
  guint32 *direct = ak_large_new(store->keys, sizeof *direct);
  if (direct == NULL)
    return false;
  for (guint64 i = 0; i < store->slot_count; i++)
    if (store->slots[i] != 0)
      direct[key_at(self, store->slots[i] - 1)] = store->slots[i];
  g_clear_pointer(&store->slots, ak_large_free);
  store->direct = direct;
  return true;
}

/* Atoms of one predicate alone are in a table: their keys differ. */
static bool grow_slots(const AkChainAtoms *self, Store *store) {
  Store larger = {.slot_count = MAX(SLOTS_LEAST, store->slot_count * 2)};
  if (larger.slot_count >= store->keys / 2)
    return make_direct(self, store);
  if (larger.slot_count > (guint64)1 << 32)
    return false;
  larger.slots = ak_large_new(larger.slot_count, sizeof *larger.slots);
  if (larger.slots == NULL)
    return false;
  for (guint64 i = 0; i < store->slot_count; i++)
    if (store->slots[i] != 0)
      *slot_of(self, &larger, key_at(self, store->slots[i] - 1)) = store->slots[i];
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
static inline guint32 make_atom(AkChainAtoms *self, Store *store, guint32 predicate, guint64 key) {
  put(self, self->count, predicate, key);
  store->used++;
  return self->count++;
}

/* For so many further atoms of the predicate. */
static bool make_place(AkChainAtoms *self, Store *store, guint32 more) {
  while (store->direct == NULL && !store->is_once && ((guint64)store->used + more) * 2 > store->slot_count)
    if (!grow_slots(self, store))
      return false;
  return make_room(self, more);
}

guint32 ak_chain_atoms_add(AkChainAtoms *self, guint32 predicate, guint64 key) {
  Store *store = &self->stores[predicate];
  if (!make_place(self, store, 1))
    return AK_CHAIN_ATOM_NONE;
  guint32 *place = store->direct != NULL ? &store->direct[key] : slot_of(self, store, key);
  if (*place == 0)
    *place = make_atom(self, store, predicate, key) + 1;
  return *place - 1;
}

/* Tables of atoms are larger than the caches: before the first key is looked up, memory brings what is read then for all. */
static void prefetch_all(const AkChainAtoms *self, const Store *store, const guint64 *keys, guint32 count) {
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

static void add_once(AkChainAtoms *self, Store *store, guint32 predicate, const guint64 *keys, guint32 count, guint32 *atoms) {
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

bool ak_chain_atoms_add_all(AkChainAtoms *self, guint32 predicate, const guint64 *keys, guint32 count, guint32 *atoms) {
  Store *store = &self->stores[predicate];
  if (!make_place(self, store, count))
    return false;
  if (store->is_once) {
    add_once(self, store, predicate, keys, count, atoms);
    return true;
  }
  prefetch_all(self, store, keys, count);
  guint32 *direct = store->direct;
  for (guint32 i = 0; i < count; i++) {
    guint32 *place = direct != NULL ? &direct[keys[i]] : slot_of(self, store, keys[i]), found = *place;
    if (found == 0)
      *place = found = make_atom(self, store, predicate, keys[i]) + 1;
    atoms[i] = found - 1;
  }
  return true;
}

/* --- keys that come once
 * --------------------------------------------------------------------------------------------------------------------------------- */

void ak_chain_atoms_expect_once(AkChainAtoms *self, guint32 predicate) {
  Store *store = &self->stores[predicate];
  g_clear_pointer(&store->direct, ak_large_free);
  store->is_once = true;
  store->last_atom = AK_CHAIN_ATOM_NONE;
}

static bool make_slots(const AkChainAtoms *self, guint32 predicate, Store *store) {
  for (store->slot_count = SLOTS_LEAST; store->slot_count < (guint64)store->used * 2;)
    store->slot_count *= 2;
  store->slots = ak_large_new(store->slot_count, sizeof *store->slots);
  for (guint32 atom = 0; store->slots != NULL && atom < self->count; atom++)
    if (self->predicates[atom] == predicate)
      *slot_of(self, store, key_at(self, atom)) = atom + 1;
  return store->slots != NULL;
}

/* Now that somebody asks, where each key stands is written down. False where memory ends. */
static bool write_down(AkChainAtoms *self, guint32 predicate) {
  Store *store = &self->stores[predicate];
  g_mutex_lock(&self->writing);
  bool is_written = !store->is_once || make_slots(self, predicate, store);
  if (is_written)
    g_atomic_int_set(&store->is_once, false);
  g_mutex_unlock(&self->writing);
  return is_written;
}

static guint32 look_through(const AkChainAtoms *self, guint32 predicate, guint64 key) {
  for (guint32 atom = 0; atom < self->count; atom++)
    if (self->predicates[atom] == predicate && key_at(self, atom) == key)
      return atom;
  return AK_CHAIN_ATOM_NONE;
}

/* --- finding
 * --------------------------------------------------------------------------------------------------------------------------------- */

guint32 ak_chain_atoms_find(const AkChainAtoms *self, guint32 predicate, guint64 key) {
  const Store *store = &self->stores[predicate];
  if (g_atomic_int_get(&store->is_once) && !write_down((AkChainAtoms *)self, predicate))
    return look_through(self, predicate, key);
  if (store->direct == NULL && store->slots == NULL)
    return AK_CHAIN_ATOM_NONE;
  return (store->direct != NULL ? store->direct[key] : *slot_of(self, store, key)) -
         1; /* 0 - 1: none */
}

/* --- other numbers
 * --------------------------------------------------------------------------------------------------------------------------------- */

guint32 ak_chain_atoms_outer_values(const AkChainAtoms *self, guint32 predicate) {
  const Store *store = &self->stores[predicate];
  return store->arity == 0 ? 1 : store->radix[store->order[store->arity - 1]];
}

guint32 ak_chain_atoms_outer_value(const AkChainAtoms *self, guint32 atom) {
  const Store *store = &self->stores[self->predicates[atom]];
  return store->arity == 0 ? 0 : (guint32)(key_at(self, atom) / store->weights[store->order[store->arity - 1]]);
}

static void renumber_table(guint32 *table, guint64 count, guint32 first, const guint32 *to) {
  for (guint64 i = 0; table != NULL && i < count; i++)
    if (table[i] > first) /* an atom + 1 */
      table[i] = to[table[i] - 1 - first] + 1;
}

static void renumber_store(Store *store, guint32 first, const guint32 *to) {
  if (store->used == 0)
    return;
  renumber_table(store->direct, store->keys, first, to);
  renumber_table(store->slots, store->slot_count, first, to);
  if (store->is_once && store->last_atom >= first)
    store->last_atom = to[store->last_atom - first];
}

bool ak_chain_atoms_renumber(AkChainAtoms *self, guint32 first, const guint32 *to) {
  guint32 count = self->count - first;
  guint64 *keys = ak_large_new(MAX(count, 1), sizeof *keys);
  guint16 *predicates = ak_large_new(MAX(count, 1), sizeof *predicates);
  bool has_room = keys != NULL && predicates != NULL;
  for (guint32 i = 0; has_room && i < count; i++) {
    keys[to[i] - first] = key_at(self, first + i);
    predicates[to[i] - first] = self->predicates[first + i];
  }
  for (guint32 i = 0; has_room && i < count; i++)
    put(self, first + i, predicates[i], keys[i]);
  for (guint i = 0; has_room && i < self->store_count; i++)
    renumber_store(&self->stores[i], first, to);
  ak_large_free(keys);
  ak_large_free(predicates);
  return has_room;
}

/* --- asking
 * --------------------------------------------------------------------------------------------------------------------------------- */

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
  return key_at(self, atom);
}
