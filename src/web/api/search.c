/* Runs by words, observations by property. */
#include "app/run-row.h"
#include "web/api/handlers.h"

static json_t *found_of(const AkRunFound *found) {
  json_t *row = ak_app_run_row(found->run, ak_now_utc_us()), *hits = json_array();
  for (guint i = 0; i < found->hits->len; i++) {
    const AkSearchText *hit = found->hits->pdata[i];
    json_array_append_new(hits, json_pack("{s:s, s:I, s:s}", "kind", hit->kind, "record",
                                          (json_int_t)hit->record_index, "text", hit->body));
  }
  json_object_set_new(row, "hits", hits);
  return row;
}

bool ak_api_search(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(GPtrArray) found =
      ak_workspace_search(request->workspace, ak_api_text(request, "q"),
                          (guint)ak_api_integer(request, "limit"), &failure);
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_CONFIG)) {
    response->parameter = g_strdup("q");
    return ak_api_refuse(request, response, AK_PROBLEM_BAD_PARAMETER, "web.search-too-short");
  }
  if (found == NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  json_t *items = json_array();
  for (guint i = 0; i < found->len; i++)
    json_array_append_new(items, found_of(found->pdata[i]));
  return ak_api_page(response, items, -1, error);
}

bool ak_api_search_observations(const AkApiRequest *request, AkApiResponse *response,
                                GError **error) {
  const char *property = ak_api_text(request, "property");
  g_autoptr(GPtrArray) found = ak_workspace_observations(
      request->workspace, property, (guint)ak_api_integer(request, "limit"), error);
  if (found == NULL)
    return false;
  json_t *items = json_array();
  for (guint i = 0; i < found->len; i++) {
    const AkObservationFound *one = found->pdata[i];
    json_array_append_new(items, json_pack("{s:s, s:I, s:s, s:{s:s, s:s}, s:s, s:s}", "run",
                                           one->run_id, "record", (json_int_t)one->index, "test",
                                           one->test, "subject", "kind", one->subject_kind,
                                           "locator", one->subject_locator, "outcome", one->outcome,
                                           "property", property));
  }
  return ak_api_page(response, items, -1, error);
}
