/* Atoms while a chain is grounded: looked up by the values of their columns, numbered in the order
 * in which they come. */
#pragma once

#include "chain/rule/facts.h"

#define AK_CHAIN_ATOM_NONE G_MAXUINT32

typedef struct _AkChainAtoms AkChainAtoms;

/* For the predicates of `kinds` (a mask of 1 << AkChainPredicateKind); LIMIT where the columns of
 * one could hold more than 2^64 combinations. `facts` must outlive it and get no new values. */
AkChainAtoms *ak_chain_atoms_new(const AkChainFacts *facts, guint kinds, GError **error);
void ak_chain_atoms_free(AkChainAtoms *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainAtoms, ak_chain_atoms_free)

/* The key of values, mixed radix over the domains of a predicate's columns; and back. */
guint64 ak_chain_atoms_key(const AkChainAtoms *self, guint32 predicate, const guint32 *values);
void ak_chain_atoms_values(const AkChainAtoms *self, guint32 predicate, guint64 key,
                           guint32 *values);

/* A key is the sum of the values times these, [AK_CHAIN_ARITY_MAX]; borrowed. */
const guint64 *ak_chain_atoms_weights(const AkChainAtoms *self, guint32 predicate);
/* The values of `count` atoms of one predicate, by columns: [arity][count]. */
void ak_chain_atoms_columns(const AkChainAtoms *self, guint32 predicate, const guint32 *atoms, guint32 count, guint32 *const *columns);

/* No atom of the predicate is known yet, and from now on ak_chain_atoms_add_all gets each of its keys once, or again right behind itself:
 * where one stands is written down only when ak_chain_atoms_find asks. */
void ak_chain_atoms_expect_once(AkChainAtoms *self, guint32 predicate);

/* The atom, made now where it is new; AK_CHAIN_ATOM_NONE where memory or numbers end. */
guint32 ak_chain_atoms_add(AkChainAtoms *self, guint32 predicate, guint64 key);
/* The atoms of `count` keys of one predicate, [count], new ones made in their order; false where memory or numbers end. */
bool ak_chain_atoms_add_all(AkChainAtoms *self, guint32 predicate, const guint64 *keys, guint32 count, guint32 *atoms);
/* Asks memory for what looking a key up reads first, and, when that is there, for what it reads then: nothing waits for it. */
void ak_chain_atoms_prefetch(const AkChainAtoms *self, guint32 predicate, guint64 key);
void ak_chain_atoms_prefetch_further(const AkChainAtoms *self, guint32 predicate, guint64 key);
/* AK_CHAIN_ATOM_NONE where it is not known. */
guint32 ak_chain_atoms_find(const AkChainAtoms *self, guint32 predicate, guint64 key);

/* The outer value of an atom: of the column that weighs most in its key. How many of them a predicate may have; and an atom's. */
guint32 ak_chain_atoms_outer_values(const AkChainAtoms *self, guint32 predicate);
guint32 ak_chain_atoms_outer_value(const AkChainAtoms *self, guint32 atom);
/* Atom `first` + i, which is one of those from `first` to the last, gets the number to[i], another one of these. False where memory ends:
 * all keep theirs. */
bool ak_chain_atoms_renumber(AkChainAtoms *self, guint32 first, const guint32 *to);

guint32 ak_chain_atoms_predicate_count(const AkChainAtoms *self);
guint32 ak_chain_atoms_count(const AkChainAtoms *self);
guint32 ak_chain_atoms_count_of(const AkChainAtoms *self, guint32 predicate);
/* Of all atoms; borrowed until one is added. */
const guint16 *ak_chain_atoms_predicates(const AkChainAtoms *self);
guint32 ak_chain_atoms_predicate(const AkChainAtoms *self, guint32 atom);
guint64 ak_chain_atoms_key_of(const AkChainAtoms *self, guint32 atom);
