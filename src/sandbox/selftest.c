/* A job that misbehaves on request, so that the lock and the parent can be tested on the real
 * thing. */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/frame.h"
#include "sandbox/spawn.h"
#include "sandbox/worker.h"

#include "net/net.h"

static const AkTestOutput outputs[] = {
    {"selftest.value", AK_VALUE_TEXT, NULL, "what the self-test was told to say", "自己診断の値"},
    {"selftest.size", AK_VALUE_INT, "bytes", "a size that the self-test tells", "自己診断の大きさ"},
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
    .limits = {.packets = 3},
};

static bool observe(const AkWorkerCall *call, GError **error) {
  g_autoptr(AkSink) sink = call->sink(call->worker, &ak_sandbox_selftest_test);
  AkDigest digest;
  AkObservation *seen = ak_observation_new("product", "", "selftest.value", AK_OUTCOME_SEEN);
  ak_observation_take_value(seen, ak_value_text("hello"));
  if (!ak_sink_blob(sink, "raw bytes", 9, &digest, error)) {
    ak_observation_free(seen);
    return false;
  }
  ak_observation_cite(seen, &digest, 0, 9);
  return ak_sink_observe(sink, seen, error);
}

/* What a connection that breaks makes a test do first. */
static bool name_errors(const AkWorkerCall *call, GError **error) {
  for (int code = 1; code < 134; code++)
    if (*g_strerror(code) == '\0')
      return ak_error_set(error, AK_ERROR_INTERNAL, "no text for %d", code);
  return true;
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

/* What a thread that helps does is done by the whole process. */
typedef struct {
  const AkWorkerCall *call;
  bool (*act)(const AkWorkerCall *call, GError **error);
  bool is_elsewhere, has_worked; /* not on the worker's first thread */
  GThread *first;
} Helped;

static void help(gpointer item, gpointer data) {
  Helped *self = item;
  if (g_thread_self() != self->first) {
    self->is_elsewhere = true;
    self->has_worked = self->act(self->call, NULL);
  } else {
    g_usleep(1000); /* the others take one too */
  }
}

static bool on_a_thread(const AkWorkerCall *call, bool (*act)(const AkWorkerCall *, GError **),
                        GError **error) {
  Helped items[50];
  AkAheadWork work = {.work = help, .room = G_N_ELEMENTS(items)};
  g_autoptr(AkAhead) ahead = ak_ahead_new(call->crew, &work);
  bool is_elsewhere = false, has_worked = false;
  for (gsize i = 0; i < G_N_ELEMENTS(items); i++) {
    items[i] = (Helped){call, act, false, false, g_thread_self()};
    ak_ahead_push(ahead, &items[i], 1, NULL);
  }
  ak_ahead_end(ahead, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(items); i++) {
    is_elsewhere = is_elsewhere || items[i].is_elsewhere;
    has_worked = has_worked || items[i].has_worked;
  }
  return has_worked || ak_error_set(error, AK_ERROR_PERMISSION,
                                    is_elsewhere ? "refused" : "no thread helped");
}

static bool open_file_on_a_thread(const AkWorkerCall *call, GError **error) {
  return on_a_thread(call, open_file, error);
}

static bool compute(const AkWorkerCall *call, GError **error) {
  g_autofree guint8 *bytes = g_malloc0(300000);
  ak_digest_of(bytes, 300000);
  return true;
}

static bool compute_on_a_thread(const AkWorkerCall *call, GError **error) {
  return on_a_thread(call, compute, error);
}

static void *do_nothing(void *data) {
  return data;
}

/* Not by GLib, which ends the program where it is forbidden instead of failing. */
static bool start_thread(const AkWorkerCall *call, GError **error) {
  pthread_t thread;
  return pthread_create(&thread, NULL, do_nothing, NULL) == 0 ||
         ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool make_executable(const AkWorkerCall *call, GError **error) {
  void *page =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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

static bool crash(const AkWorkerCall *call, GError **error) {
  abort();
}

static bool leave(const AkWorkerCall *call, GError **error) {
  _exit(0);
}

static bool fail(const AkWorkerCall *call, GError **error) {
  return ak_error_set(error, AK_ERROR_INTERNAL, "told to fail \x1b[31m");
}

/* A signal to another process; 0 only asks whether one could be sent. */
static bool signal_another(const AkWorkerCall *call, GError **error) {
  bool could = syscall(SYS_tgkill, 1, 1, 0) == 0;
  return could || ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool make_kernel_signal(const AkWorkerCall *call, GError **error) {
  return fcntl(AK_WORKER_SOCKET_FD, F_SETOWN, 1) == 0 ||
         ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool send_to_address(const AkWorkerCall *call, GError **error) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  return sendto(AK_WORKER_SOCKET_FD, "x", 1, 0, (struct sockaddr *)&address, sizeof address) == 1 ||
         ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool send_message(const AkWorkerCall *call, GError **error) {
  struct msghdr message = {0};
  return sendmsg(AK_WORKER_SOCKET_FD, &message, 0) == 0 ||
         ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool write_input(const AkWorkerCall *call, GError **error) {
  return write(AK_WORKER_INPUT_FD, "x", 1) == 1 ||
         ak_error_set(error, AK_ERROR_PERMISSION, "refused");
}

static bool spin(const AkWorkerCall *call, GError **error) {
  volatile bool goes_on = true;
  while (goes_on)
    continue;
  return true;
}

/* --- lies: frames of its own making ---------------------------------------------------------- */

/* The next frames carry sequence numbers the parent cannot expect: READY was frame 0. */
static bool send_raw(AkFrameType type, guint64 sequence, const void *payload, gsize size,
                     GError **error) {
  AkFrameStream stream = {.fd = AK_WORKER_SOCKET_FD, .sent = sequence};
  return ak_frame_send(&stream, type, payload, size, -1, error);
}

static bool send_garbage(const AkWorkerCall *call, GError **error) {
  return write(AK_WORKER_SOCKET_FD, "GET / HTTP/1.1\r\n\r\n", 18) == 18;
}

static bool send_half(const AkWorkerCall *call, GError **error) {
  bool sent = write(AK_WORKER_SOCKET_FD, "\0\0", 2) == 2;
  _exit(sent ? 0 : 1);
}

static bool send_huge(const AkWorkerCall *call, GError **error) {
  return write(AK_WORKER_SOCKET_FD, "\0\x10\0\1\0\7\0\0\0\0\0\0\0\1", 14) == 14;
}

static bool send_false_digest(const AkWorkerCall *call, GError **error) {
  guint8 zeros[AK_DIGEST_SIZE] = {0};
  return send_raw(AK_FRAME_BLOB, 1, "abc", 3, error) &&
         send_raw(AK_FRAME_BLOB_END, 2, zeros, sizeof zeros, error);
}

static bool send_half_blob(const AkWorkerCall *call, GError **error) {
  return send_raw(AK_FRAME_BLOB, 1, "abc", 3, error) && send_raw(AK_FRAME_DONE, 2, NULL, 0, error);
}

static bool send_many_blobs(const AkWorkerCall *call, GError **error) {
  AkDigest nothing = ak_digest_of("", 0);
  for (guint64 i = 1; i <= 100001; i++)
    if (!send_raw(AK_FRAME_BLOB_END, i, nothing.bytes, AK_DIGEST_SIZE, error))
      return false;
  return true;
}

static bool send_wrong_sequence(const AkWorkerCall *call, GError **error) {
  return send_raw(AK_FRAME_PROGRESS, 7, NULL, 0, error);
}

static bool send_parents_frame(const AkWorkerCall *call, GError **error) {
  return send_raw(AK_FRAME_JOB_END, 1, NULL, 0, error);
}

/* An observation past the sink, which would not let it through. */
static bool send_observation(AkObservation *taken, guint64 sequence, GError **error) {
  g_autoptr(AkObservation) seen = taken;
  if (seen->test_id == NULL)
    seen->test_id = g_strdup(ak_sandbox_selftest_test.id);
  seen->test_rev = 1;
  g_autoptr(json_t) json = ak_observation_to_json(seen, true);
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(json, &size, error);
  return send_raw(AK_FRAME_OBSERVE, sequence, text, size, error);
}

static AkObservation *seen_text(const char *text) {
  AkObservation *seen = ak_observation_new("product", "", "selftest.value", AK_OUTCOME_SEEN);
  seen->value = (AkValue){.type = AK_VALUE_TEXT, .text = g_strdup(text)};
  return seen;
}

static bool send_undeclared(const AkWorkerCall *call, GError **error) {
  return send_observation(
      ak_observation_new("product", "", "selftest.undeclared", AK_OUTCOME_ABSENT), 1, error);
}

static bool send_of_another_test(const AkWorkerCall *call, GError **error) {
  AkObservation *seen = seen_text("x");
  seen->test_id = g_strdup("verify.liveness");
  return send_observation(seen, 1, error);
}

static bool send_wrong_type(const AkWorkerCall *call, GError **error) {
  AkObservation *seen = seen_text("x");
  ak_observation_take_value(seen, ak_value_bool(true));
  return send_observation(seen, 1, error);
}

static bool send_wrong_unit(const AkWorkerCall *call, GError **error) {
  AkObservation *seen = ak_observation_new("product", "", "selftest.size", AK_OUTCOME_SEEN);
  ak_observation_take_value(seen, ak_value_int(3, "ms"));
  return send_observation(seen, 1, error);
}

static bool send_escape(const AkWorkerCall *call, GError **error) {
  return send_observation(seen_text("\x1b[31mred"), 1, error);
}

static bool send_not_canonical(const AkWorkerCall *call, GError **error) {
  return send_raw(AK_FRAME_OBSERVE, 1, "{ }", 3, error);
}

/* Sends three bytes and cites the four from `offset` on. */
static bool cite_beyond(guint64 offset, guint64 length, GError **error) {
  AkDigest digest = ak_digest_of("abc", 3);
  AkObservation *seen = seen_text("x");
  ak_observation_cite(seen, &digest, offset, length);
  bool sent = send_raw(AK_FRAME_BLOB, 1, "abc", 3, error) &&
              send_raw(AK_FRAME_BLOB_END, 2, digest.bytes, AK_DIGEST_SIZE, error);
  return send_observation(seen, 3, error) && sent;
}

static bool send_cites_beyond(const AkWorkerCall *call, GError **error) {
  return cite_beyond(0, 4, error);
}

static bool send_cites_wrapped(const AkWorkerCall *call, GError **error) {
  return cite_beyond(G_MAXINT64, G_MAXINT64, error);
}

static bool send_cites_unsent(const AkWorkerCall *call, GError **error) {
  AkDigest digest = ak_digest_of("abc", 3);
  AkObservation *seen = seen_text("x");
  ak_observation_cite(seen, &digest, 0, 3);
  return send_observation(seen, 1, error);
}

/* Speaks without end, and never listens. */
static bool flood(const AkWorkerCall *call, GError **error) {
  guint8 progress[16] = {0};
  for (guint64 i = 1;; i++)
    if (!send_raw(AK_FRAME_PROGRESS, i, progress, sizeof progress, error))
      return false;
}

/* Asks for connections without end and reads no answer, until the parent's side is full. */
static bool ask_deaf(const AkWorkerCall *call, GError **error) {
  for (guint64 i = 1;; i++)
    if (!send_raw(AK_FRAME_CONNECT, i,
                  "\0\1\0\0\0\x10"
                  "127.0.0.1",
                  15, error))
      return false;
}

/* --- files ------------------------------------------------------------------------------------ */

static AkEntry hello_entry(void) {
  return (AkEntry){.kind = AK_ENTRY_FILE,
                   .container = 1,
                   .container_kind = (char *)"selftest",
                   .origin = (char *)"image!/hello",
                   .path = (char *)"/hello",
                   .mode = 0644};
}

/* A large file, a file of nothing, and a folder. */
static bool send_entries(const AkWorkerCall *call, GError **error) {
  gsize size = 2 * AK_FRAME_MAX_PAYLOAD + 17;
  g_autoptr(GBytes) large = g_bytes_new_take(g_malloc0(size), size);
  g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
  AkEntry file = hello_entry(), folder = hello_entry();
  folder.kind = AK_ENTRY_FOLDER;
  return call->entry(call->worker, &file, large, error) &&
         call->entry(call->worker, &file, nothing, error) &&
         call->entry(call->worker, &folder, NULL, error);
}

/* An ENTRY frame past the worker's own code, and the frames that follow it. */
typedef struct {
  const char *act;
  const char *text; /* of the ENTRY frame; NULL: none */
  struct {
    int type; /* AkFrameType; 0: no more */
    const char *payload;
  } frames[4];
} EntryLie;

#define HEAD                                                                                       \
  "{\"container\":1,\"container_kind\":\"selftest\",\"gid\":0,\"kind\":\"file\",\"mode\":420,"
#define ENTRY(PATH, SIZE)                                                                          \
  HEAD "\"origin\":\"image!/x\",\"path\":\"" PATH "\",\"size\":" SIZE ",\"uid\":0}"
#define FALSE_DIGEST "................................" /* 32 bytes, no one's */

static const EntryLie entry_lies[] = {
    {"entry-short", ENTRY("/x", "5"), {{AK_FRAME_CONTENT, "abc"}, {AK_FRAME_ENTRY_END, ""}}},
    {"entry-long", ENTRY("/x", "2"), {{AK_FRAME_CONTENT, "abc"}}},
    {"entry-empty-piece", ENTRY("/x", "2"), {{AK_FRAME_CONTENT, ""}}},
    {"entry-digest",
     ENTRY("/x", "3"),
     {{AK_FRAME_CONTENT, "abc"}, {AK_FRAME_ENTRY_END, FALSE_DIGEST}}},
    {"entry-short-digest",
     ENTRY("/x", "3"),
     {{AK_FRAME_CONTENT, "abc"}, {AK_FRAME_ENTRY_END, "x"}}},
    {"entry-in-entry", ENTRY("/x", "3"), {{AK_FRAME_ENTRY, ENTRY("/y", "3")}}},
    {"entry-then-blob", ENTRY("/x", "3"), {{AK_FRAME_BLOB, "abc"}}},
    {"entry-then-done", ENTRY("/x", "3"), {{AK_FRAME_DONE, ""}}},
    {"entry-in-blob", NULL, {{AK_FRAME_BLOB, "abc"}, {AK_FRAME_ENTRY, ENTRY("/x", "3")}}},
    {"entry-content-alone", NULL, {{AK_FRAME_CONTENT, "abc"}}},
    {"entry-end-alone", NULL, {{AK_FRAME_ENTRY_END, FALSE_DIGEST}}},
    {"entry-unprintable", ENTRY("/\\u001b[2J", "0"), {{0}}},
    {"entry-without-path", ENTRY("", "0"), {{0}}},
    {"entry-huge", ENTRY("/x", "9223372036854775807"), {{0}}},
    {"entry-negative", ENTRY("/x", "-1"), {{0}}},
    {"entry-member", HEAD "\"origin\":\"image\",\"path\":\"/x\"}", {{0}}},
    {"entry-not-canonical", "{ }", {{0}}},
    {"entry-kind",
     "{\"container\":1,\"container_kind\":\"../..\",\"gid\":0,\"kind\":\"file\",\"mode\":420,"
     "\"origin\":\"image\",\"path\":\"/x\",\"uid\":0}",
     {{0}}},
    {"entry-folder-with-content",
     "{\"container\":1,\"container_kind\":\"x\",\"gid\":0,\"kind\":\"folder\",\"mode\":420,"
     "\"origin\":\"image\",\"path\":\"/x\",\"size\":1,\"uid\":0}",
     {{0}}},
};

static const EntryLie *find_entry_lie(const char *act) {
  for (gsize i = 0; i < G_N_ELEMENTS(entry_lies); i++)
    if (strcmp(entry_lies[i].act, act) == 0)
      return &entry_lies[i];
  return NULL;
}

static bool tell_entry_lie(const EntryLie *lie, GError **error) {
  guint64 sequence = 1;
  bool ok = lie->text == NULL ||
            send_raw(AK_FRAME_ENTRY, sequence++, lie->text, strlen(lie->text), error);
  for (gsize i = 0; ok && i < G_N_ELEMENTS(lie->frames) && lie->frames[i].type != 0; i++)
    ok = send_raw((AkFrameType)lie->frames[i].type, sequence++, lie->frames[i].payload,
                  strlen(lie->frames[i].payload), error);
  return ok;
}

static bool send_many_entries(const AkWorkerCall *call, GError **error) {
  AkEntry folder = hello_entry();
  folder.kind = AK_ENTRY_FOLDER;
  for (guint i = 0; i <= 250000; i++)
    if (!call->entry(call->worker, &folder, NULL, error))
      return false;
  return true;
}

/* --- the network ----------------------------------------------------------------------------- */

static bool ask_network(const AkWorkerCall *call, GError **error) {
  return send_raw(AK_FRAME_CONNECT, 1,
                  "\0\x50\0\0\0\x10"
                  "127.0.0.1",
                  15, error);
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

static bool connect_often(const AkWorkerCall *call, GError **error) {
  for (guint i = 0; i < 4; i++)
    if (!connect_out(call, error))
      return false;
  return true;
}

static bool sweep_out(const AkWorkerCall *call, GError **error) {
  guint16 ports = (guint16)json_integer_value(json_object_get(call->request, "port"));
  AkSweep sweep = {.address = "127.0.0.1", .first_port = 1, .last_port = ports};
  g_autofree AkPortState *states = g_new0(AkPortState, ports);
  if (!ak_net_sweep(call->net, &sweep, states, NULL, NULL, error))
    return false;
  return states[0] == AK_PORT_CLOSED ||
         ak_error_set(error, AK_ERROR_INTERNAL, "port 1 is not as it was played");
}

/* Asks with so many tries, and believes "pong" from port 7 alone. */
static bool ask_out(const AkWorkerCall *call, GError **error) {
  guint tries = (guint)json_integer_value(json_object_get(call->request, "port"));
  AkAsk ask = {.address = "127.0.0.1", .port = 7, .data = "ping", .size = 4, .timeout_ms = 1000,
               .tries = tries, .max_answers = 2};
  g_autoptr(GPtrArray) answers = ak_net_ask(call->net, &ask, error);
  if (answers == NULL)
    return false;
  const AkDatagram *last = answers->pdata[answers->len - 1];
  return (answers->len == 2 && last->port == 7 && g_bytes_get_size(last->data) == 4 &&
          memcmp(g_bytes_get_data(last->data, NULL), "pong", 4) == 0) ||
         ak_error_set(error, AK_ERROR_INTERNAL, "the answers are not as they were played");
}

/* A datagram longer than the frame says it may be. */
static bool ask_too_much(const AkWorkerCall *call, GError **error) {
  g_autofree guint8 *frame = g_malloc0(11 + 1401 + 9);
  memcpy(frame, "\0\7\0\0\0\x10\1\1\0\x05\x79", 11);
  memcpy(frame + 11 + 1401, "127.0.0.1", 9);
  return send_raw(AK_FRAME_ASK, 1, frame, 11 + 1401 + 9, error);
}

static const struct {
  const char *name;
  bool (*act)(const AkWorkerCall *call, GError **error);
} acts[] = {
    {"entries", send_entries},
    {"many-entries", send_many_entries},
    {"observe", observe},
    {"name-errors", name_errors},
    {"big-blob", big_blob},
    {"read-input", read_input},
    {"open-file", open_file},
    {"open-socket", open_socket},
    {"fork", fork_process},
    {"thread-open-file", open_file_on_a_thread},
    {"thread-compute", compute_on_a_thread},
    {"start-thread", start_thread},
    {"executable", make_executable},
    {"use-memory", use_memory},
    {"loop", loop_for_ever},
    {"crash", crash},
    {"leave", leave},
    {"fail", fail},
    {"signal", signal_another},
    {"set-owner", make_kernel_signal},
    {"send-to", send_to_address},
    {"send-message", send_message},
    {"write-input", write_input},
    {"spin", spin},
    {"garbage", send_garbage},
    {"half", send_half},
    {"huge", send_huge},
    {"false-digest", send_false_digest},
    {"half-blob", send_half_blob},
    {"many-blobs", send_many_blobs},
    {"sequence", send_wrong_sequence},
    {"parents-frame", send_parents_frame},
    {"undeclared", send_undeclared},
    {"another-test", send_of_another_test},
    {"wrong-type", send_wrong_type},
    {"wrong-unit", send_wrong_unit},
    {"escape", send_escape},
    {"not-canonical", send_not_canonical},
    {"cites-beyond", send_cites_beyond},
    {"cites-wrapped", send_cites_wrapped},
    {"cites-unsent", send_cites_unsent},
    {"flood", flood},
    {"ask-network", ask_network},
    {"ask-deaf", ask_deaf},
    {"connect", connect_out},
    {"connect-often", connect_often},
    {"sweep", sweep_out},
    {"ask", ask_out},
    {"ask-too-much", ask_too_much},
};

static bool run(const AkWorkerCall *call, GError **error) {
  const char *name = ak_json_string_or(call->request, "act", "");
  for (gsize i = 0; i < G_N_ELEMENTS(acts); i++)
    if (strcmp(acts[i].name, name) == 0)
      return acts[i].act(call, error);
  const EntryLie *lie = find_entry_lie(name);
  if (lie != NULL)
    return tell_entry_lie(lie, error);
  return ak_error_set(error, AK_ERROR_CONFIG, "no act %s", name);
}

extern const AkWorkerJob ak_sandbox_selftest_job;
const AkWorkerJob ak_sandbox_selftest_job = {.name = "sandbox/selftest", .run = run};
