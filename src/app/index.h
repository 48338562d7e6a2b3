/* The store of a data folder, as the rest of akashi sees it: it answers, and what it answers from
 * is as new as the log.
 *
 * A missing store is made, a damaged one is made anew from the log. One that cannot be used at all
 * (a full disk, a server that does not answer, a schema of a newer program) is stood in for by a
 * database in memory, and tried again after a while. Each of these is told by a notice, never by an
 * error. Any thread. */
#pragma once

#include "app/projection.h"

typedef enum {
  AK_INDEX_BUILT,       /* there were no rows of this log */
  AK_INDEX_WAS_DAMAGED, /* emptied, and made anew from the log */
  AK_INDEX_WAS_OLD,     /* made anew: the rows were another program's, or another history's */
  AK_INDEX_UNUSABLE,    /* detail: why */
} AkIndexNotice;

/* `detail`: a number of records or the reason, static during the call. Called from any thread. */
typedef void (*AkIndexNoticeFn)(AkIndexNotice notice, const char *detail, gpointer data);

typedef struct _AkIndex AkIndex;

/* Borrows `log`. Opens nothing yet. */
AkIndex *ak_index_new(AkLog *log, const char *uri);
void ak_index_free(AkIndex *self); /* no thread may be inside */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkIndex, ak_index_free)

/* Before other threads use it. */
void ak_index_set_notice(AkIndex *self, AkIndexNoticeFn notice, gpointer data);

const char *ak_index_uri(const AkIndex *self); /* may hold a password: see ak_db_uri_masked */

/* Runs `fn` in a reading transaction after the rows caught up with the log. An error is the log's,
 * or what `fn` says of its question (CONFIG, NOT_FOUND). */
bool ak_index_ask(AkIndex *self, AkTxFn fn, gpointer data, GError **error);

/* The rows did not fit the log although nothing else was wrong: the next question makes them anew.
 */
void ak_index_distrust(AkIndex *self);

typedef struct {
  char *kind; /* "sqlite" or "postgresql" */
  guint64 log_size;
  gint64 projected_to; /* -1 where the log was never projected */
  gint64 runs, observations;
} AkIndexStatus;
void ak_index_status_clear(AkIndexStatus *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkIndexStatus, ak_index_status_clear)

/* How the store itself stands, without catching up and without a stand-in: its errors are errors.
 */
bool ak_index_status(AkIndex *self, AkIndexStatus *out, GError **error);
/* Brings the store itself to where the log is, likewise without a stand-in: after a deletion, so
 * that the rows go with the records. */
bool ak_index_settle(AkIndex *self, GError **error);
/* Deletes this log's rows (everything where the database is damaged) and makes them anew; `records`
 * gets how many records were read. Likewise without a stand-in. */
bool ak_index_rebuild(AkIndex *self, guint64 *records, GError **error);
