/* What changed from one run to another. */
#pragma once

#include "app/workspace.h"

/* {"runs":[ROW, ROW], "verdicts":[{"requirement","before","after"}], "cases":[{"case",…}],
 *  "findings":{"new":[FINDING],"gone":[FINDING],"kept":[FINDING]},
 *  "observations":{"changed":[{"what","before","after"}],"changed_total","same_total"},
 *  "worse":bool, "changed":bool}
 * ROW: {"run","product","version","profile","when_utc_us","rules","units","images"}. "before" and
 * "after" are null where the run has no such thing. Lists are sorted; of the observations at most
 * AK_COMPARE_MAX_OBSERVATIONS are listed. "worse": a requirement that passed does not, or a finding
 * is new. The caller's; CONFLICT where a run has no verdict, NOT_FOUND where it is unknown. */
#define AK_COMPARE_MAX_OBSERVATIONS 1000
json_t *ak_app_compare(AkWorkspace *workspace, const char *before, const char *after,
                       GError **error);
