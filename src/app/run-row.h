/* A run as lists show it, as JSON. */
#pragma once

#include "app/workspace.h"

/* {"run", "product", "model", "version", "profile", "end", "when_utc_us", "summary", "validity",
 * "retest_of"}; without "summary" before a verdict, without "retest_of" for other runs; "end" of a run
 * that has none is "not finished". The caller's. */
json_t *ak_app_run_row(const AkRunRow *run, gint64 at_utc_us);
/* The same from the run's records; `newest_version` as for ak_app_validity. */
json_t *ak_app_run_row_of_view(const AkRunView *view, const char *newest_version, gint64 at_utc_us);
