#include "app/chain-diff.h"

#include <string.h>

static int compare_texts(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

static void unref_json(gpointer value) { json_decref(value); }

/* Key → JSON, sorted: what is compared. */
static GTree *index_new(void) {
  return g_tree_new_full(compare_texts, NULL, g_free, unref_json);
}

typedef struct {
  GTree *other;
  json_t *out;
  json_t *(*differ)(const json_t *before, const json_t *after); /* a row, or NULL where they are the same */
} Comparing;

static gboolean add_missing(gpointer key, gpointer value, gpointer data) {
  Comparing *self = data;
  if (g_tree_lookup(self->other, key) == NULL)
    json_array_append(self->out, value);
  return FALSE;
}

static gboolean add_changed(gpointer key, gpointer value, gpointer data) {
  Comparing *self = data;
  const json_t *after = g_tree_lookup(self->other, key);
  json_t *row = after != NULL ? self->differ(value, after) : NULL;
  if (row != NULL)
    json_array_append_new(self->out, row);
  return FALSE;
}

/* Rows of `from` that `other` has not. */
static json_t *missing(GTree *from, GTree *other) {
  Comparing self = {.other = other, .out = json_array()};
  g_tree_foreach(from, add_missing, &self);
  return self.out;
}

static json_t *changed(GTree *before, GTree *after, json_t *(*differ)(const json_t *before, const json_t *after)) {
  Comparing self = {.other = after, .out = json_array(), .differ = differ};
  g_tree_foreach(before, add_changed, &self);
  return self.out;
}

/* --- the model --------------------------------------------------------------------------------------------------- */

static GTree *elements_of(const json_t *document) {
  const json_t *rows = json_object_get(document, "elements");
  GTree *index = index_new();
  for (gsize i = 0; i < json_array_size(rows); i++) {
    json_t *row = json_copy(json_array_get(rows, i));
    json_object_del(row, "measures");
    g_tree_replace(index, g_strdup(ak_json_string_or(row, "id", "")), row);
  }
  return index;
}

/* {"id", "members": names of those that differ} */
static json_t *element_differs(const json_t *before, const json_t *after) {
  json_t *members = json_array();
  const char *key = NULL;
  json_t *value = NULL;
  g_autoptr(json_t) both = json_copy((json_t *)before);
  json_object_update_missing(both, (json_t *)after);
  json_object_foreach(both, key, value) {
    if (json_equal(json_object_get(before, key), json_object_get(after, key)) == 0)
      json_array_append_new(members, json_string(key));
  }
  if (json_array_size(members) > 0)
    return json_pack("{s:s, s:o}", "id", ak_json_string_or(after, "id", ""), "members", members);
  json_decref(members);
  return NULL;
}

static GTree *relations_of(const AkAppChain *app) {
  GTree *index = index_new();
  for (guint i = 0; i < app->chain->relations->len; i++) {
    const AkRelation *relation = &g_array_index(app->chain->relations, AkRelation, i);
    const char *from = ak_chain_element_at(app->chain, relation->from)->id;
    const char *to = ak_chain_element_at(app->chain, relation->to)->id;
    const char *data = relation->data != AK_CHAIN_NO_ELEMENT ? ak_chain_element_at(app->chain, relation->data)->id : NULL;
    json_t *row = json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "from", from, "kind",
                            ak_chain_relation_kinds[relation->kind].name, "to", to, "protocol", relation->protocol, "data",
                            data);
    g_tree_replace(index, json_dumps(row, JSON_SORT_KEYS | JSON_COMPACT), row);
  }
  return index;
}

static GTree *measures_of(const json_t *document) {
  const json_t *rows = json_object_get(document, "elements");
  GTree *index = index_new();
  for (gsize e = 0; e < json_array_size(rows); e++) {
    const json_t *element = json_array_get(rows, e), *measures = json_object_get(element, "measures");
    for (gsize m = 0; m < json_array_size(measures); m++) {
      json_t *row = json_copy(json_array_get(measures, m));
      json_object_set(row, "element", json_object_get(element, "id"));
      g_tree_replace(index, g_strdup_printf("%s\t%s", ak_json_string_or(element, "id", ""),
                                            ak_json_string_or(row, "requirement", "")), row);
    }
  }
  return index;
}

