/* Deterministic mutations of byte strings: the same state gives the same bytes on every machine. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  guint64 state;
} AkFuzzRandom;

AkFuzzRandom ak_fuzz_random(guint64 seed, const char *name);
guint64 ak_fuzz_random_next(AkFuzzRandom *self);
/* 0 … bound - 1; 0 where `bound` is 0. */
gsize ak_fuzz_random_below(AkFuzzRandom *self, gsize bound);

/* Changes `bytes` by one to six small steps; `other` is what is spliced in. The result has at most
 * `max_size` bytes. */
void ak_fuzz_mutate(AkFuzzRandom *self, GByteArray *bytes, GBytes *other, gsize max_size);
