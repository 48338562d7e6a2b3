/* The parent's side: starts a worker, believes nothing it says, and always sees it end. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/frame.h"
#include "sandbox/spawn.h"
#include "sandbox/worker-net.h"
#include "sandbox/worker.h"
#include "util/reader.h"

#define DEFAULT_MEMORY_BYTES (512ull * 1024 * 1024)
#define MAX_OBSERVATIONS 1000000u             /* of one worker */
#define MAX_BLOB_BYTES (256ull * 1024 * 1024) /* of one blob */
#define MAX_BLOBS_BYTES (1024ull * 1024 * 1024) /* of one worker */

static const char *const end_names[] = {
    [AK_WORKER_DONE] = "done",           [AK_WORKER_FAILED] = "failed",
    [AK_WORKER_CRASHED] = "crashed",     [AK_WORKER_TIMED_OUT] = "timed out",
    [AK_WORKER_CANCELLED] = "cancelled",
};

const char *ak_worker_end_name(AkWorkerEnd end) { return end_names[end]; }

typedef struct {
  const AkWorkerSpec *spec;
  const AkWorkerHandler *handler;
  gpointer data;
  AkFrameStream stream;
  gint64 deadline_us;
  GByteArray *blob;   /* pieces received so far */
  GHashTable *kept;   /* hex digests of blobs handed on */
  guint64 blob_bytes; /* of all blobs */
  guint observations;
  GError *own_failure; /* of the handler: ends the run, not only the worker */
} Parent;

typedef enum { GO_ON, ENDED_DONE, ENDED_FAILED, LIED, HANDLER_FAILED } Step;

static Step lied(char **reason, const char *what) {
  g_free(*reason);
  *reason = g_strdup_printf("false stream: %s", what);
  return LIED;
}

/* --- frames of the worker ------------------------------------------------------------------------- */

static Step take_blob(Parent *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const guint8 *piece = g_bytes_get_data(frame->payload, &size);
  if (size > MAX_BLOB_BYTES - self->blob->len || size > MAX_BLOBS_BYTES - self->blob_bytes)
    return lied(reason, "more evidence than allowed");
  self->blob_bytes += size;
  g_byte_array_append(self->blob, piece, (guint)size);
  return GO_ON;
}

static Step take_blob_end(Parent *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const guint8 *claimed = g_bytes_get_data(frame->payload, &size);
  AkDigest digest = ak_digest_of(self->blob->data, self->blob->len);
  if (size != AK_DIGEST_SIZE || memcmp(claimed, digest.bytes, AK_DIGEST_SIZE) != 0)
    return lied(reason, "a blob has another digest than the worker says");
  if (!self->handler->blob(self->data, self->blob->data, self->blob->len, &digest,
                           &self->own_failure))
    return HANDLER_FAILED;
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  g_hash_table_add(self->kept, g_strdup(hex));
  g_byte_array_set_size(self->blob, 0);
  return GO_ON;
}

static bool is_requested(const Parent *self, const char *test_id) {
  const json_t *tests = json_object_get(self->spec->request, "tests");
  for (gsize i = 0; i < json_array_size(tests); i++)
    if (g_strcmp0(json_string_value(json_array_get(tests, i)), test_id) == 0)
      return true;
  return false;
}

static const char *lie_of_observation(const Parent *self, const AkObservation *observation) {
  const AkTest *test = ak_test_find(observation->test_id);
  if (test == NULL || !is_requested(self, observation->test_id))
    return "an observation of a test that was not asked for";
  const AkTestOutput *output = ak_test_output(test, observation->property);
  if (output == NULL || observation->test_rev != test->rev)
    return "an observation of an undeclared property";
  if (observation->outcome == AK_OUTCOME_SEEN && observation->value.type != output->type)
    return "an observation with a value of another type";
  for (guint i = 0; i < observation->evidence->len; i++) {
    char hex[AK_DIGEST_HEX_SIZE];
    ak_digest_to_hex(&g_array_index(observation->evidence, AkEvidenceRef, i).digest, hex);
    if (!g_hash_table_contains(self->kept, hex))
      return "an observation that cites evidence which was not sent";
  }
  return NULL;
}

