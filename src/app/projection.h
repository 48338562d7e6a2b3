/* The store as a projection of the log: catching up, and making it anew.
 *
 * Rows and how far they go change in one transaction, so a process that dies leaves them whole, and
 * whoever comes next goes on. Deleting the rows and catching up gives the same rows. */
#pragma once

#include "log/log.h"
#include "store/logs.h"

/* Raise it when the same record is to give other rows: older rows are then made anew. */
#define AK_PROJECTION_REVISION 1
#define AK_PROJECTION_BATCH                                                                        \
  5000 /* records a transaction: other writers wait no longer than one takes */

typedef enum {
  AK_PROJECTION_CONTINUES,     /* the rows fit the log as far as they go */
  AK_PROJECTION_IS_EMPTY,      /* there were none of this log */
  AK_PROJECTION_IS_OLD,        /* made by a program of another revision */
  AK_PROJECTION_OTHER_HISTORY, /* they come from records that this log does not hold: it was
                                  restored */
  AK_PROJECTION_MIXED,         /* some records of a run were deleted, others came after */
} AkProjectionStart;

typedef struct {
  AkProjectionStart start; /* anything but CONTINUES: all records were projected anew */
  guint64 projected;       /* records that this call took in */
  guint64 size;            /* records that the rows show now */
} AkProjectionResult;

/* Brings the rows to the log's size of now, at most `batch` records a transaction. Idempotent;
 * several processes may do it at once. `result` may be NULL. */
bool ak_projection_catch_up(AkLog *log, AkDb *db, guint batch, AkProjectionResult *result,
                            GError **error);
/* Deletes this log's rows; the next catch-up makes them anew. */
bool ak_projection_clear(AkLog *log, AkDb *db, GError **error);
/* The row that says how far they go, without changing anything; NULL in `out` where there is none.
 */
bool ak_projection_look(AkLog *log, AkDb *db, AkLogRow **out, GError **error);
