/* The nodes of a JFFS2, by name and by inode. There is no superblock: a filesystem is nodes that
 * follow each other, with erased flash between them. Source: Linux, include/uapi/linux/jffs2.h;
 * which of several nodes counts: fs/jffs2/scan.c and readinode.c; the mark of the end: OpenWrt,
 * package/system/mtd/src/jffs2.c. */
#pragma once

#include "util/error.h"

enum { AK_JFFS2_ROOT = 1, AK_JFFS2_HEADER_SIZE = 12 };

/* A name in a folder, as a node says it. */
typedef struct {
  guint32 parent, version, inode; /* inode 0: the name was removed */
  gsize at;                       /* of its node */
  const guint8 *name;             /* borrowed */
  guint8 name_size, type;         /* type as in readdir: 4 folder, 8 file, 10 link */
  bool is_reached;                /* by the walk */
} AkJffs2Entry;

/* A state of an inode, with a piece of its content. */
typedef struct {
  guint32 inode, version, mode, uid, gid;
  guint32 size;             /* of the whole content, in this version */
  guint32 offset, unpacked; /* of the piece */
  gsize at;
  const guint8 *packed; /* borrowed */
  guint32 packed_size;
  guint8 compression;
  bool is_obsolete; /* marked as such */
} AkJffs2Piece;

typedef struct {
  bool is_big;
  GArray *entries; /* of AkJffs2Entry, by parent, name, version: of a name the last one counts */
  GArray *pieces;  /* of AkJffs2Piece, by inode, version */
  gsize end;       /* behind the last node */
  gsize damage_at;
  char *damage; /* the first thing that is not as it should be, or NULL */
} AkJffs2;

/* Bits verified of the node that begins the bytes: 0 where none does. */
guint ak_jffs2_first_node(const guint8 *data, gsize size, bool *is_big);

/* Collects all nodes to where the filesystem ends. False where the bytes begin with none. The
 * tables borrow `data`. */
bool ak_jffs2_scan(AkJffs2 *self, const guint8 *data, gsize size);
void ak_jffs2_clear(AkJffs2 *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkJffs2, ak_jffs2_clear)

/* Places in the tables: the first entry of a folder, the first piece of an inode (or the table's
 * length). */
guint ak_jffs2_find_folder(const AkJffs2 *self, guint32 parent);
guint ak_jffs2_find_inode(const AkJffs2 *self, guint32 inode);
bool ak_jffs2_same_name(const AkJffs2Entry *a, const AkJffs2Entry *b);
