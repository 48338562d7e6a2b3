/* The worker's side: locks itself in, reads the job, runs it, sends what it sees. */
#include "sandbox/worker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/frame.h"
#include "sandbox/lane.h"
#include "sandbox/lock.h"
#include "sandbox/spawn.h"
#include "sandbox/worker-net.h"
#include "util/writer.h"

#define MAX_REQUEST_BYTES (256u * 1024u * 1024u) /* the parent's own word, still bounded */

#define FILE_PAGES_BYTES (96ull * 1024 * 1024) /* that stay in memory, the program's own 20 MiB among them */

typedef struct _Worker Worker;

/* Where a sink sends to. */
typedef struct {
  Worker *worker;
  guint number;
} Lane;

struct _Worker {
  AkFrameStream stream;
  AkLanes *lanes; /* NULL: not split, everything is sent at once */
  GArray *sinks;  /* of Lane, while split */
  Lane whole;     /* of what is not split */
};

static bool send_frame(Lane *lane, AkFrameType type, const void *payload, gsize size,
                       GError **error) {
  Worker *self = lane->worker;
  return self->lanes != NULL ? ak_lanes_send(self->lanes, lane->number, type, payload, size, error)
                             : ak_frame_send(&self->stream, type, payload, size, -1, error);
}

/* --- the sink that sends frames -------------------------------------------------------------- */

static bool send_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                      GError **error) {
  for (gsize at = 0; at < size; at += AK_FRAME_MAX_PAYLOAD) {
    gsize piece = MIN(size - at, AK_FRAME_MAX_PAYLOAD);
    if (!send_frame(data, AK_FRAME_BLOB, (const guint8 *)bytes + at, piece, error))
      return false;
  }
  return send_frame(data, AK_FRAME_BLOB_END, digest->bytes, AK_DIGEST_SIZE, error);
}

static bool send_observation(gpointer data, const AkObservation *observation, GError **error) {
  g_autoptr(json_t) json = ak_observation_to_json(observation, true);
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(json, &size, error);
  return text != NULL && send_frame(data, AK_FRAME_OBSERVE, text, size, error);
}

static void send_progress(gpointer data, guint64 done, guint64 total) {
  g_autoptr(AkWriter) writer = ak_writer_new(16);
  ak_writer_u64be(writer, done);
  ak_writer_u64be(writer, total);
  g_autoptr(GBytes) bytes = ak_writer_end(writer, NULL);
  gsize size = 0;
  const void *payload = g_bytes_get_data(bytes, &size);
  send_frame(data, AK_FRAME_PROGRESS, payload, size, NULL);
}

static const AkSinkBackend frame_backend = {
    .blob = send_blob, .observe = send_observation, .progress = send_progress};

static gint64 now_utc_us(void) {
  return g_get_real_time();
}

static AkSink *sink_of(gpointer worker, const AkTest *test) {
  return ak_sink_new(test, &frame_backend, &((Worker *)worker)->whole, now_utc_us);
}

/* --- lanes ----------------------------------------------------------------------------------- */

static void split(gpointer worker, guint count) {
  Worker *self = worker;
  self->lanes = ak_lanes_new(&self->stream, count);
  self->sinks = g_array_new(FALSE, FALSE, sizeof(Lane));
  for (guint i = 0; i < count; i++) {
    Lane lane = {self, i};
    g_array_append_val(self->sinks, lane);
  }
}

static AkSink *lane_sink(gpointer worker, const AkTest *test, guint lane) {
  Worker *self = worker;
  return ak_sink_new(test, &frame_backend, &g_array_index(self->sinks, Lane, lane), now_utc_us);
}

static bool lane_may_begin(gpointer worker) {
  return !ak_lanes_are_stopped(((Worker *)worker)->lanes);
}

static void lane_end(gpointer worker, guint lane, bool has_failed) {
  ak_lanes_end(((Worker *)worker)->lanes, lane, has_failed);
}

static void join(gpointer worker) {
  Worker *self = worker;
  g_clear_pointer(&self->lanes, ak_lanes_free);
  g_clear_pointer(&self->sinks, g_array_unref);
}

/* --- files ----------------------------------------------------------------------------------- */

static bool send_content(Worker *self, const guint8 *data, gsize size, GError **error) {
  AkDigest digest = ak_digest_of(data, size);
  for (gsize at = 0; at < size; at += AK_FRAME_MAX_PAYLOAD)
    if (!ak_frame_send(&self->stream, AK_FRAME_CONTENT, data + at,
                       MIN(size - at, AK_FRAME_MAX_PAYLOAD), -1, error))
      return false;
  return ak_frame_send(&self->stream, AK_FRAME_ENTRY_END, digest.bytes, AK_DIGEST_SIZE, -1, error);
}

