/* Several runs beside each other, and what changed from one to another. */
#include "app/compare.h"

#include "app/run-row.h"
#include "web/api/handlers.h"

/* Is there such a run, with a verdict? The problem names the parameter. */
static bool check_run(const AkApiRequest *request, AkApiResponse *response, const char *parameter,
                      const char *run_id, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkRunRow) row = ak_workspace_row(request->workspace, run_id, &failure);
  if (row != NULL && row->verdict_index >= 0)
    return true;
  g_free(response->parameter);
  response->parameter = g_strdup(parameter);
  if (row != NULL)
    return ak_api_refuse(request, response, AK_PROBLEM_NO_VERDICT, "api.detail.no-verdict", run_id);
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND))
    return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-run", run_id);
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

bool ak_api_compare(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  const char *before = ak_api_text(request, "before"), *after = ak_api_text(request, "after");
  if (!check_run(request, response, "before", before, error) ||
      !check_run(request, response, "after", after, error))
    return false;
  json_t *compared = ak_app_compare(request->workspace, before, after, error);
  return compared != NULL && ak_api_json(response, compared, error);
}

/* --- side by side ------------------------------------------------------------------------------------ */

/* requirement → array of as many places as there are runs. */
static void add_run(json_t *table, const json_t *verdicts, gsize place, gsize count) {
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *row = json_array_get(verdicts, i);
    const char *id = ak_json_string_or(row, "requirement", "");
    json_t *places = json_object_get(table, id);
    if (places == NULL) {
      places = json_array();
      for (gsize p = 0; p < count; p++)
        json_array_append_new(places, json_null());
      json_object_set_new(table, id, places);
    }
    json_array_set_new(places, place, json_string(ak_json_string_or(row, "verdict", "")));
  }
}

static bool add_view(const AkApiRequest *request, const char *run_id, gsize place, gsize count,
                     json_t *runs, json_t *table, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_read_run(request->workspace, run_id, error);
  g_autoptr(AkRunRow) row = view != NULL ? ak_workspace_row(request->workspace, run_id, error) : NULL;
  if (row == NULL)
    return false;
  json_array_append_new(runs, ak_app_run_row(row, ak_now_utc_us()));
  const json_t *result = json_object_get(view->state->verdict, "verdicts");
  add_run(table, json_object_get(result, "verdicts"), place, count);
  return true;
}

bool ak_api_side_by_side(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  const char *const *ids = ak_api_texts(request, "run");
  gsize count = g_strv_length((char **)ids);
  for (gsize i = 0; i < count; i++)
    if (!check_run(request, response, "run", ids[i], error))
      return false;
  g_autoptr(json_t) runs = json_array(), table = json_object();
  for (gsize i = 0; i < count; i++)
    if (!add_view(request, ids[i], i, count, runs, table, error))
      return false;
  return ak_api_json(response, json_pack("{s:O, s:O}", "runs", runs, "requirements", table), error);
}
