/* Less is reached in a variant than without it: what its measures close is looked at again. */
#include <string.h>

#include "chain/graph/worlds-parts.h"

/* In which worlds the premises of a way are reached and its measures fail, as far as they are not
 * in `known`. */
AK_CHAIN_INLINE void pass_way(AkChainDraw *self, guint32 way, const Bits *known, Bits *out) {
  const AkChainCone *cone = self->cone;
  Bits in = ~*known;
  for (guint32 i = cone->premise_start[way], end = cone->premise_start[way + 1]; i < end; i++)
    in &= self->reached[cone->premises[i]];
  for (guint32 i = cone->measure_start[way], end = cone->measure_start[way + 1];
       i < end && ak_chain_lanes_are_any(&in); i++)
    if (ak_chain_draw_measure(self, cone->measures[i]))
      in &= ~self->works[cone->measures[i]];
  *out = in;
}

/* In which worlds an atom follows from what is reached at the moment. It is reached in none but
 * those of `most`: once it is in all of these, nothing more is looked at. */
AK_CHAIN_INLINE void follow(AkChainDraw *self, guint32 place, const Bits *most, Bits *out) {
  const AkChainCone *cone = self->cone;
  Bits left = *most;
  *out = (Bits){0};
  if (cone->is_initial[place])
    *out = *most;
  for (guint32 step = cone->step_start[place], last = cone->step_start[place + 1];
       step < last && ak_chain_lanes_are_any(&left); step++) {
    Bits known = ~left, through = {0};
    for (guint32 way = cone->way_start[step], end = cone->way_start[step + 1]; way < end; way++) {
      Bits in;
      pass_way(self, way, &known, &in);
      through |= in;
      known |= in;
    }
    if (!ak_chain_lanes_are_any(&through))
      continue;
    if (ak_chain_draw_step(self, place, step))
      through &= self->step_works[step];
    *out |= through;
    left &= ~through;
  }
}

/* What follows from an atom and stands from `begin` to `end` is to be looked at, if it was reached
 * at all. */
AK_CHAIN_INLINE void hand_on(AkChainDraw *self, guint32 place, guint32 begin, guint32 end) {
  const AkChainCone *cone = self->cone;
  for (guint32 i = cone->use_start[place], last = cone->use_start[place + 1]; i < last; i++) {
    guint32 head = cone->way_heads[cone->uses[i]];
    if (head >= begin && head < end && ak_chain_lanes_are_any(&self->before[head]))
      ak_chain_draw_wait(self, head);
  }
}

/* A circle from nothing: round after round, until nothing more follows. */
AK_CHAIN_INLINE void go_round(AkChainDraw *self, guint32 begin, guint32 end) {
  bool is_new = true;
  for (guint32 place = begin; place < end; place++) {
    self->reached[place] = (Bits){0};
    if (ak_chain_lanes_are_any(&self->before[place]))
      ak_chain_draw_wait(self, place);
  }
  while (is_new) {
    is_new = false;
    for (guint32 place = ak_chain_draw_next(self, begin, end); place < end;
         place = ak_chain_draw_next(self, place + 1, end)) {
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

AK_CHAIN_INLINE void note_change(AkChainDraw *self, guint32 place) {
  self->changed[self->changed_count++] = place;
  hand_on(self, place, self->cone->circle_ends[place], self->cone->count);
}

/* What waits, from the first place on; what comes out as before hands nothing on. */
AK_CHAIN_FORMS static void run_variant(AkChainDraw *self) {
  const AkChainCone *cone = self->cone;
  for (guint32 place = ak_chain_draw_next(self, 0, cone->count), end; place < cone->count;
       place = ak_chain_draw_next(self, end, cone->count)) {
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

/* The measures of a variant hold, each with its own effect; drawn anew, since variants may differ
 * in that. */
static void take_measures(AkChainDraw *self, const AkChainWorldsVariant *variant,
                          const guint32 *own, bool hold) {
  const AkChainCone *cone = self->cone;
  for (guint i = 0; i < variant->measure_count; i++) {
    guint32 measure = own[variant->measures[i]];
    if (measure == AK_CHAIN_GRAPH_NONE)
      continue;
    self->effects[measure] = hold ? variant->effects[i] : 0;
    self->measure_drawn[measure] = 0;
    for (guint32 at = cone->closes_start[measure]; hold && at < cone->closes_start[measure + 1];
         at++)
      ak_chain_draw_wait(self, cone->way_heads[cone->closes[at]]);
  }
}

static void take_back(AkChainDraw *self) {
  for (guint32 i = 0; i < self->changed_count; i++)
    self->reached[self->changed[i]] = self->before[self->changed[i]];
  self->changed_count = 0;
}

void ak_chain_draw_variants(AkChainDraw *self, AkChainWorldsVariant *variants, guint count,
                            const guint32 *own) {
  if (count > 0)
    memcpy(self->before, self->reached, (gsize)self->cone->count * sizeof *self->before);
  for (guint i = 0; i < count; i++) {
    take_measures(self, &variants[i], own, true);
    run_variant(self);
    ak_chain_draw_count(self, variants[i].goals, variants[i].goal_count, variants[i].reached);
    take_back(self);
    take_measures(self, &variants[i], own, false);
  }
}
