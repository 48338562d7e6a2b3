/* What changed from one run to another. */
#pragma once

#include "app/workspace.h"

/* {"runs":[ROW, ROW], "verdicts":[{"requirement","before","after","change"}], "cases":[{"case",…}],
 *  "not_rerun":[{"case","before","after","change","inherited_from"}],
 *  "findings":{"new":[FINDING],"gone":[FINDING],"kept":[FINDING],"not_rerun":[FINDING],
 *   "not_run_before":[FINDING]},
 *  "observations":{"changed":[{"what","before","after"}],"changed_total","same_total",
 *   "not_rerun_total","not_run_before_total"}, "worse":bool, "changed":bool}
 * ROW: {"run","product","version","profile","when_utc_us","rules","units","images"}. "before" and
 * "after" are null where the run has no such thing. "change": "regression", "improvement" or "other"
 * where both runs looked; "not-rerun" where the later run did not (or took the verdict over from
 * "inherited_from"), "not-run-before" where the earlier one did not. A case that was not looked at by both
 * stands in "not_rerun" alone; a requirement is "not-rerun" where all of its open cases are. A finding is new or
 * gone only where the other run looked there and could tell (app/rerun.h); else it has a "why":
 * "not-asked", "not-ended" or "could-not-look". A person's answer that fails a case is kept where the case fails
 * in the other run by what tests saw. Lists are sorted; of the observations at most
 * AK_COMPARE_MAX_OBSERVATIONS are listed, of tests that both runs have. "worse": a regression, or a finding
 * is new. The caller's; CONFLICT where a run has no verdict, NOT_FOUND where it is unknown. */
#define AK_COMPARE_MAX_OBSERVATIONS 1000
json_t *ak_app_compare(AkWorkspace *workspace, const char *before, const char *after,
                       GError **error);
