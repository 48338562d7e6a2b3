/* Runs that were folded lately, kept for readers that ask for the same ones again: a page of a run asks for all of
 * its records, and so does the next page. Any thread. */
#pragma once

#include "app/run-view.h"

#define AK_RUN_VIEWS_RECORDS 50000      /* of all views together; a larger run is not kept */
#define AK_RUN_VIEWS_IDLE_US 60000000   /* a view that nobody asked for so long is let go by the next question */

typedef struct _AkRunViews AkRunViews;

AkRunViews *ak_run_views_new(void);
void ak_run_views_free(AkRunViews *self);

/* The kept view of `run`, a reference for the caller, who does not change it; NULL where none is kept or its records
 * are not those that the row and its spans count any more. `now_us`: g_get_monotonic_time. */
AkRunView *ak_run_views_find(AkRunViews *self, const AkRunRow *run, const GPtrArray *spans, gint64 now_us);

/* Keeps a reference of its own to `view`, which nobody changes from now on, in place of an older one of the run. */
void ak_run_views_keep(AkRunViews *self, AkRunView *view, gint64 now_us);
