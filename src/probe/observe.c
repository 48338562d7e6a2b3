#include "probe/observe.h"

#include <string.h>

bool ak_observe(const AkPeer *peer, const char *property, AkOutcome outcome, AkValue value,
                const char *evidence, GError **error) {
  const char *locator = peer->call->subject->locator;
  AkObservation *seen = ak_observation_new("service", locator, property, outcome);
  AkDigest digest;
  ak_observation_take_value(seen, value);
  seen->trace.peer = g_strdup(strchr(locator, ':') + 1);
  if (evidence != NULL && *evidence != '\0') {
    if (!ak_sink_blob(peer->sink, evidence, strlen(evidence), &digest, error)) {
      ak_observation_free(seen);
      return false;
    }
    ak_observation_cite(seen, &digest, 0, strlen(evidence));
  }
  return ak_sink_observe(peer->sink, seen, error);
}

bool ak_observe_text(const AkPeer *peer, const char *property, const char *text,
                     const char *evidence, GError **error) {
  return ak_observe(peer, property, AK_OUTCOME_SEEN, ak_value_text(text), evidence, error);
}

bool ak_observe_true(const AkPeer *peer, const char *property, const char *evidence,
                     GError **error) {
  return ak_observe(peer, property, AK_OUTCOME_SEEN, ak_value_bool(true), evidence, error);
}

bool ak_observe_absent(const AkPeer *peer, const char *property, const char *evidence,
                       GError **error) {
  return ak_observe(peer, property, AK_OUTCOME_ABSENT, (AkValue){0}, evidence, error);
}

bool ak_observe_unknown(const AkPeer *peer, const char *property, const char *reason,
                        GError **error) {
  return ak_observe(peer, property, AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(reason), NULL, error);
}

bool ak_observe_coverage(const AkPeer *peer, const char *property, const AkObservePart *parts,
                         gsize count, GError **error) {
  g_autoptr(GPtrArray) done = g_ptr_array_new();
  for (gsize i = 0; i < count; i++)
    if (parts[i].done)
      g_ptr_array_add(done, (gpointer)parts[i].name);
  AkOutcome outcome = done->len > 0 ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT; /* rules ask for items */
  g_ptr_array_add(done, NULL);
  return ak_observe(peer, property, outcome, ak_value_set((const char *const *)done->pdata), NULL,
                    error);
}
