/* How far a run is, from the store's rows and a few records: never by folding the run. */
#pragma once

#include "app/workspace.h"

#define AK_PROGRESS_MAX_IN_FLIGHT 64 /* executions that are listed; all are counted */

/* docs/formats/api.md, "Progress"; the caller's. NOT_FOUND for an unknown run. */
json_t *ak_app_progress(AkWorkspace *workspace, const char *run_id, gint64 now_utc_us,
                        GError **error);
