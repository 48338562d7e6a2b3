/* Derived atoms by the values of some of their columns: the last one first, each with the one before it. */
#pragma once

#include "chain/graph/vector.h"
#include "chain/rule/facts.h"
#include "chain/rule/map.h"
#include "chain/rule/sum.h"

typedef struct {
  guint32 predicate;
  guint known;                         /* mask of columns */
  guint64 weights[AK_CHAIN_ARITY_MAX]; /* a key is the sum of the values times these, 0: not known */
  AkChainSum key;                      /* the same, of columns */
  guint32 *direct;      /* key → its last entry + 1, or 0; NULL: in `map` */
  AkChainMap map;       /* the same for keys of which there could be many */
  AkChainVector atoms;  /* of an entry */
  AkChainVector before; /* of an entry: the one before it with the same key, + 1 */
} AkChainList;

/* An empty list; the caller's. NULL where memory ends. */
AkChainList *ak_chain_list_new(const AkChainFacts *facts, guint32 predicate, guint known);
void ak_chain_list_free(AkChainList *self);

/* Atoms, [count], whose values are in `columns`, [arity][count], can be found from now on; false where memory ends. */
bool ak_chain_list_add_all(AkChainList *self, const guint32 *atoms, guint32 *const *columns, guint32 count);
/* The last entry with a key, + 1; 0: there is none. */
guint32 ak_chain_list_last(const AkChainList *self, guint64 key);
/* Asks memory for what looking a key up reads first, and, when that is there, for its last entry. */
void ak_chain_list_prefetch(const AkChainList *self, guint64 key);
void ak_chain_list_prefetch_further(const AkChainList *self, guint64 key);
