/* The run-planned record: everything that a run rests on, logged before the first packet. */
#pragma once

#include "app/verify.h"

/* Keeps the answers' evidence files and makes the record, the caller's. Fails where a firmware image
 * is missing or is not the one that the product file names. */
json_t *ak_plan_record(AkWorkspace *workspace, const AkProduct *product,
                       const AkVerifyOptions *options, const char *run_id, const GPtrArray *earlier,
                       GError **error);
