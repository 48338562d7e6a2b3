#include "app/chain-figures.h"

#include <math.h>
#include <string.h>

#include "chain/graph/efforts.h"
#include "chain/graph/enumerate.h"
#include "chain/model/numbers.h"
#include "stats/interval.h"

#define TOP 10
#define DRAWS 200          /* of efforts */
#define ONE_BY_ONE 2000000 /* edges and ways times incidents up to which each is tried to be gone through alone */

/* --- chances
 * ------------------------------------------------------------------------------------------ */

/* Of one incident: by the lower and the upper ends, and their intervals. */
typedef struct {
  double chance[2], low[2], high[2];
  bool is_exact[2];
} Chance;

/* What is asked of one variant. */
typedef struct {
  const AkChainFigureVariant *variant;
  guint32 *goals, *wanted, *reached; /* [incidents]; `wanted`: goals whose chance is drawn */
  AkChainLabelled *turns;            /* [incidents] in which order they are gone through one by one: work may end before all are */
  Chance *chances;
} Asked;

typedef struct {
  const AkAppChain *app;
  const AkChainGraph *graph;
  guint8 *initial;
  Asked *asked; /* [count] */
  guint count;
} Figuring;

static void asked_begin(Asked *self, const AkChainLabels *labels, const AkChainFigureVariant *variant) {
  guint count = variant->incidents->len;
  *self = (Asked){.variant = variant,
                  .goals = g_new(guint32, count + 1),
                  .wanted = g_new(guint32, count + 1),
                  .reached = g_new0(guint32, count + 1),
                  .turns = g_new(AkChainLabelled, count + 1),
                  .chances = g_new0(Chance, count + 1)};
  for (guint i = 0; i < count; i++) {
    self->goals[i] = g_array_index(variant->incidents, AkChainFigure, i).atom;
    self->turns[i] = (AkChainLabelled){labels != NULL ? labels->atoms[self->goals[i]] : i, i};
  }
  qsort(self->turns, count, sizeof *self->turns, ak_chain_labelled_compare);
}

static void asked_clear(Asked *self) {
  g_free(self->goals);
  g_free(self->wanted);
  g_free(self->reached);
  g_free(self->turns);
  g_free(self->chances);
}

static void set_exact(Chance *chance, guint end, double exact) {
  chance->chance[end] = chance->low[end] = chance->high[end] = exact;
  chance->is_exact[end] = true;
}

static bool is_drawn(const Asked *self, guint incident, guint end) {
  return g_array_index(self->variant->incidents, AkChainFigure, incident).draws[end];
}

/* What can be gone through: all incidents together, or else one by one while that is little work. */
static void enumerate(const Figuring *self, const Asked *asked, AkChainEnumerator *enumerator, guint end) {
  guint count = asked->variant->incidents->len, wanted = 0;
  g_auto(AkChainEnumerated) all = {0};
  for (guint i = 0; i < count; i++)
    wanted += !is_drawn(asked, i, end);
  if (wanted == 0)
    return;
  ak_chain_enumerator_run(enumerator, asked->goals, count, &all);
  gsize work = ((gsize)self->graph->edge_count + self->graph->way_count) * count;
  for (guint turn = 0; turn < count; turn++) {
    g_auto(AkChainEnumerated) one = {0};
    guint32 i = asked->turns[turn].number;
    if (is_drawn(asked, i, end))
      continue;
    if (all.chances == NULL && work <= ONE_BY_ONE)
      ak_chain_enumerator_run(enumerator, &asked->goals[i], 1, &one);
    if (all.chances != NULL || one.chances != NULL)
      set_exact(&asked->chances[i], end, all.chances != NULL ? all.chances[i] : one.chances[0]);
  }
}

/* The measures of a variant hold too, or do not any more. */
static void set_effects(const Asked *asked, guint end, bool hold, guint32 *effects) {
  for (guint i = 0; i < asked->variant->measure_count; i++)
    effects[asked->variant->measures[i]] = hold ? asked->variant->effects[1 - end][i] : 0;
}

/* Worlds are drawn instead where there is no memory to go through them. */
static void enumerate_all(const Figuring *self, const AkChainWorldsSpec *spec, guint end) {
  g_autoptr(AkChainEnumerator) enumerator = ak_chain_enumerator_new(self->graph, spec);
  g_autofree guint32 *effects =
      g_memdup2(spec->effects, ((gsize)self->graph->measure_count + 1) * sizeof *effects);
  for (guint i = 0; enumerator != NULL && i < self->count; i++) {
    set_effects(&self->asked[i], end, true, effects);
    ak_chain_enumerator_set_effects(enumerator, effects);
    enumerate(self, &self->asked[i], enumerator, end);
    set_effects(&self->asked[i], end, false, effects);
  }
}

static guint want(const Asked *asked, guint end) {
  guint count = 0;
  for (guint i = 0; i < asked->variant->incidents->len; i++)
    if (!asked->chances[i].is_exact[end])
      asked->wanted[count++] = asked->goals[i];
  return count;
}

