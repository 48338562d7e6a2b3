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

/* A key is the sum of the values times `weights`, [AK_CHAIN_ARITY_MAX] (NULL: not asked for). The array in which keys are
 * looked up, borrowed until an atom is added: atom + 1, or 0; NULL: there is none. */
const guint32 *ak_chain_atoms_direct(const AkChainAtoms *self, guint32 predicate, guint64 *weights);

/* The atom, made now where it is new; AK_CHAIN_ATOM_NONE where memory or numbers end. */
guint32 ak_chain_atoms_add(AkChainAtoms *self, guint32 predicate, guint64 key);
/* Asks memory for what looking a key up reads first, and, when that is there, for what it reads then: nothing waits for it. */
void ak_chain_atoms_prefetch(const AkChainAtoms *self, guint32 predicate, guint64 key);
void ak_chain_atoms_prefetch_further(const AkChainAtoms *self, guint32 predicate, guint64 key);
/* AK_CHAIN_ATOM_NONE where it is not known. */
guint32 ak_chain_atoms_find(const AkChainAtoms *self, guint32 predicate, guint64 key);

guint32 ak_chain_atoms_count(const AkChainAtoms *self);
guint32 ak_chain_atoms_predicate(const AkChainAtoms *self, guint32 atom);
guint64 ak_chain_atoms_key_of(const AkChainAtoms *self, guint32 atom);
