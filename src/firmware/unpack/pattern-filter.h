/* Where patterns may begin, many places at once: one way a kind of vectors, all with the same answer. */
#pragma once

#include "util/error.h"

#define AK_PATTERN_DEPTH 4    /* bytes that are looked at */
#define AK_PATTERN_BUCKETS 8  /* a bit each */
#define AK_PATTERN_BLOCK 64   /* places that are answered together */

/* Each pattern belongs to one of eight buckets; for each of its first bytes, the low and the high half of the
 * byte choose a set of buckets, and a place where all sets have a bucket in common may begin a pattern.
 * Source: "Teddy", Langdale, in Hyperscan's literature: Wang et al., NSDI 2019, 4.2. */
typedef struct {
  guint8 low[AK_PATTERN_DEPTH][16], high[AK_PATTERN_DEPTH][16];
} AkPatternHalves;

typedef struct {
  const char *name;
  bool (*is_there)(void); /* the processor has it, and the system lets it be used */
  /* Bit k of masks[i] says whether a pattern may begin at data + 64 i + k; reads blocks * 64 + 3 bytes. */
  void (*look)(const AkPatternHalves *halves, const guint8 *data, guint blocks, guint64 *masks);
} AkPatternFilter;

/* The fastest first; ends with a name NULL. None on processors without such vectors. */
extern const AkPatternFilter ak_pattern_filters[];

/* Sorts `count` patterns into buckets: of each its first bytes, `sizes` of them (4 and more: 4). Patterns that
 * share a bucket let through what mixes their halves, so those are joined whose union lets least more through. */
void ak_pattern_halves(AkPatternHalves *self, const guint8 (*heads)[AK_PATTERN_DEPTH], const gsize *sizes,
                       guint count);
