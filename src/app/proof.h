/* The proof bundle of a run, made from the log. */
#pragma once

#include "app/workspace.h"

typedef struct {
  bool with_evidence; /* raw bytes too: logged as raw access, with `reason` */
  const char *reason;
  const char *since;  /* signed note: an earlier checkpoint of this log, from which growth is shown;
                         or NULL */
  guint64 first_record; /* no record of the run is before; 0 where that is not known from the log itself */
} AkProofOptions;

/* Reveals all records of the run with their salts and inclusion proofs under a fresh checkpoint.
 * CONFLICT if the run has no verdict yet. */
GBytes *ak_app_proof_bundle(AkWorkspace *workspace, const char *run_id,
                            const AkProofOptions *options, GError **error);
