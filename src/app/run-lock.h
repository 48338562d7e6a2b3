/* Who works on a run: one process at a time, and everybody can see whether one does.
 *
 * DIR/running/RUN is locked (an open file description lock) while a process works on the run, and
 * removed when it is done. The kernel lets go of the lock when the process ends, however it ends; so a
 * lock that is held means a living process, and the log alone cannot tell that. Source: fcntl(2), Linux
 * 3.15. Any thread. */
#pragma once

#include "app/workspace.h"

typedef struct _AkRunLock AkRunLock;

/* CONFLICT where another process works on the run; CONFIG for a run id that is no plain name. */
AkRunLock *ak_run_lock_take(AkWorkspace *workspace, const char *run_id, GError **error);
void ak_run_lock_release(AkRunLock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRunLock, ak_run_lock_release)

typedef enum {
  AK_RUN_NOT_HELD,
  AK_RUN_HELD,
  AK_RUN_NOT_KNOWN, /* its lock cannot be looked at */
} AkRunHeld;
AkRunHeld ak_run_lock_look(AkWorkspace *workspace, const char *run_id);

/* How a run stands: "running" a process works on it; otherwise how it ended, "finished" or "aborted"
 * (`end`, NULL where it has no end); "stopped" it has no end and nobody works on it; "unknown" whether
 * somebody does. Static. */
const char *ak_run_status(AkWorkspace *workspace, const char *run_id, const char *end);