static json_t *measure_differs(const json_t *before, const json_t *after) {
  if (json_equal((json_t *)before, (json_t *)after))
    return NULL;
  return json_pack("{s:O, s:O, s:O, s:O}", "element", json_object_get(after, "element"), "requirement",
                   json_object_get(after, "requirement"), "before", before, "after", after);
}

static json_t *differences(GTree *before, GTree *after, json_t *(*differ)(const json_t *before, const json_t *after)) {
  json_t *out = json_pack("{s:o, s:o}", "added", missing(after, before), "removed", missing(before, after));
  if (differ != NULL)
    json_object_set_new(out, "changed", changed(before, after, differ));
  return out;
}

/* --- risk sources ------------------------------------------------------------------------------------------------ */

/* "RISK SOURCE tab ELEMENT" → its state, of what applies. */
static GTree *states_of(const AkAppChain *app) {
  g_autoptr(AkAccount) account = ak_account_new(app->model, app->now_utc_us);
  GTree *index = index_new();
  for (guint32 s = 0; s < account->source_count; s++)
    for (guint32 e = 0; e < account->element_count; e++) {
      AkAccountStatus status = ak_account_status(account, s, e);
      const AkChainRiskSource *source = app->knowledge->sources->pdata[s];
      const char *element = ak_chain_element_at(app->chain, e)->id;
      if (status < AK_ACCOUNT_TREATED_VERIFIED)
        continue;
      g_tree_replace(index, g_strdup_printf("%s\t%s", source->id, element),
                     json_pack("{s:s, s:s, s:s, s:i}", "risk_source", source->id, "element", element, "status",
                               ak_account_status_names[status], "order", (int)status));
    }
  return index;
}

static json_t *state_differs(const json_t *before, const json_t *after) {
  json_int_t was = json_integer_value(json_object_get(before, "order")),
             is = json_integer_value(json_object_get(after, "order"));
  if (was == is)
    return NULL;
  return json_pack("{s:O, s:O, s:O, s:O, s:b}", "risk_source", json_object_get(after, "risk_source"), "element",
                   json_object_get(after, "element"), "before", json_object_get(before, "status"), "after",
                   json_object_get(after, "status"), "worse", is > was);
}

static void drop_orders(json_t *rows) {
  for (gsize i = 0; i < json_array_size(rows); i++)
    json_object_del(json_array_get(rows, i), "order");
}

static json_t *states_differ(const AkAppChain *before, const AkAppChain *after) {
  g_autoptr(GTree) was = states_of(before), is = states_of(after);
  json_t *out = differences(was, is, state_differs);
  drop_orders(json_object_get(out, "added"));
  drop_orders(json_object_get(out, "removed"));
  return out;
}

/* --- incidents ---------------------------------------------------------------------------------------------------- */

static GTree *reached_in(const json_t *analysis, const char *world) {
  const json_t *rows = json_object_get(json_object_get(json_object_get(analysis, "worlds"), world), "incidents");
  GTree *index = index_new();
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    if (!json_is_true(json_object_get(row, "reachable")))
      continue;
    g_tree_replace(index, g_strdup_printf("%s\t%s", ak_json_string_or(row, "id", ""), ak_json_string_or(row, "element", "")),
                   json_pack("{s:O, s:O, s:O*, s:O}", "id", json_object_get(row, "id"), "element",
                             json_object_get(row, "element"), "impact", json_object_get(row, "impact"), "days",
                             json_object_get(json_object_get(row, "effort"), "days")));
  }
  return index;
}

static json_t *effort_differs(const json_t *before, const json_t *after) {
  const json_t *was = json_object_get(before, "days"), *is = json_object_get(after, "days");
  if (json_equal((json_t *)was, (json_t *)is))
    return NULL;
  bool worse = json_integer_value(json_array_get(is, 0)) < json_integer_value(json_array_get(was, 0));
  return json_pack("{s:O, s:O, s:O*, s:O, s:O, s:b}", "id", json_object_get(after, "id"), "element",
                   json_object_get(after, "element"), "impact", json_object_get(after, "impact"), "before", was, "after",
                   is, "worse", worse);
}

static json_t *world_differs(const json_t *before, const json_t *after, const char *world) {
  g_autoptr(GTree) was = reached_in(before, world), is = reached_in(after, world);
  return json_pack("{s:o, s:o, s:o}", "reachable_now", missing(is, was), "no_longer_reachable", missing(was, is), "effort",
                   changed(was, is, effort_differs));
}

