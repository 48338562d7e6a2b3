/* A job that misbehaves on request, so that the lock and the parent can be tested on the real thing. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/frame.h"
#include "sandbox/spawn.h"
#include "sandbox/worker.h"

#include "net/net.h"

static const AkTestOutput outputs[] = {
    {"selftest.value", AK_VALUE_TEXT, NULL, "what the self-test was told to say", "自己診断の値"},
    {NULL},
};

/* Not in the test table's lists of engines; named here because an observation needs a test. */
extern const AkTest ak_sandbox_selftest_test;
const AkTest ak_sandbox_selftest_test = {
    .id = "sandbox.selftest",
    .rev = 1,
    .title_en = "Self-test of the worker",
    .title_ja = "ワーカーの自己診断",
    .isolation = AK_ISOLATION_SANDBOX,
    .outputs = outputs,
};

static bool observe(const AkWorkerCall *call, GError **error) {
  g_autoptr(AkSink) sink = call->sink(call->worker, &ak_sandbox_selftest_test);
  AkDigest digest;
  AkObservation *seen =
      ak_observation_new("product", "", "selftest.value", AK_OUTCOME_SEEN);
  ak_observation_take_value(seen, ak_value_text("hello"));
  if (!ak_sink_blob(sink, "raw bytes", 9, &digest, error)) {
    ak_observation_free(seen);
    return false;
  }
  ak_observation_cite(seen, &digest, 0, 9);
  return ak_sink_observe(sink, seen, error);
}

static bool big_blob(const AkWorkerCall *call, GError **error) {
  g_autoptr(AkSink) sink = call->sink(call->worker, &ak_sandbox_selftest_test);
  gsize size = 3 * 1024 * 1024 + 17;
  g_autofree guint8 *bytes = g_malloc0(size);
  AkDigest digest;
  return ak_sink_blob(sink, bytes, size, &digest, error);
}

static bool read_input(const AkWorkerCall *call, GError **error) {
  char bytes[6] = {0};
  if (read(call->input_fd, bytes, 5) == 5 && strcmp(bytes, "input") == 0)
    return true;
  return ak_error_set(error, AK_ERROR_IO, "the input is not there");
}

static bool open_file(const AkWorkerCall *call, GError **error) {
  int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
  return fd >= 0 || ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool open_socket(const AkWorkerCall *call, GError **error) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  return fd >= 0 || ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool fork_process(const AkWorkerCall *call, GError **error) {
  pid_t pid = fork();
  if (pid == 0)
    _exit(0);
  return pid > 0 || ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool make_executable(const AkWorkerCall *call, GError **error) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                    -1, 0);
  return page != MAP_FAILED || ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool use_memory(const AkWorkerCall *call, GError **error) {
  for (;;) {
    char *bytes = g_try_malloc(16 * 1024 * 1024);
    if (bytes == NULL)
      return ak_error_set(error, AK_ERROR_LIMIT, "no more memory");
    memset(bytes, 1, 16 * 1024 * 1024); /* kept: the limit is what ends this */
  }
}

static bool loop_for_ever(const AkWorkerCall *call, GError **error) {
  while (call->request != NULL) /* always */
    g_usleep(1000);
  return true;
}

static bool crash(const AkWorkerCall *call, GError **error) { abort(); }

static bool leave(const AkWorkerCall *call, GError **error) { _exit(0); }

static bool fail(const AkWorkerCall *call, GError **error) {
  return ak_error_set(error, AK_ERROR_INTERNAL, "told to fail \x1b[31m");
}

/* The next frames carry sequence numbers the parent cannot expect: READY was frame 0. */
static bool send_raw(AkFrameType type, guint64 sequence, const void *payload, gsize size,
                     GError **error) {
  AkFrameStream stream = {.fd = AK_WORKER_SOCKET_FD, .sent = sequence};
  return ak_frame_send(&stream, type, payload, size, -1, error);
}

static bool send_garbage(const AkWorkerCall *call, GError **error) {
  return write(AK_WORKER_SOCKET_FD, "GET / HTTP/1.1\r\n\r\n", 18) == 18;
}

static bool send_false_digest(const AkWorkerCall *call, GError **error) {
  guint8 zeros[AK_DIGEST_SIZE] = {0};
  return send_raw(AK_FRAME_BLOB, 1, "abc", 3, error) &&
         send_raw(AK_FRAME_BLOB_END, 2, zeros, sizeof zeros, error);
}

static bool send_wrong_sequence(const AkWorkerCall *call, GError **error) {
  return send_raw(AK_FRAME_PROGRESS, 7, NULL, 0, error);
}

static bool send_undeclared(const AkWorkerCall *call, GError **error) {
  g_autoptr(AkObservation) seen =
      ak_observation_new("product", "", "selftest.undeclared", AK_OUTCOME_ABSENT);
  seen->test_id = g_strdup(ak_sandbox_selftest_test.id);
  seen->test_rev = 1;
  g_autoptr(json_t) json = ak_observation_to_json(seen, true);
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(json, &size, error);
  return send_raw(AK_FRAME_OBSERVE, 1, text, size, error);
}

static bool ask_network(const AkWorkerCall *call, GError **error) {
  return send_raw(AK_FRAME_CONNECT, 1, "\0\x50\0\0\0\x10" "127.0.0.1", 15, error);
}

static bool connect_out(const AkWorkerCall *call, GError **error) {
  const json_t *port = json_object_get(call->request, "port");
  int fd = call->net != NULL ? ak_net_connect(call->net, "127.0.0.1",
                                              (guint16)json_integer_value(port), 1000, error)
                             : -1;
  if (fd < 0)
    return false;
  bool said = write(fd, "hello", 5) == 5;
  close(fd);
  return said || ak_error_set(error, AK_ERROR_IO, "cannot write");
}

static const struct {
  const char *name;
  bool (*act)(const AkWorkerCall *call, GError **error);
} acts[] = {
    {"observe", observe},          {"big-blob", big_blob},
    {"read-input", read_input},    {"open-file", open_file},
    {"open-socket", open_socket},  {"fork", fork_process},
    {"executable", make_executable}, {"use-memory", use_memory},
    {"loop", loop_for_ever},       {"crash", crash},
    {"leave", leave},              {"fail", fail},
    {"garbage", send_garbage},     {"false-digest", send_false_digest},
    {"sequence", send_wrong_sequence}, {"undeclared", send_undeclared},
    {"ask-network", ask_network},  {"connect", connect_out},
};

static bool run(const AkWorkerCall *call, GError **error) {
  const char *name = ak_json_string_or(call->request, "act", "");
  for (gsize i = 0; i < G_N_ELEMENTS(acts); i++)
    if (strcmp(acts[i].name, name) == 0)
      return acts[i].act(call, error);
  return ak_error_set(error, AK_ERROR_CONFIG, "no act %s", name);
}

extern const AkWorkerJob ak_sandbox_selftest_job;
const AkWorkerJob ak_sandbox_selftest_job = {.name = "sandbox/selftest", .run = run};
