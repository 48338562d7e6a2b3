/* Logging in to anything but a web server: is it asked for, do well-known credentials do, does it
 * cross the network in the clear, and are wrong passwords refused after a while? */
#include <string.h>

#include "probe/banner.h"
#include "probe/guess.h"
#include "probe/lockout-meter.h"
#include "probe/login-protocol.h"
#include "probe/observe.h"
#include "probe/ssh-session.h"

#define TIMEOUT_MS 20000 /* of one answer: a delay must be seen, not taken for silence */

static const AkTestOutput outputs[] = {
    {"login.mechanism", AK_VALUE_TEXT, NULL, "what it asks for: password, keys-only, none",
     "求められる認証 (password、keys-only、none)"},
    {"login.open", AK_VALUE_BOOL, NULL, "it can be read or controlled without any credential",
     "認証情報なしで読み出しや操作ができる"},
    {"login.default-credential", AK_VALUE_TEXT, NULL, "well-known credentials log in (masked)",
     "既知の初期認証情報でログインできる (伏せ字)"},
    {"login.plain", AK_VALUE_BOOL, NULL, "credentials or control cross the network unencrypted",
     "認証情報や操作が暗号化されずに送られる"},
    {"login.banner", AK_VALUE_TEXT, NULL, "software with its version told before log-in",
     "ログイン前に示されるソフトウェアと版"},
    {"login.lockout", AK_VALUE_BOOL, NULL, "further attempts are refused or delayed",
     "以降の試行が拒否または遅延される"},
    {"login.lockout.after", AK_VALUE_INT, "attempts", "failed attempts before it",
     "それまでの失敗回数"},
    {"login.attempts", AK_VALUE_INT, "attempts", "how many were made", "試行回数"},
    {"login.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", "probe.mqtt", NULL};
static const char *const sources[] = {"ETSI EN 303 645, 5.1 and 5.5", NULL};

static const AkLoginProtocol *const protocols[] = {&ak_login_ssh, &ak_login_telnet, &ak_login_ftp,
                                                   &ak_login_mqtt, &ak_login_modbus};

typedef struct {
  AkPeer peer;
  const AkLoginProtocol *protocol;
  AkLoginTarget target;
  AkLoginLook look;
  AkGuess guess;
  AkLockoutResult lockout;
  bool guessed, measured; /* decided */
} Look;

void ak_login_look_clear(AkLoginLook *self) {
  g_clear_pointer(&self->banner, g_free);
  g_clear_pointer(&self->evidence, g_free);
  g_clear_pointer(&self->reason, g_free);
}

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  ak_login_look_clear(&self->look);
  ak_guess_clear(&self->guess);
  ak_lockout_meter_clear(&self->lockout);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static const char *reason_of(const Look *self) {
  return self->look.reason != NULL ? self->look.reason : "it could not be looked at";
}

/* --- which protocol
 * -------------------------------------------------------------------------------------- */

static const char *seen_text(const Look *self, const char *property) {
  const AkObservation *seen =
      ak_call_prior(self->peer.call, property, self->peer.call->subject->locator);
  return seen != NULL && seen->outcome == AK_OUTCOME_SEEN && seen->value.type == AK_VALUE_TEXT
             ? seen->value.text
             : NULL;
}

/* What speaks here; inside TLS, what another test found there. NULL where that is not known. */
static const char *protocol_of(const Look *self) {
  const char *spoken = seen_text(self, "service.protocol");
  return g_strcmp0(spoken, "tls") == 0 ? seen_text(self, "mqtt.offered") : spoken;
}

static bool find_protocol(Look *self) {
  const char *spoken = protocol_of(self);
  for (gsize i = 0; spoken != NULL && i < G_N_ELEMENTS(protocols); i++) {
    g_auto(GStrv) names = g_strsplit(protocols[i]->protocol, "|", -1);
    if (!g_strv_contains((const char *const *)names, spoken))
      continue;
    const json_t *auth = json_object_get(self->peer.call->params, "auth");
    self->protocol = protocols[i];
    self->target = (AkLoginTarget){
        .peer = &self->peer,
        .user = ak_json_string_or(auth, "user", protocols[i]->user),
        .tls = strcmp(spoken, "ftps") == 0 || strcmp(spoken, "mqtts") == 0,
    };
    return true;
  }
  return false;
}

/* --- what is seen without credentials
 * ---------------------------------------------------------------------- */

static bool observe_truth(Look *self, const char *property, AkLoginTruth truth, GError **error) {
  if (truth == AK_LOGIN_UNKNOWN)
    return ak_observe_unknown(&self->peer, property, reason_of(self), error);
  return truth == AK_LOGIN_YES
             ? ak_observe_true(&self->peer, property, self->look.evidence, error)
             : ak_observe_absent(&self->peer, property, self->look.evidence, error);
}

static bool observe_mechanism(Look *self, GError **error) {
  return self->look.mechanism != NULL
             ? ak_observe_text(&self->peer, "login.mechanism", self->look.mechanism,
                               self->look.evidence, error)
             : ak_observe_unknown(&self->peer, "login.mechanism", reason_of(self), error);
}

static bool observe_banner(Look *self, GError **error) {
  const char *banner = self->look.banner;
  if (!self->look.heard)
    return ak_observe_unknown(&self->peer, "login.banner", reason_of(self), error);
  if (banner == NULL || !ak_banner_tells_version(banner))
    return ak_observe_absent(&self->peer, "login.banner", self->look.evidence, error);
  g_autofree char *shown = g_strstrip(g_strdup(banner));
  g_autofree char *evidence = ak_attempt_mask(shown, NULL);
  return ak_observe(&self->peer, "login.banner", AK_OUTCOME_SEEN,
                    ak_value_text_from_bytes(shown, strlen(shown), 256), evidence, error);
}

/* --- credentials
 * ---------------------------------------------------------------------------------------------- */

static bool may_guess(const Look *self) {
  return !json_is_false(json_object_get(self->peer.call->params, "credentials"));
}

static bool attempt_with(gpointer data, const char *user, const char *password, AkAttempt *out,
                         GError **error) {
  Look *self = data;
  return self->protocol->attempt(&self->target, user, password, out, error);
}

static bool observe_guess(Look *self, GError **error) {
  const char *property = "login.default-credential";
  const AkGuess *guess = &self->guess;
  if (guess->any_password)
    return ak_observe_unknown(&self->peer, property, "any password is taken", error);
  if (guess->found == NULL && guess->stopped != NULL)
    return ak_observe(&self->peer, property, AK_OUTCOME_CUT, ak_value_text(guess->stopped), NULL,
                      error);
  self->guessed = true;
  return guess->found != NULL
             ? ak_observe_text(&self->peer, property, guess->found, guess->evidence, error)
             : ak_observe_absent(&self->peer, property, NULL, error);
}

static bool try_credentials(Look *self, GError **error) {
  const char *property = "login.default-credential";
  if (self->look.guessable == AK_LOGIN_UNKNOWN)
    return ak_observe_unknown(&self->peer, property, reason_of(self), error);
  if (self->look.guessable == AK_LOGIN_NO || self->protocol->attempt == NULL) {
    self->guessed = true; /* nothing asks for any */
    return ak_observe_absent(&self->peer, property, self->look.evidence, error);
  }
  if (!may_guess(self))
    return ak_observe_unknown(&self->peer, property, "attempts are not allowed", error);
  AkGuessPlan plan = {
      .sink = self->peer.sink, .user = self->target.user, .attempt = attempt_with, .data = self};
  return ak_guess_run(&plan, &self->guess, error) && observe_guess(self, error);
}

/* --- lock-out
 * ---------------------------------------------------------------------------------------------------
 */

static bool attempt_at_random(gpointer data, AkAttempt *out, GError **error) {
  Look *self = data;
  g_autofree char *password = ak_attempt_random_password();
  return self->protocol->attempt(&self->target, self->target.user, password, out, error);
}

static gint64 control_us(gpointer data) {
  Look *self = data;
  return self->protocol->control_us(&self->target);
}

/* Is the account of the attempts declared, or was it found? */
static bool is_account_known(const Look *self) {
  const json_t *auth = json_object_get(self->peer.call->params, "auth");
  return self->guess.user != NULL ||
         (ak_json_string_or(auth, "user", NULL) != NULL &&
          strcmp(ak_json_string_or(auth, "mechanism", ""), "none") != 0);
}

/* An account that may not exist may not be locked either: only a lock says something then. */
static const char *doubt(const Look *self) {
  if (self->lockout.verdict == AK_LOCKOUT_UNKNOWN)
    return self->lockout.reason;
  return self->lockout.verdict == AK_LOCKOUT_NONE && !is_account_known(self)
             ? "no account is declared, and that of the attempts may not exist"
             : NULL;
}

static bool observe_lockout(Look *self, GError **error) {
  const char *why = doubt(self);
  if (!ak_observe(&self->peer, "login.attempts", AK_OUTCOME_SEEN,
                  ak_value_int(self->lockout.attempts, "attempts"), self->lockout.evidence, error))
    return false;
  if (why != NULL)
    return ak_observe_unknown(&self->peer, "login.lockout", why, error);
  self->measured = true;
  if (self->lockout.verdict == AK_LOCKOUT_NONE)
    return ak_observe_absent(&self->peer, "login.lockout", self->lockout.evidence, error);
  return ak_observe_true(&self->peer, "login.lockout", self->lockout.evidence, error) &&
         ak_observe(&self->peer, "login.lockout.after", AK_OUTCOME_SEEN,
                    ak_value_int(self->lockout.after, "attempts"), self->lockout.evidence, error);
}

/* The list was answered with refusals, then with a lock: that is one. */
static bool take_lock_of_guess(Look *self) {
  if (!self->guess.locked)
    return false;
  self->lockout =
      (AkLockoutResult){.verdict = AK_LOCKOUT_LOCKED,
                        .attempts = self->guess.refused + 1,
                        .after = self->guess.refused,
                        .evidence = g_strdup_printf(
                            "%u attempts with well-known credentials were refused, then log-in "
                            "was locked\n",
                            self->guess.refused)};
  return true;
}

static guint limit_of(const json_t *params) {
  const json_t *asked = json_object_get(params, "attempts");
  json_int_t limit = json_is_integer(asked) ? json_integer_value(asked) : AK_LOCKOUT_METER_MAX;
  return (guint)CLAMP(limit, 1, AK_LOCKOUT_METER_MAX);
}

static bool measure_lockout(Look *self, GError **error) {
  const char *why = NULL;
  if (self->look.guessable == AK_LOGIN_UNKNOWN)
    why = reason_of(self);
  else if (self->look.guessable == AK_LOGIN_NO || self->protocol->attempt == NULL)
    why = "it asks for no password";
  else if (!may_guess(self))
    why = "attempts are not allowed";
  else if (self->guess.any_password)
    why = "any password is taken";
  if (why != NULL)
    return ak_observe_unknown(&self->peer, "login.lockout", why, error);
  if (self->guess.user != NULL)
    self->target.user = self->guess.user;
  AkLockoutPlan plan = {.sink = self->peer.sink,
                        .limit = limit_of(self->peer.call->params),
                        .attempt = attempt_at_random,
                        .control_us = control_us,
                        .data = self};
  return (take_lock_of_guess(self) || ak_lockout_meter_run(&plan, &self->lockout, error)) &&
         observe_lockout(self, error);
}

/* --- the test
 * ------------------------------------------------------------------------------------------------------
 */

/* What takes any password is as open as what asks for none. */
static bool observe_open(Look *self, GError **error) {
  if (self->guess.any_password)
    self->look.open = AK_LOGIN_YES;
  return observe_truth(self, "login.open", self->look.open, error);
}

static bool observe_coverage(Look *self, GError **error) {
  AkObservePart parts[] = {{self->look.open != AK_LOGIN_UNKNOWN, "open"},
                           {self->guessed, "default-credential"},
                           {self->look.plain != AK_LOGIN_UNKNOWN, "plain"},
                           {self->look.heard, "banner"},
                           {self->measured, "lockout"}};
  return ak_observe_coverage(&self->peer, "login.coverage", parts, G_N_ELEMENTS(parts), error);
}

static bool observe_unknown_protocol(Look *self, GError **error) {
  static const char *const properties[] = {
      "login.mechanism", "login.open",   "login.default-credential",
      "login.plain",     "login.banner", "login.lockout"};
  for (gsize i = 0; i < G_N_ELEMENTS(properties); i++)
    if (!ak_observe_unknown(&self->peer, properties[i], "what speaks inside TLS is not known",
                            error))
      return false;
  return observe_coverage(self, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {0};
  if (!ak_peer_init(&self.peer, call, sink, TIMEOUT_MS, error))
    return false;
  if (!find_protocol(&self))
    return observe_unknown_protocol(&self, error);
  return self.protocol->look(&self.target, &self.look, error) && observe_mechanism(&self, error) &&
         observe_truth(&self, "login.plain", self.look.plain, error) &&
         observe_banner(&self, error) && try_credentials(&self, error) &&
         observe_open(&self, error) && measure_lockout(&self, error) &&
         observe_coverage(&self, error);
}

extern const AkTest ak_probe_login_test;
const AkTest ak_probe_login_test = {
    .id = "probe.login",
    .rev = 1,
    .title_en = "Log-in to services other than the web: open, default credentials, lock-out",
    .title_ja = "Web以外のサービスのログイン: 無認証、初期認証情報、ロックアウト",
    .grade = AK_GRADE_DISTURBING,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "ssh|telnet|ftp|ftps|mqtt|mqtts|modbus|tls",
    .transport = "tcp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 1500000, .bytes = 16 * 1024 * 1024, .packets = 500, .attempts = 80},
    .masked_since = 1,
    .stop_condition_en =
        "credentials log in; then attempts are refused or delayed, or 20 were made. The "
        "account may stay locked for a time",
    .stop_condition_ja =
        "ログインに成功したか、その後の試行が拒否または遅延されたか、20回に達した。アカウント"
        "がしばらくロックされたままになることがある",
    .sources = sources,
    .run = run,
    .preload = ak_ssh_session_preload,
};
