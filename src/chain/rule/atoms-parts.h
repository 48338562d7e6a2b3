/* What atoms are made of, for atoms.c and renumber.c alone. */
#pragma once

#include "chain/rule/atoms.h"
#include "chain/rule/keys.h"

typedef struct {
  AkChainKeys keys;
  /* Atoms + 1, 0: none. By key where that takes little more room than a hash table, else such a
   * table: memory that is touched for the first time costs more than looking twice. */
  guint32 *direct; /* [keys.count]; NULL: `slots` */
  guint32 *slots;  /* [slot_count], open addressing; NULL: none yet */
  guint64 slot_count;
  guint32 used;
  /* Keys come once each, or again right behind themselves (ak_chain_atoms_expect_once): neither
   * `direct` nor `slots`, until one is asked for. Atomic, as askers may be several threads. */
  gint is_once;
  guint64 last_key;
  guint32 last_atom; /* AK_CHAIN_ATOM_NONE before the first */
} AkChainAtomStore;

struct _AkChainAtoms {
  AkChainAtomStore *stores; /* one a predicate */
  guint store_count;
  guint16 *predicates;
  guint32 *low, *high; /* halves of the keys; `high` is NULL unless some can be 2^32 and more */
  bool is_wide;
  guint32 count, room;
  GMutex writing; /* of a table that nobody needed before */
};

static inline guint64 ak_chain_atoms_key_at(const AkChainAtoms *self, guint32 atom) {
  return self->low[atom] | (self->high != NULL ? (guint64)self->high[atom] << 32 : 0);
}
