/* The parent's side: starts a worker, believes nothing it says, and always sees it end. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/intake.h"
#include "sandbox/lock.h"
#include "sandbox/spawn.h"

#define DEFAULT_MEMORY_BYTES (512ull * 1024 * 1024)
#define LAST_MOMENTS_MS 500 /* for a worker that said its last word to end by itself */

static const char *const end_names[] = {
    [AK_WORKER_DONE] = "done",           [AK_WORKER_FAILED] = "failed",
    [AK_WORKER_CRASHED] = "crashed",     [AK_WORKER_TIMED_OUT] = "timed out",
    [AK_WORKER_CANCELLED] = "cancelled",
};

const char *ak_worker_end_name(AkWorkerEnd end) {
  return end_names[end];
}

typedef struct {
  pid_t pid;
  guint64 memory_bytes;
  AkFrameStream stream;
  AkIntake intake;
  bool is_over_memory; /* sanitized builds: there no limit of the kernel ends it */
  bool is_lying;       /* its stream was false: it gets no last moments */
} Parent;

/* --- the conversation ------------------------------------------------------------------------ */

static bool send_job(AkFrameStream *stream, const char *text, gsize size, GError **error) {
  for (gsize at = 0; at < size; at += AK_FRAME_MAX_PAYLOAD)
    if (!ak_frame_send(stream, AK_FRAME_JOB, text + at, MIN(size - at, AK_FRAME_MAX_PAYLOAD), -1,
                       error))
      return false;
  return ak_frame_send(stream, AK_FRAME_JOB_END, NULL, 0, -1, error);
}

/* The address sanitizer needs unlimited address space, and about three times the memory. */
static bool is_over_memory(const Parent *self) {
  g_autofree char *path = g_strdup_printf("/proc/%d/statm", (int)self->pid);
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return false;
  g_auto(GStrv) fields = g_strsplit(text, " ", 3);
  guint64 pages = 0;
  if (g_strv_length(fields) < 2 ||
      !g_ascii_string_to_unsigned(fields[1], 10, 0, G_MAXUINT32, &pages, NULL))
    return false;
  return pages * (guint64)sysconf(_SC_PAGESIZE) > 3 * self->memory_bytes + DEFAULT_MEMORY_BYTES;
}

static bool goes_on(gpointer data) {
  Parent *self = data;
  self->is_over_memory = ak_lock_is_sanitized() && is_over_memory(self);
  const AkIntake *intake = &self->intake;
  return !self->is_over_memory &&
         (intake->handler->cancelled == NULL || !intake->handler->cancelled(intake->data));
}

