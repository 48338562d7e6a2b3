/* A database: opened by URI, used through transactions.
 *
 *   sqlite:PATH                    a file, made if it is not there (mode 0600); "sqlite::memory:"
 * is gone with the object postgresql://… postgres://…    as libpq reads it
 *
 * A function that runs in a transaction gets a AkTx and gives it to repositories (runs.h …), which
 * alone hold SQL. Where another transaction was in the way it is called again from its beginning,
 * so it must not keep anything from an earlier call.
 *
 * Thread rule: any thread; each transaction has a connection to itself, taken from those that are
 * free or opened. Do not begin a transaction inside one. */
#pragma once

#include "util/error.h"

typedef struct _AkDb AkDb;
typedef struct _AkTx AkTx;
typedef bool (*AkTxFn)(AkTx *tx, gpointer data, GError **error);

#define AK_TX_ATTEMPTS                                                                             \
  14 /* with waits of 1, 2, 4 … at most 256 ms between them, half of it by chance */

/* Opens and, where its schema is older than this program's, migrates it in one transaction.
 * NOT_SUPPORTED if its schema is newer: the message says so and nothing is changed. CONFIG for a
 * URI of no known kind. INVALID_DATA for a damaged database: the caller may ak_db_open_empty it. */
AkDb *ak_db_open(const char *uri, GError **error);
/* As above, but everything of ours in it is deleted first. Also for what is damaged: an SQLite file
 * becomes an empty database; of a PostgreSQL database only akashi's tables are dropped. */
AkDb *ak_db_open_empty(const char *uri, GError **error);
void ak_db_free(AkDb *self); /* no thread may be inside */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkDb, ak_db_free)

const char *ak_db_kind(const AkDb *self); /* "sqlite", "postgresql"; static */

/* Has a statement found the database damaged or without our tables? */
bool ak_db_is_damaged(const AkDb *self);

/* Runs `fn` in a serializable transaction, committed if it returns true, rolled back otherwise. At
 * most AK_TX_ATTEMPTS times while other transactions are in the way; CONFLICT after that. */
bool ak_tx_run(AkDb *db, AkTxFn fn, gpointer data, GError **error);
/* Likewise with one unchanging view of the database, in which writing fails. */
bool ak_tx_read(AkDb *db, AkTxFn fn, gpointer data, GError **error);

/* The URI as it may be shown: without a password. Caller frees. */
char *ak_db_uri_masked(const char *uri);
