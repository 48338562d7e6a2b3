/* Many byte strings at once, in one pass over the bytes. Pure; a searcher may be used by many
 * threads. */
#pragma once

#include "util/error.h"

typedef struct {
  const void *bytes; /* borrowed as long as the searcher lives */
  gsize size;        /* 2 … 64 */
} AkPattern;

typedef struct {
  gsize at;      /* where the pattern's first byte stands */
  guint pattern; /* index in what the searcher was made of */
} AkPatternHit;

typedef struct _AkPatterns AkPatterns;

/* At most 512 patterns; NULL where there are more, or one has another size than those above. */
AkPatterns *ak_patterns_new(const AkPattern *patterns, guint count);
void ak_patterns_free(AkPatterns *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkPatterns, ak_patterns_free)

/* Writes hits whose first byte lies in `*from` … `end` - 1 in the order of their places, at most
 * `room` of them (not fewer than the searcher has patterns, so that all of one place fit); patterns
 * end before `size`. Returns how many; `*from` gets where to go on: `end` when all was searched. */
gsize ak_patterns_search(const AkPatterns *self, const guint8 *data, gsize size, gsize *from,
                         gsize end, AkPatternHit *hits, gsize room);

/* For tests and measurement: the same with vectors of that name (pattern-filter.c), NULL: the fastest that the processor
 * has, "": none. False, and nothing changed, where it has none of that name. */
bool ak_patterns_use(AkPatterns *self, const char *vectors);
