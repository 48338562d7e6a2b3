/* Runs a plan: a DAG of tests with a bounded pool, every step a record in the journal.
 *
 * The runner knows neither the log nor the worker processes: both are handed in, so that its own
 * tests play them. It decides the order (what is needed first, safe before disturbing, a disturbing
 * test alone on its address), asks for permission before each test, watches that the device still
 * answers, and stops testing an address that does not. */
#pragma once

#include "net/net.h"
#include "verify/plan/plan.h"
#include "verify/run/pool.h"
#include "verify/run/state.h"

/* Where records and evidence go; called from several threads at once. Each is durable on return. */
typedef struct {
  bool (*append)(gpointer data, const json_t *record, GError **error);
  bool (*blob)(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
               GError **error);
} AkRunJournal;

/* Receives what a job observes, and says how it goes on. */
typedef struct {
  bool (*blob)(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
               GError **error);
  bool (*observe)(gpointer data, const AkObservation *observation, GError **error);
  void (*progress)(gpointer data, guint64 done, guint64 total);
  bool (*cancelled)(gpointer data);
} AkRunReceiver;

/* One job: a NET test on a subject, or all SANDBOX tests on one file (an image, a document). */
typedef struct {
  const char *job;       /* "verify/probe", "verify/image" or "verify/document" */
  const json_t *request; /* docs/formats/frames.md, "jobs" */
  const char *input;     /* SANDBOX only: path of the file */
  AkIsolation isolation;
  guint wall_ms;
} AkRunJob;

/* Executes a job to its end: "done", "failed", "cut" (crashed, timed out) or "interrupted"
 * (cancelled) in `end` (static), with `reason` (caller frees). False only if the journal or the
 * machine failed. Called from several threads. */
typedef bool (*AkRunExecute)(gpointer data, const AkRunJob *job, const AkRunReceiver *receiver,
                             gpointer receiver_data, const char **end, char **reason,
                             GError **error);

/* One line of what goes on, for a person: a test ended (`execution` not NULL) or works. */
typedef void (*AkRunProgress)(gpointer data, const char *key, const AkRunExecution *ended,
                              guint64 done, guint64 total);

typedef struct {
  AkPlanInput plan;
  guint jobs;   /* executions of this run at a time; 0: 4 */
  AkRunPool *pool; /* on which they take turns with those of other runs; NULL: a pool of its own */
  guint repeat; /* how often device tests run; 0: 1 */
  guint64 seed;
  gint64 (*now_utc_us)(void);
  AkRunJournal journal;
  gpointer journal_data;
  AkRunExecute execute;
  gpointer execute_data;
  /* May `test` be run on `address`? PERMISSION with the reason, which becomes an observation. */
  bool (*permit)(gpointer data, const AkTest *test, const char *address, GError **error);
  gpointer permit_data;
  AkNet *net; /* for watching that the device answers; NULL: not watched */
  guint packets_per_second; /* of real devices: stretches the wall time of discovery; 0: none */
  guint recovery_ms;        /* how long to wait for a device that stopped answering; 0: 10,000 */
  AkRunProgress progress; /* may be NULL */
  gpointer progress_data;
  bool (*cancelled)(gpointer data); /* may be NULL */
  gpointer cancelled_data;
} AkRunSpec;

/* Runs what `state` (planned, perhaps partly run) still lacks, and folds every step into it. True
 * with `finished` false when cancelled: then the run can be resumed. On error the journal holds
 * everything that was acknowledged. */
bool ak_run(const AkRunSpec *spec, AkRunState *state, bool *finished, GError **error);
