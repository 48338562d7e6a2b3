#include "probe/client.h"

#include <string.h>

#define PIECE 16384
#define EVIDENCE_BODY 4096
#define MASK "*****"

static char *host_of(const AkPeer *peer, bool tls) {
  bool is_v6 = strchr(peer->address, ':') != NULL;
  g_autofree char *host = is_v6 ? g_strdup_printf("[%s]", peer->address) : g_strdup(peer->address);
  if (peer->port == (tls ? 443 : 80))
    return g_steal_pointer(&host);
  return g_strdup_printf("%s:%u", host, peer->port);
}

static bool receive_all(AkStream *stream, AkHttpParser *parser, GError **error) {
  guint8 piece[PIECE];
  while (!ak_http_parser_is_done(parser)) {
    gssize got = ak_stream_read(stream, piece, sizeof piece, error);
    if (got < 0 || (got > 0 && !ak_http_parser_feed(parser, piece, (gsize)got, error)) ||
        (got == 0 && !ak_http_parser_close(parser, error)))
      return false;
  }
  return true;
}

/* HTTP that goes wrong after its status line is still HTTP: another code than for what is none. */
static AkHttpResponse *receive(AkStream *stream, bool head, GError **error) {
  g_autoptr(AkHttpParser) parser = ak_http_parser_new(AK_CLIENT_MAX_BODY, head);
  g_autoptr(GError) failure = NULL;
  if (receive_all(stream, parser, &failure))
    return ak_http_parser_take(parser);
  bool is_http = ak_http_parser_saw_status(parser);
  if (is_http && (g_error_matches(failure, AK_ERROR, AK_ERROR_INVALID_DATA) ||
                  g_error_matches(failure, AK_ERROR, AK_ERROR_IO)))
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "%s", failure->message);
  else
    g_propagate_error(error, g_steal_pointer(&failure));
  return NULL;
}

AkHttpResponse *ak_client_send(const AkPeer *peer, bool tls, const AkHttpRequest *request,
                               gint64 *took_us, GError **error) {
  g_autofree char *host = host_of(peer, tls);
  AkHttpRequest whole = *request;
  whole.host = host;
  gsize size = 0;
  g_autofree char *bytes = ak_http_request_build(&whole, &size, error);
  gint64 begin_us = g_get_monotonic_time();
  g_autoptr(AkStream) stream = bytes != NULL ? ak_stream_open(peer, tls, NULL, error) : NULL;
  if (stream == NULL || !ak_stream_write(stream, bytes, size, error))
    return NULL;
  AkHttpResponse *response = receive(stream, strcmp(request->method, "HEAD") == 0, error);
  if (took_us != NULL)
    *took_us = g_get_monotonic_time() - begin_us;
  return response;
}

AkHttpResponse *ak_client_get(const AkPeer *peer, bool tls, const char *target, GError **error) {
  AkHttpRequest request = {.method = "GET", .target = target};
  return ak_client_send(peer, tls, &request, NULL, error);
}

/* --- redirects -------------------------------------------------------------------------------- */

static AkRedirect redirect_kind(const AkPeer *peer, bool tls, GUri *to) {
  const char *host = g_uri_get_host(to), *scheme = g_uri_get_scheme(to);
  bool to_tls = g_strcmp0(scheme, "https") == 0;
  if (host == NULL || (!to_tls && g_strcmp0(scheme, "http") != 0))
    return AK_REDIRECT_NONE;
  if (strcmp(host, peer->address) != 0)
    return AK_REDIRECT_OUTSIDE;
  gint port = g_uri_get_port(to) > 0 ? g_uri_get_port(to) : to_tls ? 443 : 80;
  return to_tls == tls && port == (gint)peer->port ? AK_REDIRECT_INSIDE : AK_REDIRECT_BESIDE;
}