static void take_drawn(const Asked *asked, guint end, guint32 worlds) {
  for (guint i = 0, drawn = 0; i < asked->variant->incidents->len; i++) {
    Chance *chance = &asked->chances[i];
    if (chance->is_exact[end])
      continue;
    AkInterval interval = ak_stats_wilson(asked->reached[drawn], worlds, 0.95);
    chance->chance[end] = (double)asked->reached[drawn++] / worlds;
    chance->low[end] = interval.lo;
    chance->high[end] = interval.hi;
  }
}

/* What could not be gone through, of all variants in the same worlds. */
static void sample_all(const Figuring *self, const AkChainWorldsSpec *spec, guint end) {
  g_autofree AkChainWorldsVariant *variants = g_new0(AkChainWorldsVariant, self->count + 1);
  guint wanted = 0;
  for (guint i = 0; i < self->count; i++) {
    const Asked *asked = &self->asked[i];
    variants[i] = (AkChainWorldsVariant){.measures = asked->variant->measures,
                                         .effects = asked->variant->effects[1 - end],
                                         .measure_count = asked->variant->measure_count,
                                         .goals = asked->wanted,
                                         .goal_count = want(asked, end),
                                         .reached = asked->reached};
    if (variants[i].goal_count == 0)
      variants[i].measure_count = 0;
    wanted += variants[i].goal_count;
  }
  g_autoptr(AkChainWorlds) worlds =
      wanted > 0 ? ak_chain_worlds_run_variants(self->graph, spec, variants, self->count) : NULL;
  for (guint i = 0; worlds != NULL && i < self->count; i++)
    take_drawn(&self->asked[i], end, worlds->worlds);
}

static json_int_t millionths(double chance) {
  return (json_int_t)llround(chance * AK_CHAIN_CERTAIN);
}

/* Both ends are drawn apart, so that drawn ones may lie the other way round where the ranges are narrow. */
static void say(AkChainFigure *figure, const Chance *chance) {
  json_t *row = figure->row;
  for (guint end = 0; end < 2; end++) {
    figure->chance[end] = millionths(chance->chance[end]);
    figure->is_exact[end] = chance->is_exact[end];
  }
  json_object_set_new(row, "probability",
                      json_pack("[I, I]", MIN(figure->chance[0], figure->chance[1]), MAX(figure->chance[0], figure->chance[1])));
  json_object_set_new(row, "ci95", json_pack("[I, I]", millionths(MIN(chance->low[0], chance->low[1])),
                                             millionths(MAX(chance->high[0], chance->high[1]))));
  json_object_set_new(row, "exact", json_boolean(chance->is_exact[0] && chance->is_exact[1]));
}

/* A chance only rises with that of a step and only falls with the effect of a measure: the ends of all ranges give the ends of the
 * chance. */
static void figure_end(const Figuring *self, const guint32 *effects, guint end) {
  g_autofree guint32 *chances = ak_chain_numbers_chances(self->app->book, end);
  AkChainWorldsSpec spec = {.chances = chances,
                            .effects = effects,
                            .initial = self->initial,
                            .labels = ak_chain_model_labels(self->app->model),
                            .seed = self->app->seed,
                            .worlds = self->app->samples};
  enumerate_all(self, &spec, end);
  sample_all(self, &spec, end);
}

void ak_app_chain_add_variant_chances(const AkAppChain *self, const guint32 *const effects[2],
                                      const AkChainFigureVariant *variants, guint count) {
  g_autofree guint8 *initial = ak_chain_model_initial(self->model);
  g_autofree Asked *asked = g_new0(Asked, count + 1);
  Figuring figuring = {self, ak_chain_ground_graph(ak_chain_model_ground(self->model)), initial, asked, count};
  for (guint i = 0; i < count; i++)
    asked_begin(&asked[i], ak_chain_model_labels(self->model), &variants[i]);
  for (guint end = 0; end < 2; end++)
    figure_end(&figuring, effects[1 - end], end);
  for (guint i = 0; i < count; i++) {
    for (guint n = 0; n < variants[i].incidents->len; n++)
      say(&g_array_index(variants[i].incidents, AkChainFigure, n), &asked[i].chances[n]);
    asked_clear(&asked[i]);
  }
}

void ak_app_chain_add_chances(const AkAppChain *self, const guint32 *const effects[2], GArray *incidents) {
  const AkChainFigureVariant as_it_is = {.incidents = incidents};
  if (incidents->len > 0)
    ak_app_chain_add_variant_chances(self, effects, &as_it_is, 1);
}

/* --- ranks
 * ---------------------------------------------------------------------------------------------- */

typedef struct {
  const AkChainFigure *incident;
  guint place; /* among those that can be reached */
  guint64 effort;
} Placed;

