/* One run as the log has it: a fold over its records. */
#pragma once

#include "log/log.h"
#include "store/runs.h"
#include "verify/run/state.h"

typedef struct {
  AkRunState *state;
  GArray *records;       /* of guint64: the indices of its records, in order */
  guint64 verdict_index; /* of the newest verdict record; valid if state->verdict is set */
  gatomicrefcount references;
} AkRunView;
AkRunView *ak_run_view_ref(AkRunView *self);
void ak_run_view_free(AkRunView *self); /* gives one reference up */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRunView, ak_run_view_free)

/* Reads the whole log: GPtrArray of AkRunView in the order of their first records. INVALID_DATA names the
 * record that does not fit. */
GPtrArray *ak_run_view_fold_log(AkLog *log, GError **error);

/* The same for one run of which no record is before `first` (0 where that is not known); NULL without an
 * error where the log has none of it. */
AkRunView *ak_run_view_fold_run(AkLog *log, const char *run_id, guint64 first, GError **error);

/* Reads the records that the store names for `run` alone. NULL without an error where they are not
 * the run's, or not as many as its row says: the rows are not to be trusted then. */
AkRunView *ak_run_view_fold_spans(AkLog *log, const AkRunRow *run, const GPtrArray *spans,
                                  GError **error);
