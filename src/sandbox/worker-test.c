/* The worker on the real thing: each way to misbehave, and what the parent sees of it. */
#include "sandbox/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
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

static gint64 cancelled_from_us; /* what the next workers' handlers say; 0: never */
static char *last_layers;        /* of the worker that was locked in last */

static bool say_cancelled(gpointer data) {
  return cancelled_from_us != 0 && g_get_monotonic_time() >= cancelled_from_us;
}

static void keep_layers(gpointer data, const char *layers) {
  g_free(last_layers);
  last_layers = g_strdup(layers);
}

/* What came of files, where the next workers may send any. */
static struct {
  bool are_taken;
  guint entries, ends;
  guint64 bytes;
} files;

static bool take_entry(gpointer data, const AkEntry *entry, GError **error) {
  files.entries++;
  return true;
}

static bool take_content(gpointer data, const void *bytes, gsize size, GError **error) {
  files.bytes += size;
  return true;
}

static bool take_entry_end(gpointer data, const AkDigest *digest, GError **error) {
  files.ends++;
  return true;
}

static Outcome run_act(const char *act, AkWorkerSpec spec, AkNet *net, int port) {
  Outcome outcome = {.seen = ak_sink_collector_new()};
  g_autoptr(json_t) request =
      json_pack("{s:s, s:[s], s:i}", "act", act, "tests", "sandbox.selftest", "port", port);
  AkWorkerHandler handler = {.blob = keep_blob,
                             .observe = keep_observation,
                             .net = net,
                             .cancelled = say_cancelled,
                             .locked = keep_layers};
  if (files.are_taken) {
    handler.entry = take_entry;
    handler.content = take_content;
    handler.entry_end = take_entry_end;
  }
  spec.job = "sandbox/selftest";
  spec.request = request;
  if (spec.wall_ms == 0)
    spec.wall_ms = 120000; /* for what must end by itself, on a loaded machine too */
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

/* GLib's first message looks for charsets in a file; that must have happened before the lock. */
static void test_errors_can_be_named(void) {
  g_auto(Outcome) outcome = run_simple("name-errors");
  g_assert_cmpstr(outcome.reason, ==, NULL);
  g_assert_cmpint(outcome.end, ==, AK_WORKER_DONE);
}

static void test_the_input_is_readable(void) {
  int ends[2];
  g_assert_cmpint(pipe(ends), ==, 0);
  g_assert_cmpint(write(ends[1], "input", 5), ==, 5);
  close(ends[1]);
  g_auto(Outcome) outcome = run_act("read-input", (AkWorkerSpec){.input_fd = ends[0]}, NULL, 0);
  close(ends[0]);
  g_assert_cmpint(outcome.end, ==, AK_WORKER_DONE);
}

/* Each worker reads a file from its start, whoever else reads it; and none can write it. */
static void test_a_file_as_input(void) {
  g_autofree char *path = NULL;
  int both = g_file_open_tmp("worker-XXXXXX", &path, NULL);
  g_assert_cmpint(write(both, "input", 5), ==, 5);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint(lseek(fd, 3, SEEK_SET), ==, 3);
  for (guint i = 0; i < 2; i++) {
    g_auto(Outcome) outcome = run_act("read-input", (AkWorkerSpec){.input_fd = fd}, NULL, 0);
    g_assert_cmpint(outcome.end, ==, AK_WORKER_DONE);
  }
  g_assert_cmpint(lseek(fd, 0, SEEK_CUR), ==, 3);
  g_auto(Outcome) written = run_act("write-input", (AkWorkerSpec){.input_fd = fd}, NULL, 0);
  g_assert_cmpint(written.end, ==, AK_WORKER_FAILED);
  close(fd);

  g_autoptr(json_t) request = json_object();
  AkWorkerSpec spec = {.job = "sandbox/selftest", .request = request, .input_fd = both};
  AkWorkerHandler handler = {.blob = keep_blob, .observe = keep_observation};
  AkWorkerEnd end = AK_WORKER_DONE;
  g_autofree char *reason = NULL;
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_worker_run(&spec, &handler, NULL, &end, &reason, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  close(both);
  unlink(path);
}

/* Under the address sanitizer forbidden calls fail instead of ending the process. */
static void assert_forbidden_with(const char *act, guint threads) {
  g_auto(Outcome) outcome =
      run_act(act, (AkWorkerSpec){.input_fd = -1, .threads = threads}, NULL, 0);
  if (ak_lock_is_sanitized()) {
    g_assert_cmpint(outcome.end, ==, AK_WORKER_FAILED);
    return;
  }
  g_assert_cmpint(outcome.end, ==, AK_WORKER_CRASHED);
  g_assert_nonnull(strstr(outcome.reason, "SIGSYS"));
}

static void assert_forbidden(const char *act) {
  assert_forbidden_with(act, 0);
}

static void test_no_file_socket_process_or_code(void) {
  assert_forbidden("open-file");
  assert_forbidden("open-socket");
  assert_forbidden("fork");
  assert_forbidden("executable");
}

/* Threads that help are locked in as the first one is, and start no other. */
static void test_threads_are_locked_in(void) {
  AkWorkerSpec spec = {.input_fd = -1, .threads = 2};
  g_auto(Outcome) helped = run_act("thread-compute", spec, NULL, 0);
  g_assert_cmpstr(helped.reason, ==, NULL);
  g_assert_cmpint(helped.end, ==, AK_WORKER_DONE);
  const char *const acts[] = {"thread-open-file", "start-thread", "fork", "open-file"};
  for (gsize i = 0; i < G_N_ELEMENTS(acts); i++)
    assert_forbidden_with(acts[i], 2);
  g_auto(Outcome) alone = run_simple("thread-compute");
  g_assert_cmpint(alone.end, ==, AK_WORKER_FAILED);
  g_assert_cmpstr(alone.reason, ==, "no thread helped");
}

static void test_no_signals_messages_or_addresses(void) {
  assert_forbidden("signal");
  assert_forbidden("set-owner");
  assert_forbidden("send-to");
  assert_forbidden("send-message");
}

static void test_the_layers_are_told(void) {
  g_auto(Outcome) outcome = run_simple("observe");
  g_assert_true(g_str_has_prefix(last_layers, "seccomp"));
  g_assert_true(strstr(last_layers, "namespaces") || strstr(last_layers, "landlock"));
  g_test_message("locked in by: %s", last_layers);
}

static void test_memory_is_limited(void) {
  AkWorkerSpec spec = {.input_fd = -1, .memory_bytes = 256 * 1024 * 1024};
  g_auto(Outcome) outcome = run_act("use-memory", spec, NULL, 0);
  if (ak_lock_is_sanitized()) { /* the parent looks how much it has */
    g_assert_cmpint(outcome.end, ==, AK_WORKER_CRASHED);
    g_assert_cmpstr(outcome.reason, ==, "more memory than allowed");
    return;
  }
  g_assert_cmpint(outcome.end, ==, AK_WORKER_FAILED);
  g_assert_nonnull(strstr(outcome.reason, "no more memory"));
}

static gint64 ms_since(gint64 start_us) {
  return (g_get_monotonic_time() - start_us) / 1000;
}

/* Whether it sleeps, computes or speaks without end. */
static void test_time_is_limited(void) {
  const char *acts[] = {"loop", "spin", "flood"};
  for (gsize i = 0; i < G_N_ELEMENTS(acts); i++) {
    gint64 start_us = g_get_monotonic_time();
    g_auto(Outcome) outcome =
        run_act(acts[i], (AkWorkerSpec){.input_fd = -1, .wall_ms = 500}, NULL, 0);
    g_assert_cmpint(outcome.end, ==, AK_WORKER_TIMED_OUT);
    g_assert_cmpint(ms_since(start_us), <, 10000);
  }
}

/* Cancelled while the job runs, not before it begins. */
static void test_a_cancelled_worker_ends_soon(void) {
  const char *acts[] = {"loop", "spin", "flood"};
  for (gsize i = 0; i < G_N_ELEMENTS(acts); i++) {
    gint64 start_us = g_get_monotonic_time();
    cancelled_from_us = start_us + 700 * 1000;
    g_auto(Outcome) outcome = run_simple(acts[i]);
    g_assert_cmpint(outcome.end, ==, AK_WORKER_CANCELLED);
    g_assert_cmpint(ms_since(start_us), >=, 700);
    g_assert_cmpint(ms_since(start_us), <, 10000); /* of 20,000 that it may take */
  }
  cancelled_from_us = 0;
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

/* What the parent says of each lie, and that nothing of it was handed on. */
static void test_lies_are_found_out(void) {
  const struct {
    const char *act, *words;
  } lies[] = {
      {"garbage", "false stream: frame of 1195725856 bytes"},
      {"huge", "frame of 1048577 bytes"},
      {"half", "ends within a frame"},
      {"false-digest", "another digest"},
      {"half-blob", "ends within a blob"},
      {"many-blobs", "more evidence than allowed"},
      {"sequence", "frame 7 where 1 was due"},
      {"parents-frame", "only the parent sends"},
      {"undeclared", "undeclared property"},
      {"another-test", "not asked for"},
      {"wrong-type", "another type or unit"},
      {"wrong-unit", "another type or unit"},
      {"escape", "unprintable"},
      {"not-canonical", "breaks its format"},
      {"cites-beyond", "was not sent"},
      {"cites-wrapped", "was not sent"},
      {"cites-unsent", "was not sent"},
      {"ask-network", "without network"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
    g_auto(Outcome) outcome = run_simple(lies[i].act);
    g_assert_cmpint(outcome.end, ==, AK_WORKER_CRASHED);
    g_assert_cmpuint(outcome.seen->observations->len, ==, 0);
    if (strstr(outcome.reason, lies[i].words) == NULL)
      g_error("%s: \"%s\" does not say \"%s\"", lies[i].act, outcome.reason, lies[i].words);
  }
}

static void test_files_arrive(void) {
  files.are_taken = true;
  g_auto(Outcome) outcome = run_simple("entries");
  files.are_taken = false;
  g_assert_cmpint(outcome.end, ==, AK_WORKER_DONE);
  g_assert_cmpuint(files.entries, ==, 3);
  g_assert_cmpuint(files.ends, ==, 2);
  g_assert_cmpuint(files.bytes, ==, 2 * 1024 * 1024 + 17);
}

static void test_lies_about_files_are_found_out(void) {
  const struct {
    const char *act, *words;
  } lies[] = {
      {"entry-short", "another size"},
      {"entry-long", "another size"},
      {"entry-empty-piece", "another size"},
      {"entry-digest", "another digest"},
      {"entry-short-digest", "another digest"},
      {"entry-in-entry", "within a file"},
      {"entry-then-blob", "within a file"},
      {"entry-then-done", "within a file"},
      {"entry-in-blob", "within a blob"},
      {"entry-content-alone", "another size"},
      {"entry-end-alone", "another size"},
      {"entry-unprintable", "breaks its format"},
      {"entry-without-path", "breaks its format"},
      {"entry-huge", "more files than allowed"},
      {"entry-negative", "breaks its format"},
      {"entry-member", "breaks its format"},
      {"entry-not-canonical", "breaks its format"},
      {"entry-kind", "breaks its format"},
      {"entry-folder-with-content", "breaks its format"},
      {"many-entries", "more files than allowed"},
  };
  g_auto(Outcome) unasked = run_simple("entries");
  g_assert_cmpint(unasked.end, ==, AK_WORKER_CRASHED);
  g_assert_nonnull(strstr(unasked.reason, "not asked for"));
  for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
    files.are_taken = true;
    g_auto(Outcome) outcome = run_simple(lies[i].act);
    files.are_taken = false;
    g_assert_cmpint(outcome.end, ==, AK_WORKER_CRASHED);
    if (strstr(outcome.reason, lies[i].words) == NULL)
      g_error("%s: \"%s\" does not say \"%s\"", lies[i].act, outcome.reason, lies[i].words);
  }
}

static bool fail_to_keep(gpointer data, const AkObservation *observation, GError **error) {
  return ak_error_set(error, AK_ERROR_IO, "the disk is full");
}

static void test_an_own_failure_is_no_end_of_the_worker(void) {
  g_autoptr(AkSinkCollector) seen = ak_sink_collector_new();
  g_autoptr(json_t) request =
      json_pack("{s:s, s:[s]}", "act", "observe", "tests", "sandbox.selftest");
  AkWorkerSpec spec = {
      .job = "sandbox/selftest", .request = request, .input_fd = -1, .wall_ms = 120000};
  AkWorkerHandler handler = {.blob = keep_blob, .observe = fail_to_keep};
  AkWorkerEnd end = AK_WORKER_TIMED_OUT;
  g_autofree char *reason = NULL;
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_worker_run(&spec, &handler, seen, &end, &reason, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_IO);
  g_assert_cmpint(end, ==, AK_WORKER_TIMED_OUT); /* as it was */
  g_assert_null(reason);
}

static void test_unknown_jobs_fail(void) {
  g_autoptr(json_t) request = json_object();
  AkWorkerSpec spec = {.job = "no/such", .request = request, .input_fd = -1, .wall_ms = 120000};
  AkWorkerHandler handler = {.blob = keep_blob, .observe = keep_observation};
  AkWorkerEnd end = AK_WORKER_DONE;
  g_autofree char *reason = NULL;
  g_assert_true(ak_worker_run(&spec, &handler, NULL, &end, &reason, NULL));
  g_assert_cmpint(end, ==, AK_WORKER_FAILED);
  g_assert_cmpstr(reason, ==, "there is no job no/such");
}

/* --- no sandbox: refuse ---------------------------------------------------------------------- */

/* Runs a worker in a child to which `calls` are forbidden; 0 if it refused to work with `words`. */
static int refusal_without(const int *calls, gsize count, const char *words) {
  pid_t pid = fork();
  if (pid == 0) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    for (gsize i = 0; i < count; i++)
      seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
    if (seccomp_load(filter) != 0)
      _exit(77);
    Outcome outcome = run_simple("observe");
    bool refused = outcome.end == AK_WORKER_FAILED && strstr(outcome.reason, words) != NULL &&
                   outcome.seen->observations->len == 0;
    _exit(refused ? 0 : 1);
  }
  int status = 0;
  g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_without_a_sandbox_it_refuses(void) {
  const int layers[] = {SCMP_SYS(unshare), SCMP_SYS(landlock_create_ruleset)};
  const int filter[] = {SCMP_SYS(seccomp)};
  const int limits[] = {SCMP_SYS(prlimit64), SCMP_SYS(setrlimit), SCMP_SYS(getrlimit)};
  int without_layers = refusal_without(layers, 2, "neither namespaces nor Landlock");
  if (without_layers == 77) {
    g_test_skip("this machine lets nobody set a system-call filter");
    return;
  }
  g_assert_cmpint(without_layers, ==, 0);
  g_assert_cmpint(refusal_without(filter, 1, "system-call filter cannot be set"), ==, 0);
  if (!ak_lock_is_sanitized()) /* the sanitizer itself does not start without limits */
    g_assert_cmpint(refusal_without(limits, 3, "no sandbox: limit"), ==, 0);
}

/* One layer alone is enough; which, is told. */
static void test_one_layer_is_told(void) {
  const int namespaces[] = {SCMP_SYS(unshare)};
  pid_t pid = fork();
  if (pid == 0) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), namespaces[0], 0);
    if (seccomp_load(filter) != 0)
      _exit(77);
    Outcome outcome = run_simple("observe");
    bool is_told = last_layers != NULL && strstr(last_layers, "namespaces") == NULL;
    _exit(outcome.end == AK_WORKER_FAILED ? 77 : outcome.end == AK_WORKER_DONE && is_told ? 0 : 1);
  }
  int status = 0;
  g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
  g_assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77)
    g_test_skip("this machine has no Landlock");
  else
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

