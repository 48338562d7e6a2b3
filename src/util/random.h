/* Random numbers that are a function of a seed and a counter: nothing is stored, any number can be
 * had in any order by any thread, and the same seed gives the same numbers on every machine. Not
 * for secrets. */
#pragma once

#include <glib.h>

#define AK_RANDOM_STEP 0x9e3779b97f4a7c15u /* 2^64 over the golden ratio, odd */

/* Source: G. Steele, D. Lea, C. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014
 * (the mixing of SplitMix64). */
static inline guint64 ak_random_mix(guint64 z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* The number `counter` (from 0) of the sequence that begins at `seed`: that of SplitMix64. */
static inline guint64 ak_random_at(guint64 seed, guint64 counter) {
  return ak_random_mix(seed + (counter + 1) * AK_RANDOM_STEP);
}

/* The seed of a sequence of its own: `name` tells apart what is drawn with one seed. */
static inline guint64 ak_random_fork(guint64 seed, guint64 name) {
  return ak_random_mix(seed ^ ak_random_mix(name + AK_RANDOM_STEP));
}

/* 0 … `count` − 1, of a random number. No number is preferred by more than count in 2^64.
 * Source: D. Lemire, Fast random integer generation in an interval, 2019 (without its rejection).
 */
static inline guint64 ak_random_below(guint64 random, guint64 count) {
  return (guint64)(((unsigned __int128)random * count) >> 64);
}

/* 0 ≤ it < 1, in steps of 2^−53. */
static inline double ak_random_unit(guint64 random) {
  return (double)(random >> 11) * 0x1p-53;
}
