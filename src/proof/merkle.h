/* Merkle tree hashing and proofs. Source: RFC 9162, 2.1 (Merkle Trees). Pure. */
#pragma once

#include "util/digest.h"

/* SHA-256(0x00 || data). Source: RFC 9162, 2.1.1. */
AkDigest ak_merkle_leaf(const void *data, gsize size);
/* SHA-256(0x01 || left || right). */
AkDigest ak_merkle_node(const AkDigest *left, const AkDigest *right);
/* Root of the empty tree: SHA-256 of nothing. */
AkDigest ak_merkle_empty(void);

/* RFC 9162, 2.1.3.2: does `proof` (GArray of AkDigest) lead from `leaf` at `index` to `root` of a
 * tree of `size` leaves? INVALID_DATA with what does not hold. */
bool ak_merkle_check_inclusion(const AkDigest *leaf, guint64 index, guint64 size,
                               const GArray *proof, const AkDigest *root, GError **error);
/* RFC 9162, 2.1.4.2. */
bool ak_merkle_check_consistency(guint64 old_size, const AkDigest *old_root, guint64 new_size,
                                 const AkDigest *new_root, const GArray *proof, GError **error);

/* Root and proofs from the hashes of complete subtrees: `hash(data, level, index)` returns the hash
 * of the complete subtree of 2^level leaves that begins at leaf index << level. */
typedef bool (*AkMerkleHash)(gpointer data, guint level, guint64 index, AkDigest *out,
                             GError **error);
bool ak_merkle_root(guint64 size, AkMerkleHash hash, gpointer data, AkDigest *out, GError **error);
GArray *ak_merkle_inclusion(guint64 index, guint64 size, AkMerkleHash hash, gpointer data,
                            GError **error);
GArray *ak_merkle_consistency(guint64 old_size, guint64 new_size, AkMerkleHash hash, gpointer data,
                              GError **error);

/* A root over leaves that come one after the other, in memory for one path. All zeros: no leaf yet. */
typedef struct {
  guint64 count;
  AkDigest complete[64]; /* roots of complete subtrees of 2^i leaves, where bit i of `count` is set */
} AkMerkleStack;
void ak_merkle_stack_add(AkMerkleStack *self, const AkDigest *leaf);
AkDigest ak_merkle_stack_root(const AkMerkleStack *self);

/* The leaf of a journal record: the leaf data is the commitment SHA-256(salt || record), so that a
 * guessable record cannot be read from published hashes, and can be deleted while the proof holds.
 * salt = HMAC-SHA-256(run key, be64(index)). */
#define AK_SALT_SIZE 32 /* bytes */
AkDigest ak_merkle_commitment(const guint8 salt[static AK_SALT_SIZE], const void *record,
                              gsize size);
