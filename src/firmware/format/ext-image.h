/* ext2, ext3 and ext4 as bytes: superblock, groups, inodes and the blocks of a content.
 * Source: Linux, Documentation/filesystems/ext4/ (structures and checksums). */
#pragma once

#include "firmware/unpack/tree.h"

#define AK_EXT_SUPER_OFFSET 1024
#define AK_EXT_MAGIC_OFFSET 0x438 /* from the filesystem's start */
#define AK_EXT_MAGIC "\x53\xef"
#define AK_EXT_ROOT 2 /* inode numbers */
#define AK_EXT_RESIZE 7
#define AK_EXT_JOURNAL 8

/* features that are asked for here */
#define AK_EXT_COMPAT_JOURNAL 0x0004u
#define AK_EXT_COMPAT_SPARSE2 0x0200u
#define AK_EXT_COMPAT_ORPHAN_FILE 0x1000u
#define AK_EXT_INCOMPAT_FILETYPE 0x0002u
#define AK_EXT_INCOMPAT_RECOVER 0x0004u
#define AK_EXT_INCOMPAT_MMP 0x0100u
#define AK_EXT_RO_SPARSE 0x0001u
#define AK_EXT_RO_CHECKSUMS 0x0400u
#define AK_EXT_RO_ORPHANS 0x10000u

#define AK_EXT_INODE_COMPRESSED 0x00000004u
#define AK_EXT_INODE_ENCRYPTED 0x00000800u
#define AK_EXT_INODE_INDEXED 0x00001000u
#define AK_EXT_INODE_EXTENTS 0x00080000u
#define AK_EXT_INODE_VERITY 0x00100000u
#define AK_EXT_INODE_INLINE 0x10000000u

#define AK_EXT_GROUP_NO_INODES 1u /* the inode bitmap is not written: none is used */
#define AK_EXT_GROUP_NO_BLOCKS 2u /* nor is the block bitmap */

typedef struct {
  const guint8 *data; /* borrowed */
  gsize size;         /* bytes, at most what the superblock says */
  guint32 inodes, blocks_per_group, inodes_per_group, first_block, first_inode, groups, seed;
  guint32 compat, incompat, ro_compat, orphan_inode, backups[2];
  guint64 blocks, mmp_block;
  guint16 state, inode_size, group_size, reserved_group_blocks;
  guint block_size;
} AkExt;

typedef struct {
  guint64 block_bitmap, inode_bitmap, inode_table; /* block numbers */
  guint16 flags;
} AkExtGroup;

typedef struct {
  guint32 number, mode, uid, gid, links, flags, generation;
  guint64 size, acl_block;
  const guint8 *raw; /* borrowed: the inode's bytes */
  const guint8 *map; /* borrowed: its 60 bytes of block numbers, extents or content */
  bool is_damaged;   /* another checksum than it says */
} AkExtInode;

/* Blocks of a content that follow each other. */
typedef struct {
  guint64 logical, physical, count;
  bool is_empty; /* set aside and not written: reads as zeros */
} AkExtRun;

/* What is noted of each block that a content takes, the ones of its map too; false ends the look.
 */
typedef bool (*AkExtNote)(gpointer data, guint64 block, guint64 count, GError **error);

/* Superblock at 1024; INVALID_DATA where it is none, or not the first one. `data` is borrowed. */
bool ak_ext_init(AkExt *self, const guint8 *data, gsize size, GError **error);
/* NOT_SUPPORTED with the reason for features that change what is where. */
bool ak_ext_is_supported(const AkExt *self, GError **error);

bool ak_ext_group(const AkExt *self, guint32 index, AkExtGroup *out, GError **error);
/* Has the group a copy of the superblock and of the groups' table? */
bool ak_ext_has_copy(const AkExt *self, guint32 group);
/* Bytes of a block, or NULL where the image ends before its end. */
const guint8 *ak_ext_block(const AkExt *self, guint64 block);
bool ak_ext_bit(const AkExt *self, guint64 bitmap_block, guint32 bit);

bool ak_ext_inode(const AkExt *self, guint32 number, AkExtInode *out, GError **error);
/* CRC-32C over the inode's number and generation goes on over `size` bytes. */
guint32 ak_ext_checksum(const AkExt *self, const AkExtInode *inode, const guint8 *data, gsize size);

/* The runs of a content, in order of its map; `note` may be NULL. */
GArray *ak_ext_runs(const AkExt *self, const AkExtInode *inode, AkExtNote note, gpointer data,
                    GError **error);
/* The bytes of a content of at most `limit` bytes, of runs or from within the inode (`runs` NULL), in the room of `tree`.
 */
GBytes *ak_ext_content(const AkExt *self, const AkExtInode *inode, const GArray *runs, const AkFirmwareTree *tree,
                       guint64 limit, GError **error);
/* True if the content stands in the inode: inline data, and short links. */
bool ak_ext_is_inside(const AkExtInode *inode);
