/* What a run found: verdicts, one requirement with what it rests on, findings. */
#include <string.h>

#include "catalog/catalog.h"
#include "web/api/handlers.h"

static json_t *result_of(const AkRunState *state) {
  return json_object_get(state->verdict, "verdicts");
}

static bool is_wanted(const json_t *row, const char *key, const char *wanted) {
  return wanted == NULL || strcmp(ak_json_string_or(row, key, ""), wanted) == 0;
}

/* --- verdicts --------------------------------------------------------------------------------------- */

static json_t *bilingual(const AkBilingual *text) {
  return json_pack("{s:s, s:s}", "en", text->en, "ja", text->ja);
}

static AkCatalog *catalog_of(const AkRunState *state) {
  const json_t *catalogue = json_object_get(state->planned, "catalogue");
  return ak_catalog_load(ak_json_string_or(catalogue, "id", ""), NULL, NULL);
}

/* Without its cases, which the requirement itself tells. */
static json_t *verdict_row(const json_t *verdict, const AkCatalog *catalog) {
  static const char *const members[] = {"requirement", "obligation", "verdict", "explanation",
                                        "valid_until"};
  json_t *row = json_object();
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    if (json_object_get(verdict, members[i]) != NULL)
      json_object_set(row, members[i], json_object_get(verdict, members[i]));
  const AkRequirement *requirement =
      catalog != NULL
          ? ak_catalog_requirement(catalog, ak_json_string_or(verdict, "requirement", ""))
          : NULL;
  if (requirement != NULL)
    json_object_set_new(row, "title", bilingual(&requirement->title));
  json_object_set_new(row, "cases",
                      json_integer((json_int_t)json_array_size(json_object_get(verdict, "cases"))));
  return row;
}

bool ak_api_verdicts(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_judged_run(request, response, error);
  if (view == NULL)
    return false;
  g_autoptr(AkCatalog) catalog = catalog_of(view->state);
  const json_t *verdicts = json_object_get(result_of(view->state), "verdicts");
  json_t *items = json_array();
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *verdict = json_array_get(verdicts, i);
    if (is_wanted(verdict, "verdict", ak_api_text(request, "verdict")) &&
        is_wanted(verdict, "obligation", ak_api_text(request, "obligation")))
      json_array_append_new(items, verdict_row(verdict, catalog));
  }
  json_t *json = json_pack("{s:o, s:O?}", "items", items, "summary",
                           json_object_get(result_of(view->state), "summary"));
  return ak_api_json(response, json, error);
}

/* --- one requirement -------------------------------------------------------------------------------- */

static const json_t *find_verdict(const AkRunState *state, const char *id) {
  const json_t *verdicts = json_object_get(result_of(state), "verdicts");
  for (gsize i = 0; i < json_array_size(verdicts); i++)
    if (is_wanted(json_array_get(verdicts, i), "requirement", id))
      return json_array_get(verdicts, i);
  return NULL;
}

/* The findings that speak to `id`. */
static json_t *findings_on(const AkRunState *state, const char *id) {
  const json_t *findings = json_object_get(result_of(state), "findings");
  json_t *items = json_array();
  for (gsize i = 0; i < json_array_size(findings); i++) {
    json_t *finding = json_array_get(findings, i);
    const json_t *ids = json_object_get(finding, "requirements");
    for (gsize r = 0; r < json_array_size(ids); r++)
      if (g_strcmp0(json_string_value(json_array_get(ids, r)), id) == 0) {
        json_array_append(items, finding);
        break;
      }
  }
  return items;
}

/* Identities that the cases cite → true. */
static GHashTable *cited_by(const json_t *cases) {
  GHashTable *cited = g_hash_table_new(g_str_hash, g_str_equal);
  for (gsize i = 0; i < json_array_size(cases); i++) {
    const json_t *list = json_object_get(json_array_get(cases, i), "observations");
    for (gsize o = 0; o < json_array_size(list); o++)
      g_hash_table_add(cited, (gpointer)ak_observation_cited(json_array_get(list, o)));
  }
  return cited;
}

/* identity → observation, of those that are cited. */
static json_t *observations_of(const AkRunState *state, GHashTable *cited) {
  json_t *found = json_object();
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *execution = state->executions->pdata[i];
    for (guint o = 0; o < execution->observations->len; o++) {
      const AkObservation *seen = execution->observations->pdata[o];
      AkDigest identity = ak_observation_identity(seen);
      char hex[AK_DIGEST_HEX_SIZE];
      ak_digest_to_hex(&identity, hex);
      if (g_hash_table_contains(cited, hex))
        json_object_set_new(found, hex, ak_observation_to_json(seen, true));
    }
  }
  return found;
}

bool ak_api_requirement(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  const char *id = request->parameters[1];
  g_autoptr(AkRunView) view = ak_api_judged_run(request, response, error);
  if (view == NULL)
    return false;
  const json_t *verdict = find_verdict(view->state, id);
  if (verdict == NULL)
    return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-requirement",
                         request->parameters[0], id);
  g_autoptr(AkCatalog) catalog = catalog_of(view->state);
  const AkRequirement *row = catalog != NULL ? ak_catalog_requirement(catalog, id) : NULL;
  g_autoptr(GHashTable) cited = cited_by(json_object_get(verdict, "cases"));
  json_t *json = json_copy((json_t *)verdict);
  if (row != NULL) {
    json_object_set_new(json, "title", bilingual(&row->title));
    json_object_set_new(json, "text", bilingual(&row->text));
  }
  json_object_set_new(json, "findings", findings_on(view->state, id));
  json_object_set_new(json, "cited", observations_of(view->state, cited));
  return ak_api_json(response, json, error);
}

/* --- findings ---------------------------------------------------------------------------------------- */

bool ak_api_findings(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_judged_run(request, response, error);
  if (view == NULL)
    return false;
  const json_t *findings = json_object_get(result_of(view->state), "findings");
  gsize limit = (gsize)ak_api_integer(request, "limit"), i = (gsize)ak_api_cursor(request, 0);
  json_t *items = json_array();
  for (; i < json_array_size(findings) && json_array_size(items) < limit; i++)
    if (is_wanted(json_array_get(findings, i), "severity", ak_api_text(request, "severity")))
      json_array_append(items, json_array_get(findings, i));
  return ak_api_page(response, items, i < json_array_size(findings) ? (gint64)i : -1, error);
}
