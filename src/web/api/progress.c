/* How far a run is, once or as a stream of events. */
#include "app/progress.h"

#include "web/api/handlers.h"

bool ak_api_progress(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunRow) row = ak_api_run_row(request, response, error);
  if (row == NULL)
    return false;
  json_t *progress = ak_app_progress(request->workspace, row->run_id, ak_now_utc_us(), error);
  return progress != NULL && ak_api_json(response, progress, error);
}

/* The server opens the stream; a HEAD gets its header fields alone. */
bool ak_api_events(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunRow) row = ak_api_run_row(request, response, error);
  if (row == NULL)
    return false;
  response->stream_run = g_strdup(row->run_id);
  response->media_type = "text/event-stream";
  response->body = g_bytes_new_static("", 0);
  return true;
}
