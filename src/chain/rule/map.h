/* 64-bit keys to 32-bit numbers, open addressing. Keys are products of dense numbers that this
 * program gave, so that no input can choose them to collide. */
#pragma once

#include "util/error.h"

#define AK_CHAIN_MAP_NONE G_MAXUINT32

typedef struct {
  guint64 *keys;
  guint32 *values; /* + 1; 0: empty */
  guint32 room, used;
} AkChainMap;

/* A map of zero bytes is empty. */
void ak_chain_map_clear(AkChainMap *self);

guint32 ak_chain_map_find(const AkChainMap *self, guint64 key);
/* Where the value of `key` stands, + 1; 0 there: new, to be set by the caller. Valid until the next
 * call. NULL where memory ends. */
guint32 *ak_chain_map_at(AkChainMap *self, guint64 key);
