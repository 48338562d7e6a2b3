#include <string.h>

#include "chain/rule/atoms-parts.h"
#include "util/large.h"

guint32 ak_chain_atoms_outer_values(const AkChainAtoms *self, guint32 predicate) {
  return ak_chain_keys_outer_radix(&self->stores[predicate].keys);
}

guint32 ak_chain_atoms_outer_value(const AkChainAtoms *self, guint32 atom) {
  return ak_chain_keys_outer(&self->stores[self->predicates[atom]].keys,
                             ak_chain_atoms_key_at(self, atom));
}

static void renumber_table(guint32 *table, guint64 count, guint32 first, const guint32 *to) {
  for (guint64 i = 0; table != NULL && i < count; i++)
    if (table[i] > first) /* an atom + 1 */
      table[i] = to[table[i] - 1 - first] + 1;
}

static void renumber_store(AkChainAtomStore *store, guint32 first, const guint32 *to) {
  if (store->used == 0)
    return;
  renumber_table(store->direct, store->keys.count, first, to);
  renumber_table(store->slots, store->slot_count, first, to);
  if (store->is_once && store->last_atom >= first)
    store->last_atom = to[store->last_atom - first];
}

/* A copy of a column, with those from `first` on in other places; NULL where memory ends. */
static guint32 *moved(const guint32 *column, guint32 room, guint32 first, guint32 count,
                      const guint32 *to) {
  guint32 *out = ak_large_new(room, sizeof *out);
  if (out == NULL)
    return NULL;
  memcpy(out, column, first * sizeof *out);
  for (guint32 i = 0; i < count; i++)
    out[to[i]] = column[first + i];
  return out;
}

static bool move_columns(AkChainAtoms *self, guint32 first, const guint32 *to) {
  guint32 count = self->count - first;
  guint16 *predicates = ak_large_new(MAX(count, 1), sizeof *predicates);
  guint32 *low = moved(self->low, self->room, first, count, to);
  guint32 *high = self->high != NULL ? moved(self->high, self->room, first, count, to) : NULL;
  bool is_moved = predicates != NULL && low != NULL && (high != NULL || self->high == NULL);
  for (guint32 i = 0; is_moved && i < count; i++)
    predicates[to[i] - first] = self->predicates[first + i];
  if (is_moved) {
    memcpy(self->predicates + first, predicates, count * sizeof *predicates);
    guint32 *old_low = self->low, *old_high = self->high;
    self->low = low;
    self->high = high;
    low = old_low;
    high = old_high;
  }
  ak_large_free(predicates);
  ak_large_free(low);
  ak_large_free(high);
  return is_moved;
}

bool ak_chain_atoms_renumber(AkChainAtoms *self, guint32 first, const guint32 *to) {
  if (first == self->count)
    return true;
  bool is_moved = move_columns(self, first, to);
  for (guint i = 0; is_moved && i < self->store_count; i++)
    renumber_store(&self->stores[i], first, to);
  return is_moved;
}
