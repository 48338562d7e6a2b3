/* The cheapest measures after which nothing bad enough can be reached; or what a budget buys of that. */
#include <string.h>

#include "app/chain-figures.h"
#include "chain/graph/order.h"
#include "chain/graph/worlds.h"
#include "chain/model/numbers.h"
#include "util/large.h"

#define GOALS_MAX 40000 /* so that weights of four classes stay below 2^63 */

typedef struct {
  guint32 element;
  const AkChainRequirement *requirement;
  gint64 yen, least, most; /* what it is taken to cost, and within which range */
  const char *origin;
} Price;

typedef struct {
  guint32 atom, element;
  const AkChainIncident *incident;
  guint impact; /* the worst class that the file states */
} Goal;

typedef struct {
  const AkAppChain *app;
  const AkAppChainPlanSpec *spec;
  const AkChainGraph *graph;
  AkChainOrder *order; /* of it: which of equally cheap sets is told does not depend on the order of the file; NULL: of a large chain */
  GArray *prices; /* of Price, by number of the measure */
  GArray *goals;  /* of Goal */
  guint64 *costs; /* by number of the measure, for the search */
  guint32 *atoms; /* of the goals */
  guint32 *goal_of; /* [atoms of the graph]: number of the goal + 1, 0: none */
  guint8 *initial, *held;
} Planning;

static void planning_clear(Planning *self) {
  g_clear_pointer(&self->prices, g_array_unref);
  g_clear_pointer(&self->goals, g_array_unref);
  g_clear_pointer(&self->goal_of, ak_large_free);
  g_clear_pointer(&self->order, ak_chain_order_free);
  g_free(self->costs);
  g_free(self->atoms);
  g_free(self->initial);
  g_free(self->held);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Planning, planning_clear)

/* --- prices
 * ----------------------------------------------------------------------------------------------- */

/* What the file says of the cost; -1: nothing. */
static gint64 said_yen(const AkElement *element, const char *requirement) {
  for (guint i = 0; i < element->measures->len; i++) {
    const AkElementMeasure *measure = element->measures->pdata[i];
    if (strcmp(measure->requirement, requirement) == 0 && measure->cost_yen >= 0)
      return measure->cost_yen;
  }
  return -1;
}

/* The file's word is exact; else the knowledge's range, whose middle counts where the requirement has one of its own. */
static Price price_of(const Planning *self, guint32 element, const AkChainRequirement *requirement) {
  gint64 said = said_yen(ak_chain_element_at(self->app->chain, element), requirement->id);
  if (said >= 0)
    return (Price){element, requirement, said, said, said, "user"};
  AkChainRange range = ak_chain_numbers_cost(self->app->book, requirement);
  bool has_own = json_object_get(requirement->row, "cost_yen") != NULL;
  gint64 yen = has_own ? range.least + (range.most - range.least) / 2 : self->spec->assumed_yen;
  return (Price){element, requirement, yen, MIN(range.least, yen), MAX(range.most, yen), range.origin};
}

/* Every measure of the graph has a price afterwards. */
static bool price_measures(Planning *self, GError **error) {
  const AkAppChain *app = self->app;
  guint32 left = self->graph->measure_count;
  g_array_set_size(self->prices, self->graph->measure_count);
  self->costs = g_new(guint64, (gsize)self->graph->measure_count + 1);
  for (guint32 e = 0; e < app->chain->elements->len; e++)
    for (guint r = 0; r < app->knowledge->requirements->len; r++) {
      const AkChainRequirement *requirement = app->knowledge->requirements->pdata[r];
      guint32 number = ak_chain_model_measure(app->model, e, requirement->id);
      if (number == AK_CHAIN_GRAPH_NONE)
        continue;
      Price price = price_of(self, e, requirement);
      g_array_index(self->prices, Price, number) = price;
      self->costs[number] = (guint64)price.yen;
      left--;
    }
  return left == 0 || ak_error_set(error, AK_ERROR_INVALID_DATA, "the grounding has %u measures of no element", left);
}

/* --- goals
 * ------------------------------------------------------------------------------------------------ */

/* Once each, with the worst class that is said of it; none behind GOALS_MAX, which is told by check_goals. */
static void add_goal(Planning *self, const AkChainIncident *incident, guint32 element, guint impact) {
  guint32 atom = ak_chain_model_incident(self->app->model, incident, element);
  if (atom == AK_CHAIN_GRAPH_NONE)
    return;
  guint32 *number = &self->goal_of[atom];
  if (*number > 0) {
    Goal *known = &g_array_index(self->goals, Goal, *number - 1);
    known->impact = MAX(known->impact, impact);
    return;
  }
  Goal goal = {atom, element, incident, impact};
  g_array_append_val(self->goals, goal);
  *number = self->goals->len;
}

