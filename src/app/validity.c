#include "app/validity.h"

#include <string.h>

static const char *const names[] = {
    [AK_VALIDITY_NONE] = "none",
    [AK_VALIDITY_VALID] = "valid",
    [AK_VALIDITY_EXPIRED] = "expired",
    [AK_VALIDITY_LAPSED] = "lapsed",
};

const char *ak_validity_name(AkValidityState state) {
  return names[state];
}

void ak_validity_clear(AkValidity *self) {
  g_free(self->until);
  g_free(self->version);
  *self = (AkValidity){0};
}

bool ak_validity_is_past(const char *until, gint64 at_utc_us) {
  g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(at_utc_us / G_USEC_PER_SEC);
  g_autofree char *today = at != NULL ? g_date_time_format(at, "%F") : NULL;
  return until != NULL && *until != '\0' && today != NULL && strcmp(until, today) < 0;
}

/* Dates of one form sort as texts. */
static const char *earliest(const json_t *verdicts) {
  const char *until = NULL;
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *row = json_array_get(verdicts, i);
    const char *verdict = ak_json_string_or(row, "verdict", "");
    const char *date = ak_json_string_or(row, "valid_until", "");
    bool decided = strcmp(verdict, "pass") == 0 || strcmp(verdict, "fail") == 0;
    if (decided && *date != '\0' && (until == NULL || strcmp(date, until) < 0))
      until = date;
  }
  return until;
}

/* `own`: the version that the run is about. */
static void judge(const char *until, const char *own, const char *newest, gint64 at_utc_us,
                  AkValidity *out) {
  const char *version = newest != NULL && strcmp(newest, own) != 0 ? newest : NULL;
  *out = (AkValidity){.state = AK_VALIDITY_NONE};
  if (until == NULL)
    return;
  out->until = g_strdup(until);
  out->version = g_strdup(version);
  out->state = version != NULL                         ? AK_VALIDITY_LAPSED
               : ak_validity_is_past(until, at_utc_us) ? AK_VALIDITY_EXPIRED
                                                       : AK_VALIDITY_VALID;
}

void ak_app_validity(const AkRunState *state, const char *newest_version, gint64 at_utc_us,
                     AkValidity *out) {
  const json_t *result = json_object_get(state->verdict, "verdicts");
  judge(earliest(json_object_get(result, "verdicts")),
        ak_json_string_or(state->planned, "product_version", ""), newest_version, at_utc_us, out);
}

void ak_app_validity_of_row(const AkRunRow *run, gint64 at_utc_us, AkValidity *out) {
  judge(run->valid_until, run->product_version, run->newest_version, at_utc_us, out);
}

json_t *ak_validity_to_json(const AkValidity *self) {
  return json_pack("{s:s, s:s*, s:s*}", "state", names[self->state], "until", self->until,
                   "version", self->version);
}
