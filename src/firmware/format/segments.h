/* Contents that come in pieces with addresses (hex files, blocks for flash): collected in any
 * order, then emitted as runs without gaps, "#NAME@ADDRESS". */
#pragma once

#include "firmware/format/growing.h"
#include "firmware/unpack/tree.h"

typedef struct {
  AkGrowing data; /* set its limit first, by ak_firmware_tree_budget */
  GArray *pieces; /* created at the first */
} AkSegments;

/* `group` keeps runs apart and goes first in the order; 0 where there is one alone. */
bool ak_segments_add(AkSegments *self, guint32 group, guint64 address, const guint8 *data,
                     gsize size, GError **error);
void ak_segments_clear(AkSegments *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkSegments, ak_segments_clear)

/* Adds a node for each run; cuts `node` ("FORMAT: …") where pieces overlap with other bytes: the
 * first stays. With `by_group` the group's eight hex digits stand in place of "segment". Fails with
 * LIMIT of the tree alone. */
bool ak_segments_emit(AkSegments *self, AkFirmwareTree *tree, guint node, const char *format,
                      bool by_group, GError **error);
