/* Code that works on eight numbers at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define AK_CHAIN_LANES 8

typedef guint64 AkChainLanes __attribute__((vector_size(AK_CHAIN_LANES * sizeof(guint64))));

/* Before a function: it is made in three forms, of which the processor takes the best it has; all
 * give the same. What it calls is AK_CHAIN_INLINE, and takes vectors by address: by value would be
 * another convention in each form. */
#ifdef __SANITIZE_THREAD__ /* the choice among forms would be made before it is ready */
#define AK_CHAIN_FORMS
#else
#define AK_CHAIN_FORMS __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#define AK_CHAIN_INLINE static inline __attribute__((always_inline))

/* The same in two halves. Where the processor's vectors are shorter, compilers keep all of the
 * above in memory, and move it in other pieces than they count with; halves stay in registers. */
typedef guint64 AkChainHalf __attribute__((vector_size(AK_CHAIN_LANES / 2 * sizeof(guint64))));
typedef struct {
  AkChainHalf low, high;
} AkChainHalves;

AK_CHAIN_INLINE void ak_chain_halves_load(AkChainHalves *self, const AkChainLanes *from) {
  const AkChainHalf *halves = (gconstpointer)from;
  self->low = halves[0];
  self->high = halves[1];
}

AK_CHAIN_INLINE void ak_chain_halves_store(const AkChainHalves *self, AkChainLanes *to) {
  AkChainHalf *halves = (gpointer)to;
  halves[0] = self->low;
  halves[1] = self->high;
}

AK_CHAIN_INLINE void ak_chain_halves_and(AkChainHalves *self, const AkChainLanes *with) {
  const AkChainHalf *halves = (gconstpointer)with;
  self->low &= halves[0];
  self->high &= halves[1];
}

AK_CHAIN_INLINE void ak_chain_halves_and_not(AkChainHalves *self, const AkChainLanes *with) {
  const AkChainHalf *halves = (gconstpointer)with;
  self->low &= ~halves[0];
  self->high &= ~halves[1];
}

AK_CHAIN_INLINE bool ak_chain_halves_are_any(const AkChainHalves *self) {
  AkChainHalf any = self->low | self->high;
  return ((any[0] | any[1]) | (any[2] | any[3])) != 0;
}

AK_CHAIN_INLINE bool ak_chain_lanes_are_any(const AkChainLanes *lanes) {
  AkChainHalves halves;
  ak_chain_halves_load(&halves, lanes);
  return ak_chain_halves_are_any(&halves);
}

AK_CHAIN_INLINE bool ak_chain_lanes_are_equal(const AkChainLanes *a, const AkChainLanes *b) {
  AkChainLanes differ = *a ^ *b;
  return !ak_chain_lanes_are_any(&differ);
}