/* --- nothing is left behind ------------------------------------------------------------------ */

static guint count_descriptors(void) {
  g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
  guint count = 0;
  while (g_dir_read_name(dir) != NULL)
    count++;
  return count;
}

static void test_nothing_is_left(void) {
  guint before = count_descriptors();
  const char *acts[] = {"observe", "leave", "fail", "garbage", "many-blobs", "crash"};
  for (gsize i = 0; i < G_N_ELEMENTS(acts); i++) {
    g_auto(Outcome) outcome = run_simple(acts[i]);
  }
  g_auto(Outcome) late = run_act("loop", (AkWorkerSpec){.input_fd = -1, .wall_ms = 300}, NULL, 0);
  g_assert_cmpuint(count_descriptors(), ==, before);
  g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1); /* no child, dead or alive */
  g_assert_cmpint(errno, ==, ECHILD);
}

/* A worker ends with its parent, even one that is killed. */
static void test_a_worker_dies_with_its_parent(void) {
  g_assert_cmpint(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), ==, 0);
  pid_t parent = fork();
  if (parent == 0) {
    Outcome outcome = run_act("spin", (AkWorkerSpec){.input_fd = -1, .wall_ms = 60000}, NULL, 0);
    _exit(outcome.end == AK_WORKER_DONE);
  }
  g_usleep(700 * 1000); /* until it spins; earlier the end of the socket ends it */
  kill(parent, SIGKILL);
  g_assert_cmpint(waitpid(parent, NULL, 0), ==, parent);
  int status = 0;
  pid_t orphan = 0;
  for (guint i = 0; i < 100 && orphan == 0; i++) {
    g_usleep(50 * 1000);
    orphan = waitpid(-1, &status, WNOHANG);
  }
  g_assert_cmpint(orphan, >, 0);
  g_assert_true(WIFSIGNALED(status));
  g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
  prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

