/* An FTP server: what it says of itself, whether it speaks TLS, whether it lets anyone in. */
#include <string.h>

#include "probe/attempt.h"
#include "probe/ftp-session.h"
#include "probe/observe.h"

#define TIMEOUT_MS 15000
#define MAIL "guest@example.invalid" /* RFC 1635: what guests give as a password */
#define LOGGED_IN 230
#define NEEDS_PASSWORD 331

static const AkTestOutput outputs[] = {
    {"ftp.offered", AK_VALUE_TEXT, NULL, "ftp, or ftps inside TLS from the start",
     "ftp、または最初からTLSのftps"},
    {"ftp.banner", AK_VALUE_TEXT, NULL, "greeting", "接続時の挨拶文"},
    {"ftp.tls", AK_VALUE_BOOL, NULL, "it can go on inside TLS", "TLSで通信できる"},
    {"ftp.anonymous", AK_VALUE_BOOL, NULL, "it lets anyone in as anonymous",
     "anonymousで誰でもログインできる"},
    {"ftp.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"RFC 959", "RFC 4217, 4", "RFC 1635", NULL};

typedef struct {
  AkPeer peer;
  bool tls; /* from the first byte */
  bool tls_seen, anonymous_seen;
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static char *evidence_of(const char *command, const AkFtpReply *reply) {
  g_autofree char *text = ak_attempt_mask(reply->text, NULL);
  return g_strdup_printf("%s\n%u %s\n", command, reply->code, text);
}

/* Says why it could not look, or ends the test. Takes `failure` over. */
static bool could_not(Look *self, const char *property, GError *failure, GError **error) {
  g_autoptr(GError) owned = failure;
  if (!ak_attempt_is_final(&self->peer, owned))
    return ak_observe_unknown(&self->peer, property, owned->message, error);
  g_propagate_error(error, g_steal_pointer(&owned));
  return false;
}

static bool look_at_tls(Look *self, AkFtpSession *session, GError **error) {
  g_auto(AkFtpReply) reply = {0};
  GError *failure = NULL;
  bool agreed = false;
  if (self->tls) {
    self->tls_seen = true;
    return ak_observe_true(&self->peer, "ftp.tls", NULL, error);
  }
  if (!ak_ftp_session_auth_tls(session, &agreed, &reply, &failure))
    return could_not(self, "ftp.tls", failure, error);
  self->tls_seen = true;
  g_autofree char *evidence = evidence_of("AUTH TLS", &reply);
  return agreed ? ak_observe_true(&self->peer, "ftp.tls", evidence, error)
                : ak_observe_absent(&self->peer, "ftp.tls", evidence, error);
}

/* A connection of its own. Where TLS is asked for first, it is given. */
static bool try_anonymous(Look *self, AkFtpReply *reply, GError **failure) {
  g_auto(AkFtpReply) greeting = {0};
  g_autoptr(AkFtpSession) session = ak_ftp_session_open(&self->peer, self->tls, &greeting, failure);
  bool agreed = false;
  if (session == NULL || !ak_ftp_session_ask(session, "USER", "anonymous", reply, failure))
    return false;
  if (ak_ftp_session_wants_tls(reply) && !self->tls &&
      (!ak_ftp_session_auth_tls(session, &agreed, reply, failure) ||
       (agreed && !ak_ftp_session_ask(session, "USER", "anonymous", reply, failure))))
    return false;
  return reply->code != NEEDS_PASSWORD || ak_ftp_session_ask(session, "PASS", MAIL, reply, failure);
}

static bool look_at_anonymous(Look *self, GError **error) {
  g_auto(AkFtpReply) reply = {0};
  GError *failure = NULL;
  if (!try_anonymous(self, &reply, &failure))
    return could_not(self, "ftp.anonymous", failure, error);
  g_autofree char *evidence = evidence_of("USER anonymous, PASS *****", &reply);
  bool refused = reply.code >= 500 && reply.code <= 599;
  self->anonymous_seen = refused || reply.code == LOGGED_IN;
  if (self->anonymous_seen)
    return refused ? ak_observe_absent(&self->peer, "ftp.anonymous", evidence, error)
                   : ak_observe_true(&self->peer, "ftp.anonymous", evidence, error);
  g_autofree char *why = g_strdup_printf("it answers with code %u", reply.code);
  return ak_observe_unknown(&self->peer, "ftp.anonymous", why, error);
}

static bool observe_banner(Look *self, const AkFtpReply *greeting, GError **error) {
  g_autofree char *evidence = evidence_of("(connected)", greeting);
  const char *text = greeting->text;
  return ak_observe_text(&self->peer, "ftp.offered", self->tls ? "ftps" : "ftp", evidence, error) &&
         (*text != '\0'
              ? ak_observe(&self->peer, "ftp.banner", AK_OUTCOME_SEEN,
                           ak_value_text_from_bytes(text, strlen(text), 512), evidence, error)
              : ak_observe_absent(&self->peer, "ftp.banner", evidence, error));
}

/* Something that is no FTP inside TLS was looked at; what does not answer was not. */
static bool observe_none(Look *self, GError *failure, GError **error) {
  const char *all[] = {"anonymous", "banner", "tls", NULL}, *none[] = {NULL};
  bool other = g_error_matches(failure, AK_ERROR, AK_ERROR_INVALID_DATA) && self->tls;
  bool ok = other ? ak_observe_absent(&self->peer, "ftp.offered", NULL, error)
                  : could_not(self, "ftp.offered", g_error_copy(failure), error);
  return ok && ak_observe(&self->peer, "ftp.coverage", other ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
                          ak_value_set(other ? all : none), NULL, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {0};
  g_auto(AkFtpReply) greeting = {0};
  g_autoptr(GError) failure = NULL;
  if (!ak_peer_init(&self.peer, call, sink, TIMEOUT_MS, error))
    return false;
  const AkObservation *protocol = ak_call_prior(call, "service.protocol", call->subject->locator);
  self.tls = protocol != NULL && protocol->outcome == AK_OUTCOME_SEEN &&
             strcmp(protocol->value.text, "ftp") != 0;
  g_autoptr(AkFtpSession) session = ak_ftp_session_open(&self.peer, self.tls, &greeting, &failure);
  if (session == NULL)
    return observe_none(&self, failure, error);
  if (!observe_banner(&self, &greeting, error) || !look_at_tls(&self, session, error) ||
      !look_at_anonymous(&self, error))
    return false;
  AkObservePart parts[] = {
      {true, "banner"}, {self.tls_seen, "tls"}, {self.anonymous_seen, "anonymous"}};
  return ak_observe_coverage(&self.peer, "ftp.coverage", parts, G_N_ELEMENTS(parts), error);
}

extern const AkTest ak_probe_ftp_test;
const AkTest ak_probe_ftp_test = {
    .id = "probe.ftp",
    .rev = 1,
    .title_en = "FTP: greeting, TLS and anonymous log-in",
    .title_ja = "FTP: 挨拶文、TLS、匿名ログイン",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "ftp|ftps",
    .transport = "tcp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 120000, .bytes = 1024 * 1024, .packets = 10},
    .masked_since = 1,
    .stop_condition_en = "all was looked at, or the service no longer answers",
    .stop_condition_ja = "すべて調べたか、応答がなくなった",
    .sources = sources,
    .run = run,
};
