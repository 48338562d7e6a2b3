#include "chain/graph/worlds.h"

#include <string.h>

#include "chain/graph/worlds-parts.h"

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
  AkChainConeSpec wanted = {(gconstpointer)goals->data, goals->len, spec->initial, closing,
                            watched, true};
  return ak_chain_cone_new(graph, &wanted);
}

/* Names of measures are not those of steps: no rule has so high a number. */
static void name_all(AkChainDraw *self) {
  const AkChainCone *cone = self->cone;
  const AkChainLabels *labels = self->spec->labels;
  self->names = g_new(guint64, (gsize)cone->count + 1);
  self->measure_names = g_new(guint64, (gsize)cone->measure_count + 1);
  for (guint32 place = 0; place < cone->count; place++) {
    guint32 atom = cone->atoms[place];
    bool is_named = labels != NULL && atom != AK_CHAIN_GRAPH_NONE; /* of what joins nothing is drawn */
    self->names[place] = is_named ? labels->atoms[atom] : atom;
  }
  for (guint32 m = 0; m < cone->measure_count; m++)
    self->measure_names[m] =
        (guint64)1 << 63 ^
        (labels != NULL ? labels->measures[cone->measure_numbers[m]] : cone->measure_numbers[m]);
}

static void lay_uses(AkChainDraw *self) {
  const AkChainCone *cone = self->cone;
  guint32 count = cone->use_start[cone->count];
  self->uses = g_new(Use, (gsize)count + 1);
  for (guint32 i = 0; i < count; i++) {
    guint32 way = cone->uses[i];
    bool has_more = cone->premise_start[way + 1] - cone->premise_start[way] > 1 ||
                    cone->measure_start[way] < cone->measure_start[way + 1];
    self->uses[i] = has_more ? (Use){cone->way_heads[way] | USE_HAS_MORE, way}
                             : (Use){cone->way_heads[way], cone->way_steps[way]};
  }
}

/* What each step needs, and which places have one alone that is uncertain. */
static void lay_steps(AkChainDraw *self) {
  const AkChainCone *cone = self->cone;
  self->steps = g_new0(Step, (gsize)cone->step_count + 1);
  self->only = g_new(guint32, (gsize)cone->count + 1);
  for (guint32 step = 0; step < cone->step_count; step++) {
    guint32 rule = cone->step_rules[step];
    self->steps[step].chance =
        rule & AK_CHAIN_RULE_HELPER ? AK_CHAIN_CERTAIN : self->spec->chances[rule];
  }
  for (guint32 place = 0; place < cone->count; place++) {
    guint32 first = cone->step_start[place];
    bool is_only =
        cone->step_start[place + 1] - first == 1 && self->steps[first].chance < AK_CHAIN_CERTAIN;
    self->only[place] = is_only ? first : AK_CHAIN_GRAPH_NONE;
  }
}

static void draw_begin(AkChainDraw *self, bool has_variants) {
  const AkChainCone *cone = self->cone;
  name_all(self);
  lay_uses(self);
  lay_steps(self);
  self->effects = g_new0(guint32, (gsize)cone->measure_count + 1);
  self->shut = lanes_new(cone->count);
  self->handed = lanes_new(cone->count);
  self->reached = has_variants ? lanes_new(cone->count) : NULL;
  self->before = has_variants ? lanes_new(cone->count) : NULL;
  self->step_works = lanes_new(cone->step_count);
  self->works = lanes_new(cone->measure_count);
  self->measure_drawn = g_new0(guint32, (gsize)cone->measure_count + 1);
  self->waiting = g_new0(guint64, (gsize)cone->count / WORD_BITS + 1);
  self->changed = g_new(guint32, (gsize)cone->count + 1);
  self->touched = g_new(guint32, (gsize)cone->count + 1);
  self->free_ways = g_new(guint32, (gsize)cone->way_count + 1);
  for (guint32 way = 0; way < cone->way_count; way++)
    if (cone->premise_start[way] == cone->premise_start[way + 1])
      self->free_ways[self->free_count++] = way;
  for (guint32 m = 0; self->spec->effects != NULL && m < cone->measure_count; m++)
    self->effects[m] = self->spec->effects[cone->measure_numbers[m]];
}

static void draw_end(AkChainDraw *self) {
  gpointer lanes[] = {self->shut,   self->handed,     self->reached,
                      self->before, self->step_works, self->works};
  gpointer others[] = {self->names,     self->measure_names, self->only,          self->steps,
                       self->uses,      self->effects,       self->measure_drawn, self->waiting,
                       self->free_ways, self->changed,       self->touched};
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

void ak_chain_draw_count(const AkChainDraw *self, const guint32 *goals, guint count,
                         guint32 *reached) {
  for (guint i = 0; i < count; i++) {
    guint32 place = self->cone->places[goals[i]];
    Bits in = {0};
    if (place != AK_CHAIN_GRAPH_NONE && self->reached != NULL)
      in = self->reached[place];
    else if (place != AK_CHAIN_GRAPH_NONE)
      ak_chain_draw_reached(self, place, &in);
    for (guint lane = 0; lane < AK_CHAIN_LANES; lane++)
      reached[i] += (guint32)__builtin_popcountll(in[lane]);
  }
}

AkChainWorlds *ak_chain_worlds_run_variants(const AkChainGraph *graph,
                                            const AkChainWorldsSpec *spec,
                                            AkChainWorldsVariant *variants, guint count) {
  AkChainWorlds *out = g_new0(AkChainWorlds, 1);
  g_autoptr(AkChainCone) cone = cone_of(graph, spec, variants, count);
  g_autofree guint32 *own = own_numbers(graph, cone);
  AkChainDraw self = {.cone = cone, .spec = spec};
  out->reached = g_new0(guint32, (gsize)spec->goal_count + 1);
  for (guint i = 0; i < count; i++)
    memset(variants[i].reached, 0, variants[i].goal_count * sizeof *variants[i].reached);
  draw_begin(&self, count > 0);
  for (; out->worlds < spec->worlds; out->worlds += AK_CHAIN_WORLDS_AT_ONCE, self.batch++) {
    ak_chain_draw_reach(&self);
    ak_chain_draw_count(&self, spec->goals, spec->goal_count, out->reached);
    ak_chain_draw_variants(&self, variants, count, own);
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
