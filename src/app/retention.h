/* Deleting runs when their retention is over, as a logged act.
 *
 * The log keeps each record's commitment, so proofs of other runs and bundles that were handed out
 * hold as before (docs/formats/log.md, "Deleting a run"). A record says who deleted which run, when
 * and why, and nothing of what was in it. */
#pragma once

#include "app/workspace.h"

/* One run, and whether it may go. */
typedef struct {
  char *run_id, *product, *version;
  guint records;
  gint64 last_utc_us; /* when its newest record was made */
  char *kept_because; /* why it cannot be deleted now, or NULL */
} AkRetentionRow;

/* Of AkRetentionRow, the oldest first: the run `run_id`, or with NULL all whose newest record is
 * from before `before_utc_us`. NOT_FOUND for an unknown run. The caller's. */
GPtrArray *ak_app_retention_rows(AkWorkspace *workspace, const char *run_id, gint64 before_utc_us,
                                 gint64 now_utc_us, GError **error);

/* Logs the act, deletes the text of the run's records, the evidence that it alone cites, its
 * reports and bundle in the data folder, and its rows in the store. CONFLICT where the row says
 * that it must stay. After a kill in between, asked again, it is finished. */
bool ak_app_forget(AkWorkspace *workspace, const AkRetentionRow *row, const char *by,
                   const char *reason, gint64 now_utc_us, GError **error);

/* The acts so far: array of run-forgotten records, in their order; the caller's. */
json_t *ak_app_forgotten(AkWorkspace *workspace, GError **error);

/* `now_utc_us` less "P5Y", "P6M" or "P30D"; CONFIG for anything else. */
bool ak_app_retention_before(const char *period, gint64 now_utc_us, gint64 *before_utc_us,
                             GError **error);
