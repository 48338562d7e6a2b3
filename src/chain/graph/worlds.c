#include "chain/graph/worlds.h"

#include <string.h>

#include "chain/graph/cone.h"
#include "chain/graph/lanes.h"
#include "util/random.h"

#define CHANCE_BITS 20
#define WORD_BITS 64 /* of a set of places */

typedef AkChainLanes Bits; /* a bit a world */

typedef struct {
  const AkChainCone *cone;
  const AkChainWorldsSpec *spec;
  guint64 batch;
  guint32 *chances;  /* [steps] */
  guint64 *names, *measure_names; /* [places], [measures] what tells apart what is drawn */
  guint32 *effects;  /* [measures] of the variant at hand */
  Bits *reached;     /* [places] */
  Bits *fresh;       /* [places] what was not yet handed on */
  Bits *before;      /* [places] what is reached without a variant */
  Bits *step_works;  /* [steps] as far as they were drawn in this batch */
  Bits *works;       /* [measures] likewise */
  guint32 *drawn, *measure_drawn; /* batch + 1 */
  guint64 *waiting;  /* a bit a place: it is to be looked at */
  guint32 *free_ways; /* without premises */
  guint32 free_count;
  guint32 *touched;   /* [places] those that are reached in some world of the batch */
  guint32 touched_count;
  guint32 *changed;  /* [places] where a variant differs */
  guint32 changed_count;
  guint64 step_worlds;
} Draw;

/* --- chance
 * --------------------------------------------------------------------------------------- */

/* As ak_random_mix, eight at a time. */
AK_CHAIN_INLINE void mix(Bits *z) {
  *z = (*z ^ (*z >> 30)) * 0xbf58476d1ce4e5b9u;
  *z = (*z ^ (*z >> 27)) * 0x94d049bb133111ebu;
  *z = *z ^ (*z >> 31);
}

/* Each bit is 1 with the chance: a random number below 1 is compared with it, binary digit by digit
 * from the highest on, until all worlds have a digit that differs, or the chance has no more.
 * `name` says what is drawn; nothing is stored. */
