/* The worker on the real thing: each way to misbehave, and what the parent sees of it. */
#include "sandbox/worker.h"

#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "net/net.h"
#include "sandbox/lock.h"

static bool keep_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                      GError **error) {
  return ak_sink_collector_backend.blob(data, bytes, size, digest, error);
}

static bool keep_observation(gpointer data, const AkObservation *observation, GError **error) {
  return ak_sink_collector_backend.observe(data, observation, error);
}

typedef struct {
  AkWorkerEnd end;
  char *reason;
  AkSinkCollector *seen;
} Outcome;

static void outcome_clear(Outcome *self) {
  g_free(self->reason);
  ak_sink_collector_free(self->seen);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

static Outcome run_act(const char *act, AkWorkerSpec spec, AkNet *net, int port) {
  Outcome outcome = {.seen = ak_sink_collector_new()};
  g_autoptr(json_t) request = json_pack("{s:s, s:[s], s:i}", "act", act, "tests",
                                        "sandbox.selftest", "port", port);
  AkWorkerHandler handler = {.blob = keep_blob, .observe = keep_observation, .net = net};
  spec.job = "sandbox/selftest";
  spec.request = request;
  if (spec.wall_ms == 0)
    spec.wall_ms = 20000;
  g_autoptr(GError) error = NULL;
  g_assert_true(
      ak_worker_run(&spec, &handler, outcome.seen, &outcome.end, &outcome.reason, &error));
  g_assert_no_error(error);
  if (outcome.reason != NULL)
    g_test_message("%s: %s: %s", act, ak_worker_end_name(outcome.end), outcome.reason);
  return outcome;
}

static Outcome run_simple(const char *act) {
  return run_act(act, (AkWorkerSpec){.input_fd = -1}, NULL, 0);
}

static void test_observations_and_evidence_arrive(void) {
  g_auto(Outcome) outcome = run_simple("observe");
  g_assert_cmpint(outcome.end, ==, AK_WORKER_DONE);
  g_assert_null(outcome.reason);
  const AkObservation *seen = ak_sink_collector_find(outcome.seen, "selftest.value", NULL);
  g_assert_cmpstr(seen->value.text, ==, "hello");
  g_assert_cmpuint(g_hash_table_size(outcome.seen->blobs), ==, 1);
  g_auto(Outcome) big = run_simple("big-blob");
  g_assert_cmpint(big.end, ==, AK_WORKER_DONE);
}

static void test_the_input_is_readable(void) {
  int ends[2];
  g_assert_cmpint(pipe(ends), ==, 0);
  g_assert_cmpint(write(ends[1], "input", 5), ==, 5);
  close(ends[1]);
  g_auto(Outcome) outcome =
      run_act("read-input", (AkWorkerSpec){.input_fd = ends[0]}, NULL, 0);
  close(ends[0]);
  g_assert_cmpint(outcome.end, ==, AK_WORKER_DONE);
}

/* Under the address sanitizer forbidden calls fail instead of ending the process. */
static void assert_forbidden(const char *act) {
  g_auto(Outcome) outcome = run_simple(act);
  if (ak_lock_is_sanitized()) {
    g_assert_cmpint(outcome.end, ==, AK_WORKER_FAILED);
    return;
  }
  g_assert_cmpint(outcome.end, ==, AK_WORKER_CRASHED);
  g_assert_nonnull(strstr(outcome.reason, "SIGSYS"));
}

static void test_no_file_socket_process_or_code(void) {
  assert_forbidden("open-file");
  assert_forbidden("open-socket");
  assert_forbidden("fork");
  assert_forbidden("executable");
}

static void test_memory_is_limited(void) {
  if (ak_lock_is_sanitized()) {
    g_test_skip("the address sanitizer needs unlimited address space");
    return;
  }
  g_auto(Outcome) outcome = run_simple("use-memory");
  g_assert_cmpint(outcome.end, ==, AK_WORKER_FAILED);
  g_assert_nonnull(strstr(outcome.reason, "no more memory"));
}

static void test_time_is_limited(void) {
  g_auto(Outcome) outcome =
      run_act("loop", (AkWorkerSpec){.input_fd = -1, .wall_ms = 500}, NULL, 0);
  g_assert_cmpint(outcome.end, ==, AK_WORKER_TIMED_OUT);
}

static void test_failures_are_told_apart(void) {
  g_auto(Outcome) failed = run_simple("fail");
  g_assert_cmpint(failed.end, ==, AK_WORKER_FAILED);
  g_assert_cmpstr(failed.reason, ==, "told to fail \\x1b[31m");
  g_auto(Outcome) crashed = run_simple("crash");
  g_assert_cmpint(crashed.end, ==, AK_WORKER_CRASHED);
  g_auto(Outcome) left = run_simple("leave");
  g_assert_cmpint(left.end, ==, AK_WORKER_CRASHED);
}

static void test_lies_are_found_out(void) {
  const char *lies[] = {"garbage", "false-digest", "sequence", "undeclared", "ask-network"};
  for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
    g_auto(Outcome) outcome = run_simple(lies[i]);
    g_assert_cmpint(outcome.end, ==, AK_WORKER_CRASHED);
    g_assert_cmpuint(outcome.seen->observations->len, ==, 0);
  }
}

