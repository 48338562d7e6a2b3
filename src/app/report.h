/* The report of a run, made from the log. */
#pragma once

#include "app/workspace.h"
#include "util/text.h"

/* The report's JSON document (docs/formats/report.md); the caller's. CONFLICT if the run has no verdict
 * yet. The same log gives the same bytes. */
json_t *ak_app_report(AkWorkspace *workspace, const char *run_id, const char *rules_dir,
                      GError **error);