static bool send_entry(gpointer worker, const AkEntry *entry, GBytes *bytes, GError **error) {
  Worker *self = worker;
  AkEntry told = *entry;
  gsize size = 0;
  const guint8 *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  told.has_content = bytes != NULL;
  told.size = size;
  g_autoptr(json_t) json = ak_entry_to_json(&told);
  gsize length = 0;
  g_autofree char *text = ak_json_canonical(json, &length, error);
  return text != NULL && ak_frame_send(&self->stream, AK_FRAME_ENTRY, text, length, -1, error) &&
         (bytes == NULL || send_content(self, data, size, error));
}

/* --- the job --------------------------------------------------------------------------------- */

static json_t *receive_request(Worker *self, GError **error) {
  g_autoptr(GByteArray) text = g_byte_array_new();
  for (;;) {
    g_auto(AkFrame) frame = {.fd = -1};
    if (!ak_frame_receive(&self->stream, &frame, error))
      return NULL;
    if (frame.type == AK_FRAME_JOB_END)
      return ak_json_parse((const char *)text->data, text->len, "request", error);
    gsize size = 0;
    const guint8 *piece = g_bytes_get_data(frame.payload, &size);
    if (frame.type != AK_FRAME_JOB || size > MAX_REQUEST_BYTES - text->len) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "request: frame of type %d", (int)frame.type);
      return NULL;
    }
    g_byte_array_append(text, piece, (guint)size);
  }
}

static const AkWorkerJob *find_job(const char *name) {
  for (gsize i = 0; ak_worker_job_table[i] != NULL; i++)
    if (strcmp(ak_worker_job_table[i]->name, name) == 0)
      return ak_worker_job_table[i];
  return NULL;
}

/* Of a file that will be mapped; 0 for a pipe. */
static guint64 size_of(int fd) {
  struct stat info;
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? (guint64)info.st_size : 0;
}

static bool work(Worker *self, const AkWorkerArguments *arguments, GError **error) {
  const AkWorkerJob *job = find_job(arguments->job);
  if (job == NULL)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "there is no job %s", arguments->job);
  AkPages *pages = arguments->has_input ? ak_pages_new(FILE_PAGES_BYTES) : NULL; /* ends with the process */
  AkLockLimits limits = {.memory_bytes = arguments->memory_bytes,
                         .file_bytes = arguments->spool_bytes,
                         .mapped_bytes = arguments->has_input ? size_of(AK_WORKER_INPUT_FD) : 0,
                         .cpu_seconds = arguments->cpu_seconds,
                         .pages = pages,
                         .threads = arguments->threads};
  AkCrew *crew = NULL; /* ends with the process */
  ak_lock_preload(arguments->has_network);
  if (job->preload != NULL && !job->preload(error))
    return false;
  g_autofree char *layers = ak_lock_in(&limits, &crew, error);
  if (layers == NULL ||
      !ak_frame_send(&self->stream, AK_FRAME_READY, layers, strlen(layers), -1, error))
    return false;
  g_autoptr(json_t) request = receive_request(self, error);
  if (request == NULL)
    return false;
  g_autofree AkNet *net = arguments->has_network ? ak_worker_net_new(&self->stream) : NULL;
  AkWorkerCall call = {
      .request = request,
      .input_fd = arguments->has_input ? AK_WORKER_INPUT_FD : -1,
      .spool_fd = arguments->spool_bytes > 0 ? AK_WORKER_SPOOL_FD : -1,
      .spool_bytes = arguments->spool_bytes,
      .net = net,
      .crew = crew,
      .pages = pages,
      .sink = sink_of,
      .split = split,
      .lane_sink = lane_sink,
      .lane_may_begin = lane_may_begin,
      .lane_end = lane_end,
      .join = join,
      .entry = send_entry,
      .worker = self,
  };
  return job->run(&call, error);
}

/* The worker's last word; handlers of exit() would make calls that are forbidden by now. */
static void leave(AkFrameStream *stream, AkFrameType type, const char *text) {
  bool sent =
      ak_frame_send(stream, type, text, text != NULL ? MIN(strlen(text), 4000) : 0, -1, NULL);
  _exit(sent && type == AK_FRAME_DONE ? EXIT_SUCCESS : EXIT_FAILURE);
}

int ak_worker_main(int argc, char **argv) {
  AkWorkerArguments arguments;
  Worker self = {.stream = {.fd = AK_WORKER_SOCKET_FD}};
  self.whole.worker = &self;
  if (!ak_worker_arguments_parse(argc, argv, &arguments))
    return EXIT_FAILURE;
  g_autoptr(GError) error = NULL;
  if (work(&self, &arguments, &error))
    leave(&self.stream, AK_FRAME_DONE, NULL);
  leave(&self.stream, AK_FRAME_FAILED, error != NULL ? error->message : "no reason given");
  return EXIT_FAILURE;
}
