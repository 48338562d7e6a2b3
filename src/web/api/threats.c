/* The threat model with which the tests of a run were chosen, and how each threat stands after it. */
#include "app/threats.h"
#include "web/api/handlers.h"

bool ak_api_threats(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_run(request, response, error);
  if (view == NULL)
    return false;
  g_autoptr(GError) failure = NULL;
  json_t *threats = ak_app_threats_of_run(request->workspace, view->state, &failure);
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND))
    return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-threats",
                         request->parameters[0]);
  if (threats == NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  return ak_api_json(response, threats, error);
}