static Step take_observation(Parent *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const char *text = g_bytes_get_data(frame->payload, &size);
  if (++self->observations > MAX_OBSERVATIONS)
    return lied(reason, "more observations than allowed");
  g_autoptr(json_t) json = ak_json_parse_canonical(text, size, "observation", NULL);
  g_autoptr(AkObservation) observation =
      json != NULL ? ak_observation_from_json(json, "observation", NULL) : NULL;
  const char *lie = observation != NULL ? lie_of_observation(self, observation)
                                        : "an observation that breaks its format";
  if (lie != NULL)
    return lied(reason, lie);
  return self->handler->observe(self->data, observation, &self->own_failure) ? GO_ON
                                                                             : HANDLER_FAILED;
}

static Step take_progress(Parent *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(frame->payload, &size);
  AkReader reader = ak_reader_init(bytes, size);
  guint64 done = 0, total = 0;
  if (!ak_reader_u64be(&reader, &done, NULL) || !ak_reader_u64be(&reader, &total, NULL))
    return lied(reason, "progress that breaks its format");
  if (self->handler->progress != NULL)
    self->handler->progress(self->data, MIN(done, total), total);
  return GO_ON;
}

static Step take_net(Parent *self, const AkFrame *frame, char **reason) {
  g_autoptr(GError) error = NULL;
  if (!self->spec->has_network)
    return lied(reason, "a worker without network asks for it");
  if (ak_worker_net_serve(&self->stream, frame, self->handler, self->data, self->deadline_us,
                          &error))
    return GO_ON;
  return lied(reason, error->message);
}

static Step take_failed(Parent *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const void *text = g_bytes_get_data(frame->payload, &size);
  g_auto(AkValue) clean = ak_value_text_from_bytes(text, size, 4000);
  g_free(*reason);
  *reason = g_steal_pointer(&clean.text);
  return ENDED_FAILED;
}

static Step take_done(Parent *self, const AkFrame *frame, char **reason) {
  return self->blob->len == 0 ? ENDED_DONE : lied(reason, "it ends within a blob");
}

static Step take_frame(Parent *self, const AkFrame *frame, char **reason) {
  static Step (*const steps[])(Parent *, const AkFrame *, char **) = {
      [AK_FRAME_BLOB] = take_blob,         [AK_FRAME_BLOB_END] = take_blob_end,
      [AK_FRAME_OBSERVE] = take_observation, [AK_FRAME_PROGRESS] = take_progress,
      [AK_FRAME_CONNECT] = take_net,       [AK_FRAME_SWEEP] = take_net,
      [AK_FRAME_DONE] = take_done,         [AK_FRAME_FAILED] = take_failed,
  };
  if (frame->fd >= 0)
    return lied(reason, "it sends a descriptor");
  if (frame->type >= G_N_ELEMENTS(steps) || steps[frame->type] == NULL)
    return lied(reason, "a frame that only the parent sends");
  return steps[frame->type](self, frame, reason);
}

/* --- the conversation ------------------------------------------------------------------------------ */

static bool send_job(Parent *self, GError **error) {
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(self->spec->request, &size, error);
  if (text == NULL)
    return false;
  for (gsize at = 0; at < size; at += AK_FRAME_MAX_PAYLOAD)
    if (!ak_frame_send(&self->stream, AK_FRAME_JOB, text + at,
                       MIN(size - at, AK_FRAME_MAX_PAYLOAD), -1, error))
      return false;
  return ak_frame_send(&self->stream, AK_FRAME_JOB_END, NULL, 0, -1, error);
}

static bool not_cancelled(gpointer data) {
  Parent *self = data;
  return self->handler->cancelled == NULL || !self->handler->cancelled(self->data);
}

/* How the end of the stream, or of patience, is to be told. */
static AkWorkerEnd end_of_error(const GError *error, char **reason) {
  g_free(*reason);
  *reason = g_strdup(error->message);
  if (g_error_matches(error, AK_ERROR, AK_ERROR_TIMEOUT))
    return AK_WORKER_TIMED_OUT;
  if (g_error_matches(error, AK_ERROR, AK_ERROR_CANCELLED))
    return AK_WORKER_CANCELLED;
  return AK_WORKER_CRASHED;
}

