#include "chain/graph/worlds.h"

#include <string.h>

#include "util/random.h"

/* Vectors are handed between functions of this file alone: no ABI is meant. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define LANES 4
#define CHANCE_BITS 20

/* A bit a world. */
typedef guint64 Bits __attribute__((vector_size(LANES * sizeof(guint64))));

typedef struct {
  const AkChainGraph *graph;
  const AkChainWorldsSpec *spec;
  guint64 batch;
  Bits *reached;  /* [atoms] */
  Bits *fresh;    /* [atoms] what was not yet handed on */
  Bits *works;    /* [measures] */
  guint32 *queue; /* ring of atoms */
  guint8 *queued; /* [atoms] */
  guint32 head, count;
  guint64 step_worlds;
} Draw;

/* --- chance
 * --------------------------------------------------------------------------------------- */

/* As ak_random_mix, four at a time. */
static inline Bits mix(Bits z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* Each bit is 1 with the chance, by the chance's binary digits from the lowest on: a random bit is
 * joined by OR where the digit is 1 and by AND where it is 0. `what` names the draw; nothing is
 * stored. */
static Bits draw(const Draw *self, guint64 what, guint32 chance) {
  guint32 digits = (guint32)(((guint64)chance << CHANCE_BITS) / AK_CHAIN_CERTAIN);
  Bits out = {0};
  if (chance >= AK_CHAIN_CERTAIN)
    return ~out;
  if (digits == 0)
    return out;
  guint64 key = ak_random_mix(self->spec->seed ^ ak_random_mix(what ^ ak_random_mix(self->batch)));
  Bits counter;
  for (guint lane = 0; lane < LANES; lane++)
    counter[lane] = key + (guint64)lane * 0x632be59bd9b4e019u;
  for (guint digit = (guint)__builtin_ctz(digits); digit < CHANCE_BITS; digit++) {
    counter += AK_RANDOM_STEP;
    Bits random = mix(counter);
    out = digits >> digit & 1 ? out | random : out & random;
  }
  return out;
}

/* Draws of steps and of measures have different names. */
static Bits step_works(Draw *self, guint32 rule, guint32 head) {
  if (rule & AK_CHAIN_RULE_HELPER || self->spec->chances[rule] >= AK_CHAIN_CERTAIN)
    return ~(Bits){0};
  self->step_worlds += AK_CHAIN_WORLDS_AT_ONCE;
  return draw(self, (guint64)rule << 32 | head, self->spec->chances[rule]);
}

/* --- spreading
 * -------------------------------------------------------------------------------------- */

static inline bool is_any(Bits bits) {
  guint64 any = 0;
  for (guint lane = 0; lane < LANES; lane++)
    any |= bits[lane];
  return any != 0;
}

static void reach(Draw *self, guint32 atom, Bits in) {
  Bits added = in & ~self->reached[atom];
  if (!is_any(added))
    return;
  self->reached[atom] |= added;
  self->fresh[atom] |= added;
  if (self->queued[atom])
    return;
  self->queued[atom] = 1;
  guint64 end = (guint64)self->head + self->count++;
  self->queue[end < self->graph->atom_count ? end : end - self->graph->atom_count] = atom;
}

static void try_way(Draw *self, guint32 way) {
  const AkChainGraph *graph = self->graph;
  Bits in = ~(Bits){0};
  for (guint32 i = graph->way_premise_start[way]; i < graph->way_premise_start[way + 1]; i++)
    in &= self->reached[graph->way_premises[i]];
  for (guint32 i = graph->way_measure_start[way]; i < graph->way_measure_start[way + 1]; i++)
    in &= ~self->works[graph->way_measures[i]];
  guint32 head = graph->way_head[way];
  if (is_any(in & ~self->reached[head]))
    reach(self, head, in & step_works(self, graph->way_rule[way], head));
}

static void hand_on(Draw *self, guint32 atom) {
  const AkChainGraph *graph = self->graph;
  Bits fresh = self->fresh[atom];
  self->fresh[atom] = (Bits){0};
  for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++) {
    guint32 head = graph->edge_head[i];
    if (is_any(fresh & ~self->reached[head]))
      reach(self, head, fresh & step_works(self, graph->edge_rule[i], head));
  }
  for (guint32 i = graph->way_of_start[atom]; i < graph->way_of_start[atom + 1]; i++)
    try_way(self, graph->way_of[i]);
}

static void run_batch(Draw *self) {
  const AkChainGraph *graph = self->graph;
  memset(self->reached, 0, graph->atom_count * sizeof *self->reached);
  for (guint32 m = 0; m < graph->measure_count; m++)
    self->works[m] =
        draw(self, (guint64)1 << 63 | m, self->spec->effects != NULL ? self->spec->effects[m] : 0);
  for (guint32 i = 0; i < graph->initial_count; i++)
    if (self->spec->initial == NULL || self->spec->initial[i])
      reach(self, i, ~(Bits){0});
  for (guint32 way = 0; way < graph->way_count; way++)
    if (graph->way_premise_start[way] == graph->way_premise_start[way + 1])
      try_way(self, way);
  while (self->count > 0) {
    guint32 atom = self->queue[self->head];
    self->head = self->head + 1 == graph->atom_count ? 0 : self->head + 1;
    self->count--;
    self->queued[atom] = 0;
    hand_on(self, atom);
  }
}

static gpointer lanes_new(gsize count) {
  gpointer memory = g_aligned_alloc0(count + 1, sizeof(Bits), sizeof(Bits));
  return memory;
}

AkChainWorlds *ak_chain_worlds_run(const AkChainGraph *graph, const AkChainWorldsSpec *spec) {
  AkChainWorlds *out = g_new0(AkChainWorlds, 1);
  out->reached = g_new0(guint32, spec->goal_count + 1);
  Draw self = {.graph = graph,
               .spec = spec,
               .reached = lanes_new(graph->atom_count),
               .fresh = lanes_new(graph->atom_count),
               .works = lanes_new(graph->measure_count),
               .queue = g_new0(guint32, (gsize)graph->atom_count + 1),
               .queued = g_new0(guint8, (gsize)graph->atom_count + 1)};
  for (; out->worlds < spec->worlds; out->worlds += AK_CHAIN_WORLDS_AT_ONCE, self.batch++) {
    run_batch(&self);
    for (guint i = 0; i < spec->goal_count; i++)
      for (guint lane = 0; lane < LANES; lane++)
        out->reached[i] += (guint32)__builtin_popcountll(self.reached[spec->goals[i]][lane]);
  }
  out->step_worlds = self.step_worlds;
  g_aligned_free(self.reached);
  g_aligned_free(self.fresh);
  g_aligned_free(self.works);
  g_free(self.queue);
  g_free(self.queued);
  return out;
}

void ak_chain_worlds_free(AkChainWorlds *self) {
  if (self == NULL)
    return;
  g_free(self->reached);
  g_free(self);
}
