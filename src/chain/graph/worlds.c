#include "chain/graph/worlds.h"

#include "util/random.h"

#define LANES 8
#define CHANCE_BITS 20
#define CERTAIN_STEP G_MAXUINT32

enum { IS_TOUCHED = 1, IS_QUEUED = 2 }; /* of an atom in a batch */

/* What is below runs in three forms, of which the processor takes the best it has; all give the
 * same. */
#define FORMS __attribute__((target_clones("avx512f", "avx2", "default")))
#define INLINE static inline __attribute__((always_inline))

/* A bit a world. */
typedef guint64 Bits __attribute__((vector_size(LANES * sizeof(guint64))));

/* A rule on a head that is drawn. */
typedef struct {
  guint64 name;
  guint32 chance;
  guint32 next; /* + 1: another rule on the same head; 0: there is none */
} Step;

typedef struct {
  const AkChainGraph *graph;
  const AkChainWorldsSpec *spec;
  guint64 batch;
  GArray *steps;                  /* of Step */
  guint32 *edge_step, *way_step;  /* numbers of steps, CERTAIN_STEP: always works */
  Bits *reached;                  /* [atoms] */
  Bits *fresh;                    /* [atoms] what was not yet handed on */
  Bits *works;                    /* [measures] as far as they were drawn in this batch */
  Bits *step_works;               /* [steps] likewise */
  guint32 *measure_drawn, *drawn; /* batch + 1 */
  const Step *step_list;
  guint32 *queue;   /* ring of atoms */
  guint8 *queued;   /* [atoms] */
  guint32 *touched; /* [atoms] those that are reached in some world of the batch */
  guint32 touched_count;
  guint32 head, count;
  guint64 step_worlds;
} Draw;

/* --- chance
 * --------------------------------------------------------------------------------------- */

/* Vectors go between functions by address: by value would be another convention in each form. */

/* As ak_random_mix, eight at a time. */
INLINE void mix(Bits *z) {
  *z = (*z ^ (*z >> 30)) * 0xbf58476d1ce4e5b9u;
  *z = (*z ^ (*z >> 27)) * 0x94d049bb133111ebu;
  *z = *z ^ (*z >> 31);
}

INLINE bool is_any(const Bits *bits) {
  guint64 any = 0;
  for (guint lane = 0; lane < LANES; lane++)
    any |= (*bits)[lane];
  return any != 0;
}

/* Each bit is 1 with the chance: a random number below 1 is compared with it, binary digit by digit
 * from the highest on, until all worlds have a digit that differs, or the chance has no more.
 * `name` says what is drawn; nothing is stored. */
INLINE void draw(const Draw *self, guint64 name, guint32 chance, Bits *out) {
  guint32 digits = (guint32)(((guint64)chance << CHANCE_BITS) / AK_CHAIN_CERTAIN);
  Bits counter = {0}, equal = ~counter;
  *out = (Bits){0};
  if (chance >= AK_CHAIN_CERTAIN) {
    *out = equal;
    return;
  }
  guint64 key = ak_random_mix(self->spec->seed ^ ak_random_mix(name ^ ak_random_mix(self->batch)));
  for (guint lane = 0; lane < LANES; lane++)
    counter[lane] = key + (guint64)lane * 0x632be59bd9b4e019u;
  for (; digits != 0 && is_any(&equal); digits = digits << 1 & ((1u << CHANCE_BITS) - 1)) {
    counter += AK_RANDOM_STEP;
    Bits random = counter;
    mix(&random);
    if (digits >> (CHANCE_BITS - 1)) {
      *out |= equal & ~random;
      equal &= random;
    } else {
      equal &= ~random;
    }
  }
}

/* Where the step does not work, nothing passes. Drawn once a batch, when it is first asked for. */
INLINE void pass_step(Draw *self, guint32 step, Bits *in) {
  if (step == CERTAIN_STEP)
    return;
  if (self->drawn[step] != self->batch + 1) {
    const Step *drawn = &self->step_list[step];
    self->drawn[step] = (guint32)self->batch + 1;
    draw(self, drawn->name, drawn->chance, &self->step_works[step]);
    self->step_worlds += AK_CHAIN_WORLDS_AT_ONCE;
  }
  *in &= self->step_works[step];
}

/* Where the measure works, nothing passes. Names of measures are not those of steps. */
INLINE void pass_measure(Draw *self, guint32 measure, Bits *in) {
  guint32 effect = self->spec->effects != NULL ? self->spec->effects[measure] : 0;
  if (effect == 0)
    return;
  if (self->measure_drawn[measure] != self->batch + 1) {
    self->measure_drawn[measure] = (guint32)self->batch + 1;
    draw(self, (guint64)1 << 63 | measure, effect, &self->works[measure]);
  }
  *in &= ~self->works[measure];
}

/* --- spreading
 * -------------------------------------------------------------------------------------- */

