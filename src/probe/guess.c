#include "probe/guess.h"

#include <gio/gio.h>
#include <string.h>

#define PAUSE_MS 100         /* between attempts */
#define MAX_LOCK_WAIT_S 60   /* for one lock to end */
#define MAX_LOCK_WAITS_S 180 /* for all of them */
#define FIRST_WAIT_S 4       /* where the device does not say how long; then twice as long each time */
#define MAX_LINES 1000
#define LIST_CREDENTIALS "/akashi/lists/default-credentials.txt"

typedef struct {
  const AkGuessPlan *plan;
  AkGuess *out;
  guint waited_s; /* for locks */
} Guessing;

void ak_guess_clear(AkGuess *self) {
  g_clear_pointer(&self->user, g_free);
  g_clear_pointer(&self->found, g_free);
  g_clear_pointer(&self->evidence, g_free);
  g_clear_pointer(&self->stopped, g_free);
}

GStrv ak_guess_list(const char *resource) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(resource, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : "";
  g_autofree char *text = g_strndup(data, size);
  return g_strsplit(g_strchomp(text), "\n", MAX_LINES);
}

/* Owned "user:password", those of `user` first. */
static GPtrArray *pairs_for(const char *user) {
  g_auto(GStrv) lines = ak_guess_list(LIST_CREDENTIALS);
  g_autofree char *own = g_strconcat(user, ":", NULL);
  GPtrArray *pairs = g_ptr_array_new_with_free_func(g_free);
  for (guint other = 0; other < 2; other++)
    for (char **line = lines; *line != NULL; line++)
      if (strchr(*line, ':') != NULL && g_str_has_prefix(*line, own) == (other == 0))
        g_ptr_array_add(pairs, g_strdup(*line));
  return pairs;
}

/* Waits a lock out where that is soon; `stopped` is set where it is not. `waited_s`: for this one
 * so far. */
static bool wait_for_unlock(Guessing *self, guint retry_s, guint *waited_s, GError **error) {
  guint wait_s = retry_s > 0 ? retry_s + 1 : FIRST_WAIT_S + *waited_s; /* 4, 8, 16, 32 */
  if (*waited_s + wait_s > MAX_LOCK_WAIT_S || self->waited_s + wait_s > MAX_LOCK_WAITS_S) {
    self->out->stopped = g_strdup("log-in was locked");
    return true;
  }
  *waited_s += wait_s;
  self->waited_s += wait_s;
  return ak_attempt_wait(self->plan->sink, wait_s * 1000, error);
}

/* One pair until it is answered as such; `stopped` where it cannot be. */
static bool try_pair(Guessing *self, const char *user, const char *password, AkAttempt *answer,
                     GError **error) {
  for (guint broken = 0, waited_s = 0;;) {
    ak_attempt_clear(answer);
    if (!self->plan->attempt(self->plan->data, user, password, answer, error))
      return false;
    bool locked = ak_attempt_is_locked(answer);
    self->out->locked = self->out->locked || (locked && self->out->refused > 0);
    self->out->refused += !self->out->locked && !locked && answer->result == AK_ATTEMPT_REFUSED;
    if (locked && !wait_for_unlock(self, answer->retry_after_s, &waited_s, error))
      return false;
    if (self->out->stopped != NULL || (!locked && answer->result != AK_ATTEMPT_BROKEN))
      return true;
    if (answer->result == AK_ATTEMPT_BROKEN && ++broken >= 2) {
      self->out->stopped = g_strdup(answer->reason != NULL ? answer->reason : "no answer");
      return true;
    }
    if (!ak_attempt_wait(self->plan->sink, PAUSE_MS, error))
      return false;
  }
}

/* The pair logged in. It counts only if what nobody has is refused. */
static bool confirm(Guessing *self, const char *user, const AkAttempt *granted, GError **error) {
  g_autofree char *random = ak_attempt_random_password();
  g_auto(AkAttempt) contrast = {0};
  const char *other = granted->without_password ? random : user;
  if (!try_pair(self, other, random, &contrast, error))
    return false;
  if (self->out->stopped != NULL)
    return true;
  if (contrast.result == AK_ATTEMPT_GRANTED) {
    self->out->any_password = true;
    return true;
  }
  self->out->user = g_strdup(user);
  self->out->found = g_strdup_printf("%s:*****", user);
  self->out->evidence = g_strdup_printf("with the credentials:\n%s\nwith a random %s:\n%s",
                                        granted->evidence != NULL ? granted->evidence : "",
                                        granted->without_password ? "user" : "password",
                                        contrast.evidence != NULL ? contrast.evidence : "");
  return true;
}

static bool guess_all(Guessing *self, const GPtrArray *pairs, GError **error) {
  const AkGuess *out = self->out;
  for (guint i = 0; i < pairs->len; i++) {
    g_auto(GStrv) pair = g_strsplit(pairs->pdata[i], ":", 2);
    g_auto(AkAttempt) answer = {0};
    ak_sink_progress(self->plan->sink, i, pairs->len);
    if (!try_pair(self, pair[0], pair[1], &answer, error))
      return false;
    if (answer.result == AK_ATTEMPT_GRANTED && out->stopped == NULL &&
        !confirm(self, pair[0], &answer, error))
      return false;
    if (out->stopped != NULL || out->found != NULL || out->any_password)
      return true;
    if (!ak_attempt_wait(self->plan->sink, PAUSE_MS, error))
      return false;
  }
  return true;
}

bool ak_guess_run(const AkGuessPlan *plan, AkGuess *out, GError **error) {
  g_autoptr(GPtrArray) pairs = pairs_for(plan->user);
  g_autoptr(GError) failure = NULL;
  Guessing self = {.plan = plan, .out = out};
  *out = (AkGuess){0};
  if (guess_all(&self, pairs, &failure))
    return true;
  if (!g_error_matches(failure, AK_ERROR, AK_ERROR_LIMIT)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  g_free(out->stopped);
  out->stopped = g_strdup(failure->message);
  return true;
}
