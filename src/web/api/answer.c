/* From a call to a response: method, path, query and header fields are looked at here, in this order;
 * handlers only make what is asked for. */
#include <gio/gio.h>
#include <stdarg.h>
#include <string.h>

#include "util/digest.h"
#include "web/api/negotiate.h"
#include "web/api/query.h"

#define METHODS "GET, HEAD"

void ak_api_response_clear(AkApiResponse *self) {
  g_clear_pointer(&self->body, g_bytes_unref);
  g_clear_pointer(&self->etag, g_free);
  g_clear_pointer(&self->download, g_free);
  g_clear_pointer(&self->stream_run, g_free);
  g_clear_pointer(&self->detail, g_free);
  g_clear_pointer(&self->parameter, g_free);
}

bool ak_api_is_path(const char *path) { return g_str_has_prefix(path, AK_API_PREFIX); }

/* --- problems --------------------------------------------------------------------------------------- */

static void set_problem(AkApiResponse *response, AkApiProblem problem, const char *detail) {
  g_autofree char *taken = g_strdup(detail);
  response->problem = (int)problem;
  g_free(response->detail);
  response->detail = g_steal_pointer(&taken);
}

bool ak_api_refuse(const AkApiRequest *request, AkApiResponse *response, AkApiProblem problem,
                   const char *detail_id, ...) {
  va_list arguments;
  va_start(arguments, detail_id);
  g_autofree char *detail = g_strdup_vprintf(ak_text(request->lang, detail_id), arguments);
  va_end(arguments);
  set_problem(response, problem, detail);
  return false;
}

static void write_problem(AkApiResponse *response, AkLang lang) {
  AkApiProblem problem = (AkApiProblem)response->problem;
  g_autoptr(json_t) json = ak_problem_json(problem, lang, response->detail, response->parameter);
  gsize size = 0;
  char *text = ak_json_canonical(json, &size, NULL);
  g_clear_pointer(&response->body, g_bytes_unref);
  g_clear_pointer(&response->etag, g_free);
  g_clear_pointer(&response->download, g_free);
  g_clear_pointer(&response->stream_run, g_free);
  response->status = ak_problem_status(problem);
  response->media_type = AK_PROBLEM_MEDIA_TYPE;
  response->allow = problem == AK_PROBLEM_METHOD ? METHODS : NULL;
  response->body = g_bytes_new_take(text, size);
}

static AkApiProblem problem_of(const GError *error) {
  static const struct {
    AkErrorCode code;
    AkApiProblem problem;
  } rows[] = {{AK_ERROR_NOT_FOUND, AK_PROBLEM_NOT_FOUND},
              {AK_ERROR_CONFLICT, AK_PROBLEM_NO_VERDICT},
              {AK_ERROR_CONFIG, AK_PROBLEM_BAD_PARAMETER}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_error_matches(error, AK_ERROR, (gint)rows[i].code))
      return rows[i].problem;
  return AK_PROBLEM_INTERNAL;
}

/* What an operation does not declare is a fault of ours. A refused query tells its own detail. */
static void settle_problem(const AkApiRequest *request, AkApiResponse *response,
                           const GError *error) {
  const char *message = error != NULL ? error->message : "";
  guint declared = request->operation->problems | AK_PROBLEMS_OF_ALL;
  AkApiProblem problem = response->problem >= 0 ? (AkApiProblem)response->problem : problem_of(error);
  if ((declared & AK_PROBLEM_BIT(problem)) == 0)
    problem = AK_PROBLEM_INTERNAL;
  if (problem == AK_PROBLEM_INTERNAL)
    ak_api_refuse(request, response, problem, "api.detail.internal", message);
  else if (response->problem < 0 && problem == AK_PROBLEM_NOT_FOUND)
    ak_api_refuse(request, response, problem, "api.detail.nothing");
  else if (response->problem < 0)
    set_problem(response, problem, message);
}

/* --- bodies ------------------------------------------------------------------------------------------- */

bool ak_api_json(AkApiResponse *response, json_t *taken, GError **error) {
  g_autoptr(json_t) json = taken;
  gsize size = 0;
  if (json == NULL)
    return ak_error_set(error, AK_ERROR_INTERNAL, "the answer cannot be put together");
  g_autofree char *text = ak_json_canonical(json, &size, error);
  if (text == NULL)
    return false;
  if (size > AK_API_MAX_BODY)
    return ak_error_set(error, AK_ERROR_LIMIT, "the answer has more than %llu bytes",
                        AK_API_MAX_BODY);
  response->body = g_bytes_new_take(g_steal_pointer(&text), size);
  response->media_type = "application/json";
  return true;
}

bool ak_api_page(AkApiResponse *response, json_t *items, gint64 next, GError **error) {
  g_autofree char *cursor = next >= 0 ? ak_api_cursor_text(next) : NULL;
  return ak_api_json(response, json_pack("{s:o, s:s?}", "items", items, "next", cursor), error);
}

static void set_etag(AkApiResponse *response) {
  if (response->etag != NULL || response->body == NULL)
    return;
  gsize size = 0;
  const void *bytes = g_bytes_get_data(response->body, &size);
  AkDigest digest = ak_digest_of(bytes, size);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  response->etag = g_strdup_printf("\"%s\"", hex);
}

/* --- arguments ------------------------------------------------------------------------------------------ */

const char *const *ak_api_texts(const AkApiRequest *request, const char *name) {
  return g_hash_table_lookup(request->arguments, name);
}

