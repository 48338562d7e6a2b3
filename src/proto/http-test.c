#include "proto/http.h"

#include <string.h>

/* The response in `text`, fed `step` bytes at a time and then closed; NULL with `code` on error. */
static AkHttpResponse *parse_in_steps(const char *text, gsize size, gsize step, GError **error) {
  g_autoptr(AkHttpParser) parser = ak_http_parser_new(1000, false);
  for (gsize at = 0; at < size; at += step)
    if (!ak_http_parser_feed(parser, text + at, MIN(step, size - at), error))
      return NULL;
  return ak_http_parser_close(parser, error) ? ak_http_parser_take(parser) : NULL;
}

static AkHttpResponse *parse(const char *text) {
  return parse_in_steps(text, strlen(text), strlen(text), NULL);
}

static const struct {
  const char *text;
  guint status;
  const char *body;
  bool cut;
} valid[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello extra", 200, "hello", false},
    {"HTTP/1.0 200 OK\r\n\r\nuntil close", 200, "until close", false},
    {"HTTP/1.1 401\r\nContent-Length: 0\r\n\r\n", 401, "", false},
    {"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "ok", false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n"
     "T: 1\r\n\r\n",
     200, "hello world", false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, "x", false},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", 302, "", false},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", 200, "hello", true},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello", 200, "hello", true},
};

static void test_valid_in_any_steps(void) {
  static const gsize steps[] = {1, 2, 7, 10000};
  for (gsize i = 0; i < G_N_ELEMENTS(valid); i++)
    for (gsize s = 0; s < G_N_ELEMENTS(steps); s++) {
      g_autoptr(GError) error = NULL;
      g_autoptr(AkHttpResponse) response =
          parse_in_steps(valid[i].text, strlen(valid[i].text), steps[s], &error);
      g_assert_no_error(error);
      g_assert_cmpuint(response->status, ==, valid[i].status);
      g_assert_cmpstr((const char *)response->body->data, ==, valid[i].body);
      g_assert_cmpint(response->body_cut, ==, valid[i].cut);
    }
}

static const struct {
  const char *text;
  AkErrorCode code;
} invalid[] = {
    {"", AK_ERROR_INVALID_DATA},
    {"SSH-2.0-OpenSSH_9.2\r\n", AK_ERROR_INVALID_DATA},
    {"\x15\x03\x01\x00\x02\x02\x28", AK_ERROR_INVALID_DATA},
    {"HTTP/2.0 200 OK\r\n\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 20 OK\r\n\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 2000 OK\r\n\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 099 OK\r\n\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 200 OK\r\n: no name\r\n\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 200 OK\r\n folded first\r\n\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffff\r\n", AK_ERROR_INVALID_DATA},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n", AK_ERROR_INVALID_DATA},
};

static void test_invalid(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(invalid); i++) {
    g_autoptr(GError) error = NULL;
    g_test_message("%s", invalid[i].text);
    g_assert_null(parse_in_steps(invalid[i].text, strlen(invalid[i].text), 1, &error));
    g_assert_error(error, AK_ERROR, (gint)invalid[i].code);
  }
}