AkRedirect ak_client_redirect(const AkPeer *peer, bool tls, const char *from,
                              const AkHttpResponse *response, char **target) {
  const char *location = ak_http_response_header(response, "Location");
  if (response->status < 300 || response->status > 399 || location == NULL)
    return AK_REDIRECT_NONE;
  g_autofree char *host = host_of(peer, tls);
  g_autofree char *base_text = g_strdup_printf("%s://%s%s", tls ? "https" : "http", host, from);
  g_autoptr(GUri) base = g_uri_parse(base_text, G_URI_FLAGS_ENCODED, NULL);
  g_autoptr(GUri) to =
      base != NULL ? g_uri_parse_relative(base, location, G_URI_FLAGS_ENCODED, NULL) : NULL;
  if (to == NULL)
    return AK_REDIRECT_NONE;
  AkRedirect kind = redirect_kind(peer, tls, to);
  const char *path = g_uri_get_path(to), *query = g_uri_get_query(to);
  if (kind == AK_REDIRECT_INSIDE)
    *target = g_strdup_printf("%s%s%s", path != NULL && *path == '/' ? path : "/",
                              query != NULL ? "?" : "", query != NULL ? query : "");
  else if (kind != AK_REDIRECT_NONE)
    *target = g_strdup_printf("%s://%s:%d", g_uri_get_scheme(to), g_uri_get_host(to),
                              g_uri_get_port(to));
  return kind;
}

/* --- evidence ------------------------------------------------------------------------------------ */

static bool is_secret_header(const char *name) {
  static const char *const parts[] = {"cookie", "authorization", "authentication-info", "token",
                                      "session", "api-key"};
  g_autofree char *lower = g_ascii_strdown(name, -1);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (strstr(lower, parts[i]) != NULL)
      return true;
  return false;
}

static void append_safe(GString *out, const char *text, gsize size) {
  g_auto(AkValue) safe = ak_value_text_from_bytes(text, size, 1024);
  g_string_append(out, safe.text);
}

static void append_header(GString *out, const AkHttpHeader *header) {
  append_safe(out, header->name, strlen(header->name));
  g_string_append(out, ": ");
  bool is_url = g_ascii_strcasecmp(header->name, "Location") == 0 ||
                g_ascii_strcasecmp(header->name, "Refresh") == 0;
  gsize shown = is_url ? strcspn(header->value, "?;") : strlen(header->value);
  if (is_secret_header(header->name)) {
    g_string_append(out, MASK);
  } else {
    append_safe(out, header->value, shown);
    g_string_append(out, header->value[shown] != '\0' ? "?" MASK : "");
  }
  g_string_append_c(out, '\n');
}

/* Many devices write the session's id into their pages as well. */
static void mask_cookies(GString *text, const AkHttpResponse *response) {
  for (guint i = 0; i < response->headers->len; i++) {
    const AkHttpHeader *header = response->headers->pdata[i];
    if (g_ascii_strcasecmp(header->name, "Set-Cookie") != 0)
      continue;
    const char *equals = strchr(header->value, '=');
    g_autofree char *value =
        equals != NULL ? g_strndup(equals + 1, strcspn(equals + 1, ";")) : NULL;
    if (value != NULL && strlen(value) >= 4)
      g_string_replace(text, value, MASK, 0);
  }
}

char *ak_client_evidence(const AkHttpRequest *request, const AkHttpResponse *response,
                         bool with_body) {
  GString *out = g_string_new(NULL);
  gsize path = strcspn(request->target, "?");
  g_string_append_printf(out, "%s %.*s%s\n", request->method, (int)path, request->target,
                         request->target[path] != '\0' ? "?" MASK : "");
  if (request->authorization != NULL)
    g_string_append(out, "Authorization: " MASK "\n");
  if (request->cookie != NULL)
    g_string_append(out, "Cookie: " MASK "\n");
  g_string_append_printf(out, "%s\nHTTP/1.%u %u\n", request->body != NULL ? "(form)\n" : "",
                         response->minor, response->status);
  for (guint i = 0; i < response->headers->len; i++)
    append_header(out, response->headers->pdata[i]);
  g_string_append_printf(out, "\n(%u bytes%s)\n", response->body->len,
                         response->body_cut ? ", cut" : "");
  if (with_body) {
    g_autoptr(GString) body = g_string_new_len((const char *)response->body->data,
                                               (gssize)MIN(response->body->len, EVIDENCE_BODY));
    mask_cookies(body, response);
    g_string_append_len(out, body->str, (gssize)body->len);
  }
  return g_string_free(out, FALSE);
}
