/* An observation: one fact that a test saw; the unit of evidence.
 *
 * The identity of an observation is everything but its trace, so that the same fact seen twice has
 * the same digest.
 */
#pragma once

#include "core/value.h"
#include "util/digest.h"

typedef enum {
  AK_OUTCOME_SEEN,           /* looked, and it is there: `value` holds it */
  AK_OUTCOME_ABSENT,         /* looked everywhere the test covers, and it is not there */
  AK_OUTCOME_COULD_NOT_LOOK, /* the test could not look; `value` may hold the reason */
  AK_OUTCOME_CUT,            /* a limit ended the look early; `value` may hold what was covered */
} AkOutcome;

/* What a fact is about. Kinds and their locators:
 *   interface  name of the product file's interface        "lan"
 *   address    an address of an interface                  "127.0.1.10"
 *   service    transport:address:port                      "tcp:127.0.1.10:443" "tcp:[::1]:443"
 *   image      name of the product file's firmware image   "gateway.uimage"
 *   file       image!path                                  "gateway.uimage!/etc/shadow"
 *   document   path of a file that answers cite as evidence     "evidence/policy.md"
 *   component  image!name@version                          "gateway.uimage!busybox@1.35.0"
 *   product    the product as a whole                      "" */
typedef struct {
  char *kind;    /* owned */
  char *locator; /* owned */
} AkSubject;

/* Bytes that show the fact: a part of a blob of the content store. */
typedef struct {
  AkDigest digest;
  guint64 offset; /* bytes from the blob's start */
  guint64 length; /* bytes */
} AkEvidenceRef;

typedef struct {
  gint64 when_utc_us;
  gint64 duration_us;
  guint attempt; /* 1 … */
  char *peer;    /* owned; "127.0.1.10:443" or NULL */
} AkTrace;

typedef struct {
  char *test_id; /* owned */
  guint test_rev;
  AkSubject subject;
  char *property; /* owned; declared by the test, for example "tls.versions" */
  AkValue value;
  AkOutcome outcome;
  GArray *evidence; /* of AkEvidenceRef; never NULL */
  AkTrace trace;
} AkObservation;

/* An observation with no test, value or evidence yet; the sink fills in the test. Copies its texts. */
AkObservation *ak_observation_new(const char *subject_kind, const char *subject_locator,
                                  const char *property, AkOutcome outcome);
void ak_observation_free(AkObservation *self);
AkObservation *ak_observation_copy(const AkObservation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkObservation, ak_observation_free)

/* Takes the value over. */
void ak_observation_take_value(AkObservation *self, AkValue value);
void ak_observation_cite(AkObservation *self, const AkDigest *digest, guint64 offset,
                         guint64 length);

const char *ak_outcome_name(AkOutcome outcome);
bool ak_outcome_from_name(const char *name, AkOutcome *out);

/* Format: docs/formats/observation.md. With `with_trace` false this is the identity. */
json_t *ak_observation_to_json(const AkObservation *self, bool with_trace);
AkObservation *ak_observation_from_json(const json_t *json, const char *where, GError **error);

/* The identity (hex) that a verdict cites: its item is the text itself or an object whose "id" it is.
 * Borrowed; "" for anything else. */
const char *ak_observation_cited(const json_t *item);

/* SHA-256 of the identity's canonical bytes. */
AkDigest ak_observation_identity(const AkObservation *self);
