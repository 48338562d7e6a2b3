#include "effect/http-answer.h"

#include <string.h>

typedef struct {
  const char *text;
  AkHttpAnswerEnd end; /* with all of it, and the connection open */
  guint status;
  gsize length; /* 0: all of it */
  bool keeps;
} Row;

static const Row rows[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", AK_HTTP_ANSWER_DONE, 200, 0, true},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500", AK_HTTP_ANSWER_DONE, 200, 40,
     true},
    {"HTTP/1.1 403 Forbidden\ncontent-length:0\nconnection: Close\n\n", AK_HTTP_ANSWER_DONE, 403, 0,
     false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", AK_HTTP_ANSWER_DONE, 200, 0, false},
    {"HTTP/1.1 204 No Content\r\n\r\n", AK_HTTP_ANSWER_DONE, 204, 0, true},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n",
     AK_HTTP_ANSWER_DONE, 200, 0, true},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
     AK_HTTP_ANSWER_DONE, 302, 0, true},
    {"HTTP/1.1 200 OK\r\n\r\nuntil the end", AK_HTTP_ANSWER_MORE, 200, 0, true},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour", AK_HTTP_ANSWER_MORE, 200, 0, true},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
     AK_HTTP_ANSWER_BROKEN, 0, 0, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n", AK_HTTP_ANSWER_BROKEN, 0, 0, false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", AK_HTTP_ANSWER_BROKEN, 0, 0,
     false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", AK_HTTP_ANSWER_BROKEN, 0, 0,
     false},
    {"HTTP/2.0 200 OK\r\n\r\n", AK_HTTP_ANSWER_BROKEN, 0, 0, false},
    {"SSH-2.0-x\r\n", AK_HTTP_ANSWER_BROKEN, 0, 0, false},
};

static void check(const Row *row) {
  gsize size = strlen(row->text);
  AkHttpAnswer answer = {0};
  AkHttpAnswerEnd end = ak_http_answer_scan(&answer, row->text, size, false, false);
  g_assert_cmpint(end, ==, row->end);
  if (end != AK_HTTP_ANSWER_DONE)
    return;
  g_assert_cmpuint(answer.status, ==, row->status);
  g_assert_cmpuint(answer.length, ==, row->length > 0 ? row->length : size);
  g_assert_cmpint(answer.keeps, ==, row->keeps);
}

/* Cut anywhere, it is never taken for whole; given byte by byte, it ends at the same place. */
static void check_cut(const Row *row) {
  gsize size = strlen(row->text), whole = row->length > 0 ? row->length : size;
  AkHttpAnswer carried = {0};
  for (gsize cut = 0; cut <= whole; cut++) {
    AkHttpAnswer fresh = {0};
    AkHttpAnswerEnd end = ak_http_answer_scan(&fresh, row->text, cut, false, false);
    g_assert_cmpint(end, ==, cut < whole ? AK_HTTP_ANSWER_MORE : AK_HTTP_ANSWER_DONE);
    g_assert_cmpint(ak_http_answer_scan(&carried, row->text, cut, false, false), ==, end);
  }
}

static void test_rows(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    check(&rows[i]);
    if (rows[i].end == AK_HTTP_ANSWER_DONE)
      check_cut(&rows[i]);
  }
}

static void test_close(void) {
  static const char open[] = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
  static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour";
  AkHttpAnswer answer = {0}, other = {0}, head = {0};
  g_assert_cmpint(ak_http_answer_scan(&answer, open, sizeof open - 1, false, true), ==,
                  AK_HTTP_ANSWER_DONE);
  g_assert_cmpuint(answer.length, ==, sizeof open - 1);
  g_assert_false(answer.keeps);
  g_assert_cmpint(ak_http_answer_scan(&other, cut, sizeof cut - 1, false, true), ==,
                  AK_HTTP_ANSWER_BROKEN);
  g_assert_cmpint(ak_http_answer_scan(&head, cut, sizeof cut - 1, true, false), ==,
                  AK_HTTP_ANSWER_DONE); /* of a HEAD request: the length speaks of no body */
}

static void test_header(void) {
  static const char head[] = "HTTP/1.1 200 OK\r\nA: one\r\nX-Akashi-Target:  1 \r\n\r\n";
  gsize length = 0;
  const char *value = ak_http_answer_header(head, sizeof head - 1, "x-akashi-target", &length);
  g_assert_nonnull(value);
  g_assert_cmpmem(value, length, "1", 1);
  g_assert_null(ak_http_answer_header(head, sizeof head - 1, "Akashi-Target", &length));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/http-answer/rows", test_rows);
  g_test_add_func("/effect/http-answer/close", test_close);
  g_test_add_func("/effect/http-answer/header", test_header);
  return g_test_run();
}
