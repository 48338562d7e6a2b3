#include "app/projection.h"

#include <string.h>

#include "app/project-record.h"
#include "store/runs.h"

typedef struct {
  AkLog *log;
  AkLogRow *row; /* of ak_projection_look */
} Look;

static bool look(AkTx *tx, gpointer data, GError **error) {
  Look *self = data;
  g_clear_pointer(&self->row, ak_logs_row_free);
  return ak_logs_get(tx, ak_log_origin(self->log), &self->row, error);
}

bool ak_projection_look(AkLog *log, AkDb *db, AkLogRow **out, GError **error) {
  Look self = {.log = log};
  if (!ak_tx_read(db, look, &self, error)) {
    ak_logs_row_free(self.row);
    return false;
  }
  *out = self.row;
  return true;
}

static bool clear(AkTx *tx, gpointer data, GError **error) {
  return ak_logs_delete(tx, ak_logs_id(ak_log_origin(data)), error);
}

bool ak_projection_clear(AkLog *log, AkDb *db, GError **error) {
  return ak_tx_run(db, clear, log, error);
}

/* --- do the rows fit the log? ---------------------------------------------------------------- */

static bool commitment_of(AkLog *log, guint64 index, char hex[static AK_DIGEST_HEX_SIZE],
                          GError **error) {
  AkDigest commitment;
  if (!ak_log_commitment(log, index, &commitment, error))
    return false;
  ak_digest_to_hex(&commitment, hex);
  return true;
}

/* A log restored from a copy goes on differently: its commitments, which are salted, tell. */
static bool check_history(AkLog *log, const AkLogRow *row, AkProjectionStart *start,
                          GError **error) {
  char hex[AK_DIGEST_HEX_SIZE] = "";
  *start = AK_PROJECTION_CONTINUES;
  if (row == NULL || row->projected_to == 0) {
    *start = row == NULL ? AK_PROJECTION_IS_EMPTY : AK_PROJECTION_CONTINUES;
  } else if (row->revision != AK_PROJECTION_REVISION) {
    *start = AK_PROJECTION_IS_OLD;
  } else if ((guint64)row->projected_to > ak_log_size(log)) {
    *start = AK_PROJECTION_OTHER_HISTORY;
  } else {
    if (!commitment_of(log, (guint64)row->projected_to - 1, hex, error))
      return false;
    if (strcmp(hex, row->last_commitment) != 0)
      *start = AK_PROJECTION_OTHER_HISTORY;
  }
  return true;
}

/* How many of a run's records have no text any more. The first one decides for most runs: a run is
 * deleted as a whole. */
static bool count_deleted(AkLog *log, const GPtrArray *spans, gint64 *deleted, GError **error) {
  *deleted = 0;
  for (guint i = 0; i < spans->len; i++) {
    const AkSpanRow *span = spans->pdata[i];
    for (gint64 at = span->first_index; at <= span->last_index; at++) {
      g_autoptr(json_t) record = NULL;
      guint8 salt[32];
      if (!ak_log_read(log, (guint64)at, &record, salt, error))
        return false;
      *deleted += record == NULL ? 1 : 0;
      if (at == span->first_index && i == 0 && record != NULL)
        return true;
    }
  }
  return true;
}

/* Deletes the rows of runs that the log forgot. `is_mixed`: one of them has records that came
 * after, so all rows are to be made anew. */
static bool delete_forgotten(AkTx *tx, AkLog *log, gint64 log_id, bool *is_mixed, GError **error) {
  g_autoptr(GPtrArray) runs = ak_runs_list(tx, log_id, error);
  if (runs == NULL)
    return false;
  for (guint i = 0; i < runs->len && !*is_mixed; i++) {
    const AkRunRow *run = runs->pdata[i];
    gint64 deleted = 0;
    g_autoptr(GPtrArray) spans = ak_runs_spans(tx, log_id, run->run_index, error);
    if (spans == NULL || !count_deleted(log, spans, &deleted, error))
      return false;
    *is_mixed = deleted > 0 && deleted < run->record_count;
    if (deleted > 0 && !*is_mixed && !ak_runs_delete(tx, log_id, run->run_index, error))
      return false;
  }
  return true;
}

/* --- one transaction ------------------------------------------------------------------------- */

typedef struct {
  AkLog *log;
  guint64 limit; /* records of this transaction */
  /* what it found and did; set anew by each attempt */
  AkProjectionStart start;
  guint64 from, to;
  bool is_current;
} Batch;

typedef struct {
  AkRecordProjector *projector;
  guint64 end; /* the index before which it stops */
  GError *failure;
} Reading;