/* By the knowledge's name of it, then by what the chain says of its element: its own name may be another. */
static int compare_incidents(gconstpointer a, gconstpointer b, gpointer data) {
  const AkChainFigure *one = ((const Placed *)a)->incident, *other = ((const Placed *)b)->incident;
  const AkChainLabels *labels = data;
  int order = strcmp(ak_json_string_or(one->row, "id", ""), ak_json_string_or(other->row, "id", ""));
  if (order != 0)
    return order;
  guint64 left = labels->atoms[one->atom], right = labels->atoms[other->atom];
  return (left > right) - (left < right);
}

/* Those that can be reached, in that order: an array of Placed; the caller's. */
static GArray *reachable_of(const AkAppChain *self, const GArray *incidents) {
  GArray *out = g_array_new(FALSE, FALSE, sizeof(Placed));
  for (guint i = 0; i < incidents->len; i++) {
    Placed one = {&g_array_index(incidents, AkChainFigure, i), 0, 0};
    if (one.incident->is_reachable)
      g_array_append_val(out, one);
  }
  g_array_sort_with_data(out, compare_incidents, (gpointer)ak_chain_model_labels(self->model));
  for (guint i = 0; i < out->len; i++)
    g_array_index(out, Placed, i).place = i;
  return out;
}

/* Worst first, then the least effort, then by place. */
static bool is_before(const Placed *a, const Placed *b) {
  if (a->incident->impact != b->incident->impact)
    return a->incident->impact > b->incident->impact;
  return a->effort != b->effort ? a->effort < b->effort : a->place < b->place;
}

/* The first of them, with these efforts; how many. */
static guint place(const GArray *reachable, const guint64 *efforts, Placed out[TOP]) {
  guint count = 0;
  for (guint i = 0; i < reachable->len; i++) {
    Placed one = g_array_index(reachable, Placed, i);
    one.effort = efforts[i];
    if (count == TOP && !is_before(&one, &out[TOP - 1]))
      continue;
    guint at = count < TOP ? count++ : TOP - 1;
    for (; at > 0 && is_before(&one, &out[at - 1]); at--)
      out[at] = out[at - 1];
    out[at] = one;
  }
  return count;
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

/* Lower ends first, then those that are drawn: [1 + DRAWS][rules]; the caller's. */
static guint32 *choices_of(const AkAppChain *self) {
  guint rules = self->book->rules->rules->len;
  guint32 *out = g_new(guint32, (gsize)(1 + DRAWS) * rules + 1);
  g_autofree guint32 *least = ak_chain_numbers_efforts(self->book, 0);
  g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)self->seed);
  memcpy(out, least, rules * sizeof *out);
  for (guint draw = 1; draw <= DRAWS; draw++)
    draw_efforts(self->book, rand, out + (gsize)draw * rules);
  return out;
}

/* [1 + DRAWS][reachable]; the caller's. */
static guint64 *efforts_of(const AkAppChain *self, AkChainWorld world, const GArray *reachable) {
  g_autofree guint8 *initial = ak_chain_model_initial(self->model);
  g_autofree guint8 *measures = ak_chain_model_measures(self->model, world, self->now_utc_us);
  g_autofree guint32 *choices = choices_of(self);
  g_autofree guint32 *goals = g_new(guint32, reachable->len + 1);
  for (guint i = 0; i < reachable->len; i++)
    goals[i] = g_array_index(reachable, Placed, i).incident->atom;
  AkChainEffortsSpec spec = {.efforts = choices,
                             .choice_count = 1 + DRAWS,
                             .rule_count = self->book->rules->rules->len,
                             .initial = initial,
                             .measures = measures,
                             .goals = goals,
                             .goal_count = reachable->len};
  return ak_chain_efforts_run(ak_chain_ground_graph(ak_chain_model_ground(self->model)), &spec);
}

json_t *ak_app_chain_ranking(const AkAppChain *self, AkChainWorld world, GArray *incidents) {
  g_autoptr(GArray) reachable = reachable_of(self, incidents);
  guint in_top[TOP] = {0}, same[TOP] = {0}, draws = reachable->len > 0 ? DRAWS : 0;
  g_autofree guint64 *efforts = draws > 0 ? efforts_of(self, world, reachable) : NULL;
  Placed base[TOP], placed[TOP];
  guint count = place(reachable, efforts, base);
  for (guint draw = 1; draw <= draws; draw++) {
    place(reachable, efforts + (gsize)draw * reachable->len, placed);
    for (guint i = 0; i < count; i++)
      for (guint rank = 0; rank < count; rank++)
        if (placed[rank].incident == base[i].incident) {
          in_top[i]++;
          same[i] += rank == i;
        }
  }
  json_t *rows = json_array();
  for (guint i = 0; i < count; i++)
    json_array_append_new(rows, rank_row(&base[i], i, in_top[i], same[i]));
  return json_pack("{s:i, s:o}", "draws", (int)draws, "rows", rows);
}
