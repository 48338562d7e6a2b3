/* Are wrong passwords refused or delayed after a while? */
#include <string.h>

#include "probe/http-login.h"
#include "probe/lockout-meter.h"

#define TIMEOUT_MS 20000 /* a delay must be seen, not taken for silence */

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

typedef struct {
  AkPeer peer;
  AkHttpLogin login;
  const char *user;
  guint first_status; /* of the first wrong attempt */
  AkLockoutResult result;
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  ak_lockout_meter_clear(&self->result);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* --- attempts ------------------------------------------------------------------------------------
 */

/* The page without credentials: how fast is the server now? -1 where it does not answer. */
static gint64 control_us(gpointer data) {
  Look *self = data;
  AkHttpRequest request = {.method = "GET", .target = self->login.path};
  gint64 took_us = 0;
  g_autoptr(AkHttpResponse) response =
      ak_client_send(&self->peer, self->login.tls, &request, &took_us, NULL);
  return response != NULL ? took_us : -1;
}

/* A refusal that turns from another status into 403 is no longer about the password. */
static bool attempt(gpointer data, AkAttempt *out, GError **error) {
  Look *self = data;
  g_autofree char *password = ak_attempt_random_password();
  if (!ak_http_login_try(&self->login, self->user, password, out, error))
    return false;
  if (out->result != AK_ATTEMPT_REFUSED || out->says_locked)
    return true;
  if (self->first_status == 0)
    self->first_status = out->status;
  else if (out->status == 403 && self->first_status != 403)
    out->result = AK_ATTEMPT_LOCKED;
  return true;
}

/* --- observations
 * ---------------------------------------------------------------------------------------- */

static bool observe(Look *self, const char *property, AkOutcome outcome, AkValue value,
                    GError **error) {
  AkObservation *seen =
      ak_observation_new("service", self->peer.call->subject->locator, property, outcome);
  AkDigest digest;
  ak_observation_take_value(seen, value);
  gsize size = self->result.evidence != NULL ? strlen(self->result.evidence) : 0;
  if (size > 0) {
    if (!ak_sink_blob(self->peer.sink, self->result.evidence, size, &digest, error)) {
      ak_observation_free(seen);
      return false;
    }
    ak_observation_cite(seen, &digest, 0, size);
  }
  return ak_sink_observe(self->peer.sink, seen, error);
}

static bool observe_end(Look *self, bool covered, GError **error) {
  const char *all[] = {"lockout", NULL}, *none[] = {NULL};
  return observe(self, "auth.attempts", AK_OUTCOME_SEEN,
                 ak_value_int(self->result.attempts, "attempts"), error) &&
         observe(self, "auth.coverage", covered ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
                 ak_value_set(covered ? all : none), error);
}

static bool observe_unknown(Look *self, const char *reason, GError **error) {
  return observe(self, "auth.lockout", AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(reason), error) &&
         observe_end(self, false, error);
}

static bool observe_lockout(Look *self, GError **error) {
  if (!observe(self, "auth.lockout", AK_OUTCOME_SEEN, ak_value_bool(true), error) ||
      !observe(self, "auth.lockout.after", AK_OUTCOME_SEEN,
               ak_value_int(self->result.after, "attempts"), error))
    return false;
  return self->result.verdict == AK_LOCKOUT_DELAYED
             ? observe(self, "auth.lockout.delay", AK_OUTCOME_SEEN,
                       ak_value_int(self->result.growth_us / 1000, "ms"), error)
             : observe(self, "auth.lockout.delay", AK_OUTCOME_ABSENT, (AkValue){0}, error);
}

static bool observe_verdict(Look *self, GError **error) {
  if (self->result.verdict == AK_LOCKOUT_UNKNOWN)
    return observe_unknown(self, self->result.reason, error);
  bool ok = self->result.verdict == AK_LOCKOUT_NONE
                ? observe(self, "auth.lockout", AK_OUTCOME_ABSENT, (AkValue){0}, error)
                : observe_lockout(self, error);
  return ok && observe_end(self, true, error);
}

/* --- the test
 * ------------------------------------------------------------------------------------------------
 */

/* What asks for the log-in, as seen now; NULL and a reason where nothing does. */
static bool prepare(Look *self, const json_t *auth, char **why, GError **error) {
  const AkObservation *offered =
      ak_call_prior(self->peer.call, "http.offered", self->peer.call->subject->locator);
  bool seen = offered != NULL && offered->outcome == AK_OUTCOME_SEEN;
  const char *scheme =
      seen ? offered->value.text : ak_json_string_or(self->peer.call->params, "protocol", "https");
  bool tls = g_strcmp0(scheme, "https") == 0;
  const char *path = ak_json_string_or(auth, "path", "/");
  g_auto(AkHttpLoginPage) page = {0};
  g_autoptr(GError) failure = NULL;
  if (!ak_http_login_page_get(&self->peer, tls, path, &page, &failure)) {
    *why = g_strdup(failure->message);
    if (!ak_attempt_is_final(&self->peer, failure))
      return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  self->login = ak_http_login_of(&self->peer, tls, page.mechanism, auth);
  if (page.mechanism == AK_HTTP_LOGIN_NONE)
    *why = g_strdup_printf("%s asks for no log-in (status %u)", path, page.response->status);
  else if (page.mechanism == AK_HTTP_LOGIN_FORM && self->login.failure_text == NULL)
    *why = g_strdup("the form is not declared");
  return true;
}

static guint limit_of(const json_t *params) {
  const json_t *asked = json_object_get(params, "attempts");
  json_int_t limit = json_is_integer(asked) ? json_integer_value(asked) : AK_LOCKOUT_METER_MAX;
  return (guint)CLAMP(limit, 1, AK_LOCKOUT_METER_MAX);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  const json_t *auth = json_object_get(call->params, "auth");
  g_auto(Look) self = {0};
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
  AkLockoutPlan plan = {.sink = sink,
                        .limit = limit_of(call->params),
                        .attempt = attempt,
                        .control_us = control_us,
                        .data = &self};
  return ak_lockout_meter_run(&plan, &self.result, error) && observe_verdict(&self, error);
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
               .attempts = AK_LOCKOUT_METER_MAX},
    .masked_since = 1,
    .stop_condition_en = "attempts are refused or delayed, or 20 were made; the account may stay "
                         "locked for a time",
    .stop_condition_ja =
        "試行が拒否または遅延されたか、20回に達した。アカウントがしばらくロックされた"
        "ままになることがある",
    .sources = sources,
    .run = run,
};
