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

/* The version of the newest later run of this product, where it is another one. */
static const char *newer_version(const AkRunState *state, const GPtrArray *views) {
  const char *name = ak_json_string_or(state->planned, "product_name", "");
  const char *own = ak_json_string_or(state->planned, "product_version", "");
  const char *newest = NULL;
  bool later = false;
  for (guint i = 0; i < views->len; i++) {
    const AkRunState *other = ((const AkRunView *)views->pdata[i])->state;
    if (later && strcmp(ak_json_string_or(other->planned, "product_name", ""), name) == 0)
      newest = ak_json_string_or(other->planned, "product_version", "");
    later = later || strcmp(other->run_id, state->run_id) == 0;
  }
  return newest != NULL && strcmp(newest, own) != 0 ? newest : NULL;
}

void ak_app_validity(const AkRunState *state, const GPtrArray *views, gint64 at_utc_us,
                     AkValidity *out) {
  const json_t *result = json_object_get(state->verdict, "verdicts");
  const char *until = earliest(json_object_get(result, "verdicts"));
  const char *version = newer_version(state, views);
  *out = (AkValidity){.state = AK_VALIDITY_NONE};
  if (until == NULL)
    return;
  out->until = g_strdup(until);
  out->version = g_strdup(version);
  out->state = version != NULL                         ? AK_VALIDITY_LAPSED
               : ak_validity_is_past(until, at_utc_us) ? AK_VALIDITY_EXPIRED
                                                       : AK_VALIDITY_VALID;
}

json_t *ak_validity_to_json(const AkValidity *self) {
  return json_pack("{s:s, s:s*, s:s*}", "state", names[self->state], "until", self->until,
                   "version", self->version);
}
