/* Executes a run's jobs in worker processes (sandbox/worker.h). */
#pragma once

#include "verify/run/runner.h"

typedef struct {
  AkNet *net;         /* serves the workers' connections; NULL: no network tests */
  const char *folder; /* relative image paths start here */
  guint threads;      /* that help the worker of a file */
} AkWorkerExecutor;

/* The file of a job, opened for reading; the caller's. -1 with IO where it cannot be. */
int ak_execute_open_input(const AkWorkerExecutor *self, const char *input, GError **error);

/* An AkRunExecute; `data` is the AkWorkerExecutor. */
bool ak_execute_in_worker(gpointer data, const AkRunJob *job, const AkRunReceiver *receiver,
                          gpointer receiver_data, const char **end, char **reason,
                          GError **error);
