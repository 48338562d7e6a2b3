#include "web/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

#include "web/api-door.h"
#include "web/api/api.h"
#include "web/page.h"
#include "web/post.h"

#define THREADS 2
#define MAX_CONNECTIONS 256
#define TIMEOUT_S 30

struct _AkServer {
  AkWorkspace *workspace;
  struct MHD_Daemon *daemon;
  char *token;
  char *host; /* the numeric address that we listen on */
  bool loopback;
  char *report_policy;
  AkLang lang;
  char *form_key; /* of this process: forms that change something must hold it */
  AkStreams *streams;
};

#define POLICY_END "; base-uri 'none'; frame-ancestors 'none'"

/* Pages hold no script and no style of their own, and load nothing from elsewhere. Source: W3C Content
 * Security Policy Level 3. */
static const char page_policy[] = "default-src 'none'; style-src 'self'; form-action 'self'" POLICY_END;

/* The one page with a script: ours, which listens to events of ours. */
static const char script_policy[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'" POLICY_END;

static const struct {
  const char *name, *value;
} headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

/* A report carries its style sheet inside: the program's own, known by its digest, is let through, and
 * nothing else. What a report quotes came from devices, so it is put into a sandbox as well. */
static char *report_policy(void) {
  g_autoptr(GBytes) css = g_resources_lookup_data("/akashi/report/report.css", 0, NULL);
  if (css == NULL)
    return g_strdup("sandbox; default-src 'none'; form-action 'none'" POLICY_END);
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  g_checksum_update(sum, g_bytes_get_data(css, NULL), (gssize)g_bytes_get_size(css));
  guint8 digest[32];
  gsize size = sizeof digest;
  g_checksum_get_digest(sum, digest, &size);
  g_autofree char *text = g_base64_encode(digest, size);
  return g_strdup_printf("sandbox; default-src 'none'; style-src 'sha256-%s'; form-action 'none'" POLICY_END, text);
}

/* --- one request ------------------------------------------------------------------------------------ */

static enum MHD_Result send_response(struct MHD_Connection *connection,
                                     const AkServer *self, const AkPageResponse *page) {
  gsize size = 0;
  const void *body = g_bytes_get_data(page->body, &size);
  struct MHD_Response *response =
      MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_MUST_COPY);
  for (gsize i = 0; i < G_N_ELEMENTS(headers); i++)
    MHD_add_response_header(response, headers[i].name, headers[i].value);
  MHD_add_response_header(response, "Content-Security-Policy",
                          page->report   ? self->report_policy
                          : page->script ? script_policy
                                         : page_policy);
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page->content_type);
  if (page->status == MHD_HTTP_METHOD_NOT_ALLOWED)
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  if (page->location != NULL)
    MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, page->location);
  if (page->download != NULL) {
    g_autofree char *name = g_uri_escape_string(page->download, NULL, FALSE);
    g_autofree char *value = g_strdup_printf("attachment; filename=\"%s\"", name);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, value);
  }
  if (page->status == MHD_HTTP_UNAUTHORIZED)
    MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
  enum MHD_Result sent = MHD_queue_response(connection, page->status, response);
  MHD_destroy_response(response);
  return sent;
}

static enum MHD_Result add_query(void *data, enum MHD_ValueKind kind, const char *key,
                                 const char *value) {
  g_autofree char *decoded = value != NULL ? g_uri_unescape_string(value, NULL) : NULL;
  if (decoded != NULL && g_utf8_validate(key, -1, NULL) && g_utf8_validate(decoded, -1, NULL))
    g_hash_table_insert(data, g_strdup(key), g_steal_pointer(&decoded));
  return MHD_YES;
}

/* Nothing is decoded before the path is split: the routes decode each part once, and refuse a slash or
 * a zero byte in it. */
static size_t leave_encoded(void *data, struct MHD_Connection *connection, char *text) {
  return strlen(text);
}

