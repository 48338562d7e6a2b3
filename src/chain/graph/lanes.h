/* Code that works on eight numbers at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define AK_CHAIN_LANES 8

typedef guint64 AkChainLanes __attribute__((vector_size(AK_CHAIN_LANES * sizeof(guint64))));

/* Before a function: it is made in three forms, of which the processor takes the best it has; all give the same. What it
 * calls is AK_CHAIN_INLINE, and takes vectors by address: by value would be another convention in each form. */
#ifdef __SANITIZE_THREAD__ /* the choice among forms would be made before it is ready */
#define AK_CHAIN_FORMS
#else
#define AK_CHAIN_FORMS __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#define AK_CHAIN_INLINE static inline __attribute__((always_inline))

AK_CHAIN_INLINE bool ak_chain_lanes_are_any(const AkChainLanes *lanes) {
  guint64 any = 0;
  for (guint lane = 0; lane < AK_CHAIN_LANES; lane++)
    any |= (*lanes)[lane];
  return any != 0;
}

AK_CHAIN_INLINE bool ak_chain_lanes_are_equal(const AkChainLanes *a, const AkChainLanes *b) {
  AkChainLanes differ = *a ^ *b;
  return !ak_chain_lanes_are_any(&differ);
}