const char *ak_api_text(const AkApiRequest *request, const char *name) {
  const char *const *values = ak_api_texts(request, name);
  return values != NULL ? values[0] : NULL;
}

gint64 ak_api_integer(const AkApiRequest *request, const char *name) {
  const char *value = ak_api_text(request, name);
  if (value != NULL)
    return g_ascii_strtoll(value, NULL, 10);
  for (const AkApiParameter *row = request->operation->query; row->name != NULL; row++)
    if (strcmp(row->name, name) == 0)
      return row->fallback;
  return 0;
}

bool ak_api_flag(const AkApiRequest *request, const char *name) {
  return g_strcmp0(ak_api_text(request, name), "true") == 0;
}

gint64 ak_api_date(const AkApiRequest *request, const char *name, gint64 fallback_utc_us) {
  const char *value = ak_api_text(request, name);
  gint64 when_utc_us = fallback_utc_us;
  return value != NULL && ak_api_date_parse(value, &when_utc_us) ? when_utc_us : fallback_utc_us;
}

gint64 ak_api_cursor(const AkApiRequest *request, gint64 fallback) {
  const char *value = ak_api_text(request, "cursor");
  gint64 number = fallback;
  return value != NULL && ak_api_cursor_parse(value, &number) ? number : fallback;
}

/* --- runs ------------------------------------------------------------------------------------------------- */

/* A run that is not there is told in the client's language; other errors are passed on. */
static void tell_no_run(const AkApiRequest *request, AkApiResponse *response, GError *taken,
                        GError **error) {
  if (g_error_matches(taken, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-run",
                  request->parameters[0]);
    g_error_free(taken);
    return;
  }
  g_propagate_error(error, taken);
}

AkRunView *ak_api_run(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  GError *failure = NULL;
  AkRunView *view = ak_workspace_read_run(request->workspace, request->parameters[0], &failure);
  if (view == NULL)
    tell_no_run(request, response, failure, error);
  return view;
}

AkRunRow *ak_api_run_row(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  GError *failure = NULL;
  AkRunRow *row = ak_workspace_row(request->workspace, request->parameters[0], &failure);
  if (row == NULL)
    tell_no_run(request, response, failure, error);
  return row;
}

AkRunView *ak_api_judged_run(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_run(request, response, error);
  if (view == NULL || view->state->verdict != NULL)
    return g_steal_pointer(&view);
  ak_api_refuse(request, response, AK_PROBLEM_NO_VERDICT, "api.detail.no-verdict",
                request->parameters[0]);
  return NULL;
}

/* --- the call ---------------------------------------------------------------------------------------------- */

static bool method_is_ours(const char *method) {
  return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static bool check_accept(const AkApiCall *call, AkApiRequest *request, AkApiResponse *response,
                         const char *media_type) {
  return media_type == NULL || ak_negotiate_media(call->accept, media_type) ||
         ak_api_refuse(request, response, AK_PROBLEM_NOT_ACCEPTABLE, "api.detail.not-acceptable",
                       media_type);
}

static bool perform(const AkApiCall *call, AkApiRequest *request, AkApiResponse *response) {
  const AkApiOperation *operation = request->operation;
  g_autoptr(GError) error = NULL;
  request->arguments = ak_api_query_check(operation->query, call->query, call->query_count,
                                          request->lang, &response->parameter, &error);
  bool ok = request->arguments != NULL && check_accept(call, request, response, operation->media) &&
            operation->handler(request, response, &error) &&
            check_accept(call, request, response, response->media_type);
  if (!ok)
    settle_problem(request, response, error);
  return ok;
}

/* False with the problem in the response. */
static bool answer_found(const AkApiCall *call, AkApiRequest *request, AkApiResponse *response) {
  if (strlen(call->path) > AK_API_MAX_PATH)
    return ak_api_refuse(request, response, AK_PROBLEM_TOO_LONG, "api.detail.too-long",
                         AK_API_MAX_PATH);
  if (!method_is_ours(call->method))
    return ak_api_refuse(request, response, AK_PROBLEM_METHOD, "api.detail.method");
  if (call->refused >= 0)
    return ak_api_refuse(request, response, (AkApiProblem)call->refused,
                         call->refused == AK_PROBLEM_UNAUTHORIZED ? "web.token-needed"
                                                                  : "api.detail.misdirected");
  request->operation = ak_api_find(call->path, &request->parameters);
  if (request->operation == NULL)
    return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-path");
  return perform(call, request, response);
}

void ak_api_answer(const AkApiCall *call, AkApiResponse *response) {
  AkApiRequest request = {.workspace = call->workspace,
                          .lang = ak_negotiate_lang(call->accept_language, call->lang)};
  *response = (AkApiResponse){.status = 200, .media_type = "application/json", .problem = -1};
  if (!answer_found(call, &request, response)) {
    write_problem(response, request.lang);
  } else if (response->stream_run == NULL) {
    set_etag(response);
    if (ak_negotiate_none_match(call->if_none_match, response->etag)) {
      response->status = 304;
      g_clear_pointer(&response->body, g_bytes_unref);
      response->body = g_bytes_new_static("", 0);
    }
  }
  g_clear_pointer(&request.arguments, g_hash_table_unref);
  g_strfreev(request.parameters);
}

void ak_api_answer_busy(const AkApiCall *call, guint most, AkApiResponse *response) {
  AkApiRequest request = {.lang = ak_negotiate_lang(call->accept_language, call->lang)};
  ak_api_refuse(&request, response, AK_PROBLEM_BUSY, "api.detail.busy", most);
  write_problem(response, request.lang);
}
