/* The logs that a database projects, and how far. */
#pragma once

#include "store/db.h"

/* One log. Several data folders may share a database: every row carries its log and the index of
 * the record that it comes from. */
typedef struct {
  gint64 log_id;         /* ak_logs_id of the origin */
  char *origin;          /* owned */
  gint64 revision;       /* of the projection's code: rows of another one are made anew */
  gint64 projected_to;   /* records that the rows show, whole */
  gint64 forgotten;      /* how many of the log's records had no text when it was looked last */
  char *last_commitment; /* owned; hex, of record projected_to - 1; "" for none: shows another
                            history */
} AkLogRow;

/* The number under which a log's rows stand: the first 63 bits of SHA-256 of its origin. */
gint64 ak_logs_id(const char *origin);

/* `out` is NULL for a log that was never projected. CONFLICT if another origin has this number. */
bool ak_logs_get(AkTx *tx, const char *origin, AkLogRow **out, GError **error);
bool ak_logs_put(AkTx *tx, const AkLogRow *row, GError **error);
/* Deletes the log and all rows that come from it. */
bool ak_logs_delete(AkTx *tx, gint64 log_id, GError **error);

void ak_logs_row_free(AkLogRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkLogRow, ak_logs_row_free)