static bool receive(Parent *self, AkFrame *frame, AkWorkerEnd *end, char **reason) {
  g_autoptr(GError) error = NULL;
  if (ak_frame_receive(&self->stream, self->deadline_us, not_cancelled, self, frame, &error))
    return true;
  *end = end_of_error(error, reason);
  return false;
}

static AkWorkerEnd converse(Parent *self, char **reason) {
  AkWorkerEnd end = AK_WORKER_CRASHED;
  g_auto(AkFrame) ready = {.fd = -1};
  if (!receive(self, &ready, &end, reason))
    return end;
  if (ready.type == AK_FRAME_FAILED) {
    take_failed(self, &ready, reason);
    return AK_WORKER_FAILED;
  }
  g_autoptr(GError) error = NULL;
  if (ready.type != AK_FRAME_READY) {
    lied(reason, "it works before it is locked in");
    return AK_WORKER_CRASHED;
  }
  if (!send_job(self, &error))
    return end_of_error(error, reason);
  for (;;) {
    g_auto(AkFrame) frame = {.fd = -1};
    if (!receive(self, &frame, &end, reason))
      return end;
    Step step = take_frame(self, &frame, reason);
    if (step == ENDED_DONE)
      return AK_WORKER_DONE;
    if (step == ENDED_FAILED)
      return AK_WORKER_FAILED;
    if (step != GO_ON)
      return not_cancelled(self) ? AK_WORKER_CRASHED : AK_WORKER_CANCELLED;
  }
}

/* --- its end ------------------------------------------------------------------------------------------ */

/* A worker that has said its last word still may not linger: it is ended and waited for. */
static int bury(pid_t pid, bool at_once) {
  int status = 0;
  for (guint i = 0; !at_once && i < 50; i++) { /* up to half a second to end by itself */
    pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid)
      return status;
    g_usleep(10000);
  }
  kill(pid, SIGKILL);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    continue;
  return status;
}

static void explain_death(int status, char **reason) {
  if (!WIFSIGNALED(status))
    return;
  int number = WTERMSIG(status);
  g_autofree char *before = g_steal_pointer(reason);
  const char *why = number == SIGSYS   ? "a forbidden system call (SIGSYS)"
                    : number == SIGXCPU ? "its processor time was used up (SIGXCPU)"
                                        : g_strsignal(number);
  *reason = g_strdup_printf("the worker was ended by %s; %s", why,
                            before != NULL ? before : "no word from it");
}

static guint cpu_seconds_of(guint wall_ms) { return wall_ms / 1000 + 2; }

bool ak_worker_run(const AkWorkerSpec *spec, const AkWorkerHandler *handler, gpointer data,
                   AkWorkerEnd *end, char **reason, GError **error) {
  AkWorkerArguments arguments = {
      .job = spec->job,
      .has_network = spec->has_network,
      .has_input = spec->input_fd >= 0,
      .memory_bytes = spec->memory_bytes ? spec->memory_bytes : DEFAULT_MEMORY_BYTES,
      .cpu_seconds = cpu_seconds_of(spec->wall_ms),
  };
  pid_t pid = 0;
  int socket_fd = -1;
  if (!ak_worker_spawn(&arguments, spec->input_fd, &pid, &socket_fd, error))
    return false;
  g_autoptr(GByteArray) blob = g_byte_array_new();
  g_autoptr(GHashTable) kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Parent self = {.spec = spec, .handler = handler, .data = data, .blob = blob, .kept = kept,
                 .stream = {.fd = socket_fd},
                 .deadline_us = g_get_monotonic_time() + (gint64)spec->wall_ms * 1000};
  g_autofree char *why = NULL;
  AkWorkerEnd how = converse(&self, &why);
  bool spoke_last = how == AK_WORKER_DONE || how == AK_WORKER_FAILED;
  bool stream_ended = how == AK_WORKER_CRASHED && self.own_failure == NULL;
  close(socket_fd);
  int status = bury(pid, !spoke_last && !stream_ended);
  if (how == AK_WORKER_CRASHED)
    explain_death(status, &why);
  if (self.own_failure != NULL) {
    g_propagate_error(error, self.own_failure);
    return false;
  }
  *end = how;
  *reason = how == AK_WORKER_DONE ? NULL : g_steal_pointer(&why);
  return true;
}
