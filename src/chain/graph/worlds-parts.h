/* A drawing of worlds, for worlds.c, worlds-reach.c and worlds-variants.c alone: what is kept of
 * it, and what all of them ask. */
#pragma once

#include "chain/graph/cone.h"
#include "chain/graph/lanes.h"
#include "chain/graph/worlds.h"
#include "util/random.h"

#define CHANCE_BITS 20
#define WORD_BITS 64 /* of a set of places */

typedef AkChainLanes Bits; /* a bit a world */

typedef struct {
  guint32 chance;
  guint32 drawn; /* the last batch in which it was, + 1 */
} Step;

/* A way that an atom is a premise of, in the order in which they are tried: what nearly all of them
 * need stands here, instead of in five lists by ways. Numbers of places, steps and ways stay below
 * 2^31: the bits of so many places would fill 128 GiB. */
typedef struct {
  guint32 head; /* place; USE_HAS_MORE added: the way has further premises, or measures */
  guint32 what; /* the step; of a way that has more, the way */
} Use;
#define USE_HAS_MORE 0x80000000u

typedef struct {
  const AkChainCone *cone;
  const AkChainWorldsSpec *spec;
  guint64 batch;
  guint64 *names, *measure_names; /* [places], [measures] what tells apart what is drawn */
  guint32 *effects;               /* [measures] of the variant at hand */
  /* [places] Where nothing new can come: what is reached, and, of a place with one step that is
   * uncertain, as soon as that was drawn, also where it does not work. So one look tells, in memory
   * that is half of what all three would take. */
  Bits *shut;
  Bits *handed;  /* [places] what was handed on to what follows */
  guint32 *only; /* [places] the one step that is uncertain; AK_CHAIN_GRAPH_NONE: there is none, or
                    more than one step */
  Bits *reached; /* [places] NULL: there are no variants; else what is reached in one */
  Bits *before;  /* [places] what is reached without a variant */
  Use *uses;     /* as the cone's */
  Step *steps;   /* [steps] */
  Bits *step_works;       /* [steps] as far as they were drawn in this batch */
  Bits *works;            /* [measures] likewise */
  guint32 *measure_drawn; /* batch + 1 */
  guint64 *waiting;       /* a bit a place: it is to be looked at */
  guint32 *free_ways;     /* without premises */
  guint32 free_count;
  guint32 *touched; /* [places] those of which something is shut in the batch */
  guint32 touched_count;
  guint32 *changed; /* [places] where a variant differs */
  guint32 changed_count;
  guint64 step_worlds;
} AkChainDraw;

/* The next batch of worlds, from nothing. */
void ak_chain_draw_reach(AkChainDraw *self);
/* In the worlds of the batch, what each variant reaches; `own`: the cone's numbers of measures by
 * the graph's. */
void ak_chain_draw_variants(AkChainDraw *self, AkChainWorldsVariant *variants, guint count,
                            const guint32 *own);
/* Adds in how many worlds of the batch each goal is reached. */
void ak_chain_draw_count(const AkChainDraw *self, const guint32 *goals, guint count,
                         guint32 *reached);

/* --- chance
 * --------------------------------------------------------------------------------------- */

/* As ak_random_mix, eight at a time. */
AK_CHAIN_INLINE void ak_chain_draw_mix(Bits *z) {
  *z = (*z ^ (*z >> 30)) * 0xbf58476d1ce4e5b9u;
  *z = (*z ^ (*z >> 27)) * 0x94d049bb133111ebu;
  *z = *z ^ (*z >> 31);
}

/* Each bit is 1 with the chance: a random number below 1 is compared with it, binary digit by digit
 * from the highest on, until all worlds have a digit that differs, or the chance has no more.
 * `name` says what is drawn; nothing is stored. */
AK_CHAIN_INLINE void ak_chain_draw_bits(const AkChainDraw *self, guint64 name, guint32 chance,
                                        Bits *out) {
  guint32 digits = (guint32)(((guint64)chance << CHANCE_BITS) / AK_CHAIN_CERTAIN);
  Bits counter = {0}, equal = ~counter;
  *out = (Bits){0};
  if (chance >= AK_CHAIN_CERTAIN) {
    *out = equal;
    return;
  }
  guint64 key = ak_random_mix(self->spec->seed ^ ak_random_mix(name ^ ak_random_mix(self->batch)));
  for (guint lane = 0; lane < AK_CHAIN_LANES; lane++)
    counter[lane] = key + (guint64)lane * 0x632be59bd9b4e019u;
  for (; digits != 0 && ak_chain_lanes_are_any(&equal);
       digits = digits << 1 & ((1u << CHANCE_BITS) - 1)) {
    counter += AK_RANDOM_STEP;
    Bits random = counter;
    ak_chain_draw_mix(&random);
    if (digits >> (CHANCE_BITS - 1)) {
      *out |= equal & ~random;
      equal &= random;
    } else {
      equal &= ~random;
    }
  }
}

/* Where the step works, in `step_works`: drawn once a batch, when it is first asked for. False: it
 * is certain, and nothing is drawn. */
AK_CHAIN_INLINE bool ak_chain_draw_step(AkChainDraw *self, guint32 place, guint32 number) {
  Step *step = &self->steps[number];
  if (step->chance >= AK_CHAIN_CERTAIN)
    return false;
  if (step->drawn != self->batch + 1) {
    guint64 name = (guint64)self->cone->step_rules[number] << 32 ^ self->names[place];
    step->drawn = (guint32)self->batch + 1;
    ak_chain_draw_bits(self, name, step->chance, &self->step_works[number]);
    self->step_worlds += AK_CHAIN_WORLDS_AT_ONCE;
  }
  return true;
}

/* Where the measure works, in `works`; likewise. False: it holds nowhere. */
AK_CHAIN_INLINE bool ak_chain_draw_measure(AkChainDraw *self, guint32 measure) {
  if (self->effects[measure] == 0)
    return false;
  if (self->measure_drawn[measure] != self->batch + 1) {
    self->measure_drawn[measure] = (guint32)self->batch + 1;
    ak_chain_draw_bits(self, self->measure_names[measure], self->effects[measure],
                       &self->works[measure]);
  }
  return true;
}

/* What is reached of a place, without variants. */
AK_CHAIN_INLINE void ak_chain_draw_reached(const AkChainDraw *self, guint32 place, Bits *out) {
  guint32 only = self->only[place];
  *out = self->shut[place];
  if (only != AK_CHAIN_GRAPH_NONE) /* where it was not drawn in this batch, nothing is shut */
    *out &= self->step_works[only];
}

/* --- what is to be looked at
 * --------------------------------------------------------------------------------------- */

AK_CHAIN_INLINE void ak_chain_draw_wait(AkChainDraw *self, guint32 place) {
  self->waiting[place / WORD_BITS] |= (guint64)1 << place % WORD_BITS;
}

/* The first place from `place` on that waits, and waits no more; `end` or one behind it: none
 * before `end` does. */
AK_CHAIN_INLINE guint32 ak_chain_draw_next(AkChainDraw *self, guint32 place, guint32 end) {
  guint64 word =
      place < end ? self->waiting[place / WORD_BITS] >> place % WORD_BITS << place % WORD_BITS : 0;
  while (word == 0) {
    place = (place / WORD_BITS + 1) * WORD_BITS;
    if (place >= end)
      return end;
    word = self->waiting[place / WORD_BITS];
  }
  place = place / WORD_BITS * WORD_BITS + (guint32)__builtin_ctzll(word);
  if (place < end)
    self->waiting[place / WORD_BITS] &= ~((guint64)1 << place % WORD_BITS);
  return MIN(place, end);
}