static const char *header_of(struct MHD_Connection *connection, const char *name) {
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static AkLang lang_of(const AkServer *self, struct MHD_Connection *connection,
                      GHashTable *query) {
  const char *asked = g_hash_table_lookup(query, "lang");
  if (asked != NULL)
    return ak_lang_from_name(asked);
  const char *accepted = header_of(connection, MHD_HTTP_HEADER_ACCEPT_LANGUAGE);
  return accepted != NULL ? ak_lang_from_name(accepted) : self->lang;
}

/* A page of another site may let a browser ask under a name of its own that resolves to loopback
 * (DNS rebinding): on loopback only the names of loopback are answered. */
static bool host_is_ours(const AkServer *self, struct MHD_Connection *connection) {
  const char *host = header_of(connection, MHD_HTTP_HEADER_HOST);
  if (!self->loopback || host == NULL)
    return true;
  static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
  const char *colon = strrchr(host, ':');
  gsize length = colon != NULL && strchr(colon, ']') == NULL ? (gsize)(colon - host) : strlen(host);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (length == strlen(names[i]) && strncmp(host, names[i], length) == 0)
      return true;
  return length == strlen(self->host) && strncmp(host, self->host, length) == 0;
}

/* Compares without telling by time how much is right. */
static bool is_equal_secret(const char *given, const char *secret) {
  gsize length = strlen(secret), given_length = strlen(given);
  guint8 difference = given_length != length;
  for (gsize i = 0; i < length; i++)
    difference |= (guint8)(secret[i] ^ (given_length > 0 ? given[i % given_length] : 0));
  return difference == 0;
}

static bool is_allowed(const AkServer *self, struct MHD_Connection *connection) {
  if (self->token == NULL)
    return true;
  const char *given = header_of(connection, MHD_HTTP_HEADER_AUTHORIZATION);
  if (given != NULL && g_str_has_prefix(given, "Bearer "))
    return is_equal_secret(given + strlen("Bearer "), self->token);
  char *password = NULL;
  char *user = MHD_basic_auth_get_username_password(connection, &password);
  bool ok = password != NULL && is_equal_secret(password, self->token);
  MHD_free(user);
  MHD_free(password);
  return ok;
}

static guint status_of(const GError *error) {
  if (g_error_matches(error, AK_ERROR, AK_ERROR_NOT_FOUND))
    return MHD_HTTP_NOT_FOUND;
  if (g_error_matches(error, AK_ERROR, AK_ERROR_CONFIG) ||
      g_error_matches(error, AK_ERROR, AK_ERROR_INVALID_DATA))
    return MHD_HTTP_BAD_REQUEST;
  if (g_error_matches(error, AK_ERROR, AK_ERROR_CONFLICT))
    return MHD_HTTP_CONFLICT;
  return MHD_HTTP_INTERNAL_SERVER_ERROR;
}

static void make_page(AkPageRequest *request, AkPageResponse *response) {
  const AkRoute *route = ak_web_route_find(ak_web_routes, request->path, &request->parameters);
  g_autoptr(GError) error = NULL;
  if (route == NULL)
    ak_page_error(request, MHD_HTTP_NOT_FOUND, request->path, response);
  else if (request->form != NULL && !route->takes_post)
    ak_page_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "POST", response);
  else if (!route->handler(request, response, &error))
    ak_page_error(request, status_of(error), error->message, response);
}

/* Was the form sent by a page of ours? A page of another site cannot read the key, and browsers tell from where they
 * send. Source: W3C Fetch Metadata Request Headers, 2.4; RFC 6454, 7. */
static bool is_own_form(const AkServer *self, struct MHD_Connection *connection, GHashTable *form) {
  const char *key = g_hash_table_lookup(form, "key"), *site = header_of(connection, "Sec-Fetch-Site");
  const char *origin = header_of(connection, MHD_HTTP_HEADER_ORIGIN), *host = header_of(connection, MHD_HTTP_HEADER_HOST);
  if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
    return false;
  const char *named = origin != NULL ? strstr(origin, "://") : NULL; /* "null" tells nothing */
  if (site == NULL && named != NULL && g_strcmp0(named + strlen("://"), host) != 0)
    return false;
  return key != NULL && is_equal_secret(key, self->form_key);
}

static void answer_form(AkServer *self, struct MHD_Connection *connection, AkPost *post, AkPageRequest *request,
                        AkPageResponse *response) {
  GHashTable *form = ak_post_fields(post);
  const char *text_id = ak_post_status(post) == MHD_HTTP_CONTENT_TOO_LARGE ? "web.form-too-large" : "web.no-form";
  if (ak_post_status(post) != MHD_HTTP_OK)
    ak_page_error(request, ak_post_status(post), ak_text(request->lang, text_id), response);
  else if (!is_own_form(self, connection, form))
    ak_page_error(request, MHD_HTTP_FORBIDDEN, ak_text(request->lang, "web.not-own-form"), response);
  else {
    request->form = form;
    make_page(request, response);
  }
}

static void answer_page(AkServer *self, struct MHD_Connection *connection, const char *method, AkPost *post,
                        AkPageRequest *request, AkPageResponse *response) {
  bool is_read = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
  if (!is_read && post == NULL)
    ak_page_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, method, response);
  else if (!host_is_ours(self, connection))
    ak_page_error(request, MHD_HTTP_MISDIRECTED_REQUEST, "Host", response);
  else if (!is_allowed(self, connection))
    ak_page_error(request, MHD_HTTP_UNAUTHORIZED, ak_text(request->lang, "web.token-needed"), response);
  else if (post != NULL)
    answer_form(self, connection, post, request, response);
  else
    make_page(request, response);
}

/* Is it a POST to a route that takes one, from somebody who may ask? Of all others no body is read. */
static bool is_form(AkServer *self, struct MHD_Connection *connection, const char *url, const char *method) {
  g_auto(GStrv) parameters = NULL;
  const AkRoute *route = NULL;
  if (strcmp(method, MHD_HTTP_METHOD_POST) != 0 || ak_api_is_path(url))
    return false;
  route = ak_web_route_find(ak_web_routes, url, &parameters);
  return route != NULL && route->takes_post && host_is_ours(self, connection) && is_allowed(self, connection);
}

