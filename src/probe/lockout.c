/* Are wrong passwords refused or delayed after a while? */
#include <string.h>

#include "probe/login.h"

#define TIMEOUT_MS 20000      /* a delay must be seen, not taken for silence */
#define MAX_ATTEMPTS 20
#define CONTROLS 3            /* looks at the page without credentials, for the usual delay */
#define GROWTH_MS 1000        /* of the delay, twice in a row */
#define PAUSE_MS 50
#define MAX_LOCK_WAIT_S 60    /* for a lock that an earlier test left behind */
#define DEFAULT_LOCK_S 30
#define MAX_LOST 2

static const AkTestOutput outputs[] = {
    {"auth.lockout", AK_VALUE_BOOL, NULL, "further attempts are refused or delayed",
     "以降の試行が拒否または遅延される"},
    {"auth.lockout.after", AK_VALUE_INT, "attempts", "failed attempts before it",
     "それまでの失敗回数"},
    {"auth.lockout.delay", AK_VALUE_INT, "ms", "growth of the answer's delay", "応答遅延の増加"},
    {"auth.attempts", AK_VALUE_INT, "attempts", "how many were made", "試行回数"},
    {"auth.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.discover", "probe.http", NULL};
static const char *const sources[] = {"ETSI EN 303 645, 5.1-5", "RFC 6585, 4", NULL};

typedef enum { UNDECIDED, LOCKED, DELAYED, NOT_LOCKED, UNKNOWN } Verdict;

typedef struct {
  AkPeer peer;
  AkLogin login;
  const char *user;
  guint limit;
  guint first_status;   /* of the first wrong attempt */
  gint64 usual_us;      /* the slowest of the answers that are known to be undelayed */
  gint64 growth_us;     /* of the last slow answer */
  guint slow_in_row;
  bool slow_server;     /* it was slow for everyone: delays mean nothing */
  guint attempts, failed;
  guint lost;           /* attempts without an answer */
  bool waited;          /* for a lock that was there before */
  char *reason;         /* UNKNOWN: why */
  GString *evidence;
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  g_clear_pointer(&self->reason, g_free);
  if (self->evidence != NULL)
    g_string_free(self->evidence, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* --- delays ------------------------------------------------------------------------------------- */

/* The page without credentials: how fast is the server now? -1 where it does not answer. */
static gint64 control_us(Look *self) {
  AkHttpRequest request = {.method = "GET", .target = self->login.path};
  gint64 took_us = 0;
  g_autoptr(AkHttpResponse) response =
      ak_client_send(&self->peer, self->login.tls, &request, &took_us, NULL);
  return response != NULL ? took_us : -1;
}

static bool measure_usual(Look *self) {
  for (guint i = 0; i < CONTROLS; i++) {
    gint64 took_us = control_us(self);
    if (took_us < 0)
      return false;
    self->usual_us = MAX(self->usual_us, took_us);
  }
  return true;
}

/* Slow twice in a row, while the same page without credentials is not: then it is meant. */
static Verdict judge_delay(Look *self, gint64 took_us) {
  gint64 growth_us = took_us - self->usual_us;
  if (self->failed <= 2) {
    self->usual_us = MAX(self->usual_us, took_us); /* hashing a password takes its time */
    return UNDECIDED;
  }
  if (growth_us < GROWTH_MS * 1000) {
    self->slow_in_row = 0;
    return UNDECIDED;
  }
  gint64 control = control_us(self);
  if (control < 0 || control - self->usual_us >= GROWTH_MS * 1000 / 2) {
    self->slow_server = true;
    self->slow_in_row = 0;
    return UNDECIDED;
  }
  self->growth_us = growth_us;
  return ++self->slow_in_row >= 2 ? DELAYED : UNDECIDED;
}

/* --- refusals -------------------------------------------------------------------------------------- */

static Verdict unknown(Look *self, const char *reason) {
  g_free(self->reason);
  self->reason = g_strdup(reason);
  return UNKNOWN;
}

/* No answer after some attempts may be a block of our address, a crash or a restart, which look the same
 * from here: that is for a person to tell. One lost connection says nothing. */
static Verdict judge_silence(Look *self, const AkLoginAnswer *answer) {
  bool lost_once = answer->status == 0 && ++self->lost <= MAX_LOST && control_us(self) >= 0;
  if (lost_once)
    return UNDECIDED;
  g_autofree char *reason = g_strdup_printf("after %u failed attempts: %s", self->failed,
                                            answer->reason != NULL ? answer->reason : "no answer");
  return unknown(self, reason);
}

/* A lock at the first attempt was left by an earlier test, or stands for everyone: wait once. */
static bool wait_for_unlock(Look *self, guint retry_s, Verdict *verdict, GError **error) {
  guint wait_s = retry_s > 0 ? retry_s + 1 : DEFAULT_LOCK_S;
  *verdict = UNDECIDED;
  if (self->waited || wait_s > MAX_LOCK_WAIT_S) {
    *verdict = unknown(self, "log-in is refused before the first attempt");
    return true;
  }
  self->waited = true;
  return ak_login_wait(self->peer.sink, wait_s * 1000, error);
}

static bool is_locked(const Look *self, const AkLoginAnswer *answer) {
  return answer->result == AK_LOGIN_LOCKED ||
         (answer->result == AK_LOGIN_REFUSED && answer->says_locked) ||
         (self->failed > 0 && answer->status == 403 && self->first_status != 403);
}

static bool judge(Look *self, const AkLoginAnswer *answer, Verdict *verdict, GError **error) {
  *verdict = UNDECIDED;
  if (is_locked(self, answer)) {
    *verdict = LOCKED;
    return self->failed > 0 || wait_for_unlock(self, answer->retry_after_s, verdict, error);
  }
  if (answer->result == AK_LOGIN_BROKEN) {
    *verdict = judge_silence(self, answer);
    return true;
  }
  if (answer->result == AK_LOGIN_GRANTED) {
    *verdict = unknown(self, "a random password logs in");
    return true;
  }
  if (self->failed == 0)
    self->first_status = answer->status;
  self->failed++;
  *verdict = judge_delay(self, answer->took_us);
  return true;
}

/* --- the attempts ------------------------------------------------------------------------------------- */

static void note(Look *self, const AkLoginAnswer *answer) {
  g_string_append_printf(self->evidence, "attempt %u: status %u, %" G_GINT64_FORMAT " ms%s\n",
                         self->attempts, answer->status, answer->took_us / 1000,
                         answer->says_locked ? ", says that it is locked" : "");
}

static bool attempt_all(Look *self, Verdict *verdict, GError **error) {
  *verdict = UNDECIDED;
  while (*verdict == UNDECIDED && self->attempts < self->limit) {
    g_autofree char *password = ak_login_random_password();
    g_auto(AkLoginAnswer) answer = {0};
    ak_sink_progress(self->peer.sink, self->attempts, self->limit);
    if (!ak_login_try(&self->login, self->user, password, &answer, error))
      return false;
    self->attempts++;
    note(self, &answer);
    if (!judge(self, &answer, verdict, error) ||
        !ak_login_wait(self->peer.sink, PAUSE_MS, error))
      return false;
  }
  if (*verdict == UNDECIDED && (self->slow_server || self->failed == 0))
    *verdict = unknown(self, "the server was slow for everyone: delays could not be told apart");
  else if (*verdict == UNDECIDED)
    *verdict = NOT_LOCKED;
  return true;
}

/* --- observations ---------------------------------------------------------------------------------------- */

static bool observe(Look *self, const char *property, AkOutcome outcome, AkValue value,
                    GError **error) {
  AkObservation *seen =
      ak_observation_new("service", self->peer.call->subject->locator, property, outcome);
  AkDigest digest;
  ak_observation_take_value(seen, value);
  if (self->evidence->len > 0) {
    if (!ak_sink_blob(self->peer.sink, self->evidence->str, self->evidence->len, &digest, error)) {
      ak_observation_free(seen);
      return false;
    }
    ak_observation_cite(seen, &digest, 0, self->evidence->len);
  }
  return ak_sink_observe(self->peer.sink, seen, error);
}

static bool observe_end(Look *self, bool covered, GError **error) {
  const char *all[] = {"lockout", NULL}, *none[] = {NULL};
  return observe(self, "auth.attempts", AK_OUTCOME_SEEN, ak_value_int(self->attempts, "attempts"),
                 error) &&
         observe(self, "auth.coverage", covered ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
                 ak_value_set(covered ? all : none), error);
}

static bool observe_unknown(Look *self, const char *reason, GError **error) {
  return observe(self, "auth.lockout", AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(reason), error) &&
         observe_end(self, false, error);
}

static bool observe_lockout(Look *self, Verdict verdict, GError **error) {
  bool delayed = verdict == DELAYED;
  if (!observe(self, "auth.lockout", AK_OUTCOME_SEEN, ak_value_bool(true), error) ||
      !observe(self, "auth.lockout.after", AK_OUTCOME_SEEN,
               ak_value_int(self->failed - (delayed ? 2 : 0), "attempts"), error))
    return false;
  return delayed ? observe(self, "auth.lockout.delay", AK_OUTCOME_SEEN,
                           ak_value_int(self->growth_us / 1000, "ms"), error)
                 : observe(self, "auth.lockout.delay", AK_OUTCOME_ABSENT, (AkValue){0}, error);
}

static bool observe_verdict(Look *self, Verdict verdict, GError **error) {
  if (verdict == UNKNOWN)
    return observe_unknown(self, self->reason, error);
  bool ok = verdict == NOT_LOCKED
                ? observe(self, "auth.lockout", AK_OUTCOME_ABSENT, (AkValue){0}, error)
                : observe_lockout(self, verdict, error);
  return ok && observe_end(self, true, error);
}

/* --- the test ------------------------------------------------------------------------------------------------ */

/* What asks for the log-in, as seen now; NULL and a reason where nothing does. */
static bool prepare(Look *self, const json_t *auth, char **why, GError **error) {
  const AkObservation *offered =
      ak_call_prior(self->peer.call, "http.offered", self->peer.call->subject->locator);
  bool seen = offered != NULL && offered->outcome == AK_OUTCOME_SEEN;
  const char *scheme = seen ? offered->value.text
                            : ak_json_string_or(self->peer.call->params, "protocol", "https");
  bool tls = g_strcmp0(scheme, "https") == 0;
  const char *path = ak_json_string_or(auth, "path", "/");
  g_auto(AkLoginPage) page = {0};
  g_autoptr(GError) failure = NULL;
  if (!ak_login_page_get(&self->peer, tls, path, &page, &failure)) {
    *why = g_strdup(failure->message);
    if (!ak_client_is_final(&self->peer, failure))
      return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  self->login = ak_login_of(&self->peer, tls, page.mechanism, auth);
  if (page.mechanism == AK_LOGIN_NONE)
    *why = g_strdup_printf("%s asks for no log-in (status %u)", path, page.response->status);
  else if (page.mechanism == AK_LOGIN_FORM && self->login.failure_text == NULL)
    *why = g_strdup("the form is not declared");
  else if (!measure_usual(self))
    *why = g_strdup("the page did not answer");
  return true;
}

static guint limit_of(const json_t *params) {
  const json_t *asked = json_object_get(params, "attempts");
  json_int_t limit = json_is_integer(asked) ? json_integer_value(asked) : MAX_ATTEMPTS;
  return (guint)CLAMP(limit, 1, MAX_ATTEMPTS);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  const json_t *auth = json_object_get(call->params, "auth");
  g_auto(Look) self = {.evidence = g_string_new(NULL), .limit = limit_of(call->params)};
  g_autofree char *why = NULL;
  if (!ak_peer_init(&self.peer, call, sink, TIMEOUT_MS, error))
    return false;
  if (!json_is_object(auth) || strcmp(ak_json_string_or(auth, "mechanism", "none"), "none") == 0)
    return observe_unknown(&self, "no log-in is declared", error);
  self.user = ak_json_string_or(auth, "user", "admin");
  if (!prepare(&self, auth, &why, error))
    return false;
  if (why != NULL)
    return observe_unknown(&self, why, error);
  Verdict verdict = UNDECIDED;
  return attempt_all(&self, &verdict, error) && observe_verdict(&self, verdict, error);
}

extern const AkTest ak_probe_lockout_test;
const AkTest ak_probe_lockout_test = {
    .id = "probe.lockout",
    .rev = 1,
    .title_en = "Lock-out after wrong passwords",
    .title_ja = "誤ったパスワードによるロックアウト",
    .grade = AK_GRADE_DISTURBING,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "net.port.open",
    .transport = "tcp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 900000,
               .bytes = 16 * 1024 * 1024,
               .packets = 500,
               .attempts = MAX_ATTEMPTS},
    .stop_condition_en = "attempts are refused or delayed, or 20 were made; the account may stay "
                         "locked for a time",
    .stop_condition_ja = "試行が拒否または遅延されたか、20回に達した。アカウントがしばらくロックされた"
                         "ままになることがある",
    .sources = sources,
    .run = run,
};