static gpointer run_on_a_thread(gpointer data) {
  bool says_hello = GPOINTER_TO_UINT(data) % 2 == 0;
  g_auto(Outcome) outcome = run_simple(says_hello ? "observe" : "garbage");
  return GUINT_TO_POINTER(outcome.end == (says_hello ? AK_WORKER_DONE : AK_WORKER_CRASHED));
}

static void test_side_by_side(void) {
  GThread *threads[8];
  guint before = count_descriptors();
  for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("worker", run_on_a_thread, GUINT_TO_POINTER(i));
  for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
    g_assert_true(GPOINTER_TO_UINT(g_thread_join(threads[i])));
  g_assert_cmpuint(count_descriptors(), ==, before);
}

/* --- a played net: the parent makes one real connection -------------------------------------- */

static int connect_real(AkNet *self, const char *address, guint16 port, guint timeout_ms,
                        GError **error) {
  if (port == 1) {
    ak_error_set(error, AK_ERROR_PERMISSION, "%s is outside the authorization", address);
    return -1;
  }
  g_autoptr(GSocketClient) client = g_socket_client_new();
  g_autoptr(GSocketConnection) connection =
      g_socket_client_connect_to_host(client, address, port, NULL, error);
  return connection != NULL ? dup(g_socket_get_fd(g_socket_connection_get_socket(connection))) : -1;
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

static guint asked; /* how often the played net was */

static int refuse_all(AkNet *self, const char *address, guint16 port, guint timeout_ms,
                      GError **error) {
  asked++;
  ak_error_set(error, AK_ERROR_IO, "refused");
  return -1;
}

static int connect_nothing(AkNet *self, const char *address, guint16 port, guint timeout_ms,
                           GError **error) {
  asked++;
  return open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static bool sweep_played(AkNet *self, const AkSweep *sweep, AkPortState *states,
                         bool (*progress)(guint64 done, guint64 total, gpointer data),
                         gpointer data, GError **error) {
  asked++;
  states[0] = AK_PORT_CLOSED;
  return progress(1, 1, data);
}

static void add_answer(GPtrArray *answers, const char *text) {
  AkDatagram *answer = g_new0(AkDatagram, 1);
  *answer = (AkDatagram){.port = 7, .data = g_bytes_new(text, strlen(text))};
  g_ptr_array_add(answers, answer);
}

static GPtrArray *ask_played(AkNet *self, const AkAsk *ask, GError **error) {
  asked++;
  g_assert_cmpstr(ask->address, ==, "127.0.0.1");
  g_assert_cmpmem(ask->data, ask->size, "ping", 4);
  GPtrArray *answers = g_ptr_array_new_with_free_func((GDestroyNotify)ak_net_datagram_free);
  add_answer(answers, "");
  add_answer(answers, "pong");
  return answers;
}

static const AkNetClass refusing_class = {.connect = refuse_all};
static const AkNetClass played_class = {
    .connect = connect_nothing, .sweep = sweep_played, .ask = ask_played};
static const AkWorkerSpec with_network = {.input_fd = -1, .has_network = true};

static void test_the_parent_counts_packets(void) {
  AkNet net = {.class = &played_class};
  asked = 0;
  g_auto(Outcome) often = run_act("connect-often", with_network, &net, 80);
  g_assert_cmpint(often.end, ==, AK_WORKER_FAILED);
  g_assert_cmpstr(often.reason, ==, "more packets than the tests declare");
  g_assert_cmpuint(asked, ==, 3); /* what the self-test declares */
  g_auto(Outcome) small = run_act("sweep", with_network, &net, 3);
  g_assert_cmpint(small.end, ==, AK_WORKER_DONE);
  g_assert_cmpuint(asked, ==, 4);
  g_auto(Outcome) large = run_act("sweep", with_network, &net, 4);
  g_assert_cmpint(large.end, ==, AK_WORKER_FAILED);
  g_assert_cmpuint(asked, ==, 4);
}

/* The parent sends each datagram: what it does not count cannot go out. */
static void test_the_parent_sends_datagrams(void) {
  AkNet net = {.class = &played_class};
  asked = 0;
  g_auto(Outcome) allowed = run_act("ask", with_network, &net, 3);
  g_assert_cmpstr(allowed.reason, ==, NULL);
  g_assert_cmpint(allowed.end, ==, AK_WORKER_DONE);
  g_assert_cmpuint(asked, ==, 1);
  g_auto(Outcome) often = run_act("ask", with_network, &net, 4); /* each try counts */
  g_assert_cmpint(often.end, ==, AK_WORKER_FAILED);
  g_assert_cmpstr(often.reason, ==, "more packets than the tests declare");
  g_auto(Outcome) large = run_act("ask-too-much", with_network, &net, 0);
  g_assert_cmpint(large.end, ==, AK_WORKER_CRASHED);
  g_assert_cmpstr(large.reason, ==, "false stream: datagram: out of range");
  g_assert_cmpuint(asked, ==, 1);
}

/* Its answers fill the socket: the parent must not wait longer than it may. */
static void test_one_that_does_not_listen(void) {
  AkNet net = {.class = &refusing_class};
  AkWorkerSpec spec = {.input_fd = -1, .has_network = true, .wall_ms = 1500};
  gint64 start_us = g_get_monotonic_time();
  g_auto(Outcome) outcome = run_act("ask-deaf", spec, &net, 0);
  g_assert_cmpint(outcome.end, ==, AK_WORKER_TIMED_OUT);
  g_assert_cmpint(ms_since(start_us), <, 10000);
}

int main(int argc, char **argv) {
  if (ak_worker_is_requested(argc, argv)) /* where AKASHI_PROGRAM names no program */
    return ak_worker_main(argc, argv);
  g_test_init(&argc, &argv, NULL);
  ak_worker_set_program(g_getenv("AKASHI_PROGRAM"));
  /* those that fork come first, before there are threads */
  g_test_add_func("/worker/refuses", test_without_a_sandbox_it_refuses);
  g_test_add_func("/worker/one-layer", test_one_layer_is_told);
  g_test_add_func("/worker/dies-with-parent", test_a_worker_dies_with_its_parent);
  g_test_add_func("/worker/observations", test_observations_and_evidence_arrive);
  g_test_add_func("/worker/input", test_the_input_is_readable);
  g_test_add_func("/worker/errors", test_errors_can_be_named);
  g_test_add_func("/worker/input-file", test_a_file_as_input);
  g_test_add_func("/worker/forbidden", test_no_file_socket_process_or_code);
  g_test_add_func("/worker/threads", test_threads_are_locked_in);
  g_test_add_func("/worker/forbidden-too", test_no_signals_messages_or_addresses);
  g_test_add_func("/worker/layers", test_the_layers_are_told);
  g_test_add_func("/worker/memory", test_memory_is_limited);
  g_test_add_func("/worker/time", test_time_is_limited);
  g_test_add_func("/worker/cancel", test_a_cancelled_worker_ends_soon);
  g_test_add_func("/worker/failures", test_failures_are_told_apart);
  g_test_add_func("/worker/lies", test_lies_are_found_out);
  g_test_add_func("/worker/files", test_files_arrive);
  g_test_add_func("/worker/files/lies", test_lies_about_files_are_found_out);
  g_test_add_func("/worker/own-failure", test_an_own_failure_is_no_end_of_the_worker);
  g_test_add_func("/worker/unknown-job", test_unknown_jobs_fail);
  g_test_add_func("/worker/nothing-left", test_nothing_is_left);
  g_test_add_func("/worker/side-by-side", test_side_by_side);
  g_test_add_func("/worker/connect", test_the_parent_connects);
  g_test_add_func("/worker/packets", test_the_parent_counts_packets);
  g_test_add_func("/worker/datagrams", test_the_parent_sends_datagrams);
  g_test_add_func("/worker/deaf", test_one_that_does_not_listen);
  return g_test_run();
}
