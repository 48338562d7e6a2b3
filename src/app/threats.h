/* The threat model of a product, and which tests follow from it and from a profile together. */
#pragma once

#include "app/workspace.h"
#include "verify/threat/threat.h"

/* As ak_threats, of the program's knowledge; with "why" of ak_threats_tests. The caller's. */
json_t *ak_app_threats(const AkProduct *product, const AkCatalog *catalog, const AkProfile *profile,
                       GError **error);

/* As above; reads the profile and its catalogue from `rules_dir` (NULL: the program's). */
json_t *ak_app_threats_of_profile(const AkProduct *product, const char *profile_id,
                                  const char *rules_dir, GError **error);

/* The model with which the run was planned, kept as evidence; `out` is NULL for runs planned without. */
bool ak_app_threats_planned(AkWorkspace *workspace, const AkRunState *state, json_t **out,
                            GError **error);

/* The same with what the run says of each threat: "state" (ak_threat_state) and "results", its cases as
 * {"case", "requirement", "verdict"}, the last two missing where the run judged no such case. Without a verdict
 * of the run "state" is missing. NOT_FOUND for runs planned without a model. The caller's. */
json_t *ak_app_threats_of_run(AkWorkspace *workspace, const AkRunState *state, GError **error);
