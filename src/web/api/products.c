/* Products, and the versions of one, each with its newest run. */
#include "app/lists.h"
#include "app/run-row.h"
#include "web/api/handlers.h"

static json_t *item_of(const AkProductFound *found, const char *name, gint64 now_utc_us) {
  json_t *json = json_pack("{s:s, s:I, s:o}", name, found->row->name, "runs",
                           (json_int_t)found->row->runs, "newest",
                           ak_app_run_row(found->newest, now_utc_us));
  return json;
}

bool ak_api_products(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  guint limit = (guint)ak_api_integer(request, "limit");
  g_autoptr(GPtrArray) rows = ak_workspace_products(
      request->workspace, ak_api_cursor(request, G_MAXINT64), limit + 1, error);
  if (rows == NULL)
    return false;
  json_t *items = json_array();
  for (guint i = 0; i < MIN(rows->len, limit); i++) {
    const AkProductFound *found = rows->pdata[i];
    json_t *item = item_of(found, "product", ak_now_utc_us());
    json_object_set_new(item, "versions", json_integer((json_int_t)found->row->versions));
    json_array_append_new(items, item);
  }
  const AkProductFound *last = rows->len > limit ? rows->pdata[limit - 1] : NULL;
  return ak_api_page(response, items, last != NULL ? last->row->newest_index : -1, error);
}

bool ak_api_versions(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  guint limit = (guint)ak_api_integer(request, "limit");
  const char *product = ak_api_text(request, "product");
  g_autoptr(GError) failure = NULL;
  g_autoptr(GPtrArray) rows = ak_workspace_versions(
      request->workspace, product, ak_api_cursor(request, G_MAXINT64), limit + 1, &failure);
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND))
    return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-product", product);
  if (rows == NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  json_t *items = json_array();
  for (guint i = 0; i < MIN(rows->len, limit); i++)
    json_array_append_new(items, item_of(rows->pdata[i], "version", ak_now_utc_us()));
  const AkProductFound *last = rows->len > limit ? rows->pdata[limit - 1] : NULL;
  return ak_api_page(response, items, last != NULL ? last->row->newest_index : -1, error);
}
