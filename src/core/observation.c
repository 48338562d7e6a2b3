#include "core/observation.h"

static const char *const outcome_names[] = {
    [AK_OUTCOME_SEEN] = "seen",
    [AK_OUTCOME_ABSENT] = "absent",
    [AK_OUTCOME_COULD_NOT_LOOK] = "could-not-look",
    [AK_OUTCOME_CUT] = "cut",
};

const char *ak_outcome_name(AkOutcome outcome) { return outcome_names[outcome]; }

bool ak_outcome_from_name(const char *name, AkOutcome *out) {
  for (gsize i = 0; i < G_N_ELEMENTS(outcome_names); i++)
    if (g_strcmp0(name, outcome_names[i]) == 0) {
      *out = (AkOutcome)i;
      return true;
    }
  return false;
}

AkObservation *ak_observation_new(const char *subject_kind, const char *subject_locator,
                                  const char *property, AkOutcome outcome) {
  AkObservation *self = g_new0(AkObservation, 1);
  self->subject.kind = g_strdup(subject_kind);
  self->subject.locator = g_strdup(subject_locator);
  self->property = g_strdup(property);
  self->outcome = outcome;
  self->evidence = g_array_new(FALSE, FALSE, sizeof(AkEvidenceRef));
  self->trace.attempt = 1;
  return self;
}

void ak_observation_free(AkObservation *self) {
  if (self == NULL)
    return;
  g_free(self->test_id);
  g_free(self->subject.kind);
  g_free(self->subject.locator);
  g_free(self->property);
  ak_value_clear(&self->value);
  g_array_unref(self->evidence);
  g_free(self->trace.peer);
  g_free(self);
}

AkObservation *ak_observation_copy(const AkObservation *self) {
  AkObservation *copy = ak_observation_new(self->subject.kind, self->subject.locator,
                                           self->property, self->outcome);
  copy->test_id = g_strdup(self->test_id);
  copy->test_rev = self->test_rev;
  copy->value = ak_value_copy(&self->value);
  g_array_append_vals(copy->evidence, self->evidence->data, self->evidence->len);
  copy->trace = self->trace;
  copy->trace.peer = g_strdup(self->trace.peer);
  return copy;
}

void ak_observation_take_value(AkObservation *self, AkValue value) {
  ak_value_clear(&self->value);
  self->value = value;
}

void ak_observation_cite(AkObservation *self, const AkDigest *digest, guint64 offset,
                         guint64 length) {
  AkEvidenceRef ref = {.digest = *digest, .offset = offset, .length = length};
  g_array_append_val(self->evidence, ref);
}

static json_t *evidence_to_json(const GArray *evidence) {
  json_t *array = json_array();
  for (guint i = 0; i < evidence->len; i++) {
    const AkEvidenceRef *ref = &g_array_index(evidence, AkEvidenceRef, i);
    char hex[AK_DIGEST_HEX_SIZE];
    ak_digest_to_hex(&ref->digest, hex);
    json_array_append_new(array, json_pack("{s:s, s:I, s:I}", "sha256", hex, "offset",
                                           (json_int_t)ref->offset, "length",
                                           (json_int_t)ref->length));
  }
  return array;
}

json_t *ak_observation_to_json(const AkObservation *self, bool with_trace) {
  json_t *json = json_pack(
      "{s:s, s:i, s:{s:s, s:s}, s:s, s:s, s:o, s:o}", "test", self->test_id ? self->test_id : "",
      "rev", (int)self->test_rev, "subject", "kind", self->subject.kind, "locator",
      self->subject.locator, "property", self->property, "outcome", ak_outcome_name(self->outcome),
      "value", ak_value_to_json(&self->value), "evidence", evidence_to_json(self->evidence));
  if (with_trace)
    json_object_set_new(json, "trace",
                        json_pack("{s:I, s:I, s:i, s:s*}", "when_utc_us",
                                  (json_int_t)self->trace.when_utc_us, "duration_us",
                                  (json_int_t)self->trace.duration_us, "attempt",
                                  (int)self->trace.attempt, "peer", self->trace.peer));
  return json;
}

static bool evidence_from_json(AkObservation *self, const json_t *array, const char *where,
                               GError **error) {
  for (gsize i = 0; i < json_array_size(array); i++) {
    const json_t *item = json_array_get(array, i);
    AkDigest digest;
    gint64 offset = 0, length = 0;
    if (!ak_digest_from_hex(json_string_value(json_object_get(item, "sha256")), &digest))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: evidence %u has no digest", where,
                          (guint)i);
    if (!ak_json_integer(item, "offset", 0, G_MAXINT64, where, &offset, error) ||
        !ak_json_integer(item, "length", 0, G_MAXINT64, where, &length, error))
      return false;
    ak_observation_cite(self, &digest, (guint64)offset, (guint64)length);
  }
  return true;
}

static bool trace_from_json(AkObservation *self, const json_t *trace, const char *where,
                            GError **error) {
  gint64 attempt = 0;
  if (!ak_json_integer(trace, "when_utc_us", 0, G_MAXINT64, where, &self->trace.when_utc_us,
                       error) ||
      !ak_json_integer(trace, "duration_us", 0, G_MAXINT64, where, &self->trace.duration_us,
                       error) ||
      !ak_json_integer(trace, "attempt", 1, G_MAXINT32, where, &attempt, error))
    return false;
  self->trace.attempt = (guint)attempt;
  self->trace.peer = g_strdup(ak_json_string_or(trace, "peer", NULL));
  return true;
}

AkObservation *ak_observation_from_json(const json_t *json, const char *where, GError **error) {
  const json_t *subject = ak_json_object(json, "subject", where, error);
  if (subject == NULL)
    return NULL;
  const char *kind = ak_json_string(subject, "kind", where, error);
  const char *locator = kind ? ak_json_string(subject, "locator", where, error) : NULL;
  const char *property = locator ? ak_json_string(json, "property", where, error) : NULL;
  const char *test = property ? ak_json_string(json, "test", where, error) : NULL;
  const char *outcome_name = test ? ak_json_string(json, "outcome", where, error) : NULL;
  AkOutcome outcome;
  if (outcome_name == NULL)
    return NULL;
  if (!ak_outcome_from_name(outcome_name, &outcome)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown outcome \"%s\"", where, outcome_name);
    return NULL;
  }
  g_autoptr(AkObservation) self = ak_observation_new(kind, locator, property, outcome);
  self->test_id = g_strdup(test);
  gint64 rev = 0;
  const json_t *trace = json_object_get(json, "trace");
  const json_t *evidence = ak_json_array(json, "evidence", where, error);
  if (evidence == NULL || !evidence_from_json(self, evidence, where, error) ||
      !ak_json_integer(json, "rev", 0, G_MAXINT32, where, &rev, error) ||
      !ak_value_from_json(json_object_get(json, "value"), where, &self->value, error) ||
      (trace != NULL && !trace_from_json(self, trace, where, error)))
    return NULL;
  self->test_rev = (guint)rev;
  return g_steal_pointer(&self);
}

AkDigest ak_observation_identity(const AkObservation *self) {
  g_autoptr(json_t) json = ak_observation_to_json(self, false);
  gsize size = 0;
  g_autofree char *bytes = ak_json_canonical(json, &size, NULL);
  return ak_digest_of(bytes, size);
}

const char *ak_observation_cited(const json_t *item) {
  return json_is_string(item) ? json_string_value(item) : ak_json_string_or(item, "id", "");
}