/* --- a played net: the parent makes one real connection ------------------------------------------- */

static int connect_real(AkNet *self, const char *address, guint16 port, guint timeout_ms,
                        GError **error) {
  if (port == 1) {
    ak_error_set(error, AK_ERROR_PERMISSION, "%s is outside the authorization", address);
    return -1;
  }
  g_autoptr(GSocketClient) client = g_socket_client_new();
  g_autoptr(GSocketConnection) connection =
      g_socket_client_connect_to_host(client, address, port, NULL, error);
  return connection != NULL
             ? dup(g_socket_get_fd(g_socket_connection_get_socket(connection)))
             : -1;
}

static const AkNetClass real_class = {.connect = connect_real};

static void test_the_parent_connects(void) {
  AkNet net = {.class = &real_class};
  g_autoptr(GSocketListener) listener = g_socket_listener_new();
  guint16 port = g_socket_listener_add_any_inet_port(listener, NULL, NULL);
  g_assert_cmpuint(port, >, 0);
  g_auto(Outcome) outcome =
      run_act("connect", (AkWorkerSpec){.input_fd = -1, .has_network = true}, &net, port);
  g_assert_cmpint(outcome.end, ==, AK_WORKER_DONE);
  g_autoptr(GSocketConnection) taken = g_socket_listener_accept(listener, NULL, NULL, NULL);
  char said[6] = {0};
  GInputStream *stream = g_io_stream_get_input_stream(G_IO_STREAM(taken));
  g_assert_cmpint(g_input_stream_read(stream, said, 5, NULL, NULL), ==, 5);
  g_assert_cmpstr(said, ==, "hello");
  g_auto(Outcome) refused =
      run_act("connect", (AkWorkerSpec){.input_fd = -1, .has_network = true}, &net, 1);
  g_assert_cmpint(refused.end, ==, AK_WORKER_FAILED);
  g_assert_cmpstr(refused.reason, ==, "127.0.0.1 is outside the authorization");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ak_worker_set_program(g_getenv("AKASHI_PROGRAM"));
  g_test_add_func("/worker/observations", test_observations_and_evidence_arrive);
  g_test_add_func("/worker/input", test_the_input_is_readable);
  g_test_add_func("/worker/forbidden", test_no_file_socket_process_or_code);
  g_test_add_func("/worker/memory", test_memory_is_limited);
  g_test_add_func("/worker/time", test_time_is_limited);
  g_test_add_func("/worker/failures", test_failures_are_told_apart);
  g_test_add_func("/worker/lies", test_lies_are_found_out);
  g_test_add_func("/worker/connect", test_the_parent_connects);
  return g_test_run();
}
