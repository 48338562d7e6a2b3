/* What tests of other rooms do to a database behind akashi's back; SQL stands in this room alone.
 */
#pragma once

#include "store/test-database.h"

/* Each makes the rows wrong of a run that has records 0 … 7 of a log, beside another with 8 … 15.
 */
static const char *const test_wrong_rows[] = {
    "UPDATE ak_span SET last_index = last_index - 1 WHERE run_index = 0",
    "UPDATE ak_span SET last_index = 9 WHERE run_index = 0",
    "UPDATE ak_span SET last_index = 4000000000 WHERE run_index = 0",
    "UPDATE ak_span SET first_index = 15, last_index = 8 WHERE run_index = 0",
    "DELETE FROM ak_span WHERE run_index = 0",
    "UPDATE ak_span SET run_index = 0 WHERE run_index = 8",
    "DELETE FROM ak_run WHERE run_index = 0",
    "UPDATE ak_run SET record_count = 3 WHERE run_index = 0",
    "UPDATE ak_run SET run_index = 77 WHERE run_index = 0",
    "UPDATE ak_run SET record_count = 'many' WHERE run_index = 0",
};

static const char test_newer_schema[] = "UPDATE ak_schema SET version = 99";

static inline bool test_make_rows_old(AkTx *tx, gpointer data, GError **error) {
  return test_do(tx, "UPDATE ak_log SET revision = 0", NULL, 0, error) &&
         test_do(tx, "UPDATE ak_run SET product_name = 'as an older program had it'", NULL, 0,
                 error);
}

/* The server ends all connections of tests, also those that are open and idle. */
static inline void test_postgres_end_connections(void) {
  g_assert_true(
      test_postgres_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE application_name = 'akashi-test' AND pid <> pg_backend_pid()"));
}
