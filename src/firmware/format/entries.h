/* What filesystems with modes of Unix emit alike: an entry becomes a node by its mode. */
#pragma once

#include "firmware/unpack/tree.h"

typedef struct {
  AkFirmwareTree *tree;
  guint root;         /* the node that holds the filesystem */
  const char *format; /* begins each reason for a cut */
  bool no_modes;      /* the filesystem has no modes and no owners */
} AkEntries;

typedef struct {
  const char *path; /* by ak_firmware_tree_child_path */
  guint mode;       /* type and permissions, POSIX sys/stat.h */
  guint uid, gid, major, minor;
  GBytes *content; /* of a file, or a link's target; NULL: none, or not to be had. Taken over */
  const char *cut; /* why it is not whole, or NULL */
} AkEntry;

/* Adds the entry; NULL content without a cut is an empty file. Errors as ak_firmware_tree_add. */
bool ak_entries_add(const AkEntries *self, AkEntry entry, GError **error);

/* The filesystem is not whole, for a reason (the first stays). */
void ak_entries_cut(const AkEntries *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Adds what belongs to no file as a region: a slice of the filesystem's bytes, named
 * "#NAME@OFFSET".
 */
bool ak_entries_add_region(const AkEntries *self, const char *name, gsize offset, gsize size,
                           GError **error);

/* True for a name that is one step of a path: not empty, no "." or "..", no '/' or NUL. */
bool ak_entries_is_name(const void *name, gsize size);

/* True for bytes that are 0x00 or 0xff alone: padding, erased flash. */
bool ak_entries_is_empty(const guint8 *data, gsize size);

/* A device's numbers as Linux packs them in 32 bits, and in 16 bits before.
 * Source: Linux, include/linux/kdev_t.h, new_decode_dev and old_decode_dev. */
void ak_entries_device(guint32 number, guint *major, guint *minor);
void ak_entries_old_device(guint32 number, guint *major, guint *minor);
