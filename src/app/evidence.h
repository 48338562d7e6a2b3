/* Evidence of a run: what it cites, what of it is masked, and raw bytes as a logged act.
 *
 * Most tests mask credentials before they keep anything, and say so (AkTest.masked_since). What is not known to be
 * masked may hold credentials and personal data, so reading it is a logged act. */
#pragma once

#include "app/workspace.h"

/* The bytes kept under `digest`, after a raw-access record (who, why, when) is durable. The digest
 * must be cited by an observation of the run, or be an answer's evidence; NOT_FOUND otherwise. */
GBytes *ak_app_evidence_raw(AkWorkspace *workspace, const char *run_id, const AkDigest *digest,
                            const char *by, const char *reason, GError **error);

/* One blob that the run cites. */
typedef struct {
  AkDigest digest;
  GPtrArray *seen;  /* of const AkObservation, borrowed from the state: those that cite it; may be empty */
  bool is_answer;   /* handed in with a person's answer */
  char *answer;     /* its path in the product file, or NULL */
  bool is_masked;   /* every test that cites it masks what it keeps, and no person handed it in */
} AkEvidenceItem;

/* All that the run cites, in the order of the journal, answers last: GPtrArray of AkEvidenceItem, the
 * caller's; the state must outlive it. */
GPtrArray *ak_app_evidence_list(const AkRunState *state);
/* The one of them with that digest, borrowed; NULL where the run does not cite it. */
const AkEvidenceItem *ak_app_evidence_find(const GPtrArray *items, const AkDigest *digest);

/* The bytes of a masked one. PERMISSION for another: ak_app_evidence_raw is the way to it. NOT_FOUND where the bytes
 * are not kept any more. */
GBytes *ak_app_evidence_masked(AkWorkspace *workspace, const AkEvidenceItem *item, GError **error);
/* Are the bytes still kept? */
bool ak_app_evidence_is_kept(AkWorkspace *workspace, const AkEvidenceItem *item);
