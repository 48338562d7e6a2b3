#include "verify/run/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "sandbox/worker.h"

#define IMAGE_MEMORY_BYTES (512ull * 1024 * 1024) /* the image itself is mapped */
#define IMAGE_SPOOL_BYTES (1280ull * 1024 * 1024) /* what was unpacked and does not fit */

int ak_execute_open_input(const AkWorkerExecutor *self, const char *input, GError **error) {
  g_autofree char *path = g_path_is_absolute(input) || self->folder == NULL
                              ? g_strdup(input)
                              : g_build_filename(self->folder, input, NULL);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    ak_error_set_errno(error, errno, "file %s", path);
  return fd;
}

static const char *name_of_end(AkWorkerEnd end) {
  static const char *const names[] = {
      [AK_WORKER_DONE] = "done",
      [AK_WORKER_FAILED] = "failed",
      [AK_WORKER_CRASHED] = "cut",
      [AK_WORKER_TIMED_OUT] = "cut",
      [AK_WORKER_CANCELLED] = "interrupted",
  };
  return names[end];
}

bool ak_execute_in_worker(gpointer data, const AkRunJob *job, const AkRunReceiver *receiver,
                          gpointer receiver_data, const char **end, char **reason, GError **error) {
  const AkWorkerExecutor *self = data;
  bool is_file = job->isolation == AK_ISOLATION_SANDBOX;
  AkWorkerSpec spec = {
      .job = job->job,
      .request = job->request,
      .input_fd = -1,
      .has_network = !is_file,
      .wall_ms = job->wall_ms,
      .memory_bytes = is_file ? IMAGE_MEMORY_BYTES : 0,
      .spool_bytes = is_file ? IMAGE_SPOOL_BYTES : 0,
      .threads = is_file ? self->threads : 0,
  };
  AkWorkerHandler handler = {
      .blob = receiver->blob,
      .observe = receiver->observe,
      .progress = receiver->progress,
      .cancelled = receiver->cancelled,
      .net = is_file ? NULL : self->net,
  };
  if (is_file && job->input != NULL) {
    g_autoptr(GError) failure = NULL;
    spec.input_fd = ak_execute_open_input(self, job->input, &failure);
    if (spec.input_fd < 0) { /* could not look: the test failed, the run goes on */
      *end = "failed";
      *reason = g_strdup(failure->message);
      return true;
    }
  }
  AkWorkerEnd how = AK_WORKER_DONE;
  bool ran = ak_worker_run(&spec, &handler, receiver_data, &how, reason, error);
  if (spec.input_fd >= 0)
    close(spec.input_fd);
  if (ran)
    *end = name_of_end(how);
  return ran;
}
