/* Runs: one row a run, and which records of the log are its own. */
#pragma once

#include "store/db.h"

typedef struct {
  gint64 log_id;
  gint64 run_index;      /* of its first record: the run's number in all other tables */
  char *run_id;          /* owned, as all texts here */
  gint64 record_count;   /* records of the log that are its own */
  gint64 planned_index;  /* of the run-planned record, -1 before it */
  gint64 planned_utc_us; /* -1 before it */
  char *product_name, *product_model, *product_version; /* "" where not known */
  char *profile;
  char *run_end;        /* "finished" or "aborted", NULL while it is not ended */
  gint64 ended_utc_us;  /* -1 while it is not ended */
  gint64 verdict_index; /* of the newest verdict record, -1 before it */
  gint64 verdict_utc_us;
  gint64 passed, failed, inconclusive, not_applicable; /* of the newest verdict; 0 before it */
  char *valid_until;    /* the day on which the first pass or fail expires, ISO 8601, or NULL */
  char *rules;          /* digest of the rules of the newest verdict, NULL before it */
  char *retest_of;      /* the run that it repeats in part, or NULL */
  char *inherits_from;  /* the run whose passes its newest verdict took over, or NULL */
  char *newest_version; /* of the product's newest run; found by reading, never written */
} AkRunRow;

/* A run of `run_id` that nothing is known of yet. */
AkRunRow *ak_run_row_new(gint64 log_id, gint64 run_index, const char *run_id);
void ak_run_row_free(AkRunRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRunRow, ak_run_row_free)

/* Adds the row or replaces the one of the same number. */
bool ak_runs_put(AkTx *tx, const AkRunRow *row, GError **error);
/* `out` is NULL for an unknown run. */
bool ak_runs_get(AkTx *tx, gint64 log_id, const char *run_id, AkRunRow **out, GError **error);
bool ak_runs_get_by_index(AkTx *tx, gint64 log_id, gint64 run_index, AkRunRow **out,
                          GError **error);
/* All runs of a log, in the order of their first records: GPtrArray of AkRunRow. */
GPtrArray *ak_runs_list(AkTx *tx, gint64 log_id, GError **error);
/* Those of one version of a product, in the same order. */
GPtrArray *ak_runs_list_version(AkTx *tx, gint64 log_id, const char *product_name,
                                const char *product_version, GError **error);

/* Which runs are asked for; a NULL or 0 means any. */
typedef struct {
  const char *product_name, *product_version, *profile;
  const char *run_end; /* "finished", "aborted", or "open": not ended */
  const char *worst;   /* the worst of the newest verdict: "fail", "inconclusive", "pass",
                          "not-applicable"; "none": there is no verdict */
  gint64 since_utc_us, until_utc_us; /* planned at the first or later, and before the second */
} AkRunsFilter;

/* Runs whose number is below `before` (G_MAXINT64: all), newest first, at most `limit`: GPtrArray of
 * AkRunRow. */
GPtrArray *ak_runs_page(AkTx *tx, gint64 log_id, const AkRunsFilter *filter, gint64 before,
                        guint limit, GError **error);

/* A product, or a version of one, and its planned runs. */
typedef struct {
  char *name;          /* of the product, or the version */
  gint64 versions;     /* of a product; 1 for a version */
  gint64 runs;
  gint64 newest_index; /* run_index of its newest run */
} AkProductRow;
void ak_product_row_free(AkProductRow *self);

/* Those whose newest run is below `before`, the newest first, at most `limit`: GPtrArray of
 * AkProductRow. */
GPtrArray *ak_runs_products(AkTx *tx, gint64 log_id, gint64 before, guint limit, GError **error);
GPtrArray *ak_runs_versions(AkTx *tx, gint64 log_id, const char *product_name, gint64 before,
                            guint limit, GError **error);
bool ak_runs_count(AkTx *tx, gint64 log_id, gint64 *count, GError **error);
/* Deletes a run and everything that was learnt from its records. */
bool ak_runs_delete(AkTx *tx, gint64 log_id, gint64 run_index, GError **error);

/* Records first_index … last_index of the log belong to the run, without a gap. */
typedef struct {
  gint64 log_id;
  gint64 first_index, last_index;
  gint64 run_index;
} AkSpanRow;

bool ak_runs_put_span(AkTx *tx, const AkSpanRow *span, GError **error);
/* The last span of the log; `found` is false where there is none. */
bool ak_runs_last_span(AkTx *tx, gint64 log_id, AkSpanRow *out, bool *found, GError **error);
/* The spans of a run in order: GPtrArray of AkSpanRow. */
GPtrArray *ak_runs_spans(AkTx *tx, gint64 log_id, gint64 run_index, GError **error);
