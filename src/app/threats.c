#include "app/threats.h"

#include <string.h>

json_t *ak_app_threats(const AkProduct *product, const AkCatalog *catalog, const AkProfile *profile,
                       GError **error) {
  g_autoptr(AkThreatKnowledge) knowledge = ak_threat_knowledge_load(error);
  if (knowledge == NULL)
    return NULL;
  AkThreatInput input = {.knowledge = knowledge,
                         .product = product,
                         .catalog = catalog,
                         .profile = profile,
                         .tests = ak_test_table};
  json_t *threats = ak_threats(&input);
  json_object_set_new(threats, "why", ak_threats_tests(&input, threats));
  return threats;
}

json_t *ak_app_threats_of_profile(const AkProduct *product, const char *profile_id,
                                  const char *rules_dir, GError **error) {
  g_autoptr(AkProfile) profile = ak_profile_load(profile_id, rules_dir, error);
  g_autoptr(AkCatalog) catalog =
      profile != NULL ? ak_catalog_load(profile->catalog, rules_dir, error) : NULL;
  return catalog != NULL ? ak_app_threats(product, catalog, profile, error) : NULL;
}

/* --- of a run --------------------------------------------------------------------------------------- */

bool ak_app_threats_planned(AkWorkspace *workspace, const AkRunState *state, json_t **out,
                            GError **error) {
  AkDigest digest;
  if (!ak_digest_from_hex(ak_json_string_or(state->planned, "threats", NULL), &digest))
    return true;
  g_autoptr(GBytes) bytes = ak_log_get_blob(ak_workspace_log(workspace), &digest, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  *out = text != NULL ? ak_json_parse(text, size, "threats", error) : NULL;
  return *out != NULL;
}

/* {"case", "requirement", "verdict"} */
static json_t *result_of(const json_t *verdicts, const char *name) {
  json_t *result = json_pack("{s:s}", "case", name);
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *row = json_array_get(verdicts, i), *cases = json_object_get(row, "cases");
    for (gsize c = 0; c < json_array_size(cases); c++) {
      const json_t *one = json_array_get(cases, c);
      if (strcmp(ak_json_string_or(one, "case", ""), name) != 0)
        continue;
      json_object_set(result, "requirement", json_object_get(row, "requirement"));
      json_object_set(result, "verdict", json_object_get(one, "verdict"));
      return result;
    }
  }
  return result;
}

static void add_results(json_t *threat, const json_t *result) {
  const json_t *cases = json_object_get(threat, "cases");
  json_t *results = json_array();
  for (gsize i = 0; i < json_array_size(cases); i++) {
    const char *name = json_string_value(json_array_get(cases, i));
    if (name != NULL)
      json_array_append_new(results, result_of(json_object_get(result, "verdicts"), name));
  }
  json_object_set_new(threat, "results", results);
  if (result != NULL)
    json_object_set_new(threat, "state", json_string(ak_threat_state(threat, result)));
}

json_t *ak_app_threats_of_run(AkWorkspace *workspace, const AkRunState *state, GError **error) {
  json_t *model = NULL;
  if (!ak_app_threats_planned(workspace, state, &model, error))
    return NULL;
  if (model == NULL) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "run %s was planned without a threat model",
                 state->run_id);
    return NULL;
  }
  const json_t *list = json_object_get(model, "threats");
  for (gsize i = 0; i < json_array_size(list); i++)
    if (json_is_object(json_array_get(list, i)))
      add_results(json_array_get(list, i), json_object_get(state->verdict, "verdicts"));
  return model;
}
