/* The value chains that are kept here: read, never changed. */
#include <string.h>

#include "app/chain-edit.h"
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

/* A chain that is not there is told in the client's language; other errors are passed on. */
static bool tell(const AkApiRequest *request, AkApiResponse *response, const char *name, GError *taken, GError **error) {
  if (!g_error_matches(taken, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    g_propagate_error(error, taken);
    return false;
  }
  g_error_free(taken);
  return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-chain", name);
}

AkAppChain *ak_api_chain_open(const AkApiRequest *request, AkApiResponse *response, const char *name, guint32 number,
                              GError **error) {
  GError *failure = NULL;
  AkAppChain *chain = ak_chain_edit_open(request->workspace, name, number, request->lang, &failure);
  if (chain == NULL)
    tell(request, response, name, failure, error);
  return chain;
}

bool ak_api_chain(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  GError *failure = NULL;
  json_t *chain = ak_app_chain_kept(request->workspace, request->parameters[0], request->lang, &failure);
  return chain != NULL ? ak_api_json(response, chain, error)
                       : tell(request, response, request->parameters[0], failure, error);
}

bool ak_api_chain_analysis(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkAppChain) chain = ak_api_chain_open(request, response, request->parameters[0], 0, error);
  if (chain != NULL)
    ak_app_chain_figure_out(chain);
  json_t *analysis = chain != NULL ? ak_app_chain_analyze(chain, error) : NULL;
  return analysis != NULL && ak_api_json(response, analysis, error);
}