static bool take_record(guint64 index, const json_t *record, gpointer data) {
  Reading *reading = data;
  return index < reading->end &&
         ak_record_projector_take(reading->projector, index, record, &reading->failure);
}

static bool project(AkTx *tx, AkLog *log, gint64 log_id, guint64 from, guint64 end,
                    GError **error) {
  g_autoptr(AkRecordProjector) projector = ak_record_projector_new(tx, log_id, error);
  if (projector == NULL)
    return false;
  Reading reading = {.projector = projector, .end = end};
  g_autoptr(GError) failure = NULL;
  bool ok = ak_log_foreach(log, from, take_record, &reading, &failure);
  if (reading.failure != NULL) {
    g_propagate_error(error, reading.failure);
    return false;
  }
  if (!ok) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  return ak_record_projector_finish(projector, error);
}

static bool put_row(AkTx *tx, AkLog *log, gint64 log_id, guint64 to, guint64 forgotten,
                    GError **error) {
  char hex[AK_DIGEST_HEX_SIZE] = "";
  if (to > 0 && !commitment_of(log, to - 1, hex, error))
    return false;
  AkLogRow row = {.log_id = log_id,
                  .origin = (char *)ak_log_origin(log),
                  .revision = AK_PROJECTION_REVISION,
                  .projected_to = (gint64)to,
                  .forgotten = (gint64)forgotten,
                  .last_commitment = hex};
  return ak_logs_put(tx, &row, error);
}

/* Makes the rows fit the log up to where they go; `from` gets how far that is. */
static bool settle(AkTx *tx, Batch *self, gint64 log_id, guint64 forgotten, const AkLogRow *row,
                   GError **error) {
  if (!check_history(self->log, row, &self->start, error))
    return false;
  bool is_mixed = false;
  if (self->start == AK_PROJECTION_CONTINUES && (guint64)row->forgotten != forgotten &&
      !delete_forgotten(tx, self->log, log_id, &is_mixed, error))
    return false;
  if (is_mixed)
    self->start = AK_PROJECTION_MIXED;
  self->from = self->start == AK_PROJECTION_CONTINUES ? (guint64)row->projected_to : 0;
  return self->start == AK_PROJECTION_CONTINUES || ak_logs_delete(tx, log_id, error);
}

static bool run_batch(AkTx *tx, gpointer data, GError **error) {
  Batch *self = data;
  gint64 log_id = ak_logs_id(ak_log_origin(self->log));
  /* Asked before anything is read: what is deleted meanwhile is found by the next call. */
  guint64 forgotten = ak_log_forgotten(self->log);
  guint64 size = ak_log_size(self->log);
  g_autoptr(AkLogRow) row = NULL;
  if (!ak_logs_get(tx, ak_log_origin(self->log), &row, error) ||
      !settle(tx, self, log_id, forgotten, row, error))
    return false;
  self->to = MIN(size, self->from + self->limit);
  self->is_current = self->to == size;
  return project(tx, self->log, log_id, self->from, self->to, error) &&
         put_row(tx, self->log, log_id, self->to, forgotten, error);
}

/* Nothing to write, as most of the time. */
static bool is_current(AkLog *log, AkDb *db, guint64 *size) {
  AkLogRow *found = NULL;
  if (!ak_projection_look(log, db, &found, NULL))
    return false;
  g_autoptr(AkLogRow) row = found;
  guint64 forgotten = ak_log_forgotten(log);
  AkProjectionStart start = AK_PROJECTION_IS_EMPTY;
  *size = ak_log_size(log);
  return row != NULL && (guint64)row->projected_to == *size &&
         (guint64)row->forgotten == forgotten && row->revision == AK_PROJECTION_REVISION &&
         check_history(log, row, &start, NULL) && start == AK_PROJECTION_CONTINUES;
}

bool ak_projection_catch_up(AkLog *log, AkDb *db, guint batch, AkProjectionResult *result,
                            GError **error) {
  AkProjectionResult done = {0};
  Batch self = {.log = log, .limit = MAX(batch, 1)};
  self.is_current = is_current(log, db, &done.size);
  while (!self.is_current) {
    if (!ak_tx_run(db, run_batch, &self, error)) {
      g_prefix_error(error, "projection: ");
      return false;
    }
    if (self.start != AK_PROJECTION_CONTINUES)
      done = (AkProjectionResult){.start = self.start};
    done.projected += self.to - self.from;
    done.size = self.to;
  }
  if (result != NULL)
    *result = done;
  return true;
}
