/* What the tests of a run saw, and when each ran. Pages go by place in the run. */
#include <string.h>

#include "web/api/handlers.h"

static bool is_wanted(const char *value, const char *wanted) {
  return wanted == NULL || strcmp(value, wanted) == 0;
}

static bool observation_is_wanted(const AkApiRequest *request, const AkObservation *seen) {
  return is_wanted(seen->test_id, ak_api_text(request, "test")) &&
         is_wanted(seen->property, ak_api_text(request, "property")) &&
         is_wanted(seen->subject.locator, ak_api_text(request, "subject")) &&
         is_wanted(ak_outcome_name(seen->outcome), ak_api_text(request, "outcome"));
}

static json_t *observation_of(const AkRunExecution *execution, const AkObservation *seen) {
  AkDigest identity = ak_observation_identity(seen);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&identity, hex);
  json_t *json = ak_observation_to_json(seen, true);
  json_object_set_new(json, "id", json_string(hex));
  json_object_set_new(json, "execution", json_string(execution->key));
  return json;
}

typedef struct {
  const AkApiRequest *request;
  json_t *items;
  gsize limit;
  gint64 from, place; /* observations before `from` were told by earlier pages */
} Paging;

/* False when the page is full. */
static bool add_execution(Paging *self, const AkRunExecution *execution) {
  for (guint o = 0; o < execution->observations->len; o++, self->place++) {
    const AkObservation *seen = execution->observations->pdata[o];
    if (self->place < self->from || !observation_is_wanted(self->request, seen))
      continue;
    if (json_array_size(self->items) == self->limit)
      return false;
    json_array_append_new(self->items, observation_of(execution, seen));
  }
  return true;
}

bool ak_api_observations(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_run(request, response, error);
  if (view == NULL)
    return false;
  Paging paging = {.request = request,
                   .items = json_array(),
                   .limit = (gsize)ak_api_integer(request, "limit"),
                   .from = ak_api_cursor(request, 0)};
  const GPtrArray *executions = view->state->executions;
  bool is_last = true;
  for (guint i = 0; is_last && i < executions->len; i++)
    is_last = add_execution(&paging, executions->pdata[i]);
  return ak_api_page(response, paging.items, is_last ? -1 : paging.place, error);
}

/* --- executions --------------------------------------------------------------------------------------- */

static json_t *time_or_null(gint64 when_utc_us) {
  return when_utc_us > 0 ? json_integer((json_int_t)when_utc_us) : json_null();
}

static json_t *execution_of(const AkRunExecution *execution) {
  return json_pack("{s:s, s:s, s:{s:s, s:s}, s:i, s:i, s:i, s:s?, s:s?, s:o, s:o}", "execution",
                   execution->key, "test", execution->test_id, "subject", "kind",
                   execution->subject.kind, "locator", execution->subject.locator, "repeat",
                   (int)execution->repeat, "attempt", (int)execution->attempt, "observations",
                   (int)execution->observations->len, "end", execution->end, "reason",
                   execution->reason, "started_utc_us", time_or_null(execution->started_utc_us),
                   "ended_utc_us", time_or_null(execution->ended_utc_us));
}

bool ak_api_executions(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_run(request, response, error);
  if (view == NULL)
    return false;
  const GPtrArray *executions = view->state->executions;
  gsize limit = (gsize)ak_api_integer(request, "limit"), i = (gsize)ak_api_cursor(request, 0);
  json_t *items = json_array();
  for (; i < executions->len && json_array_size(items) < limit; i++)
    json_array_append_new(items, execution_of(executions->pdata[i]));
  return ak_api_page(response, items, i < executions->len ? (gint64)i : -1, error);
}
