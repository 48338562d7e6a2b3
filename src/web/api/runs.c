/* Runs by filter, and what one run was planned with. */
#include <string.h>

#include "app/lists.h"
#include "app/run-lock.h"
#include "app/run-row.h"
#include "web/api/handlers.h"

static json_t *with_status(const AkApiRequest *request, json_t *row, const AkRunRow *run) {
  json_object_set_new(
      row, "status", json_string(ak_run_status(request->workspace, run->run_id, run->run_end)));
  return row;
}

bool ak_api_runs(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  AkRunsFilter filter = {.product_name = ak_api_text(request, "product"),
                         .product_version = ak_api_text(request, "version"),
                         .profile = ak_api_text(request, "profile"),
                         .run_end = ak_api_text(request, "end"),
                         .worst = ak_api_text(request, "worst"),
                         .since_utc_us = ak_api_date(request, "since", 0),
                         .until_utc_us = ak_api_date(request, "until", 0)};
  guint limit = (guint)ak_api_integer(request, "limit");
  gint64 at_utc_us = ak_api_date(request, "at", ak_now_utc_us());
  g_autoptr(GPtrArray) rows =
      ak_workspace_runs_page(request->workspace, &filter, ak_api_cursor(request, G_MAXINT64),
                             limit + 1, error);
  if (rows == NULL)
    return false;
  json_t *items = json_array();
  for (guint i = 0; i < MIN(rows->len, limit); i++)
    json_array_append_new(
        items, with_status(request, ak_app_run_row(rows->pdata[i], at_utc_us), rows->pdata[i]));
  const AkRunRow *last = rows->len > limit ? rows->pdata[limit - 1] : NULL;
  return ak_api_page(response, items, last != NULL ? last->run_index : -1, error);
}

/* Members of the plan that are told as they are; what may hold credentials is in none of them. */
static const char *const planned_members[] = {"authorization", "catalogue", "earlier", "images",
                                              "impact",        "options",   "program", "tests",
                                              "units"};

bool ak_api_run_get(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_run(request, response, error);
  g_autoptr(AkRunRow) row = view != NULL ? ak_api_run_row(request, response, error) : NULL;
  if (row == NULL)
    return false;
  gint64 at_utc_us = ak_api_date(request, "at", ak_now_utc_us());
  json_t *json = with_status(
      request, ak_app_run_row_of_view(view, row->newest_version, at_utc_us), row);
  json_t *planned = json_object();
  for (gsize i = 0; i < G_N_ELEMENTS(planned_members); i++)
    if (json_object_get(view->state->planned, planned_members[i]) != NULL)
      json_object_set(planned, planned_members[i],
                      json_object_get(view->state->planned, planned_members[i]));
  json_object_set_new(json, "planned", planned);
  json_object_set_new(json, "records", json_integer((json_int_t)view->records->len));
  json_object_set_new(
      json, "verdict_record",
      view->state->verdict != NULL ? json_integer((json_int_t)view->verdict_index) : json_null());
  const char *rules = ak_json_string_or(view->state->verdict, "rules", NULL);
  if (rules != NULL)
    json_object_set_new(json, "rules", json_string(rules));
  const json_t *retest =
      json_object_get(json_object_get(view->state->verdict, "verdicts"), "retest");
  if (retest != NULL)
    json_object_set(json, "retest", (json_t *)retest);
  return ak_api_json(response, json, error);
}
