/* The catalogues that products are verified against. */
#include "app/catalogs.h"

#include "web/api/handlers.h"

static char *folder_of(const AkApiRequest *request) {
  return g_build_filename(ak_workspace_dir(request->workspace), "catalog", NULL);
}

bool ak_api_catalogs(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autofree char *folder = folder_of(request);
  return ak_api_json(response, ak_app_catalogs(folder), error);
}

bool ak_api_catalog(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autofree char *folder = folder_of(request);
  g_autoptr(AkProfile) profile = NULL;
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkCatalog) catalog =
      ak_app_catalog_find(folder, request->parameters[0], &profile, &failure);
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND))
    return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-catalog",
                         request->parameters[0]);
  if (catalog == NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  return ak_api_json(response, ak_app_catalog_json(catalog, profile), error);
}
