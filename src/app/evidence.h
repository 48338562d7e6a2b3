/* Raw evidence: may hold credentials and personal data, so reading it is a logged act. */
#pragma once

#include "app/workspace.h"

/* The bytes kept under `digest`, after a raw-access record (who, why, when) is durable. The digest
 * must be cited by an observation of the run, or be an answer's evidence; NOT_FOUND otherwise. */
GBytes *ak_app_evidence_raw(AkWorkspace *workspace, const char *run_id, const AkDigest *digest,
                            const char *by, const char *reason, GError **error);
