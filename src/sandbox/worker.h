/* Worker processes: where foreign bytes are read.
 *
 * The program starts itself again (posix_spawn of its own executable, before it has threads of its
 * own there) and locks itself in: seccomp, Landlock, namespaces, resource limits. A worker that
 * cannot lock itself in refuses to work. Parent and worker speak in frames over a socket pair; the
 * parent treats each frame as hostile: it hashes blobs again, checks names and counts.
 *
 * The sandbox knows no engine. A job is a function by name; main.c hands over the generated table.
 */
#pragma once

#include "core/sink.h"
#include "core/test.h"
#include "sandbox/entry.h"
#include "util/crew.h"
#include "util/pages.h"

struct _AkNet;

#define AK_WORKER_MAX_THREADS 16u

/* What a job runs with, inside the worker. */
typedef struct {
  const json_t *request; /* what the parent asked; borrowed */
  int input_fd;          /* read-only input, or -1 */
  int spool_fd;          /* for appending up to `spool_bytes`, or -1 */
  guint64 spool_bytes;
  struct _AkNet *net; /* NET workers: asks the parent for each connection; else NULL */
  /* A sink for `test`, whose observations and blobs go to the parent; freed by the job. */
  AkSink *(*sink)(gpointer worker, const struct _AkTest *test);
  AkCrew *crew; /* threads that help; they are locked in as this one is. Borrowed */
  AkPages *pages; /* that give back pages of what the job maps. Borrowed; NULL: nothing does */
  /* Splits what is sent into lanes, which threads of the crew may fill side by side: all of lane 0 goes
   * out, then all of lane 1, and so on (sandbox/lane.h). `lane_sink` is a sink into one; `lane_end` says
   * that it is finished, `lane_may_begin` is false where one before it has failed, or could not be sent. `join`
   * ends that, when no lane is in use any more. Entries and other sinks are sent before or after. */
  void (*split)(gpointer worker, guint lanes);
  AkSink *(*lane_sink)(gpointer worker, const struct _AkTest *test, guint lane);
  bool (*lane_may_begin)(gpointer worker);
  void (*lane_end)(gpointer worker, guint lane, bool has_failed);
  void (*join)(gpointer worker);
  /* Hands a file that was found to the parent; `bytes` are its content (NULL: none). */
  bool (*entry)(gpointer worker, const AkEntry *entry, GBytes *bytes, GError **error);
  gpointer worker;
} AkWorkerCall;

typedef struct _AkWorkerJob {
  const char *name;
  bool (*run)(const AkWorkerCall *call, GError **error);
  bool (*preload)(GError **error); /* of files that it will need, before the worker is locked in; or NULL */
} AkWorkerJob;

extern const AkWorkerJob *const ak_worker_job_table[]; /* generated; ends with NULL */

/* How a worker ended, as the parent saw it. Anything but DONE and FAILED is observed as "cut". */
typedef enum {
  AK_WORKER_DONE,
  AK_WORKER_FAILED,    /* the job reported an error */
  AK_WORKER_CRASHED,   /* a signal, a forbidden system call, a short or false stream */
  AK_WORKER_TIMED_OUT, /* over its wall time: ended */
  AK_WORKER_CANCELLED,
} AkWorkerEnd;
const char *ak_worker_end_name(AkWorkerEnd end);

typedef struct {
  const char *job;
  const json_t *request;
  int input_fd;     /* -1: none; must be open for reading only. A file is read from its start. */
  bool has_network; /* NET isolation */
  guint wall_ms;
  guint64 memory_bytes; /* 0: 512 MiB; the worker's own, pages of files that it maps do not count */
  guint64 spool_bytes;  /* a file for what does not fit; 0: none */
  guint threads;        /* that help the worker's first one; at most AK_WORKER_MAX_THREADS */
} AkWorkerSpec;

/* What the parent does with what the worker sends. `data` is passed to each. Called on the thread
 * of ak_worker_run. */
typedef struct {
  bool (*blob)(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
               GError **error);
  bool (*observe)(gpointer data, const AkObservation *observation, GError **error);
  void (*progress)(gpointer data, guint64 done, guint64 total); /* may be NULL */
  bool (*cancelled)(gpointer data);                             /* may be NULL */
  /* Serves the worker's connections; NULL without network. Beyond the sum of limits.packets of the
   * requested tests (a connection is one, a swept port is one) it is not asked: LIMIT. */
  struct _AkNet *net;
  /* Before the job begins: what locks the worker in, "seccomp, namespaces, landlock 3". May be
   * NULL. */
  void (*locked)(gpointer data, const char *layers);
  /* Files that the worker found, one after the other: what it is, its content in pieces where it
   * has one, its end with the digest of these. What it is called is hostile; its sizes hold. All
   * three or none: then a worker that sends files lies. */
  bool (*entry)(gpointer data, const AkEntry *entry, GError **error);
  bool (*content)(gpointer data, const void *bytes, gsize size, GError **error);
  bool (*entry_end)(gpointer data, const AkDigest *digest, GError **error);
} AkWorkerHandler;

/* Runs one worker to its end. True with `end` written whenever the worker ran, whatever it did; on
 * FAILED, CRASHED and TIMED_OUT `reason` (caller frees) says what happened. False only if no worker
 * could be started or the handler failed (its error). A worker that sends anything which the
 * contract does not allow is ended and CRASHED, "false stream: …"; what it said before stands.
 * Thread-safe: many may run side by side. */
bool ak_worker_run(const AkWorkerSpec *spec, const AkWorkerHandler *handler, gpointer data,
                   AkWorkerEnd *end, char **reason, GError **error);

/* How many threads are worth helping a worker that runs alone: as many as there are processors for this
 * process, so that all have work while the first one waits, at most 8; none on one. */
guint ak_worker_spare_threads(void);

/* The program that is started as a worker; borrowed for ever. NULL: this executable itself. For
 * test programs, which are not akashi. */
void ak_worker_set_program(const char *path);

/* True if the arguments say that this process is a worker; then main() must return
 * ak_worker_main() at once, before threads exist. */
bool ak_worker_is_requested(int argc, char **argv);
int ak_worker_main(int argc, char **argv);
