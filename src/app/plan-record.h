/* The run-planned record: everything that a run rests on, logged before the first packet. */
#pragma once

#include "app/verify.h"

/* Keeps the answers' evidence files and makes the record, the caller's. Fails where a firmware image
 * is missing or is not the one that the product file names. */
json_t *ak_plan_record(AkWorkspace *workspace, const AkProduct *product,
                       const AkVerifyOptions *options, const char *run_id, const GPtrArray *earlier,
                       GError **error);

/* Does the plan of a run (`planned`, its run-planned record) hold every test that the profile of
 * `options` asks for of `product`? Into `all`; false with an error where there is no such profile. */
bool ak_plan_holds_all(const json_t *planned, const AkProduct *product,
                       const AkVerifyOptions *options, bool *all, GError **error);