static void test_nul_in_a_header(void) {
  static const char text[] = "HTTP/1.1 200 OK\r\nServer: a\0b\r\n\r\n";
  g_autoptr(GError) error = NULL;
  g_assert_null(parse_in_steps(text, sizeof text - 1, 5, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

/* Whatever is missing at the end, nothing is made up: a prefix is an error or a cut or shorter body. */
static void test_truncated_at_every_byte(void) {
  const char *text = "HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "5\r\nhello\r\n0\r\n\r\n";
  gsize head = (gsize)(strstr(text, "\r\n\r\n") - text) + 4;
  for (gsize size = 0; size < strlen(text); size++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkHttpResponse) response = parse_in_steps(text, size, 3, &error);
    g_assert_cmpint(response == NULL, ==, size < head);
    if (response != NULL)
      g_assert_true(response->body_cut && g_str_has_prefix("hello", (char *)response->body->data));
  }
}

static void test_headers_are_found_in_any_case(void) {
  g_autoptr(AkHttpResponse) response =
      parse("HTTP/1.1 200 OK\r\nsErVer:  lighttpd/1.4 \r\nX: a\r\n\tb\r\n\r\n");
  g_assert_cmpstr(ak_http_response_header(response, "Server"), ==, "lighttpd/1.4");
  g_assert_cmpstr(ak_http_response_header(response, "x"), ==, "a b");
  g_assert_null(ak_http_response_header(response, "Date"));
}

/* Feeds `piece` again and again after `head`; the parser must refuse before 1 MiB. */
static void assert_limited(const char *head, const char *piece) {
  g_autoptr(AkHttpParser) parser = ak_http_parser_new(1000, false);
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_http_parser_feed(parser, head, strlen(head), NULL));
  gsize fed = 0;
  while (fed < 1024 * 1024 && ak_http_parser_feed(parser, piece, strlen(piece), &error))
    fed += strlen(piece);
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

static void test_endless_input_is_refused(void) {
  assert_limited("HTTP/1.1 200 OK\r\n", "X: y\r\n");
  assert_limited("HTTP/1.1 200 OK\r\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  assert_limited("HTTP/1.1 200 OK\r\nA: b\r\n", " folded and folded and folded again\r\n");
  assert_limited("", "HTTP/1.1 100 Continue\r\n\r\n");
  assert_limited("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "T: trailer\r\n");
}

static void test_a_long_body_is_cut(void) {
  g_autoptr(AkHttpParser) parser = ak_http_parser_new(10, false);
  const char *head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n";
  g_assert_true(ak_http_parser_feed(parser, head, strlen(head), NULL));
  g_assert_false(ak_http_parser_is_done(parser));
  g_assert_true(ak_http_parser_feed(parser, "0123456789abcdef", 16, NULL));
  g_assert_true(ak_http_parser_is_done(parser));
  g_autoptr(AkHttpResponse) response = ak_http_parser_take(parser);
  g_assert_true(response->body_cut);
  g_assert_cmpstr((char *)response->body->data, ==, "0123456789");
  g_assert_null(ak_http_parser_take(parser));
}

static void test_requests(void) {
  gsize size = 0;
  AkHttpRequest request = {.method = "POST", .host = "192.0.2.1", .target = "/login?a=b",
                           .cookie = "s=1", .body = "user=a"};
  g_autofree char *text = ak_http_request_build(&request, &size, NULL);
  g_assert_cmpuint(size, ==, strlen(text));
  g_assert_cmpstr(text, ==,
                  "POST /login?a=b HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: akashi\r\n"
                  "Accept: */*\r\nCookie: s=1\r\n"
                  "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n"
                  "Connection: close\r\n\r\nuser=a");
}

static void test_requests_cannot_be_split(void) {
  static const AkHttpRequest requests[] = {
      {"GET", "h", "/a\r\nX: y", NULL, NULL, NULL},
      {"GET", "h", "/a b", NULL, NULL, NULL},
      {"GET", "h", "a", NULL, NULL, NULL},
      {"GET", "h\n", "/", NULL, NULL, NULL},
      {"GET", "h", "/", "Basic\r\nX: y", NULL, NULL},
      {"GET", "h", "/", NULL, "a=b\nX: y", NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(requests); i++) {
    gsize size = 0;
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_http_request_build(&requests[i], &size, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http/valid", test_valid_in_any_steps);
  g_test_add_func("/http/invalid", test_invalid);
  g_test_add_func("/http/nul", test_nul_in_a_header);
  g_test_add_func("/http/truncated", test_truncated_at_every_byte);
  g_test_add_func("/http/headers", test_headers_are_found_in_any_case);
  g_test_add_func("/http/endless", test_endless_input_is_refused);
  g_test_add_func("/http/long-body", test_a_long_body_is_cut);
  g_test_add_func("/http/requests", test_requests);
  g_test_add_func("/http/split", test_requests_cannot_be_split);
  return g_test_run();
}
