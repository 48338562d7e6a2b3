/* The report of a run, made from the log. */
#pragma once

#include "app/workspace.h"
#include "util/text.h"

/* The report's JSON document (docs/formats/report.md); the caller's. CONFLICT if the run has no verdict
 * yet. The same log gives the same bytes: no clock is read. With `at_utc_us` not 0 the report says if its
 * verdicts had expired at that time. */
json_t *ak_app_report(AkWorkspace *workspace, const char *run_id, const char *rules_dir,
                      gint64 at_utc_us, GError **error);
