/* Starting a worker process: the program again, with a clean environment and three descriptors. */
#pragma once

#include <sys/types.h>

#include "util/error.h"

#define AK_WORKER_SOCKET_FD 3 /* frames */
#define AK_WORKER_INPUT_FD 4  /* the input, read-only */
#define AK_WORKER_SPOOL_FD                                                                         \
  5 /* where it may set bytes aside: an empty file without a name, for appending */

/* What a worker is told on its command line. */
typedef struct {
  const char *job;
  bool has_network;
  bool has_input;
  guint64 memory_bytes;
  guint64 spool_bytes; /* 0: no spool */
  guint cpu_seconds;
  guint threads; /* that help its first one */
} AkWorkerArguments;

bool ak_worker_arguments_parse(int argc, char **argv, AkWorkerArguments *out);

/* Starts it; `input_fd` (-1: none) must be read-only, CONFIG otherwise: a file is opened again, so
 * that workers that read it side by side do not move each other's position. `pid` and `socket_fd`
 * (the parent's end, the caller's) are written only on success. */
bool ak_worker_spawn(const AkWorkerArguments *arguments, int input_fd, pid_t *pid, int *socket_fd,
                     GError **error);
