#include "chain/graph/efforts.h"

#include "chain/graph/cone.h"
#include "chain/graph/lanes.h"

#define NONE AK_CHAIN_EFFORT_NONE

typedef AkChainLanes Efforts; /* an effort a choice */

typedef struct {
  const AkChainCone *cone;
  Efforts *rules; /* [rules] of the choices at hand */
  Efforts *best;  /* [places] */
  guint8 *waits;  /* [places of a circle] it is to be looked at */
  guint rounds;   /* at most */
} Lanes;

/* As one effort after the other: what is not reached stays so, and the largest number is none. */
AK_CHAIN_INLINE void add_up(Efforts *sum, const Efforts *more) {
  const Efforts none = ~(Efforts){0};
  Efforts both = *sum + *more;
  Efforts is_none = (Efforts)((*sum == none) | (*more == none));
  Efforts is_over = (Efforts)((both < *sum) | (both == none));
  both = (both & ~is_over) | ((none - 1) & is_over);
  *sum = both | is_none;
}

AK_CHAIN_INLINE void take_less(Efforts *least, const Efforts *other) {
  Efforts is_less = (Efforts)(*other < *least);
  *least = (*other & is_less) | (*least & ~is_less);
}

/* What an atom costs if its premises cost what they do at the moment. */
AK_CHAIN_INLINE void price(const Lanes *self, guint32 place, Efforts *out) {
  const AkChainCone *cone = self->cone;
  *out = ~(Efforts){0};
  if (cone->is_initial[place])
    *out = (Efforts){0};
  for (guint32 step = cone->step_start[place], last = cone->step_start[place + 1]; step < last; step++) {
    Efforts least = ~(Efforts){0};
    for (guint32 way = cone->way_start[step], end = cone->way_start[step + 1]; way < end; way++) {
      Efforts sum = {0};
      for (guint32 i = cone->premise_start[way]; i < cone->premise_start[way + 1]; i++)
        add_up(&sum, &self->best[cone->premises[i]]);
      take_less(&least, &sum);
    }
    if (!(cone->step_rules[step] & AK_CHAIN_RULE_HELPER))
      add_up(&least, &self->rules[cone->step_rules[step]]);
    take_less(out, &least);
  }
}

AK_CHAIN_INLINE void hand_on(const Lanes *self, guint32 place, guint32 begin, guint32 end) {
  const AkChainCone *cone = self->cone;
  for (guint32 i = cone->use_start[place]; i < cone->use_start[place + 1]; i++) {
    guint32 head = cone->way_heads[cone->uses[i]];
    if (head >= begin && head < end)
      self->waits[head - begin] = 1;
  }
}

/* Round after round, from nothing reached: after as many as the longest way has atoms all are right, and in the order in which
 * they are reached most are after the first. False: too many. */
AK_CHAIN_INLINE bool go_round(const Lanes *self, guint32 begin, guint32 end) {
  bool is_new = true;
  for (guint32 place = begin; place < end; place++) {
    self->best[place] = ~(Efforts){0};
    self->waits[place - begin] = 1;
  }
  for (guint round = 0; is_new; round++) {
    if (round == self->rounds)
      return false;
    is_new = false;
    for (guint32 place = begin; place < end; place++) {
      Efforts now;
      if (!self->waits[place - begin])
        continue;
      self->waits[place - begin] = 0;
      price(self, place, &now);
      if (ak_chain_lanes_are_equal(&now, &self->best[place]))
        continue;
      self->best[place] = now;
      hand_on(self, place, begin, end);
      is_new = true;
    }
  }
  return true;
}

AK_CHAIN_FORMS static bool run(const Lanes *self) {
  const AkChainCone *cone = self->cone;
  for (guint32 place = 0, end; place < cone->count; place = end) {
    end = cone->circle_ends[place];
    if (end - place > 1) {
      if (!go_round(self, place, end))
        return false;
    } else {
      Efforts out;
      price(self, place, &out);
      self->best[place] = out;
    }
  }
  return true;
}

/* --- choices ---------------------------------------------------------------------------------------------------- */

/* Those from `first` on; of lanes behind the last choice nothing is told. */
static void take_rules(const Lanes *self, const AkChainEffortsSpec *spec, guint first) {
  for (guint rule = 0; rule < spec->rule_count; rule++)
    for (guint lane = 0; lane < AK_CHAIN_LANES; lane++) {
      gsize choice = MIN(first + lane, spec->choice_count - 1);
      self->rules[rule][lane] = spec->efforts[choice * spec->rule_count + rule];
    }
}

static void tell(const Lanes *self, const AkChainEffortsSpec *spec, guint first, guint64 *out) {
  for (guint lane = 0; lane < AK_CHAIN_LANES && first + lane < spec->choice_count; lane++)
    for (guint i = 0; i < spec->goal_count; i++) {
      guint32 place = self->cone->places[spec->goals[i]];
      out[(gsize)(first + lane) * spec->goal_count + i] = place != AK_CHAIN_GRAPH_NONE ? self->best[place][lane] : NONE;
    }
}

static void one_by_one(const AkChainGraph *graph, const AkChainEffortsSpec *spec, guint first, guint64 *out) {
  for (gsize choice = first; choice < MIN(first + AK_CHAIN_LANES, spec->choice_count); choice++) {
    AkChainEffortSpec one = {
        .efforts = spec->efforts + choice * spec->rule_count, .initial = spec->initial, .measures = spec->measures};
    g_autoptr(AkChainEffort) effort = ak_chain_effort_new(graph, &one);
    for (guint i = 0; i < spec->goal_count; i++)
      out[choice * spec->goal_count + i] = ak_chain_effort_of(effort, spec->goals[i]);
  }
}

static gpointer lanes_new(gsize count) {
  gpointer memory = g_aligned_alloc0(count + 1, sizeof(Efforts), sizeof(Efforts));
  return memory;
}

guint64 *ak_chain_efforts_run(const AkChainGraph *graph, const AkChainEffortsSpec *spec) {
  AkChainConeSpec wanted = {spec->goals, spec->goal_count, spec->initial, spec->measures, NULL};
  g_autoptr(AkChainCone) cone = ak_chain_cone_new(graph, &wanted);
  guint64 *out = g_new(guint64, (gsize)spec->choice_count * spec->goal_count + 1);
  Lanes self = {.cone = cone,
                .rules = lanes_new(spec->rule_count),
                .best = lanes_new(cone->count),
                .waits = g_new(guint8, (gsize)cone->count + 1),
                .rounds = spec->rounds > 0 ? spec->rounds : AK_CHAIN_EFFORTS_ROUNDS};
  for (guint first = 0; first < spec->choice_count; first += AK_CHAIN_LANES) {
    take_rules(&self, spec, first);
    if (run(&self))
      tell(&self, spec, first, out);
    else
      one_by_one(graph, spec, first, out);
  }
  g_aligned_free(self.rules);
  g_aligned_free(self.best);
  g_free(self.waits);
  return out;
}
