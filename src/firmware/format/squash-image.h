/* The structures of squashfs 2.0 to 4.0 in either byte order, with the compressions of makers.
 * Source: squashfs-tools 4.4, squashfs_compat.h (2.x, 3.x) and squashfs_fs.h (4.0); how they are
 * read: unsquash-2.c, unsquash-3.c, unsquash-4.c; the makers' magics: magic(5) of file 5.44. */
#pragma once

#include "firmware/format/extents.h"

typedef enum {
  AK_SQUASH_ZLIB,
  AK_SQUASH_MIXED,      /* zlib, or LZMA with its header of 13 bytes, a block at a time */
  AK_SQUASH_LZMA_SHORT, /* LZMA with 5 bytes of properties before each block */
  AK_SQUASH_LZMA_TOLD,  /* LZMA with its pb, lc, lp and another number, a byte each, before each
                           block */
  AK_SQUASH_LZMA_BARE,  /* LZMA, `properties` known to the reader alone */
  AK_SQUASH_LZO,
  AK_SQUASH_XZ,
} AkSquashCodec;

typedef struct {
  bool is_big;
  guint16 major, minor, block_log, flags, compression;
  guint32 inodes, block_size, fragments, ids, groups;
  guint64 root, bytes_used, id_start, group_start, inode_start, folder_start, fragment_start,
      lookup_start, xattr_start;
  gsize size; /* of the superblock */
} AkSquashSuper;

typedef struct {
  guint64 start; /* of the block */
  guint32 size;  /* as stored: a flag, and bytes */
} AkSquashFragment;

typedef struct {
  guint type, mode, uid, gid; /* type as in 3.x: 1 folder, 2 file, 3 link, 4 block … 7 socket */
  guint64 size, start;        /* of a folder: its first block in the table of folders */
  guint32 fragment, offset;   /* of a folder: the offset in its block */
  guint32 device;
  guint64 next_block; /* where the list of blocks, or the target, goes on */
  gsize next_offset;
} AkSquashInode;

typedef struct {
  const guint8 *data; /* borrowed */
  gsize size;
  AkSquashSuper super;
  AkSquashCodec codec;
  guint8 properties;
  AkExtents used;     /* what belongs to something */
  GHashTable *blocks; /* where a metadata block begins → its content as GBytes */
  gsize blocks_size;
  GArray *fragments; /* of AkSquashFragment */
  GArray *ids;       /* of guint32 */
  GArray *groups;
} AkSquash;

/* The superblock, plausible; false: none. */
bool ak_squash_read_super(const guint8 *data, gsize size, AkSquashSuper *out);
/* True if another reader is made for it: 4.0, little-endian, with the usual magic, and metadata
 * that the compression it names unpacks. */
bool ak_squash_is_standard(const guint8 *data, gsize size, const AkSquashSuper *super);

/* Finds the compression by the root's inode, and reads the tables. */
bool ak_squash_init(AkSquash *self, const guint8 *data, gsize size, GError **error);
void ak_squash_clear(AkSquash *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkSquash, ak_squash_clear)

/* `want` bytes of metadata from a place on, over the ends of blocks; the place moves on. Caller
 * frees; NULL where a block is damaged. */
guint8 *ak_squash_metadata(AkSquash *self, guint64 *block, gsize *offset, gsize want);

/* The inode at a reference (block << 16 | offset). */
bool ak_squash_read_inode(AkSquash *self, guint64 reference, AkSquashInode *out);

/* A data block, stored with `stored` (flag and size) at `start`, into exactly `want` bytes. */
bool ak_squash_data(AkSquash *self, guint64 start, guint32 stored, guint8 *out, gsize want);
/* A block of ends of files: its bytes (caller frees) and how many; NULL where it is damaged. */
guint8 *ak_squash_fragment(AkSquash *self, const AkSquashFragment *fragment, gsize *got);
gsize ak_squash_stored_size(guint32 stored);

/* One entry of a folder's list; its parts stand in `list` of `size` bytes. False at the end, or
 * where it is damaged (then *at < size). Begins with *at == 0 and *left == 0. */
typedef struct {
  gsize at;
  guint left;    /* entries until the next header */
  guint64 start; /* of their inodes' block */
  const guint8 *name;
  gsize name_size;
  guint64 reference;
  guint type;
} AkSquashList;
bool ak_squash_next_entry(const AkSquash *self, const guint8 *list, gsize size,
                          AkSquashList *state);