/* How the end of the stream, or of patience, is to be told. */
static AkWorkerEnd end_of_error(Parent *self, const GError *error, char **reason) {
  self->is_lying = g_error_matches(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_free(*reason);
  *reason = self->is_over_memory
                ? g_strdup("more memory than allowed")
                : g_strconcat(self->is_lying ? "false stream: " : "", error->message, NULL);
  if (self->is_over_memory)
    return AK_WORKER_CRASHED;
  if (g_error_matches(error, AK_ERROR, AK_ERROR_TIMEOUT))
    return AK_WORKER_TIMED_OUT;
  if (g_error_matches(error, AK_ERROR, AK_ERROR_CANCELLED))
    return AK_WORKER_CANCELLED;
  return AK_WORKER_CRASHED;
}

/* The worker's first frame: true if it is locked in. */
static bool hear_ready(Parent *self, AkWorkerEnd *end, char **reason) {
  g_autoptr(GError) error = NULL;
  g_auto(AkFrame) frame = {.fd = -1};
  if (!ak_frame_receive(&self->stream, &frame, &error)) {
    *end = end_of_error(self, error, reason);
    return false;
  }
  if (frame.type == AK_FRAME_FAILED) {
    *reason = ak_intake_failure_text(&frame);
    *end = AK_WORKER_FAILED;
    return false;
  }
  if (frame.type != AK_FRAME_READY || frame.fd >= 0) {
    *reason = g_strdup("false stream: it works before it is locked in");
    self->is_lying = true;
    *end = AK_WORKER_CRASHED;
    return false;
  }
  const AkWorkerHandler *handler = self->intake.handler;
  g_autofree char *layers = ak_intake_failure_text(&frame);
  if (handler->locked != NULL)
    handler->locked(self->intake.data, layers);
  return true;
}

/* How a worker ended after its last frame. On HANDLER_FAILED it does not matter. */
static AkWorkerEnd end_of_step(Parent *self, AkIntakeStep step, char **reason) {
  if (step == AK_INTAKE_DONE)
    return AK_WORKER_DONE;
  if (step == AK_INTAKE_FAILED)
    return AK_WORKER_FAILED;
  if (step == AK_INTAKE_STREAM_FAILED)
    return end_of_error(self, self->intake.stream_failure, reason);
  self->is_lying = true;
  return AK_WORKER_CRASHED;
}

static AkWorkerEnd converse(Parent *self, const char *job, gsize job_size, char **reason) {
  AkWorkerEnd end = AK_WORKER_CRASHED;
  if (!hear_ready(self, &end, reason))
    return end;
  g_autoptr(GError) error = NULL;
  if (!send_job(&self->stream, job, job_size, &error))
    return end_of_error(self, error, reason);
  for (;;) {
    g_auto(AkFrame) frame = {.fd = -1};
    if (!ak_frame_receive(&self->stream, &frame, &error))
      return end_of_error(self, error, reason);
    AkIntakeStep step = ak_intake_frame(&self->intake, &frame, reason);
    if (step != AK_INTAKE_GO_ON)
      return end_of_step(self, step, reason);
  }
}

/* --- its end --------------------------------------------------------------------------------- */

typedef struct {
  int status;
  bool was_killed; /* by us */
} Death;

/* Waits until the process has ended; false if it still runs after `timeout_ms`. Without pidfds
 * (older kernels, or too many descriptors) it looks every 10 ms. */
static bool has_ended(pid_t pid, int timeout_ms, int *status) {
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  gint64 end_us = g_get_monotonic_time() + timeout_ms * 1000;
  pid_t ended;
  while ((ended = waitpid(pid, status, WNOHANG)) == 0 && g_get_monotonic_time() < end_us) {
    struct pollfd waiting = {.fd = pidfd, .events = POLLIN};
    poll(&waiting, 1, pidfd >= 0 ? (int)MAX((end_us - g_get_monotonic_time()) / 1000, 1) : 10);
  }
  if (pidfd >= 0)
    close(pidfd);
  return ended != 0;
}

/* A worker that has said its last word still may not linger: it is ended and waited for. Until it
 * is waited for nobody else can have its process id. */
static Death bury(pid_t pid, bool at_once) {
  Death death = {0};
  if (has_ended(pid, at_once ? 0 : LAST_MOMENTS_MS, &death.status))
    return death;
  kill(pid, SIGKILL);
  death.was_killed = true;
  while (waitpid(pid, &death.status, 0) < 0 && errno == EINTR)
    continue;
  return death;
}

static const char *cause_of(int number) {
  return number == SIGSYS    ? "a forbidden system call (SIGSYS)"
         : number == SIGXCPU ? "its processor time was used up (SIGXCPU)"
         : number == SIGKILL ? "the system (SIGKILL); perhaps memory ran out"
                             : g_strsignal(number);
}

static void explain_death(const Death *death, char **reason) {
  if (death->was_killed || !WIFSIGNALED(death->status))
    return;
  g_autofree char *before = g_steal_pointer(reason);
  *reason = g_strdup_printf("the worker was ended by %s; %s", cause_of(WTERMSIG(death->status)),
                            before != NULL ? before : "no word from it");
}

static guint cpu_seconds_of(guint wall_ms) {
  return wall_ms / 1000 + 2;
}

/* Talks with a worker that was started, until both are through with each other. */
static AkWorkerEnd attend(Parent *self, const char *job, gsize job_size, char **reason) {
  AkWorkerEnd end = converse(self, job, job_size, reason);
  close(self->stream.fd);
  bool may_end_by_itself = end == AK_WORKER_DONE || end == AK_WORKER_FAILED ||
                           (end == AK_WORKER_CRASHED && !self->is_lying && !self->is_over_memory);
  Death death = bury(self->pid, !may_end_by_itself);
  if (end == AK_WORKER_CRASHED)
    explain_death(&death, reason);
  return end;
}

guint ak_worker_spare_threads(void) {
  guint processors = g_get_num_processors();
  return processors > 1 ? MIN(processors, 8) : 0;
}

bool ak_worker_run(const AkWorkerSpec *spec, const AkWorkerHandler *handler, gpointer data,
                   AkWorkerEnd *end, char **reason, GError **error) {
  AkWorkerArguments arguments = {
      .job = spec->job,
      .has_network = spec->has_network,
      .has_input = spec->input_fd >= 0,
      .memory_bytes = spec->memory_bytes ? spec->memory_bytes : DEFAULT_MEMORY_BYTES,
      .spool_bytes = spec->spool_bytes,
      .cpu_seconds = cpu_seconds_of(spec->wall_ms),
      .threads = MIN(spec->threads, AK_WORKER_MAX_THREADS),
  };
  gsize job_size = 0;
  g_autofree char *job = ak_json_canonical(spec->request, &job_size, error);
  Parent self = {.memory_bytes = arguments.memory_bytes};
  if (job == NULL ||
      !ak_worker_spawn(&arguments, spec->input_fd, &self.pid, &self.stream.fd, error))
    return false;
  self.stream.deadline_us = g_get_monotonic_time() + (gint64)spec->wall_ms * 1000;
  self.stream.goes_on = goes_on;
  self.stream.data = &self;
  self.intake = ak_intake_init(spec, handler, data, &self.stream);
  g_autofree char *why = NULL;
  AkWorkerEnd how = attend(&self, job, job_size, &why);
  bool is_ours = self.intake.own_failure != NULL;
  if (is_ours)
    g_propagate_error(error, g_steal_pointer(&self.intake.own_failure));
  ak_intake_clear(&self.intake);
  if (is_ours)
    return false;
  *end = how;
  *reason = how == AK_WORKER_DONE ? NULL : g_steal_pointer(&why);
  return true;
}
