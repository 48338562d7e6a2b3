/* The nodes of a UBIFS that its index leads to. Files are found by the index alone; the tree of
 * free space is not needed to read. Source: Linux, fs/ubifs/ubifs-media.h. */
#pragma once

#include "util/error.h"

enum { AK_UBIFS_ROOT = 1, AK_UBIFS_BLOCK_SIZE = 4096, AK_UBIFS_FIRST_LOG = 3 };

/* Kinds of keys, in the order in which a file's keys stand in the index. */
typedef enum { AK_UBIFS_INODE, AK_UBIFS_DATA, AK_UBIFS_ENTRY, AK_UBIFS_XATTR } AkUbifsKind;

typedef struct {
  guint32 inode; /* of an entry: its folder's */
  AkUbifsKind kind;
  guint32 place;    /* of data: the number of its block; of an entry: its name's hash */
  gsize at;         /* in the bytes */
  guint32 size;     /* of the node */
  guint64 sequence; /* of nodes of the journal: when it was written; 0: of the index */
  bool is_reached;
} AkUbifsItem;

/* From `offset` of the block on stand changes that the index does not have. */
typedef struct {
  guint32 block, offset;
} AkUbifsBud;

typedef struct {
  const guint8 *data; /* borrowed */
  gsize size;
  guint32 block_size, block_count, first_main; /* of logical erase blocks */
  guint32 flags, log_blocks, orphan_blocks;
  guint32 page;      /* smallest unit that is written */
  guint8 *is_known;  /* a bit for 8 bytes: a node that belongs to the index begins there */
  GArray *items;     /* of AkUbifsItem, by inode, kind, place */
  GArray *buds;      /* of AkUbifsBud, as the log names them */
  guint64 commit;    /* sequence of the commit that the index is of */
  const char *state; /* why what was written last may be missing, or NULL */
} AkUbifs;

/* The superblock at the start of the bytes, its CRC held against it. */
bool ak_ubifs_init(AkUbifs *self, const guint8 *data, gsize size, GError **error);

/* Walks the index and replays the journal onto it. INVALID_DATA where a part of it is damaged; the
 * items before are there. */
bool ak_ubifs_read_index(AkUbifs *self, GError **error);
void ak_ubifs_clear(AkUbifs *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkUbifs, ak_ubifs_clear)

/* The place of the first item of `inode` that is of `kind` or behind it (or the length). */
guint ak_ubifs_find(const AkUbifs *self, guint32 inode, AkUbifsKind kind);

/* The next node at or behind `*at` within the block, for an account of the main area: true with its
 * place, size and type; false at the block's end. Bytes that are no node and no filling before it
 * begin at `*odd` (== *at: none). */
typedef struct {
  gsize odd, at;
  guint32 size;
  guint8 type;
  guint64 sequence;
} AkUbifsFound;
bool ak_ubifs_next_node(const AkUbifs *self, gsize from, gsize end, AkUbifsFound *out);

/* For ubifs-journal.c: items by inode, kind, place. */
gint ak_ubifs_by_key(gconstpointer left, gconstpointer right);

/* Applies what stands in the buds to `items`, as mounting would: what was written last counts,
 * removed entries and inodes go, truncated blocks too. What is left out is no longer known: older
 * content. NULL, or why it was not applied (borrowed for ever); `items` are then those of the
 * index. Source: Linux, fs/ubifs/replay.c. */
const char *ak_ubifs_replay(AkUbifs *self);
