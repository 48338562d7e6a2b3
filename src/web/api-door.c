#include "web/api-door.h"

#include <gio/gio.h>
#include <string.h>

#include "web/api/api.h"

/* Nothing that is served here is a page: a browser that shows it runs and loads nothing. Source: W3C
 * Content Security Policy Level 3. */
#define POLICY "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

static const struct {
  const char *name, *value;
} headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Vary", "Accept, Accept-Language, Authorization"},
};

/* --- the call ------------------------------------------------------------------------------------------ */

static enum MHD_Result add_pair(void *data, enum MHD_ValueKind kind, const char *key,
                                const char *value) {
  AkApiPair pair = {key, value};
  g_array_append_val((GArray *)data, pair);
  return ((GArray *)data)->len <= AK_API_MAX_QUERY ? MHD_YES : MHD_NO;
}

static const char *header_of(struct MHD_Connection *connection, const char *name) {
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* --- the response --------------------------------------------------------------------------------------- */

static bool is_html(const AkApiResponse *answer) {
  return g_str_has_prefix(answer->media_type, "text/html");
}

static void add_headers(const AkApiDoor *self, struct MHD_Response *response,
                        const AkApiResponse *answer) {
  for (gsize i = 0; i < G_N_ELEMENTS(headers); i++)
    MHD_add_response_header(response, headers[i].name, headers[i].value);
  MHD_add_response_header(response, "Content-Security-Policy",
                          is_html(answer) ? self->report_policy : POLICY);
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                          answer->etag != NULL ? "private, no-cache" : "no-store");
  if (answer->status != MHD_HTTP_NOT_MODIFIED)
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->media_type);
  if (answer->etag != NULL)
    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, answer->etag);
  if (answer->allow != NULL)
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow);
  if (answer->status == MHD_HTTP_UNAUTHORIZED)
    MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
  if (answer->status == MHD_HTTP_SERVICE_UNAVAILABLE)
    MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "10");
  if (answer->download != NULL && answer->status == MHD_HTTP_OK) {
    g_autofree char *name = g_uri_escape_string(answer->download, NULL, FALSE);
    g_autofree char *value = g_strdup_printf("attachment; filename=\"%s\"", name);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, value);
  }
}

static void release_body(void *data) { g_bytes_unref(data); }

/* The body is lent to the response, never copied. */
static struct MHD_Response *body_response(const AkApiResponse *answer) {
  gsize size = 0;
  const void *bytes = g_bytes_get_data(answer->body, &size);
  if (size == 0)
    return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
  return MHD_create_response_from_buffer_with_free_callback_cls(
      size, (void *)bytes, release_body, g_bytes_ref(answer->body));
}

enum MHD_Result ak_api_door_answer(const AkApiDoor *self, struct MHD_Connection *connection,
                                   const char *path, const char *method) {
  g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(AkApiPair));
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_pair, pairs);
  AkApiCall call = {.workspace = self->workspace,
                    .method = method,
                    .path = path,
                    .query = (const AkApiPair *)(gconstpointer)pairs->data,
                    .query_count = pairs->len,
                    .accept = header_of(connection, MHD_HTTP_HEADER_ACCEPT),
                    .accept_language = header_of(connection, MHD_HTTP_HEADER_ACCEPT_LANGUAGE),
                    .if_none_match = header_of(connection, MHD_HTTP_HEADER_IF_NONE_MATCH),
                    .lang = self->lang,
                    .refused = self->is_misdirected    ? AK_PROBLEM_MISDIRECTED
                               : self->is_unauthorized ? AK_PROBLEM_UNAUTHORIZED
                                                       : -1};
  g_auto(AkApiResponse) answer = {0};
  ak_api_answer(&call, &answer);
  struct MHD_Response *response = NULL;
  if (answer.stream_run != NULL && strcmp(method, MHD_HTTP_METHOD_GET) == 0) {
    response = ak_streams_response(self->streams, connection, answer.stream_run);
    if (response == NULL)
      ak_api_answer_busy(&call, AK_STREAMS_MAX, &answer);
  }
  if (response == NULL)
    response = body_response(&answer);
  add_headers(self, response, &answer);
  enum MHD_Result sent = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return sent;
}
