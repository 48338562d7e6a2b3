#include "probe/attempt.h"

#include <openssl/rand.h>
#include <string.h>

#define WAIT_STEP_MS 100
#define MASK "*****"
#define MAX_MASKED 16384 /* bytes of a text that is kept */

void ak_attempt_clear(AkAttempt *self) {
  g_clear_pointer(&self->evidence, g_free);
  g_clear_pointer(&self->reason, g_free);
}

bool ak_attempt_is_locked(const AkAttempt *self) {
  return self->result == AK_ATTEMPT_LOCKED ||
         (self->result == AK_ATTEMPT_REFUSED && self->says_locked);
}

bool ak_attempt_is_final(const AkPeer *peer, const GError *error) {
  return g_error_matches(error, AK_ERROR, AK_ERROR_PERMISSION) ||
         g_error_matches(error, AK_ERROR, AK_ERROR_CANCELLED) ||
         (g_error_matches(error, AK_ERROR, AK_ERROR_LIMIT) &&
          g_str_has_prefix(error->message, peer->call->test->id));
}

bool ak_attempt_break(AkAttempt *self, const AkPeer *peer, GError *failure, GError **error) {
  self->result = AK_ATTEMPT_BROKEN;
  if (ak_attempt_is_final(peer, failure)) {
    g_propagate_error(error, failure);
    return false;
  }
  g_free(self->reason);
  self->reason = g_strdup(failure->message);
  g_error_free(failure);
  return true;
}

char *ak_attempt_random_password(void) {
  guint8 random[24];
  RAND_bytes(random, sizeof random);
  char *password = g_new0(char, sizeof random + 1);
  for (gsize i = 0; i < sizeof random; i++)
    password[i] = (char)('a' + random[i] % 26);
  return password;
}

/* One of a single letter would mask half of a text. */
char *ak_attempt_mask(const char *text, const char *secret) {
  g_autoptr(GString) masked = g_string_new(text);
  if (secret != NULL && strlen(secret) > 1)
    g_string_replace(masked, secret, MASK, 0);
  g_auto(AkValue) safe = ak_value_text_from_bytes(masked->str, masked->len, MAX_MASKED);
  return g_strdup(safe.text);
}

bool ak_attempt_wait(AkSink *sink, guint wait_ms, GError **error) {
  for (guint waited = 0; waited < wait_ms; waited += WAIT_STEP_MS) {
    if (ak_sink_cancelled(sink))
      return ak_error_set(error, AK_ERROR_CANCELLED, "stopped");
    g_usleep(MIN(wait_ms - waited, WAIT_STEP_MS) * 1000);
  }
  return true;
}
