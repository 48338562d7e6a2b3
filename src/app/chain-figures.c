#include "app/chain-figures.h"

#include <math.h>
#include <string.h>

#include "chain/graph/enumerate.h"
#include "chain/model/numbers.h"
#include "stats/interval.h"

#define TOP 10
#define DRAWS 200          /* of efforts */
#define ONE_BY_ONE 2000000 /* edges and ways times incidents up to which each is tried to be gone through alone */

/* --- chances
 * ------------------------------------------------------------------------------------------ */

typedef struct {
  const AkAppChain *app;
  const AkChainGraph *graph;
  const guint32 *const *effects; /* by their lower and upper ends */
  GArray *incidents;
  guint32 *goals;
  guint8 *initial;
} Figuring;

/* Of one incident: by the lower and the upper ends, and their intervals. */
typedef struct {
  double chance[2], low[2], high[2];
  bool is_exact[2];
} Chance;

/* A chance only rises with that of a step and only falls with the effect of a measure: the ends of all ranges give the ends of the
 * chance. */
static AkChainWorldsSpec spec_of(const Figuring *self, guint end) {
  AkChainWorldsSpec spec = {.initial = self->initial,
                            .seed = self->app->seed,
                            .worlds = self->app->samples,
                            .goals = self->goals,
                            .goal_count = self->incidents->len};
  spec.chances = ak_chain_numbers_chances(self->app->book, end);
  spec.effects = self->effects[1 - end];
  return spec;
}

static void spec_clear(AkChainWorldsSpec *spec) {
  g_free((gpointer)spec->chances);
}

static void set_exact(Chance *chance, guint end, double exact) {
  chance->chance[end] = chance->low[end] = chance->high[end] = exact;
  chance->is_exact[end] = true;
}

/* What can be gone through: all incidents together, or else one by one while that is little work. */
static void enumerate(const Figuring *self, const AkChainWorldsSpec *spec, guint end, Chance *out) {
  g_auto(AkChainEnumerated) all = {0};
  ak_chain_enumerate(self->graph, spec, &all);
  gsize work = ((gsize)self->graph->edge_count + self->graph->way_count) * spec->goal_count;
  for (guint i = 0; i < spec->goal_count; i++) {
    g_auto(AkChainEnumerated) one = {0};
    AkChainWorldsSpec alone = *spec;
    alone.goals = &spec->goals[i];
    alone.goal_count = 1;
    if (all.chances == NULL && work <= ONE_BY_ONE)
      ak_chain_enumerate(self->graph, &alone, &one);
    if (all.chances != NULL || one.chances != NULL)
      set_exact(&out[i], end, all.chances != NULL ? all.chances[i] : one.chances[0]);
  }
}

static void sample(const Figuring *self, const AkChainWorldsSpec *spec, guint end, Chance *out) {
  bool is_wanted = false;
  for (guint i = 0; i < spec->goal_count; i++)
    is_wanted = is_wanted || !out[i].is_exact[end];
  g_autoptr(AkChainWorlds) worlds = is_wanted ? ak_chain_worlds_run(self->graph, spec) : NULL;
  for (guint i = 0; worlds != NULL && i < spec->goal_count; i++) {
    if (out[i].is_exact[end])
      continue;
    AkInterval interval = ak_stats_wilson(worlds->reached[i], worlds->worlds, 0.95);
    out[i].chance[end] = (double)worlds->reached[i] / worlds->worlds;
    out[i].low[end] = interval.lo;
    out[i].high[end] = interval.hi;
  }
}

static json_t *millionths(double low, double high) {
  return json_pack("[I, I]", (json_int_t)llround(low * AK_CHAIN_CERTAIN),
                   (json_int_t)llround(high * AK_CHAIN_CERTAIN));
}

/* Both ends are drawn apart, so that drawn ones may lie the other way round where the ranges are narrow. */
static void say(json_t *row, const Chance *chance) {
  json_object_set_new(row, "probability",
                      millionths(MIN(chance->chance[0], chance->chance[1]),
                                 MAX(chance->chance[0], chance->chance[1])));
  json_object_set_new(row, "ci95", millionths(MIN(chance->low[0], chance->low[1]),
                                              MAX(chance->high[0], chance->high[1])));
  json_object_set_new(row, "exact", json_boolean(chance->is_exact[0] && chance->is_exact[1]));
}

