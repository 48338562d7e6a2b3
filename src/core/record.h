/* The journal: every step of a run is one record in the log, and a run's state is a fold over them.
 *
 * A record is a canonical JSON object with "type" and "run". Types and their members:
 *   run-planned    product (digest; the document is a blob), product_name, product_version, profile,
 *                  authorization, catalogue, images, program, tests, options, seed, earlier, when;
 *                  of a retest retest_of (a run) and, as stated, impact
 *   test-started   execution, test, subject, attempt, when
 *   observation    execution, observation (see docs/formats/observation.md)
 *   test-ended     execution, end: "done" | "failed" | "cut" | "interrupted" | "refused", reason, when
 *   verdict        rules (digest of the catalogue, a blob), catalogue, profile, supersedes, verdicts
 *                  (what ak_verdict_compute made), when
 *   raw-access     digest, by, when: someone read unmasked evidence
 *   run-ended      end: "finished" | "aborted", when
 *   trial-planned, trial-batch, trial-note, trial-ended   steps of a trial of effectiveness
 *                  (docs/formats/trial.md); no fold of a run reads them
 *   run-forgotten  forgotten (a run), records (how many), last (when its newest was made), by, reason,
 *                  when: its text was deleted. It belongs to no run: its "run" is ""
 *   chain-analyzed  a value chain's analysis: chain, at, certificate, account, lines, backings, when
 *                  (docs/formats/chain-certificate.md); it belongs to no run
 * "execution" is a text unique in the run: TEST/SUBJECT-LOCATOR/REPEAT. */
#pragma once

#include "util/json.h"

typedef enum {
  AK_RECORD_RUN_PLANNED,
  AK_RECORD_TEST_STARTED,
  AK_RECORD_OBSERVATION,
  AK_RECORD_TEST_ENDED,
  AK_RECORD_VERDICT,
  AK_RECORD_RAW_ACCESS,
  AK_RECORD_RUN_ENDED,
  AK_RECORD_RUN_FORGOTTEN,
  AK_RECORD_CHAIN_ANALYZED,
  AK_RECORD_TRIAL_PLANNED,
  AK_RECORD_TRIAL_BATCH,
  AK_RECORD_TRIAL_NOTE,
  AK_RECORD_TRIAL_ENDED,
} AkRecordType;

const char *ak_record_type_name(AkRecordType type);

/* The type of a record, or INVALID_DATA where "type" or "run" is missing or unknown. */
bool ak_record_type(const json_t *record, AkRecordType *out, GError **error);

/* Is it a step of a trial, and so none of a run of verification? */
bool ak_record_is_trial(AkRecordType type);

/* A new record {"type", "run", "when_utc_us"}; the caller adds members. */
json_t *ak_record_new(AkRecordType type, const char *run_id, gint64 when_utc_us);
