/* What was found in a file is found once: devices of one kind often come with the same firmware image,
 * and this process analyses each file, by its digest, once for all runs that ask the same of it.
 *
 * Every run still has all of it in its own records: its observations, which cite the same evidence, and at
 * the end of each test the run in which the file was really looked at. Only what was looked at to its end
 * is used again. What outlives the process is in the cache (app/cache.h). Any thread. */
#pragma once

#include "app/cache.h"
#include "log/log.h"
#include "verify/run/execute.h"

typedef struct _AkReuse AkReuse;

/* At most `at_once` files are analysed at a time. Borrows `log`, into which all runs put their evidence. */
AkReuse *ak_reuse_new(AkLog *log, guint at_once);
void ak_reuse_free(AkReuse *self); /* no thread may be inside */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkReuse, ak_reuse_free)

typedef struct {
  AkReuse *reuse;
  const char *run_id;
  AkCache cache; /* what other processes have looked at */
  AkWorkerExecutor worker;
} AkReuseExecutor;

/* An AkRunExecute; `data` is the AkReuseExecutor. Jobs without a file are handed on. */
bool ak_reuse_execute(gpointer data, const AkRunJob *job, const AkRunReceiver *receiver,
                      gpointer receiver_data, const char **end, char **reason, GError **error);