/* --- plans -------------------------------------------------------------------------------------------------------- */

/* {"cost_yen", "measures": how many} or {"reason"}. */
static json_t *plan_of(const AkAppChain *app, const AkAppChainPlanSpec *spec, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(json_t) plan = ak_app_chain_plan(app, spec, &failure);
  bool is_cancelled = g_error_matches(failure, AK_ERROR, AK_ERROR_CANCELLED);
  if (is_cancelled && app->plans_until_us > 0)
    return json_pack("{s:s}", "reason", "no plan was found in the time that it was given");
  if (is_cancelled) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
  }
  if (plan == NULL)
    return json_pack("{s:s}", "reason", failure->message);
  return json_pack("{s:O, s:O*, s:I}", "possible", json_object_get(plan, "possible"), "cost_yen",
                   json_object_get(plan, "cost_yen"), "measures",
                   (json_int_t)json_array_size(json_object_get(plan, "measures")));
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static json_t *model_differs(const AkAppChain *before, const AkAppChain *after, GError **error) {
  g_autoptr(json_t) was = ak_app_chain_document(before, error);
  g_autoptr(json_t) is = was != NULL ? ak_app_chain_document(after, error) : NULL;
  if (is == NULL)
    return NULL;
  g_autoptr(GTree) elements = elements_of(was), elements_after = elements_of(is);
  g_autoptr(GTree) relations = relations_of(before), relations_after = relations_of(after);
  g_autoptr(GTree) measures = measures_of(was), measures_after = measures_of(is);
  return json_pack("{s:o, s:o, s:o}", "elements", differences(elements, elements_after, element_differs), "relations",
                   differences(relations, relations_after, NULL), "measures",
                   differences(measures, measures_after, measure_differs));
}

static json_t *side_of(const AkAppChain *app, const json_t *analysis) {
  return json_pack("{s:s, s:O, s:O}", "chain", app->chain->name, "risk_sources",
                   json_object_get(analysis, "risk_sources"), "certificate", json_object_get(analysis, "certificate"));
}

/* The analysis of a large chain is bounded: what it does not tell would count as gone, or as new. */
static bool check_complete(const AkAppChain *before, const AkAppChain *after, GError **error) {
  bool is_before = ak_chain_model_is_large(before->model), is_after = ak_chain_model_is_large(after->model);
  const char *which = is_before && is_after ? "both have" : is_before ? "the one before has" : "the one after has";
  return (!is_before && !is_after) ||
         ak_error_set(error, AK_ERROR_LIMIT,
                      "%s more than %d elements, and such chains are not compared: of their incidents the worst alone are told",
                      which, AK_CHAIN_MODEL_LARGE);
}

json_t *ak_app_chain_diff(const AkAppChain *before, const AkAppChain *after, const AkAppChainPlanSpec *spec,
                          GError **error) {
  if (!check_complete(before, after, error))
    return NULL;
  g_autoptr(json_t) out = model_differs(before, after, error);
  g_autoptr(json_t) was = out != NULL ? ak_app_chain_analyze(before, error) : NULL;
  g_autoptr(json_t) is = was != NULL ? ak_app_chain_analyze(after, error) : NULL;
  g_autoptr(json_t) plan_before = is != NULL ? plan_of(before, spec, error) : NULL;
  g_autoptr(json_t) plan_after = plan_before != NULL ? plan_of(after, spec, error) : NULL;
  if (plan_after == NULL)
    return NULL;
  json_t *incidents = json_object();
  for (guint i = 0; ak_chain_world_names[i] != NULL; i++)
    json_object_set_new(incidents, ak_chain_world_names[i], world_differs(was, is, ak_chain_world_names[i]));
  json_object_set_new(out, "before", side_of(before, was));
  json_object_set_new(out, "after", side_of(after, is));
  json_object_set_new(out, "risk_sources", states_differ(before, after));
  json_object_set_new(out, "incidents", incidents);
  json_object_set_new(out, "plan", json_pack("{s:s, s:O, s:O}", "impact", ak_chain_impact_classes[spec->impact], "before",
                                             plan_before, "after", plan_after));
  return g_steal_pointer(&out);
}
