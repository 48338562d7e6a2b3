/* A server asked by raw bytes over a socket; for *-test.c only. */
#pragma once

#include <gio/gio.h>
#include <string.h>

/* Everything that the server says until it closes; "" if it closes without a word. */
static inline char *test_client_ask(guint16 port, const char *bytes, gsize size) {
  g_autoptr(GSocketClient) client = g_socket_client_new();
  g_socket_client_set_timeout(client, 20);
  g_autoptr(GError) error = NULL;
  g_autoptr(GSocketConnection) connection =
      g_socket_client_connect_to_host(client, "127.0.0.1", port, NULL, &error);
  g_assert_no_error(error);
  GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
  g_output_stream_write_all(out, bytes, size, NULL, NULL, NULL);
  g_socket_shutdown(g_socket_connection_get_socket(connection), FALSE, TRUE, NULL);
  GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
  g_autoptr(GString) said = g_string_new(NULL);
  char buffer[4096];
  gssize got;
  while ((got = g_input_stream_read(in, buffer, sizeof buffer, NULL, &error)) > 0)
    g_string_append_len(said, buffer, got);
  /* A server that refuses may reset the connection; one that leaves a client waiting which has said all is wrong. */
  g_assert_false(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT));
  return g_string_free(g_steal_pointer(&said), FALSE);
}

/* The answer to GET of `path`. */
static inline char *test_client_get(guint16 port, const char *path) {
  g_autofree char *request = g_strdup_printf(
      "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
  return test_client_ask(port, request, strlen(request));
}

static inline guint test_client_status(const char *answer) {
  return g_str_has_prefix(answer, "HTTP/1.1 ") ? (guint)g_ascii_strtoull(answer + 9, NULL, 10) : 0;
}
