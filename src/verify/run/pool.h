/* The threads on which the tasks of runs take turns: of one run, or of many side by side.
 *
 * Two lanes, so that neither waits behind the other: tests of devices, which mostly wait for answers, and
 * tests of files. What came first begins first, so that no run is left behind. Any thread. */
#pragma once

#include "core/test.h"

typedef struct _AkRunPool AkRunPool;

/* `jobs`: tasks at a time in each lane, at least 1. */
AkRunPool *ak_run_pool_new(guint jobs);
/* Waits until all that was pushed has ended. */
void ak_run_pool_free(AkRunPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRunPool, ak_run_pool_free)

void ak_run_pool_push(AkRunPool *self, AkIsolation isolation, GFunc work, gpointer data,
                      gpointer user_data);
