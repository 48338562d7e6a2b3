/* Pieces of a node's bytes: noted in any order while headers are read, then emitted so that each
 * byte is explained once. What none of them covers comes out as a region "#gap@OFFSET". */
#pragma once

#include "firmware/unpack/tree.h"

typedef struct {
  AkFirmwareTree *tree; /* borrowed */
  guint node;
  const char *format; /* borrowed; each reason begins with it */
  bool may_share;     /* what the format explains itself may overlap: files that share a content */
  GArray *parts;      /* created at the first note */
} AkParts;

/* `name` (the vendor's bytes, any) becomes the node "#NAME"; NULL: a header or padding that the
 * format explains itself. Sizes of 0 are left out. */
void ak_parts_note(AkParts *self, const char *name, guint64 offset, guint64 size);
void ak_parts_clear(AkParts *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkParts, ak_parts_clear)

/* Emits what was noted, in order of offset, and the gaps between 0 and `end` that are no padding.
 * The node is cut where parts overlap or reach beyond its bytes; what is there of them is emitted.
 * Fails only with LIMIT of the tree. */
bool ak_parts_emit(AkParts *self, gsize end, GError **error);

/* Cuts the node: "FORMAT: " and the reason. */
void ak_parts_cut(const AkParts *self, const char *reason, ...) G_GNUC_PRINTF(2, 3);

/* True if the digest of `size` bytes is `told`, which has the digest's length. */
bool ak_parts_has_digest(GChecksumType type, const guint8 *data, gsize size, const guint8 *told);

/* The CRC-32 of IEEE 802.3 (zlib's). */
guint32 ak_parts_crc32(const guint8 *data, gsize size);

/* Pieces that are files by themselves: `path` (borrowed) with bytes of `node`. Errors as ak_firmware_tree_add. */
bool ak_parts_add_file(AkFirmwareTree *tree, guint node, const char *path, gsize offset, gsize size, GError **error);

/* True for UTF-8 without control characters but tabs and ends of lines; not for none. */
bool ak_parts_is_text(const guint8 *data, gsize size);

/* True if all bytes are `byte`. */
bool ak_parts_is_filled(const guint8 *data, gsize size, guint8 byte);
