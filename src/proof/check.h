/* Checking a proof bundle: does it hold, and if not, what is the first thing that does not? And
 * what does it not prove even where it holds? Pure. Checks and their order: docs/formats/bundle.md.
 */
#pragma once

#include "proof/bundle.h"
#include "proof/checkpoint.h"

/* Whom the reader trusts; everything is borrowed and may be NULL or 0. */
typedef struct {
  const AkNoteKey *key;       /* the log's key; NULL: the bundle's own, for which nobody vouches */
  const GPtrArray *witnesses; /* of AkNoteKey, type COSIGNATURE */
  const char *old_checkpoint; /* signed note that the reader kept from earlier */
  gsize old_checkpoint_size;  /* bytes */
  void (*progress)(gpointer data, const char *check, guint done, guint total);
  gpointer progress_data;
} AkProofTrust;

typedef struct {
  char *name;
  guint64 time_s; /* POSIX time at which the witness saw the checkpoint */
  bool trusted;   /* its key is among the trusted ones */
} AkProofWitness;

/* Begins as all zeros. Facts are set as far as checking came; they are worth nothing unless
 * `holds`. */
typedef struct {
  bool holds;
  const char *failed;             /* id of the first check that does not hold, or NULL; static */
  char *place, *expected, *found; /* of that check; owned */
  GPtrArray *held;                /* ids of the checks that hold, in order; static texts */
  GPtrArray *without;             /* ids of those that had nothing to check: no witness … */
  GPtrArray *not_proven;          /* ids of what is not proven; static texts */

  char *key, *origin; /* verifier key and origin of the log */
  guint64 tree_size;  /* leaves under the checkpoint */
  AkDigest root;
  char *run, *product, *result; /* run id, "NAME@VERSION", "PASSED" | "WARNED" | "FAILED" */
  AkDigest product_digest;
  guint records, observations, evidence; /* revealed records, cited observations, carried blobs */
  GPtrArray *witnesses;                  /* of AkProofWitness */
  bool has_old; /* growth from the given checkpoint of `old_size` leaves was shown */
  guint64 old_size;
} AkProofReport;

void ak_proof_report_clear(AkProofReport *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkProofReport, ak_proof_report_clear)

/* Checks `size` bytes. True: `out` says whether they hold. False: they are no bundle, or the old
 * checkpoint is no note, with the place in `error` (INVALID_DATA, LIMIT, NOT_SUPPORTED); `out` is
 * then untouched. Any thread. */
bool ak_proof_bundle_check(const char *data, gsize size, const AkProofTrust *trust,
                           AkProofReport *out, GError **error);

/* The id of check `i`, in order, or NULL after the last; static. Its text: "proof.check.ID", and where
 * there was nothing for it to check "proof.without.ID". */
const char *ak_proof_check_id(guint i);
/* The same for what a bundle may leave unproven: "proof.not-proven.ID". */
const char *ak_proof_limit_id(guint i);

/* The keyid of envelopes signed by `key`: its name, "+" and its ID in hexadecimal. Caller frees. */
char *ak_proof_key_id(const AkNoteKey *key);

/* The result for programs; the caller's. Format: docs/formats/bundle.md, "Result of checking". */
json_t *ak_proof_report_to_json(const AkProofReport *self);
