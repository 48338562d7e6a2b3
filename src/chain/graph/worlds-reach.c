#include "chain/graph/worlds-parts.h"

/* In `in` nothing new comes from now on. */
AK_CHAIN_INLINE void shut(AkChainDraw *self, guint32 place, const AkChainHalves *in) {
  AkChainHalves now;
  ak_chain_halves_load(&now, &self->shut[place]);
  if (!ak_chain_halves_are_any(&now))
    self->touched[self->touched_count++] = place;
  now.low |= in->low;
  now.high |= in->high;
  ak_chain_halves_store(&now, &self->shut[place]);
}

AK_CHAIN_INLINE void reach(AkChainDraw *self, guint32 place, const AkChainHalves *in) {
  shut(self, place, in);
  ak_chain_draw_wait(self, place);
}

/* The one step of a place is drawn: where it does not work, the place is shut. */
AK_CHAIN_INLINE void shut_by(AkChainDraw *self, guint32 place, guint32 step) {
  AkChainHalves works;
  ak_chain_draw_step(self, place, step);
  ak_chain_halves_load(&works, &self->step_works[step]);
  AkChainHalves fails = {~works.low, ~works.high};
  if (ak_chain_halves_are_any(&fails))
    shut(self, place, &fails);
}

/* `in`: where something new would be reached, as far as the step works. Of a place with one step of
 * which something is shut it was drawn: `in` has no world in which it does not work. */
AK_CHAIN_INLINE void try_step(AkChainDraw *self, guint32 head, guint32 step, AkChainHalves *in) {
  bool is_only = self->only[head] != AK_CHAIN_GRAPH_NONE;
  if (is_only && ak_chain_lanes_are_any(&self->shut[head])) {
    reach(self, head, in);
    return;
  }
  if (is_only)
    shut_by(self, head, step);
  if (is_only || ak_chain_draw_step(self, head, step))
    ak_chain_halves_and(in, &self->step_works[step]);
  if (ak_chain_halves_are_any(in))
    reach(self, head, in);
}

AK_CHAIN_INLINE void try_way(AkChainDraw *self, guint32 way, const AkChainHalves *fresh) {
  const AkChainCone *cone = self->cone;
  guint32 head = cone->way_heads[way];
  AkChainHalves in = *fresh;
  ak_chain_halves_and_not(&in, &self->shut[head]);
  for (guint32 i = cone->premise_start[way], end = cone->premise_start[way + 1];
       ak_chain_halves_are_any(&in) && i < end; i++) {
    guint32 premise = cone->premises[i], only = self->only[premise];
    ak_chain_halves_and(&in, &self->shut[premise]);
    if (only != AK_CHAIN_GRAPH_NONE)
      ak_chain_halves_and(&in, &self->step_works[only]);
  }
  for (guint32 i = cone->measure_start[way], end = cone->measure_start[way + 1];
       ak_chain_halves_are_any(&in) && i < end; i++)
    if (ak_chain_draw_measure(self, cone->measures[i]))
      ak_chain_halves_and_not(&in, &self->works[cone->measures[i]]);
  if (ak_chain_halves_are_any(&in))
    try_step(self, head, cone->way_steps[way], &in);
}

AK_CHAIN_INLINE void try_use(AkChainDraw *self, const Use *use, const AkChainHalves *fresh) {
  if (use->head & USE_HAS_MORE) {
    try_way(self, use->what, fresh);
    return;
  }
  AkChainHalves in = *fresh;
  ak_chain_halves_and_not(&in, &self->shut[use->head]);
  if (ak_chain_halves_are_any(&in))
    try_step(self, use->head, use->what, &in);
}

/* What was reached of a place since this was asked last. */
AK_CHAIN_INLINE void take_fresh(AkChainDraw *self, guint32 place, AkChainHalves *fresh) {
  AkChainHalves reached;
  ak_chain_halves_load(&reached, &self->shut[place]);
  if (self->only[place] != AK_CHAIN_GRAPH_NONE)
    ak_chain_halves_and(&reached, &self->step_works[self->only[place]]);
  *fresh = reached;
  ak_chain_halves_and_not(fresh, &self->handed[place]);
  ak_chain_halves_store(&reached, &self->handed[place]);
}

/* Hands on what is new at a place. Heads lie apart from one another: memory is asked for them
 * ahead. */
AK_CHAIN_INLINE void visit(AkChainDraw *self, guint32 place) {
  enum { AHEAD = 8 };
  guint32 last = self->cone->use_start[place + 1];
  AkChainHalves fresh;
  take_fresh(self, place, &fresh);
  for (guint32 i = self->cone->use_start[place]; i < last; i++) {
    if (i + AHEAD < last)
      __builtin_prefetch(&self->shut[self->uses[i + AHEAD].head & ~USE_HAS_MORE]);
    try_use(self, &self->uses[i], &fresh);
  }
}

AK_CHAIN_INLINE void begin_batch(AkChainDraw *self) {
  const AkChainCone *cone = self->cone;
  const AkChainHalves none = {{0}, {0}}, all = {~none.low, ~none.high};
  for (guint32 i = 0; i < self->touched_count; i++) {
    ak_chain_halves_store(&none, &self->shut[self->touched[i]]);
    ak_chain_halves_store(&none, &self->handed[self->touched[i]]);
  }
  self->touched_count = 0;
  for (guint32 place = 0; place < cone->count; place++)
    if (cone->is_initial[place])
      reach(self, place, &all);
  for (guint32 i = 0; i < self->free_count; i++)
    try_way(self, self->free_ways[i], &all);
}

/* Circle after circle; one is gone round until nothing more follows in it. */
AK_CHAIN_FORMS void ak_chain_draw_reach(AkChainDraw *self) {
  const AkChainCone *cone = self->cone;
  begin_batch(self);
  for (guint32 place = ak_chain_draw_next(self, 0, cone->count), next; place < cone->count;
       place = next) {
    guint32 end = cone->circle_ends[place];
    visit(self, place);
    next = ak_chain_draw_next(self, place + 1, end);
    if (next == end)
      next = ak_chain_draw_next(self, cone->circle_starts[place], end);
    if (next == end)
      next = ak_chain_draw_next(self, end, cone->count);
  }
  for (guint32 place = 0; self->reached != NULL && place < cone->count; place++)
    ak_chain_draw_reached(self, place, &self->reached[place]);
}
