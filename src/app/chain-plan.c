/* The cheapest measures after which nothing bad enough can be reached. */
#include <string.h>

#include "app/chain.h"
#include "chain/graph/cheapest.h"

typedef struct {
  guint32 element;
  const AkChainRequirement *requirement;
  gint64 yen;
  bool is_assumed;
} Price;

typedef struct {
  const AkAppChain *app;
  const AkAppChainPlanSpec *spec;
  GArray *prices; /* of Price, by number of the measure */
  guint64 *costs; /* the same, for the search */
  GArray *goals;  /* of guint32 */
} Planning;

/* What the file says of the cost; -1: nothing. */
static gint64 said_yen(const AkElement *element, const char *requirement) {
  for (guint i = 0; i < element->measures->len; i++) {
    const AkElementMeasure *measure = element->measures->pdata[i];
    if (strcmp(measure->requirement, requirement) == 0 && measure->cost_yen >= 0)
      return measure->cost_yen;
  }
  return -1;
}

static void price_measures(Planning *self) {
  const AkAppChain *app = self->app;
  guint32 count = ak_chain_ground_graph(ak_chain_model_ground(app->model))->measure_count;
  g_array_set_size(self->prices, count);
  self->costs = g_new(guint64, count + 1);
  for (guint32 e = 0; e < app->chain->elements->len; e++)
    for (guint r = 0; r < app->knowledge->requirements->len; r++) {
      const AkChainRequirement *requirement = app->knowledge->requirements->pdata[r];
      guint32 number = ak_chain_model_measure(app->model, e, requirement->id);
      if (number == AK_CHAIN_GRAPH_NONE)
        continue;
      gint64 yen = said_yen(ak_chain_element_at(app->chain, e), requirement->id);
      Price price = {e, requirement, yen >= 0 ? yen : self->spec->assumed_yen, yen < 0};
      g_array_index(self->prices, Price, number) = price;
      self->costs[number] = (guint64)price.yen;
    }
}

/* Incidents that the file calls at least so bad, where something leads to them. */
static void collect_goals(Planning *self) {
  const AkAppChain *app = self->app;
  for (guint i = 0; i < app->chain->impacts->len; i++) {
    const AkImpact *impact = app->chain->impacts->pdata[i];
    const AkChainIncident *incident = ak_chain_knowledge_incident(app->knowledge, impact->incident);
    if (impact->impact < self->spec->impact)
      continue;
    for (guint32 e = 0; e < app->chain->elements->len; e++) {
      guint32 atom = ak_chain_model_incident(app->model, incident, e);
      bool is_meant = impact->element == AK_CHAIN_NO_ELEMENT || impact->element == e;
      if (is_meant && atom != AK_CHAIN_GRAPH_NONE)
        g_array_append_val(self->goals, atom);
    }
  }
}

static json_t *measures_of(const Planning *self, const AkChainCheapest *found, guint *assumed) {
  json_t *rows = json_array();
  for (guint32 i = 0; i < found->chosen.count; i++) {
    const Price *price = &g_array_index(self->prices, Price, found->chosen.data[i]);
    *assumed += price->is_assumed;
    json_array_append_new(rows, json_pack("{s:s, s:s, s:O*, s:I, s:s}", "element",
                                          ak_chain_element_at(self->app->chain, price->element)->id,
                                          "requirement", price->requirement->id, "title",
                                          json_object_get(price->requirement->row, "title"),
                                          "cost_yen", (json_int_t)price->yen, "origin",
                                          price->is_assumed ? "assumed" : "user"));
  }
  return rows;
}

static json_t *answer_of(const Planning *self, const AkChainCheapest *found) {
  guint assumed = 0;
  json_t *measures = measures_of(self, found, &assumed);
  json_t *out = json_pack(
      "{s:s, s:s, s:I, s:b, s:o, s:i, s:i, s:i}", "chain", self->app->chain->name,
      "impact_at_least", ak_chain_impact_classes[self->spec->impact], "goals",
      (json_int_t)self->goals->len, "possible", found->is_possible, "measures", measures,
      "assumed_costs", (int)assumed, "rounds", (int)found->rounds, "attacks", (int)found->attacks);
  if (found->is_possible) {
    json_object_set_new(out, "cost_yen",
                        json_pack("{s:I, s:I, s:b}", "lower", (json_int_t)found->lower, "upper",
                                  (json_int_t)found->upper, "proven",
                                  found->lower == found->upper));
    return out;
  }
  g_autofree char *goal =
      ak_chain_ground_text(ak_chain_model_ground(self->app->model), found->unstoppable);
  json_object_set_new(out, "unstoppable", json_string(goal));
  return out;
}

json_t *ak_app_chain_plan(const AkAppChain *self, const AkAppChainPlanSpec *spec, GError **error) {
  g_autoptr(GArray) prices = g_array_new(FALSE, TRUE, sizeof(Price));
  g_autoptr(GArray) goals = g_array_new(FALSE, FALSE, sizeof(guint32));
  Planning planning = {.app = self, .spec = spec, .prices = prices, .goals = goals};
  if (!ak_app_chain_can_begin(self)) {
    ak_error_set(error, AK_ERROR_CONFIG,
                 "no attacker of the file can begin with any element, so that a plan would prove "
                 "nothing: name attackers, and the exposure of elements");
    return NULL;
  }
  collect_goals(&planning);
  if (goals->len == 0) {
    ak_error_set(error, AK_ERROR_CONFIG,
                 "no incident that something leads to has an impact of at least %s: name it under "
                 "impacts, or ask for a lower class",
                 ak_chain_impact_classes[spec->impact]);
    return NULL;
  }
  price_measures(&planning);
  g_autofree guint64 *costs = planning.costs;
  g_autofree guint8 *initial = ak_chain_model_initial(self->model);
  g_autofree guint8 *held =
      ak_chain_model_measures(self->model, AK_CHAIN_WORLD_CLAIMED, self->now_utc_us);
  AkChainCheapestSpec search = {.initial = initial,
                                .held = held,
                                .costs = costs,
                                .goals = (gconstpointer)goals->data,
                                .goal_count = goals->len,
                                .cancelled = spec->cancelled,
                                .cancelled_data = spec->cancelled_data};
  g_auto(AkChainCheapest) found = {.rounds = 0};
  const AkChainGraph *graph = ak_chain_ground_graph(ak_chain_model_ground(self->model));
  return ak_chain_cheapest_find(graph, &search, &found, error) ? answer_of(&planning, &found)
                                                               : NULL;
}
