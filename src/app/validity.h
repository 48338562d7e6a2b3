/* Until when the verdicts of a run hold, and whether they still do. */
#pragma once

#include "app/workspace.h"

typedef enum {
  AK_VALIDITY_NONE, /* nothing was decided */
  AK_VALIDITY_VALID,
  AK_VALIDITY_EXPIRED, /* the day is past on which the first decided requirement expires */
  AK_VALIDITY_LAPSED,  /* another version of the product was verified since: they are about the old
                          one */
} AkValidityState;

typedef struct {
  AkValidityState state;
  char *until;   /* "2027-11-23": the earliest of the decided requirements; NULL with NONE */
  char *version; /* LAPSED: the version that was verified since */
} AkValidity;
void ak_validity_clear(AkValidity *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkValidity, ak_validity_clear)

/* Of one run by its records. `newest_version`: of the product's newest run (AkRunRow), or NULL
 * where it is not known. */
void ak_app_validity(const AkRunState *state, const char *newest_version, gint64 at_utc_us,
                     AkValidity *out);
/* Of a run in a list. */
void ak_app_validity_of_row(const AkRunRow *run, gint64 at_utc_us, AkValidity *out);

/* "none", "valid", "expired", "lapsed" */
const char *ak_validity_name(AkValidityState state);

/* Is a "valid_until" past at that time? Empty and NULL never are. */
bool ak_validity_is_past(const char *until, gint64 at_utc_us);

/* {"state", "until", "version"}, members without a value left out; the caller's. */
json_t *ak_validity_to_json(const AkValidity *self);
