/* The index of observations: which run's test saw which property of what, and the record that says
 * so. Values stay in the log; those of an attempt that did not end are not listed. */
#pragma once

#include "store/db.h"

/* One execution of a test in a run. */
typedef struct {
  gint64 log_id, run_index;
  char *execution; /* as in its records: unique in the run */
  char *test;
  gint64 attempt;
  gint64 started_index; /* of the newest test-started record */
  char *execution_end;  /* "done" …, NULL while it runs */
} AkExecutionRow;

typedef struct {
  gint64 log_id;
  gint64 record_index;
  gint64 run_index;
  char *execution, *test;
  char *subject_kind, *subject_locator, *property, *outcome;
} AkObservationRow;

void ak_execution_row_free(AkExecutionRow *self);
void ak_observation_row_free(AkObservationRow *self);

/* Adds an execution, or begins it again: what its earlier attempts saw is deleted, from the search
 * texts too. */
bool ak_observations_start(AkTx *tx, const AkExecutionRow *row, GError **error);
bool ak_observations_end(AkTx *tx, gint64 log_id, gint64 run_index, const char *execution,
                         const char *execution_end, GError **error);
/* The executions of a run, by the record that began the newest attempt: GPtrArray of AkExecutionRow. */
GPtrArray *ak_observations_executions(AkTx *tx, gint64 log_id, gint64 run_index, GError **error);
bool ak_observations_put(AkTx *tx, const AkObservationRow *row, GError **error);

/* Observations of `property` in records before `before` (G_MAXINT64: all), newest first, at most
 * `limit`: GPtrArray of AkObservationRow. */
GPtrArray *ak_observations_find(AkTx *tx, gint64 log_id, const char *property, gint64 before,
                                guint limit, GError **error);
bool ak_observations_count(AkTx *tx, gint64 log_id, gint64 *count, GError **error);
