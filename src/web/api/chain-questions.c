/* What is asked of a kept value chain: the cheapest measures, what would be otherwise, what differs, and its files. */
#include <string.h>

#include "app/chain-diff.h"
#include "app/chain-download.h"
#include "web/api/handlers.h"

/* --- plans ------------------------------------------------------------------------------------------------------- */

static guint impact_of(const AkApiRequest *request) {
  gint impact = ak_chain_word(ak_chain_impact_classes, ak_api_text(request, "impact"));
  return impact >= 0 ? (guint)impact : AK_APP_CHAIN_IMPACT;
}

/* Is it said of the chain, and no fault of ours: there is no such incident, nobody can begin, it takes too long? */
static bool is_reason(const GError *error) {
  return g_error_matches(error, AK_ERROR, AK_ERROR_CONFIG) || g_error_matches(error, AK_ERROR, AK_ERROR_LIMIT) ||
         g_error_matches(error, AK_ERROR, AK_ERROR_CANCELLED);
}

bool ak_api_chain_plan(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  gint64 budget_yen = ak_api_integer(request, "budget_yen");
  AkAppChainPlanSpec spec = {.impact = impact_of(request),
                             .assumed_yen = ak_api_integer(request, "assumed_yen"),
                             .has_budget = budget_yen >= 0,
                             .budget_yen = budget_yen};
  g_autoptr(AkAppChain) chain = ak_api_chain_open(request, response, request->parameters[0], 0, error);
  GError *failure = NULL;
  if (chain == NULL)
    return false;
  ak_app_chain_figure_out(chain);
  json_t *plan = ak_app_chain_plan(chain, &spec, &failure);
  if (plan != NULL)
    return ak_api_json(response, plan, error);
  g_autoptr(GError) reason = failure;
  if (is_reason(reason))
    return ak_api_json(response, json_pack("{s:s}", "reason", reason->message), error);
  g_propagate_error(error, g_steal_pointer(&reason));
  return false;
}

/* --- otherwise ---------------------------------------------------------------------------------------------------- */

bool ak_api_chain_what_if(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  AkAppChainWhatIf changes = {.with = (char **)ak_api_texts(request, "with"),
                              .without = (char **)ak_api_texts(request, "without"),
                              .compromised = (char **)ak_api_texts(request, "compromised")};
  g_autoptr(AkAppChain) chain = ak_api_chain_open(request, response, request->parameters[0], 0, error);
  json_t *found = chain != NULL ? ak_app_chain_what_if(chain, &changes, error) : NULL;
  return found != NULL && ak_api_json(response, found, error);
}

/* --- another chain, or another version ------------------------------------------------------------------------------ */

bool ak_api_chain_diff(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  AkAppChainPlanSpec spec = {.impact = impact_of(request), .assumed_yen = AK_APP_CHAIN_ASSUMED_YEN};
  guint32 number = (guint32)ak_api_integer(request, "other_version");
  g_autoptr(AkAppChain) before = ak_api_chain_open(request, response, ak_api_text(request, "other"), number, error);
  g_autoptr(AkAppChain) after =
      before != NULL ? ak_api_chain_open(request, response, request->parameters[0], 0, error) : NULL;
  json_t *diff = after != NULL ? ak_app_chain_diff(before, after, &spec, error) : NULL;
  return diff != NULL && ak_api_json(response, diff, error);
}

/* --- files ----------------------------------------------------------------------------------------------------------- */

bool ak_api_chain_files(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkAppChain) chain = ak_api_chain_open(request, response, request->parameters[0], 0, error);
  json_t *items = json_array();
  for (const AkAppChainDownload *file = ak_app_chain_downloads; chain != NULL && file->name != NULL; file++)
    if (ak_app_chain_download_is_there(file, chain))
      json_array_append_new(items, json_pack("{s:s, s:s, s:s}", "name", file->name, "group", file->group, "media_type",
                                             file->media_type));
  g_autoptr(json_t) files = json_pack("{s:o}", "files", items);
  return chain != NULL && ak_api_json(response, g_steal_pointer(&files), error);
}

bool ak_api_chain_file(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  const AkAppChainDownload *file = ak_app_chain_download_find(request->parameters[1]);
  g_autoptr(AkAppChain) chain = ak_api_chain_open(request, response, request->parameters[0], 0, error);
  if (chain != NULL && file == NULL)
    ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", request->parameters[1]);
  if (chain != NULL)
    ak_app_chain_figure_out(chain);
  response->body =
      chain != NULL && file != NULL ? ak_app_chain_download_make(file, chain, request->lang, error) : NULL;
  if (response->body == NULL)
    return false;
  response->media_type = file->media_type;
  response->download = g_strdup(file->name);
  return true;
}
