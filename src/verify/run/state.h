/* The state of a run: a fold over its records, and nothing else.
 *
 * The runner itself works on this fold: it appends a record to the journal, then folds it here. So a
 * run that was killed stands again after folding what the log holds. Observations count only if the
 * attempt that made them ended; those of an attempt that was broken off are left out.
 *
 * Not thread-safe: the owner locks. */
#pragma once

#include "core/product.h"
#include "core/record.h"

typedef struct {
  char *key; /* TEST/SUBJECT-LOCATOR/REPEAT: unique in a run */
  char *test_id;
  AkSubject subject;
  guint repeat;  /* 1 … */
  guint attempt; /* 1 …: raised when a broken-off test starts again */
  char *end;     /* "done", "failed", "cut", "interrupted", "refused"; NULL while it runs */
  char *reason;  /* or NULL */
  gint64 started_utc_us, ended_utc_us;
  GPtrArray *observations; /* of AkObservation, of the last attempt */
} AkRunExecution;

typedef struct {
  char *run_id;
  json_t *planned;    /* the run-planned record, or NULL before it */
  GPtrArray *executions; /* of AkRunExecution, in the order of their first start */
  json_t *verdict;    /* the newest verdict record, or NULL */
  char *end;          /* "finished" or "aborted", or NULL */
  GHashTable *by_key; /* key → AkRunExecution, borrowed */
} AkRunState;

AkRunState *ak_run_state_new(const char *run_id);
void ak_run_state_free(AkRunState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRunState, ak_run_state_free)

/* Takes one record in. Records of other runs are passed over; INVALID_DATA for one that does not fit
 * (an observation of a test that never started), with the state unchanged. */
bool ak_run_state_fold(AkRunState *self, const json_t *record, GError **error);

/* Borrowed, or NULL. */
AkRunExecution *ak_run_state_find(const AkRunState *self, const char *key);

/* "TEST/LOCATOR/REPEAT"; caller frees. */
char *ak_run_execution_key(const char *test_id, const char *locator, guint repeat);
