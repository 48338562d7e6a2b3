/* The contents of the files of a squashfs 4.0, a block at a time: any thread may unpack any of them, each
 * with a copy of the compressor of its own, since libsquashfs promises nothing for more threads. Ends of
 * files that share a block are unpacked once as long as they are read one after the other.
 * Source: squashfs-tools-ng, doc/format.adoc, "Packing File Data". */
#pragma once

#include <sqfs/compressor.h>
#include <sqfs/frag_table.h>
#include <sqfs/inode.h>
#include <sqfs/super.h>

#include "util/error.h"

/* Where one content is stored. */
typedef struct {
  guint64 size;
  guint64 *starts; /* of the blocks, and where the last one ends */
  guint32 *words;  /* of the blocks: bytes on disk, and whether these are packed */
  guint blocks;
  guint32 fragment, offset; /* of its end; fragment G_MAXUINT32: none */
} AkSquashPlace;

/* Of a file's inode; clear it. */
AkSquashPlace ak_squash_place_of(const sqfs_inode_generic_t *inode, guint64 size);
void ak_squash_place_clear(AkSquashPlace *self);

typedef struct _AkSquashContents AkSquashContents;

/* Borrows all of these as long as it lives; `compressor` is copied, and stays the caller's to use. */
AkSquashContents *ak_squash_contents_new(const guint8 *data, gsize size, const sqfs_super_t *super,
                                         const sqfs_compressor_t *compressor,
                                         sqfs_frag_table_t *fragments);
void ak_squash_contents_free(AkSquashContents *self);

/* How many pieces of a block's size the content has, its end among them. */
guint ak_squash_contents_pieces(const AkSquashContents *self, const AkSquashPlace *place);
/* Unpacks one of them to its place in `out`, which has room for the whole content. 0, or an error of
 * libsquashfs: also where a block has another size than it must have. Any thread. */
int ak_squash_contents_read(AkSquashContents *self, const AkSquashPlace *place, guint piece,
                            guint8 *out);