AK_CHAIN_INLINE void draw(const Draw *self, guint64 name, guint32 chance, Bits *out) {
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
  for (; digits != 0 && ak_chain_lanes_are_any(&equal); digits = digits << 1 & ((1u << CHANCE_BITS) - 1)) {
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
AK_CHAIN_INLINE void pass_step(Draw *self, guint32 place, guint32 step, Bits *in) {
  if (self->chances[step] >= AK_CHAIN_CERTAIN)
    return;
  if (self->drawn[step] != self->batch + 1) {
    guint64 name = (guint64)self->cone->step_rules[step] << 32 ^ self->names[place];
    self->drawn[step] = (guint32)self->batch + 1;
    draw(self, name, self->chances[step], &self->step_works[step]);
    self->step_worlds += AK_CHAIN_WORLDS_AT_ONCE;
  }
  *in &= self->step_works[step];
}

/* Where the measure works, nothing passes. */
AK_CHAIN_INLINE void pass_measure(Draw *self, guint32 measure, Bits *in) {
  if (self->effects[measure] == 0)
    return;
  if (self->measure_drawn[measure] != self->batch + 1) {
    self->measure_drawn[measure] = (guint32)self->batch + 1;
    draw(self, self->measure_names[measure], self->effects[measure], &self->works[measure]);
  }
  *in &= ~self->works[measure];
}

/* --- what follows ----------------------------------------------------------------------------------------------- */

/* In which worlds the premises of a way are reached and its measures fail, as far as they are not in `known`. */
AK_CHAIN_INLINE void pass_way(Draw *self, guint32 way, const Bits *known, Bits *out) {
  const AkChainCone *cone = self->cone;
  Bits in = ~*known;
  for (guint32 i = cone->premise_start[way], end = cone->premise_start[way + 1]; i < end; i++)
    in &= self->reached[cone->premises[i]];
  for (guint32 i = cone->measure_start[way], end = cone->measure_start[way + 1]; i < end && ak_chain_lanes_are_any(&in); i++)
    pass_measure(self, cone->measures[i], &in);
  *out = in;
}

/* In which worlds an atom follows from what is reached at the moment. It is reached in none but those of `most`: once it is in all
 * of these, nothing more is looked at. */
AK_CHAIN_INLINE void follow(Draw *self, guint32 place, const Bits *most, Bits *out) {
  const AkChainCone *cone = self->cone;
  Bits left = *most;
  *out = (Bits){0};
  if (cone->is_initial[place])
    *out = *most;
  for (guint32 step = cone->step_start[place], last = cone->step_start[place + 1]; step < last && ak_chain_lanes_are_any(&left); step++) {
    Bits known = ~left, through = {0};
    for (guint32 way = cone->way_start[step], end = cone->way_start[step + 1]; way < end; way++) {
      Bits in;
      pass_way(self, way, &known, &in);
      through |= in;
      known |= in;
    }
    if (!ak_chain_lanes_are_any(&through))
      continue;
    pass_step(self, place, step, &through);
    *out |= through;
    left &= ~through;
  }
}

AK_CHAIN_INLINE void wait_for(Draw *self, guint32 place) {
  self->waiting[place / WORD_BITS] |= (guint64)1 << place % WORD_BITS;
}

/* The first place from `place` on that waits, and waits no more; `end` or one behind it: none before `end` does. */
AK_CHAIN_INLINE guint32 take_waiting(Draw *self, guint32 place, guint32 end) {
  guint64 word = place < end ? self->waiting[place / WORD_BITS] >> place % WORD_BITS << place % WORD_BITS : 0;
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

/* --- from nothing ----------------------------------------------------------------------------------------------- */

AK_CHAIN_INLINE void reach(Draw *self, guint32 place, const Bits *in) {
  if (!ak_chain_lanes_are_any(&self->reached[place]))
    self->touched[self->touched_count++] = place;
  self->reached[place] |= *in;
  self->fresh[place] |= *in;
  wait_for(self, place);
}

AK_CHAIN_INLINE void try_way(Draw *self, guint32 way, const Bits *fresh) {
  const AkChainCone *cone = self->cone;
  guint32 head = cone->way_heads[way];
  Bits in = *fresh & ~self->reached[head];
  for (guint32 i = cone->premise_start[way], end = cone->premise_start[way + 1]; ak_chain_lanes_are_any(&in) && i < end; i++)
    in &= self->reached[cone->premises[i]];
  for (guint32 i = cone->measure_start[way], end = cone->measure_start[way + 1]; ak_chain_lanes_are_any(&in) && i < end; i++)
    pass_measure(self, cone->measures[i], &in);
  if (!ak_chain_lanes_are_any(&in))
    return;
  pass_step(self, head, cone->way_steps[way], &in);
  if (ak_chain_lanes_are_any(&in))
    reach(self, head, &in);
}

AK_CHAIN_INLINE void begin_batch(Draw *self) {
  const AkChainCone *cone = self->cone;
  const Bits all = ~(Bits){0};
  for (guint32 i = 0; i < self->touched_count; i++)
    self->reached[self->touched[i]] = (Bits){0};
  self->touched_count = 0;
  for (guint32 place = 0; place < cone->count; place++)
    if (cone->is_initial[place])
      reach(self, place, &all);
  for (guint32 i = 0; i < self->free_count; i++)
    try_way(self, self->free_ways[i], &all);
}

/* Circle after circle; one is gone round until nothing more follows in it. */
AK_CHAIN_FORMS static void run_batch(Draw *self) {
  const AkChainCone *cone = self->cone;
  begin_batch(self);
  for (guint32 place = take_waiting(self, 0, cone->count), next; place < cone->count; place = next) {
    guint32 end = cone->circle_ends[place];
    Bits fresh = self->fresh[place];
    self->fresh[place] = (Bits){0};
    for (guint32 i = cone->use_start[place], last = cone->use_start[place + 1]; i < last; i++)
      try_way(self, cone->uses[i], &fresh);
    next = take_waiting(self, place + 1, end);
    if (next == end)
      next = take_waiting(self, cone->circle_starts[place], end);
    if (next == end)
      next = take_waiting(self, end, cone->count);
  }
}

/* --- variants: less is reached than without them ---------------------------------------------------------------- */

/* What follows from an atom and stands from `begin` to `end` is to be looked at, if it was reached at all. */
AK_CHAIN_INLINE void hand_on(Draw *self, guint32 place, guint32 begin, guint32 end) {
  const AkChainCone *cone = self->cone;
  for (guint32 i = cone->use_start[place], last = cone->use_start[place + 1]; i < last; i++) {
    guint32 head = cone->way_heads[cone->uses[i]];
    if (head >= begin && head < end && ak_chain_lanes_are_any(&self->before[head]))
      wait_for(self, head);
  }
}

/* A circle from nothing: round after round, until nothing more follows. */
AK_CHAIN_INLINE void go_round(Draw *self, guint32 begin, guint32 end) {
  bool is_new = true;
  for (guint32 place = begin; place < end; place++) {
    self->reached[place] = (Bits){0};
    if (ak_chain_lanes_are_any(&self->before[place]))
      wait_for(self, place);
  }
  while (is_new) {
    is_new = false;
    for (guint32 place = take_waiting(self, begin, end); place < end; place = take_waiting(self, place + 1, end)) {
      Bits out;
      follow(self, place, &self->before[place], &out);
      if (ak_chain_lanes_are_equal(&out, &self->reached[place]))
        continue;
      self->reached[place] = out;
      hand_on(self, place, begin, end);
      is_new = true;
    }
  }
}

AK_CHAIN_INLINE void note_change(Draw *self, guint32 place) {
  self->changed[self->changed_count++] = place;
  hand_on(self, place, self->cone->circle_ends[place], self->cone->count);
}

/* What waits, from the first place on; what comes out as before hands nothing on. */
AK_CHAIN_FORMS static void run_variant(Draw *self) {
  const AkChainCone *cone = self->cone;
  for (guint32 place = take_waiting(self, 0, cone->count), end; place < cone->count;
       place = take_waiting(self, end, cone->count)) {
    guint32 begin = cone->circle_starts[place];
    end = cone->circle_ends[place];
    if (end - begin > 1) {
      go_round(self, begin, end);
    } else {
      Bits out;
      follow(self, place, &self->before[place], &out);
      self->reached[place] = out;
    }
    for (guint32 at = begin; at < end; at++)
      if (!ak_chain_lanes_are_equal(&self->reached[at], &self->before[at]))
        note_change(self, at);
  }
}

/* The measures of a variant hold, each with its own effect; drawn anew, since variants may differ in that. */
static void take_measures(Draw *self, const AkChainWorldsVariant *variant, const guint32 *own, bool hold) {
  const AkChainCone *cone = self->cone;
  for (guint i = 0; i < variant->measure_count; i++) {
    guint32 measure = own[variant->measures[i]];
    if (measure == AK_CHAIN_GRAPH_NONE)
      continue;
    self->effects[measure] = hold ? variant->effects[i] : 0;
    self->measure_drawn[measure] = 0;
    for (guint32 at = cone->closes_start[measure]; hold && at < cone->closes_start[measure + 1]; at++)
      wait_for(self, cone->way_heads[cone->closes[at]]);
  }
}

static void take_back(Draw *self) {
  for (guint32 i = 0; i < self->changed_count; i++)
    self->reached[self->changed[i]] = self->before[self->changed[i]];
  self->changed_count = 0;
}

static void count_goals(const Draw *self, const guint32 *goals, guint count, guint32 *reached) {
  for (guint i = 0; i < count; i++) {
    guint32 place = self->cone->places[goals[i]];
    for (guint lane = 0; place != AK_CHAIN_GRAPH_NONE && lane < AK_CHAIN_LANES; lane++)
      reached[i] += (guint32)__builtin_popcountll(self->reached[place][lane]);
  }
}

static void run_variants(Draw *self, AkChainWorldsVariant *variants, guint count, const guint32 *own) {
  if (count > 0)
    memcpy(self->before, self->reached, (gsize)self->cone->count * sizeof *self->before);
  for (guint i = 0; i < count; i++) {
    take_measures(self, &variants[i], own, true);
    run_variant(self);
    count_goals(self, variants[i].goals, variants[i].goal_count, variants[i].reached);
    take_back(self);
    take_measures(self, &variants[i], own, false);
  }
}

/* --- all of it -------------------------------------------------------------------------------------------------- */

static gpointer lanes_new(gsize count) {
  gpointer memory = g_aligned_alloc0(count + 1, sizeof(Bits), sizeof(Bits));
  return memory;
}

/* All goals, and whatever is uncertain in the spec or in a variant. */
static AkChainCone *cone_of(const AkChainGraph *graph, const AkChainWorldsSpec *spec,
                            const AkChainWorldsVariant *variants, guint count) {
  g_autofree guint8 *closing = g_new0(guint8, (gsize)graph->measure_count + 1);
  g_autofree guint8 *watched = g_new0(guint8, (gsize)graph->measure_count + 1);
  g_autoptr(GArray) goals = g_array_new(FALSE, FALSE, sizeof(guint32));
  if (spec->goal_count > 0)
    g_array_append_vals(goals, spec->goals, spec->goal_count);
  for (guint32 m = 0; spec->effects != NULL && m < graph->measure_count; m++) {
    closing[m] = spec->effects[m] >= AK_CHAIN_CERTAIN;
    watched[m] = spec->effects[m] > 0 && !closing[m];
  }
  for (guint i = 0; i < count; i++) {
    if (variants[i].goal_count > 0)
      g_array_append_vals(goals, variants[i].goals, variants[i].goal_count);
    for (guint m = 0; m < variants[i].measure_count; m++)
      watched[variants[i].measures[m]] = 1;
  }
  AkChainConeSpec wanted = {(gconstpointer)goals->data, goals->len, spec->initial, closing, watched};
  return ak_chain_cone_new(graph, &wanted);
}

/* Names of measures are not those of steps: no rule has so high a number. */
static void name_all(Draw *self) {
  const AkChainCone *cone = self->cone;
  const AkChainLabels *labels = self->spec->labels;
  self->names = g_new(guint64, (gsize)cone->count + 1);
  self->measure_names = g_new(guint64, (gsize)cone->measure_count + 1);
  for (guint32 place = 0; place < cone->count; place++)
    self->names[place] = labels != NULL ? labels->atoms[cone->atoms[place]] : cone->atoms[place];
  for (guint32 m = 0; m < cone->measure_count; m++)
    self->measure_names[m] =
        (guint64)1 << 63 ^ (labels != NULL ? labels->measures[cone->measure_numbers[m]] : cone->measure_numbers[m]);
}

static void draw_begin(Draw *self, bool has_variants) {
  const AkChainCone *cone = self->cone;
  name_all(self);
  self->chances = g_new(guint32, (gsize)cone->step_count + 1);
  self->effects = g_new0(guint32, (gsize)cone->measure_count + 1);
  self->reached = lanes_new(cone->count);
  self->fresh = lanes_new(cone->count);
  self->before = has_variants ? lanes_new(cone->count) : NULL;
  self->step_works = lanes_new(cone->step_count);
  self->works = lanes_new(cone->measure_count);
  self->drawn = g_new0(guint32, (gsize)cone->step_count + 1);
  self->measure_drawn = g_new0(guint32, (gsize)cone->measure_count + 1);
  self->waiting = g_new0(guint64, (gsize)cone->count / WORD_BITS + 1);
  self->changed = g_new(guint32, (gsize)cone->count + 1);
  self->touched = g_new(guint32, (gsize)cone->count + 1);
  self->free_ways = g_new(guint32, (gsize)cone->way_count + 1);
  for (guint32 way = 0; way < cone->way_count; way++)
    if (cone->premise_start[way] == cone->premise_start[way + 1])
      self->free_ways[self->free_count++] = way;
  for (guint32 step = 0; step < cone->step_count; step++) {
    guint32 rule = cone->step_rules[step];
    self->chances[step] = rule & AK_CHAIN_RULE_HELPER ? AK_CHAIN_CERTAIN : self->spec->chances[rule];
  }
  for (guint32 m = 0; self->spec->effects != NULL && m < cone->measure_count; m++)
    self->effects[m] = self->spec->effects[cone->measure_numbers[m]];
}

static void draw_end(Draw *self) {
  gpointer lanes[] = {self->reached, self->fresh, self->before, self->step_works, self->works};
  gpointer others[] = {self->names,   self->measure_names, self->chances,   self->effects, self->drawn, self->measure_drawn,
                       self->waiting, self->free_ways,     self->changed,   self->touched};
  for (gsize i = 0; i < G_N_ELEMENTS(lanes); i++)
    g_aligned_free(lanes[i]);
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
    g_free(others[i]);
}

/* The cone's numbers of measures by the graph's; the caller's. */
static guint32 *own_numbers(const AkChainGraph *graph, const AkChainCone *cone) {
  guint32 *own = g_new(guint32, (gsize)graph->measure_count + 1);
  memset(own, 0xff, ((gsize)graph->measure_count + 1) * sizeof *own);
  for (guint32 m = 0; m < cone->measure_count; m++)
    own[cone->measure_numbers[m]] = m;
  return own;
}

AkChainWorlds *ak_chain_worlds_run_variants(const AkChainGraph *graph, const AkChainWorldsSpec *spec,
                                            AkChainWorldsVariant *variants, guint count) {
  AkChainWorlds *out = g_new0(AkChainWorlds, 1);
  g_autoptr(AkChainCone) cone = cone_of(graph, spec, variants, count);
  g_autofree guint32 *own = own_numbers(graph, cone);
  Draw self = {.cone = cone, .spec = spec};
  out->reached = g_new0(guint32, (gsize)spec->goal_count + 1);
  for (guint i = 0; i < count; i++)
    memset(variants[i].reached, 0, variants[i].goal_count * sizeof *variants[i].reached);
  draw_begin(&self, count > 0);
  for (; out->worlds < spec->worlds; out->worlds += AK_CHAIN_WORLDS_AT_ONCE, self.batch++) {
    run_batch(&self);
    count_goals(&self, spec->goals, spec->goal_count, out->reached);
    run_variants(&self, variants, count, own);
  }
  out->step_worlds = self.step_worlds;
  draw_end(&self);
  return out;
}

AkChainWorlds *ak_chain_worlds_run(const AkChainGraph *graph, const AkChainWorldsSpec *spec) {
  return ak_chain_worlds_run_variants(graph, spec, NULL, 0);
}

void ak_chain_worlds_free(AkChainWorlds *self) {
  if (self == NULL)
    return;
  g_free(self->reached);
  g_free(self);
}