void ak_app_chain_add_chances(const AkAppChain *self, const guint32 *const effects[2], GArray *incidents) {
  guint count = incidents->len;
  Figuring figuring = {.app = self,
                       .graph = ak_chain_ground_graph(ak_chain_model_ground(self->model)),
                       .effects = effects,
                       .incidents = incidents};
  if (count == 0)
    return;
  g_autofree guint32 *goals = g_new(guint32, count);
  g_autofree guint8 *initial = ak_chain_model_initial(self->model);
  g_autofree Chance *chances = g_new0(Chance, count);
  for (guint i = 0; i < count; i++)
    goals[i] = g_array_index(incidents, AkChainFigure, i).atom;
  figuring.goals = goals;
  figuring.initial = initial;
  AkChainWorldsSpec specs[2] = {spec_of(&figuring, 0), spec_of(&figuring, 1)};
  for (guint end = 0; end < 2; end++)
    enumerate(&figuring, &specs[end], end, chances);
  for (guint end = 0; end < 2; end++) {
    sample(&figuring, &specs[end], end, chances);
    spec_clear(&specs[end]);
  }
  for (guint i = 0; i < count; i++)
    say(g_array_index(incidents, AkChainFigure, i).row, &chances[i]);
}

/* --- ranks
 * ---------------------------------------------------------------------------------------------- */

typedef struct {
  const AkChainFigure *incident;
  guint64 effort;
} Placed;

/* Worst first, then the least effort, then by name. */
static int compare_placed(gconstpointer a, gconstpointer b) {
  const Placed *left = a, *right = b;
  const json_t *one = left->incident->row, *other = right->incident->row;
  if (left->incident->impact != right->incident->impact)
    return left->incident->impact > right->incident->impact ? -1 : 1;
  if (left->effort != right->effort)
    return left->effort < right->effort ? -1 : 1;
  int order = strcmp(ak_json_string_or(one, "id", ""), ak_json_string_or(other, "id", ""));
  return order != 0 ? order
                    : strcmp(ak_json_string_or(one, "element", ""),
                             ak_json_string_or(other, "element", ""));
}

static GArray *place(const Figuring *self, const guint8 *measures, const guint32 *efforts) {
  AkChainEffortSpec spec = {efforts, self->initial, measures};
  g_autoptr(AkChainEffort) effort = ak_chain_effort_new(self->graph, &spec);
  GArray *placed = g_array_new(FALSE, FALSE, sizeof(Placed));
  for (guint i = 0; i < self->incidents->len; i++) {
    Placed one = {&g_array_index(self->incidents, AkChainFigure, i), 0};
    if (!one.incident->is_reachable)
      continue;
    one.effort = ak_chain_effort_of(effort, one.incident->atom);
    g_array_append_val(placed, one);
  }
  g_array_sort(placed, compare_placed);
  return placed;
}

static void draw_efforts(const AkChainRuleBook *book, GRand *rand, guint32 *efforts) {
  for (guint32 rule = 0; rule < book->rules->rules->len; rule++) {
    AkChainRange range = ak_chain_numbers_effort(book, rule);
    efforts[rule] = (guint32)g_rand_int_range(rand, (gint32)range.least, (gint32)range.most + 1);
  }
}

static json_t *rank_row(const Placed *placed, guint rank, guint in_top, guint same_rank) {
  return json_pack("{s:O, s:O, s:i, s:i, s:i}", "id", json_object_get(placed->incident->row, "id"),
                   "element", json_object_get(placed->incident->row, "element"), "rank",
                   (int)rank + 1, "in_top", (int)in_top, "same_rank", (int)same_rank);
}

json_t *ak_app_chain_ranking(const AkAppChain *self, AkChainWorld world, GArray *incidents) {
  g_autofree guint8 *initial = ak_chain_model_initial(self->model);
  g_autofree guint8 *measures = ak_chain_model_measures(self->model, world, self->now_utc_us);
  g_autofree guint32 *efforts = ak_chain_numbers_efforts(self->book, 0);
  Figuring figuring = {.graph = ak_chain_ground_graph(ak_chain_model_ground(self->model)),
                       .incidents = incidents,
                       .initial = initial};
  guint in_top[TOP] = {0}, same[TOP] = {0};
  g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)self->seed);
  g_autoptr(GArray) base = place(&figuring, measures, efforts);
  guint count = MIN(base->len, TOP), draws = count > 0 ? DRAWS : 0;
  for (guint draw = 0; draw < draws; draw++) {
    draw_efforts(self->book, rand, efforts);
    g_autoptr(GArray) placed = place(&figuring, measures, efforts);
    for (guint i = 0; i < count; i++)
      for (guint rank = 0; rank < count; rank++)
        if (g_array_index(placed, Placed, rank).incident == g_array_index(base, Placed, i).incident) {
          in_top[i]++;
          same[i] += rank == i;
        }
  }
  json_t *rows = json_array();
  for (guint i = 0; i < count; i++)
    json_array_append_new(rows, rank_row(&g_array_index(base, Placed, i), i, in_top[i], same[i]));
  return json_pack("{s:i, s:o}", "draws", (int)draws, "rows", rows);
}
