/* The newest verdict of each run: one row a requirement and one a finding. */
#pragma once

#include "store/db.h"

typedef struct {
  gint64 log_id, run_index;
  gint64 place;        /* in the verdict record, from 0: the catalogue's order */
  gint64 record_index; /* of the verdict record */
  char *requirement, *obligation, *verdict;
  char *valid_until; /* ISO 8601, or NULL */
} AkVerdictRow;

typedef struct {
  gint64 log_id, run_index;
  gint64 place; /* in the verdict record, from 0: by severity, key, place */
  gint64 record_index;
  char *finding, *severity, *subject_kind, *subject_locator;
  char *property; /* "" where it is about none */
  gint64 instances;
  char *title_en, *title_ja;
} AkFindingRow;

void ak_verdict_row_free(AkVerdictRow *self);
void ak_finding_row_free(AkFindingRow *self);

/* Texts of the rows are borrowed during the call. */
bool ak_verdicts_put(AkTx *tx, const AkVerdictRow *row, GError **error);
bool ak_verdicts_put_finding(AkTx *tx, const AkFindingRow *row, GError **error);
/* Deletes the verdicts and findings of a run, before those of a newer record. */
bool ak_verdicts_delete(AkTx *tx, gint64 log_id, gint64 run_index, GError **error);

/* In their order: GPtrArray of AkVerdictRow, of AkFindingRow. */
GPtrArray *ak_verdicts_list(AkTx *tx, gint64 log_id, gint64 run_index, GError **error);
GPtrArray *ak_verdicts_findings(AkTx *tx, gint64 log_id, gint64 run_index, GError **error);
