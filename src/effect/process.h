/* A product (or the target) that the range starts: without privileges, in a process group of its own,
 * with a folder of its own, and stopped after with everything that it started in that group. */
#pragma once

#include "core/range.h"

/* What stands for @NAME@ in a product's files and its command: PORT (where it must listen), TARGET_PORT
 * (what it stands in front of), FOLDER (its own), RANGE (the range file's folder), and its own values.
 * Names are upper-case letters, digits and "_"; an @ that begins no known name stays as it is. Caller
 * frees. */
typedef struct {
  const char *folder, *range;
  guint16 port, target_port;
  const GPtrArray *values; /* of AkRangeValue; or NULL */
} AkPlaceholders;
char *ak_process_fill(const AkPlaceholders *self, const char *text, gsize size, gsize *filled);

typedef struct _AkProcess AkProcess;

typedef struct {
  const char *name;    /* in errors */
  const char *folder;  /* there already; it becomes the process's own */
  char **argv;         /* the program is found in PATH, /usr/sbin and /sbin */
  guint16 port;        /* it is ready once this accepts a connection on 127.0.0.1; 0: at once */
  guint ready_ms;
  int in_fd, out_fd;   /* its standard input and output; -1: none, and the file "output" */
  const char *groups;  /* file that gets a line a start, by which whoever comes after a killed range finds
                          what it left (effect/left.h); or NULL */
} AkProcessSpec;

/* Starts it; standard output and error go to FOLDER/output. As root it becomes "nobody" first. IO
 * where it cannot be started, TIMEOUT where it is not ready in time, with the end of its output. */
AkProcess *ak_process_start(const AkProcessSpec *spec, GError **error);

/* What its group used so far. CPU time of members that have ended counts only as far as a living member
 * waited for them. */
typedef struct {
  gint64 cpu_us;
  gint64 waited_us;    /* ready to run, but no processor was free; of members that live */
  gint64 memory_bytes; /* resident now, or the most that what has ended had */
} AkProcessUse;
AkProcessUse ak_process_use(const AkProcess *self);
/* `sum` has both: times are added, of memory the larger stays. */
void ak_process_use_add(AkProcessUse *sum, const AkProcessUse *more);

/* TERM to the group, KILL after `stop_ms`, and waits. Adds what it used in all its life to `used` (may be
 * NULL). */
void ak_process_stop(AkProcess *self, guint stop_ms, AkProcessUse *used);
static inline void ak_process_kill(AkProcess *self) { ak_process_stop(self, 0, NULL); }
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkProcess, ak_process_kill)

bool ak_process_is_alive(AkProcess *self);
/* True with its exit status where it has ended by itself; false where it lives or a signal ended it. */
bool ak_process_has_exited(const AkProcess *self, int *status);
gint ak_process_pid(const AkProcess *self);

/* A TCP port on 127.0.0.1 that nobody listens on now, below those that the system gives to outgoing
 * connections (one of these could connect to itself). 0 where none is free. */
guint16 ak_process_free_port(void);

/* A folder for what runs without privileges: PARENT/NAME, which then belongs to it. */
bool ak_process_make_folder(const char *path, GError **error);
