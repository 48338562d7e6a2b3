#include "probe/datagram.h"

#include <string.h>

/* Takes `question`; of `pattern` the times, the tries and which answers count. */
static GPtrArray *ask(const AkPeer *peer, GBytes *question, AkAsk pattern, GError **error) {
  g_autoptr(GBytes) owned = question;
  if (owned == NULL)
    return NULL;
  pattern.address = peer->address;
  pattern.port = peer->port;
  pattern.data = g_bytes_get_data(owned, &pattern.size);
  if (ak_sink_cancelled(peer->sink)) {
    ak_error_set(error, AK_ERROR_CANCELLED, "stopped");
    return NULL;
  }
  if (!ak_sink_spend(peer->sink, AK_SPEND_PACKETS, pattern.tries, error))
    return NULL;
  g_autoptr(GPtrArray) answers = ak_net_ask(peer->call->net, &pattern, error);
  for (guint i = 0; answers != NULL && i < answers->len; i++) {
    gsize got = 0;
    ak_datagram_bytes(answers, i, &got);
    if (!ak_sink_spend(peer->sink, AK_SPEND_BYTES, got, error))
      return NULL;
  }
  return g_steal_pointer(&answers);
}

GPtrArray *ak_datagram_ask(const AkPeer *peer, GBytes *question, guint most, GError **error) {
  AkAsk pattern = {.timeout_ms = AK_DATAGRAM_TIMEOUT_MS,
                   .tries = AK_DATAGRAM_TRIES,
                   .max_answers = most,
                   .any_port = most > 1};
  return ask(peer, question, pattern, error);
}

GPtrArray *ak_datagram_ask_once(const AkPeer *peer, GBytes *question, guint wait_ms,
                                GError **error) {
  return ask(peer, question, (AkAsk){.timeout_ms = wait_ms, .tries = 1, .max_answers = 1}, error);
}

const guint8 *ak_datagram_bytes(const GPtrArray *answers, guint index, gsize *size) {
  return g_bytes_get_data(((const AkDatagram *)answers->pdata[index])->data, size);
}

bool ak_datagram_is_final(const GError *error) {
  return g_error_matches(error, AK_ERROR, AK_ERROR_PERMISSION) ||
         g_error_matches(error, AK_ERROR, AK_ERROR_LIMIT) ||
         g_error_matches(error, AK_ERROR, AK_ERROR_CANCELLED);
}

bool ak_datagram_observe(const AkPeer *peer, const char *property, AkOutcome outcome, AkValue value,
                         const void *evidence, gsize size, GError **error) {
  const char *locator = peer->call->subject->locator;
  AkObservation *seen = ak_observation_new("service", locator, property, outcome);
  AkDigest digest;
  ak_observation_take_value(seen, value);
  seen->trace.peer = g_strdup(strchr(locator, ':') + 1);
  if (size > 0) {
    if (!ak_sink_blob(peer->sink, evidence, size, &digest, error)) {
      ak_observation_free(seen);
      return false;
    }
    ak_observation_cite(seen, &digest, 0, size);
  }
  return ak_sink_observe(peer->sink, seen, error);
}

bool ak_datagram_could_not(const AkPeer *peer, const char *property, const char *reason,
                           GError **error) {
  return ak_datagram_observe(peer, property, AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(reason), NULL,
                             0, error);
}

static AkValue set_of(const GPtrArray *items) {
  g_autoptr(GPtrArray) clean = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < items->len; i++) {
    g_auto(AkValue) text = ak_value_text_from_bytes(items->pdata[i], strlen(items->pdata[i]), 512);
    g_ptr_array_add(clean, g_steal_pointer(&text.text));
  }
  g_ptr_array_add(clean, NULL);
  return ak_value_set((const char *const *)clean->pdata);
}

bool ak_datagram_observe_set(const AkPeer *peer, const char *property, const GPtrArray *items,
                             AkOutcome none, const void *evidence, gsize size, GError **error) {
  bool any = items->len > 0;
  return ak_datagram_observe(peer, property, any ? AK_OUTCOME_SEEN : none,
                             any ? set_of(items) : (AkValue){0}, evidence, size, error);
}

bool ak_datagram_observe_coverage(const AkPeer *peer, const char *property,
                                  const GPtrArray *items, bool whole, GError **error) {
  return ak_datagram_observe(peer, property, whole ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
                             set_of(items), NULL, 0, error);
}
