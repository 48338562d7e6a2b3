/* The Merkle tree of a log's records: hashes kept in memory, made from the records on demand, and
 * written as C2SP tlog-tiles for whoever wants to fetch them. Tiles are derived: deleting the
 * folder `tile` loses nothing. Thread rule: any thread. */
#pragma once

#include "proof/merkle.h"

/* The leaf data (commitment) of record `index`. */
typedef bool (*AkTreeLeaf)(gpointer data, guint64 index, guint8 out[static AK_DIGEST_SIZE],
                           GError **error);

typedef struct _AkTree AkTree;

AkTree *ak_tree_new(AkTreeLeaf leaf, gpointer data);
void ak_tree_free(AkTree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkTree, ak_tree_free)

/* Each takes in leaves up to the size it needs first. */
bool ak_tree_root(AkTree *self, guint64 size, AkDigest *out, GError **error);
GArray *ak_tree_inclusion(AkTree *self, guint64 index, guint64 size, GError **error);
GArray *ak_tree_consistency(AkTree *self, guint64 old_size, guint64 new_size, GError **error);

/* Writes the tiles and entry bundles of a tree of `size` leaves that are not in `dir_fd` yet.
 * Source: C2SP tlog-tiles, Merkle Tree and Log entries. */
bool ak_tree_write_tiles(AkTree *self, int dir_fd, guint64 size, GError **error);
