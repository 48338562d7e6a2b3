/* The value chains that are kept here: read, never changed. */
#include "app/chain-kept.h"
#include "web/api/handlers.h"

bool ak_api_chains(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(GPtrArray) names = ak_chain_store_names(request->workspace, error);
  if (names == NULL)
    return false;
  json_t *items = json_array();
  for (guint i = 0; i < names->len; i++) {
    g_autoptr(GArray) versions = ak_chain_store_versions(request->workspace, names->pdata[i], NULL);
    guint32 newest = versions != NULL ? g_array_index(versions, AkChainVersion, versions->len - 1).number : 0;
    json_array_append_new(items, json_pack("{s:s, s:i}", "name", names->pdata[i], "version", (int)newest));
  }
  return ak_api_json(response, json_pack("{s:o}", "chains", items), error);
}

static bool answer(const AkApiRequest *request, AkApiResponse *response, json_t *taken, GError *failure, GError **error) {
  if (taken != NULL)
    return ak_api_json(response, taken, error);
  bool is_missing = g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND);
  if (!is_missing) {
    g_propagate_error(error, failure);
    return false;
  }
  g_error_free(failure);
  return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-chain", request->parameters[0]);
}

bool ak_api_chain(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  GError *failure = NULL;
  json_t *chain = ak_app_chain_kept(request->workspace, request->parameters[0], request->lang, &failure);
  return answer(request, response, chain, failure, error);
}

bool ak_api_chain_analysis(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  GError *failure = NULL;
  json_t *analysis = ak_app_chain_kept_analysis(request->workspace, request->parameters[0], request->lang, &failure);
  return answer(request, response, analysis, failure, error);
}