INLINE void reach(Draw *self, guint32 atom, const Bits *in) {
  Bits added = *in & ~self->reached[atom];
  if (!is_any(&added))
    return;
  self->reached[atom] |= added;
  self->fresh[atom] |= added;
  if (self->queued[atom] & IS_QUEUED)
    return;
  if (self->queued[atom] == 0)
    self->touched[self->touched_count++] = atom;
  self->queued[atom] = IS_QUEUED | IS_TOUCHED;
  guint64 end = (guint64)self->head + self->count++;
  self->queue[end < self->graph->atom_count ? end : end - self->graph->atom_count] = atom;
}

INLINE void try_way(Draw *self, guint32 way) {
  const AkChainGraph *graph = self->graph;
  Bits in = ~(Bits){0}, added;
  for (guint32 i = graph->way_premise_start[way]; i < graph->way_premise_start[way + 1]; i++)
    in &= self->reached[graph->way_premises[i]];
  added = in & ~self->reached[graph->way_head[way]];
  for (guint32 i = graph->way_measure_start[way];
       is_any(&added) && i < graph->way_measure_start[way + 1]; i++)
    pass_measure(self, graph->way_measures[i], &added);
  if (!is_any(&added))
    return;
  pass_step(self, self->way_step[way], &added);
  reach(self, graph->way_head[way], &added);
}

INLINE void hand_on(Draw *self, guint32 atom) {
  const AkChainGraph *graph = self->graph;
  Bits fresh = self->fresh[atom];
  self->fresh[atom] = (Bits){0};
  for (guint32 i = graph->edge_start[atom], end = graph->edge_start[atom + 1]; i < end; i++) {
    guint32 head = graph->edge_head[i];
    Bits added = fresh & ~self->reached[head];
    if (!is_any(&added))
      continue;
    pass_step(self, self->edge_step[i], &added);
    reach(self, head, &added);
  }
  for (guint32 i = graph->way_of_start[atom], end = graph->way_of_start[atom + 1]; i < end; i++)
    try_way(self, graph->way_of[i]);
}

FORMS static void run_batch(Draw *self) {
  const AkChainGraph *graph = self->graph;
  const Bits all = ~(Bits){0};
  for (guint32 i = 0; i < self->touched_count; i++) {
    self->reached[self->touched[i]] = (Bits){0};
    self->queued[self->touched[i]] = 0;
  }
  self->touched_count = 0;
  for (guint32 i = 0; i < graph->initial_count; i++)
    if (self->spec->initial == NULL || self->spec->initial[i])
      reach(self, i, &all);
  for (guint32 way = 0; way < graph->way_count; way++)
    if (graph->way_premise_start[way] == graph->way_premise_start[way + 1])
      try_way(self, way);
  while (self->count > 0) {
    guint32 atom = self->queue[self->head];
    self->head = self->head + 1 == graph->atom_count ? 0 : self->head + 1;
    self->count--;
    self->queued[atom] = IS_TOUCHED;
    hand_on(self, atom);
  }
}

/* --- steps
 * ----------------------------------------------------------------------------------------- */

/* The number of a rule on a head; `first` is the last step made for a head, + 1. */
static guint32 step_of(Draw *self, guint32 *first, guint32 rule, guint32 head) {
  if (rule & AK_CHAIN_RULE_HELPER || self->spec->chances[rule] >= AK_CHAIN_CERTAIN)
    return CERTAIN_STEP;
  Step step = {(guint64)rule << 32 | head, self->spec->chances[rule], first[head]};
  for (guint32 at = first[head]; at != 0; at = g_array_index(self->steps, Step, at - 1).next)
    if (g_array_index(self->steps, Step, at - 1).name == step.name)
      return at - 1;
  g_array_append_val(self->steps, step);
  first[head] = self->steps->len;
  return self->steps->len - 1;
}

static void number_steps(Draw *self) {
  const AkChainGraph *graph = self->graph;
  g_autofree guint32 *first = g_new0(guint32, (gsize)graph->atom_count + 1);
  self->edge_step = g_new(guint32, (gsize)graph->edge_count + 1);
  self->way_step = g_new(guint32, (gsize)graph->way_count + 1);
  for (guint32 i = 0; i < graph->edge_count; i++)
    self->edge_step[i] = step_of(self, first, graph->edge_rule[i], graph->edge_head[i]);
  for (guint32 i = 0; i < graph->way_count; i++)
    self->way_step[i] = step_of(self, first, graph->way_rule[i], graph->way_head[i]);
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
               .queued = g_new0(guint8, (gsize)graph->atom_count + 1),
               .steps = g_array_new(FALSE, FALSE, sizeof(Step))};
  number_steps(&self);
  self.step_works = lanes_new(self.steps->len);
  self.drawn = g_new0(guint32, (gsize)self.steps->len + 1);
  self.measure_drawn = g_new0(guint32, (gsize)graph->measure_count + 1);
  self.touched = g_new0(guint32, (gsize)graph->atom_count + 1);
  self.step_list = (gconstpointer)self.steps->data;
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
  g_aligned_free(self.step_works);
  g_array_unref(self.steps);
  g_free(self.edge_step);
  g_free(self.way_step);
  g_free(self.drawn);
  g_free(self.measure_drawn);
  g_free(self.touched);
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
