/* The API itself: its table of contents, its description, and the log that everything rests on. */
#include <gio/gio.h>

#include "web/api/handlers.h"

bool ak_api_root(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  json_t *operations = json_array();
  for (const AkApiOperation *row = ak_api_operations; row->id != NULL; row++)
    json_array_append_new(operations, json_pack("{s:s, s:s}", "id", row->id, "path", row->path));
  return ak_api_json(response,
                     json_pack("{s:s, s:s, s:s, s:o}", "name", "akashi", "version", AK_VERSION,
                               "openapi", AK_API_ROOT "/openapi.json", "operations", operations),
                     error);
}

bool ak_api_openapi(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data("/akashi/api/openapi.json", 0, NULL);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  if (text == NULL)
    return ak_error_set(error, AK_ERROR_INTERNAL, "the description of the API is missing");
  json_t *document = ak_json_parse(text, size, "openapi.json", error);
  return document != NULL && ak_api_json(response, document, error);
}

bool ak_api_log(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  AkLog *log = ak_workspace_log(request->workspace);
  return ak_api_json(response,
                     json_pack("{s:s, s:s, s:I, s:I}", "origin", ak_log_origin(log), "key",
                               ak_log_verifier_key(log), "records",
                               (json_int_t)ak_log_size(log), "records_without_text",
                               (json_int_t)ak_log_forgotten(log)),
                     error);
}