/* What one row of the impacts names. */
static void add_goals(Planning *self, const AkImpact *impact) {
  const AkChainIncident *incident = ak_chain_knowledge_incident(self->app->knowledge, impact->incident);
  if (impact->element != AK_CHAIN_NO_ELEMENT) {
    add_goal(self, incident, impact->element, impact->impact);
    return;
  }
  for (guint32 e = 0; self->goals->len <= GOALS_MAX && e < self->app->chain->elements->len; e++)
    add_goal(self, incident, e, impact->impact);
}

/* Incidents that the file calls at least so bad, where something leads to them. */
static bool collect_goals(Planning *self, GError **error) {
  const GPtrArray *impacts = self->app->chain->impacts;
  self->goal_of = ak_large_new((gsize)self->graph->atom_count + 1, sizeof *self->goal_of);
  if (self->goal_of == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory for the incidents of the chain");
  for (guint i = 0; self->goals->len <= GOALS_MAX && i < impacts->len; i++) {
    const AkImpact *impact = impacts->pdata[i];
    if (impact->impact >= self->spec->impact)
      add_goals(self, impact);
  }
  self->atoms = g_new0(guint32, self->goals->len + 1);
  for (guint i = 0; i < self->goals->len; i++)
    self->atoms[i] = g_array_index(self->goals, Goal, i).atom;
  return true;
}

/* One more of a worse class is worth more than all of the classes below together. */
static guint64 *weights_of(const Planning *self) {
  guint64 counts[4] = {0}, weights[4] = {1, 0, 0, 0};
  for (guint i = 0; i < self->goals->len; i++)
    counts[g_array_index(self->goals, Goal, i).impact]++;
  for (guint class_number = 1; class_number < G_N_ELEMENTS(weights); class_number++)
    weights[class_number] = weights[class_number - 1] * (counts[class_number - 1] + 1);
  guint64 *out = g_new0(guint64, self->goals->len + 1);
  for (guint i = 0; i < self->goals->len; i++)
    out[i] = weights[g_array_index(self->goals, Goal, i).impact];
  return out;
}

/* --- answers
 * ----------------------------------------------------------------------------------------------- */

static json_t *measure_row(const Planning *self, guint32 number) {
  const Price *price = &g_array_index(self->prices, Price, number);
  return json_pack("{s:s, s:s, s:O*, s:I, s:[I, I], s:s}", "element",
                   ak_chain_element_at(self->app->chain, price->element)->id, "requirement",
                   price->requirement->id, "title", json_object_get(price->requirement->row, "title"),
                   "cost_yen", (json_int_t)price->yen, "range_yen", (json_int_t)price->least,
                   (json_int_t)price->most, "origin", price->origin);
}

static json_t *measures_of(const Planning *self, const AkChainVector *chosen, guint *assumed) {
  json_t *rows = json_array();
  for (guint32 i = 0; i < chosen->count; i++) {
    *assumed += strcmp(g_array_index(self->prices, Price, chosen->data[i]).origin, "assumed") == 0;
    json_array_append_new(rows, measure_row(self, chosen->data[i]));
  }
  return rows;
}

static json_t *goal_row(const Planning *self, guint number) {
  const Goal *goal = &g_array_index(self->goals, Goal, number);
  return json_pack("{s:s, s:s, s:s}", "id", goal->incident->id, "element",
                   ak_chain_element_at(self->app->chain, goal->element)->id, "impact",
                   ak_chain_impact_classes[goal->impact]);
}

static json_t *header_of(const Planning *self, const AkChainVector *chosen) {
  guint assumed = 0;
  json_t *measures = measures_of(self, chosen, &assumed);
  return json_pack("{s:s, s:s, s:I, s:o, s:i}", "chain", self->app->chain->name, "impact_at_least",
                   ak_chain_impact_classes[self->spec->impact], "goals",
                   (json_int_t)self->goals->len, "measures", measures, "assumed_costs", (int)assumed);
}

static bool is_over(gpointer data) {
  const Planning *self = data;
  gint64 until_us = self->app->plans_until_us;
  return (until_us > 0 && g_get_monotonic_time() > until_us) ||
         (self->spec->cancelled != NULL && self->spec->cancelled(self->spec->cancelled_data));
}

static AkChainCheapestSpec search_of(const Planning *self) {
  return (AkChainCheapestSpec){.initial = self->initial,
                               .held = self->held,
                               .costs = self->costs,
                               .goals = self->atoms,
                               .goal_count = self->goals->len,
                               .cancelled = is_over,
                               .cancelled_data = (gpointer)self};
}

/* --- what is left
 * ------------------------------------------------------------------------------------------ */

/* Effects at one end of those that hold and of those that were chosen. */
static guint32 *effects_with(const Planning *self, const AkChainVector *chosen, guint end) {
  guint32 *effects = ak_chain_numbers_effects(self->app->model, AK_CHAIN_WORLD_CLAIMED,
                                              self->app->now_utc_us, end);
  for (guint32 i = 0; i < chosen->count; i++) {
    const Price *price = &g_array_index(self->prices, Price, chosen->data[i]);
    AkChainRange range = ak_chain_numbers_effect(self->app->book, price->requirement);
    effects[chosen->data[i]] = (guint32)(end == 0 ? range.least : range.most) * (AK_CHAIN_CERTAIN / 100);
  }
  return effects;
}

/* Chances of the goals with the measures taken: they may fail. An estimate, over the ranges of all numbers. */
static json_t *residual_of(const Planning *self, const AkChainVector *chosen) {
  json_t *rows = json_array();
  g_autoptr(GArray) figures = g_array_new(FALSE, FALSE, sizeof(AkChainFigure));
  g_autofree guint32 *low = effects_with(self, chosen, 0), *high = effects_with(self, chosen, 1);
  const guint32 *const effects[] = {low, high};
  for (guint i = 0; i < self->goals->len; i++) {
    const Goal *goal = &g_array_index(self->goals, Goal, i);
    AkChainFigure figure = {.row = goal_row(self, i), .atom = goal->atom, .impact = goal->impact, .is_reachable = true};
    json_array_append_new(rows, figure.row);
    g_array_append_val(figures, figure);
  }
  ak_app_chain_add_chances(self->app, effects, figures);
  return rows;
}

/* --- what if costs are others
 * ------------------------------------------------------------------------------- */

static bool is_among(const AkChainVector *set, guint32 number) {
  for (guint32 i = 0; i < set->count; i++)
    if (set->data[i] == number)
      return true;
  return false;
}

static json_t *only_in(const Planning *self, const AkChainVector *here, const AkChainVector *there) {
  json_t *rows = json_array();
  for (guint32 i = 0; i < here->count; i++)
    if (!is_among(there, here->data[i]))
      json_array_append_new(rows, measure_row(self, here->data[i]));
  return rows;
}

/* Nothing is worse for the chosen set than costs at their upper ends for it and at their lower ends for all others: if nothing is
 * cheaper there, nothing is anywhere within the ranges. */
static bool add_robustness(const Planning *self, const AkChainVector *chosen, json_t *out,
                           GError **error) {
  g_autofree guint64 *costs = g_new0(guint64, (gsize)self->graph->measure_count + 1);
  guint64 most = 0;
  for (guint32 m = 0; m < self->graph->measure_count; m++) {
    const Price *price = &g_array_index(self->prices, Price, m);
    bool is_chosen = is_among(chosen, m);
    costs[m] = (guint64)(is_chosen ? price->most : price->least);
    most += is_chosen ? costs[m] : 0;
  }
  AkChainCheapestSpec search = search_of(self);
  search.costs = costs;
  g_auto(AkChainCheapest) other = {.rounds = 0};
  if (!ak_chain_order_cheapest(self->order, self->graph, &search, &other, error))
    return false;
  json_t *robust = json_pack("{s:b, s:b, s:I, s:I}", "stays", other.lower >= most, "known",
                             other.lower >= most || other.upper < most, "yen", (json_int_t)most,
                             "cheapest_yen", (json_int_t)other.upper);
  if (other.upper < most) {
    json_object_set_new(robust, "taken_instead", only_in(self, &other.chosen, chosen));
    json_object_set_new(robust, "left_out", only_in(self, chosen, &other.chosen));
  }
  json_object_set_new(out, "cost_ranges", robust);
  return true;
}

/* --- the two questions
 * ------------------------------------------------------------------------------------- */

static json_t *plan_all(const Planning *self, GError **error) {
  AkChainCheapestSpec search = search_of(self);
  g_auto(AkChainCheapest) found = {.rounds = 0};
  if (!ak_chain_order_cheapest(self->order, self->graph, &search, &found, error))
    return NULL;
  g_autoptr(json_t) out = header_of(self, &found.chosen);
  json_object_set_new(out, "possible", json_boolean(found.is_possible));
  json_object_set_new(out, "rounds", json_integer(found.rounds));
  json_object_set_new(out, "attacks", json_integer(found.attacks));
  if (!found.is_possible) {
    g_autofree char *goal =
        ak_chain_ground_text(ak_chain_model_ground(self->app->model), found.unstoppable);
    json_object_set_new(out, "unstoppable", json_string(goal));
    return g_steal_pointer(&out);
  }
  json_object_set_new(out, "cost_yen",
                      json_pack("{s:I, s:I, s:b}", "lower", (json_int_t)found.lower, "upper",
                                (json_int_t)found.upper, "proven", found.lower == found.upper));
  if (self->app->samples > 0)
    json_object_set_new(out, "residual", residual_of(self, &found.chosen));
  return add_robustness(self, &found.chosen, out, error) ? g_steal_pointer(&out) : NULL;
}

static json_t *plan_budget(const Planning *self, GError **error) {
  g_autofree guint64 *weights = weights_of(self);
  AkChainBudgetSpec spec = {search_of(self), weights, (guint64)self->spec->budget_yen};
  g_auto(AkChainBudget) found = {.trials = 0};
  if (!ak_chain_order_budget(self->order, self->graph, &spec, &found, error))
    return NULL;
  json_t *out = header_of(self, &found.chosen), *kept = json_array(), *given_up = json_array();
  gint64 least = 0, most = 0;
  for (guint i = 0; i < self->goals->len; i++)
    json_array_append_new(is_among(&found.kept, i) ? kept : given_up, goal_row(self, i));
  for (guint32 i = 0; i < found.chosen.count; i++) {
    least += g_array_index(self->prices, Price, found.chosen.data[i]).least;
    most += g_array_index(self->prices, Price, found.chosen.data[i]).most;
  }
  bool is_proven = found.value == found.bound;
  json_object_set_new(out, "possible", json_boolean(json_array_size(given_up) == 0));
  json_object_set_new(
      out, "budget",
      json_pack("{s:I, s:I, s:[I, I], s:o, s:o, s:b, s:[I, I], s:i}", "yen",
                (json_int_t)self->spec->budget_yen, "cost_yen", (json_int_t)found.cost, "range_yen",
                (json_int_t)least, (json_int_t)most, "kept_out", kept, "given_up", given_up, "proven",
                is_proven, "value", (json_int_t)found.value, (json_int_t)found.bound, "trials",
                (int)found.trials));
  if (self->app->samples > 0)
    json_object_set_new(out, "residual", residual_of(self, &found.chosen));
  return out;
}

static bool check_goals(const Planning *self, GError **error) {
  if (self->goals->len == 0)
    return ak_app_chain_say(self->app, AK_ERROR_CONFIG, "chain.plan.no-goals", ak_chain_impact_classes[self->spec->impact], error);
  return self->goals->len <= GOALS_MAX ||
         ak_error_set(error, AK_ERROR_LIMIT, "more than %d incidents of that impact", GOALS_MAX);
}

json_t *ak_app_chain_plan(const AkAppChain *self, const AkAppChainPlanSpec *spec, GError **error) {
  g_auto(Planning) planning = {.app = self,
                               .spec = spec,
                               .graph = ak_chain_ground_graph(ak_chain_model_ground(self->model)),
                               .prices = g_array_new(FALSE, TRUE, sizeof(Price)),
                               .goals = g_array_new(FALSE, FALSE, sizeof(Goal))};
  if (!ak_chain_model_has_all_measures(self->model)) {
    ak_app_chain_say(self, AK_ERROR_LIMIT, "chain.plan.too-large", "", error);
    return NULL;
  }
  if (!ak_app_chain_can_begin(self)) {
    ak_app_chain_say(self, AK_ERROR_CONFIG, "chain.plan.nobody-begins", "", error);
    return NULL;
  }
  if (!collect_goals(&planning, error) || !check_goals(&planning, error) || !price_measures(&planning, error))
    return NULL;
  const AkChainLabels *labels = ak_chain_model_labels(self->model);
  planning.order = labels != NULL ? ak_chain_order_new(planning.graph, labels) : NULL;
  planning.initial = ak_chain_model_initial(self->model);
  planning.held = ak_chain_model_measures(self->model, AK_CHAIN_WORLD_CLAIMED, self->now_utc_us);
  return spec->has_budget ? plan_budget(&planning, error) : plan_all(&planning, error);
}