static enum MHD_Result answer_whole(AkServer *self, struct MHD_Connection *connection, const char *url,
                                    const char *method, AkPost *post) {
  if (ak_api_is_path(url)) {
    AkApiDoor door = {.workspace = self->workspace,
                      .streams = self->streams,
                      .lang = self->lang,
                      .report_policy = self->report_policy,
                      .is_misdirected = !host_is_ours(self, connection),
                      .is_unauthorized = !is_allowed(self, connection)};
    return ak_api_door_answer(&door, connection, url, method);
  }
  g_autoptr(GHashTable) query = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_query, query);
  AkPageRequest request = {.workspace = self->workspace, .path = url, .query = query, .form_key = self->form_key};
  AkPageResponse response = {.status = MHD_HTTP_OK, .content_type = "text/html; charset=utf-8"};
  request.lang = lang_of(self, connection, query);
  answer_page(self, connection, method, post, &request, &response);
  enum MHD_Result sent = send_response(connection, self, &response);
  g_bytes_unref(response.body);
  g_free(response.location);
  g_strfreev(request.parameters);
  return sent;
}

/* Called once with the head of a request, then with each part of its body, then without one. */
static enum MHD_Result answer(void *data, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
  AkServer *self = data;
  AkPost *post = *state;
  if (post == NULL && is_form(self, connection, url, method)) {
    *state = ak_post_new(connection);
    return MHD_YES;
  }
  if (post != NULL && *upload_size > 0) {
    ak_post_take(post, upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
  }
  return answer_whole(self, connection, url, method, post);
}

static void on_completed(void *data, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
  ak_post_free(*state);
  *state = NULL;
}

/* 32 random bytes as hex; the caller's. */
static char *new_key(void) {
  guint8 bytes[32];
  GString *text = g_string_new(NULL);
  randombytes_buf(bytes, sizeof bytes);
  for (gsize i = 0; i < sizeof bytes; i++)
    g_string_append_printf(text, "%02x", bytes[i]);
  return g_string_free(text, FALSE);
}

/* --- the daemon ---------------------------------------------------------------------------------------- */

/* libmicrohttpd's own panic ends the process without a word. */
static void on_panic(void *data, const char *file, unsigned int line, const char *reason) {
  g_critical("libmicrohttpd: %s:%u: %s", file, line, reason != NULL ? reason : "panic");
}

typedef union {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} Address;

static bool parse_address(const char *text, guint16 port, Address *out, bool *loopback) {
  *out = (Address){0};
  if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(port);
    *loopback = (ntohl(out->v4.sin_addr.s_addr) >> 24) == 127;
    return true;
  }
  if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) != 1)
    return false;
  out->v6.sin6_family = AF_INET6;
  out->v6.sin6_port = htons(port);
  *loopback = IN6_IS_ADDR_LOOPBACK(&out->v6.sin6_addr);
  return true;
}

/* By poll and not by epoll: where a request's part and the end of what the client sends arrive together, libmicrohttpd
 * 0.9.75 reads the part, waits for an edge that has been, and holds the connection until its time is over. */
static struct MHD_Daemon *start_daemon(AkServer *self, const Address *address) {
  unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                   (address->any.sa_family == AF_INET6 ? (unsigned)MHD_USE_IPv6 : 0u);
  return MHD_start_daemon(flags, 0, NULL, NULL, answer, self, MHD_OPTION_SOCK_ADDR, &address->any,
                          MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL,
                          MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                          MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
                          MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
                          MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
}

AkServer *ak_server_start(AkWorkspace *workspace, const AkServerOptions *options,
                          GError **error) {
  const char *host = options->address != NULL ? options->address : "127.0.0.1";
  Address address;
  bool loopback = false;
  if (!parse_address(host, options->port, &address, &loopback)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s is no numeric address", host);
    return NULL;
  }
  if (!loopback && options->token == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG,
                 "%s is not loopback: --token-file with an access token is needed", host);
    return NULL;
  }
  if (!ak_microhttpd_load(error))
    return NULL;
  MHD_set_panic_func(on_panic, NULL);
  AkServer *self = g_new0(AkServer, 1);
  self->workspace = workspace;
  self->token = g_strdup(options->token);
  self->host = g_strdup(host);
  self->loopback = loopback;
  self->lang = options->lang;
  self->form_key = new_key();
  self->report_policy = report_policy();
  self->streams = ak_streams_new(workspace);
  errno = 0;
  self->daemon = start_daemon(self, &address);
  if (self->daemon != NULL)
    return self;
  ak_error_set(error, AK_ERROR_CONFLICT, "%s:%u cannot be listened on: %s", host,
               (guint)options->port, g_strerror(errno != 0 ? errno : EADDRINUSE));
  ak_server_stop(self);
  return NULL;
}

void ak_server_stop(AkServer *self) {
  if (self == NULL)
    return;
  ak_streams_close(self->streams);
  if (self->daemon != NULL)
    MHD_stop_daemon(self->daemon);
  ak_streams_free(self->streams);
  g_free(self->token);
  g_free(self->host);
  g_free(self->report_policy);
  g_free(self->form_key);
  g_free(self);
}

guint16 ak_server_port(const AkServer *self) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info != NULL ? info->port : 0;
}
