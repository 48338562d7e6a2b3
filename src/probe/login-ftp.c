#include <string.h>

#include "probe/form.h"
#include "probe/ftp-session.h"
#include "probe/login-protocol.h"

#define LOGGED_IN 230
#define NEEDS_PASSWORD 331
#define NOT_AVAILABLE 421
#define MAIL "guest@example.invalid" /* RFC 1635: what guests give as a password */

static bool says_locked(const AkFtpReply *reply) {
  g_autofree char *visible = ak_form_visible(reply->text, strlen(reply->text));
  return ak_form_says_locked(visible);
}

static AkFtpSession *open_session(const AkLoginTarget *target, AkFtpReply *reply,
                                  GError **failure) {
  g_autoptr(AkFtpSession) session = ak_ftp_session_open(target->peer, target->tls, reply, failure);
  bool agreed = false;
  if (session == NULL)
    return NULL;
  if (target->start_tls) {
    if (!ak_ftp_session_auth_tls(session, &agreed, reply, failure))
      return NULL;
    if (!agreed) {
      ak_error_set(failure, AK_ERROR_NOT_SUPPORTED, "AUTH TLS is answered with code %u",
                   reply->code);
      return NULL;
    }
  }
  return g_steal_pointer(&session);
}

/* --- without credentials
 * ------------------------------------------------------------------------------- */

/* Is a name taken in the clear? Where it wants TLS first, attempts will ask for it. */
static bool look_at_plain(AkLoginTarget *target, AkLoginLook *out, GError **failure) {
  g_auto(AkFtpReply) reply = {0};
  g_autoptr(AkFtpSession) session = open_session(target, &reply, failure);
  if (session == NULL)
    return false;
  out->banner = g_strdup(reply.text);
  out->heard = true;
  if (target->tls) {
    out->plain = AK_LOGIN_NO;
    return true;
  }
  if (!ak_ftp_session_ask(session, "USER", target->user, &reply, failure))
    return false;
  target->start_tls = ak_ftp_session_wants_tls(&reply);
  out->plain = target->start_tls ? AK_LOGIN_NO : AK_LOGIN_YES;
  return true;
}

static bool look_at_anonymous(AkLoginTarget *target, AkLoginLook *out, GError **failure) {
  g_auto(AkFtpReply) reply = {0};
  g_autoptr(AkFtpSession) session = open_session(target, &reply, failure);
  if (session == NULL || !ak_ftp_session_ask(session, "USER", "anonymous", &reply, failure) ||
      (reply.code == NEEDS_PASSWORD && !ak_ftp_session_ask(session, "PASS", MAIL, &reply, failure)))
    return false;
  g_autofree char *text = ak_attempt_mask(reply.text, NULL);
  out->evidence = g_strdup_printf("USER anonymous, PASS *****\n%u %s\n", reply.code, text);
  if (reply.code != LOGGED_IN && (reply.code < 500 || reply.code > 599))
    return ak_error_set(failure, AK_ERROR_INVALID_DATA, "anonymous is answered with code %u",
                        reply.code);
  out->open = reply.code == LOGGED_IN ? AK_LOGIN_YES : AK_LOGIN_NO;
  return true;
}

/* A server may take guests and passwords at once. */
static bool look(AkLoginTarget *target, AkLoginLook *out, GError **error) {
  GError *failure = NULL;
  bool ok = look_at_plain(target, out, &failure);
  if (ok) {
    out->mechanism = "password";
    out->guessable = AK_LOGIN_YES;
    ok = look_at_anonymous(target, out, &failure);
  }
  if (ok)
    return true;
  g_autoptr(GError) owned = failure;
  out->reason = g_strdup(owned->message);
  if (!ak_attempt_is_final(target->peer, owned))
    return true;
  g_propagate_error(error, g_steal_pointer(&owned));
  return false;
}

/* --- one attempt
 * --------------------------------------------------------------------------------------------- */

static void judge(AkAttempt *out, const AkFtpReply *reply, const char *user, const char *password,
                  bool without_password) {
  g_autofree char *text = ak_attempt_mask(reply->text, password);
  out->status = reply->code;
  out->says_locked = says_locked(reply);
  out->without_password = without_password;
  out->evidence = g_strdup_printf("USER %s, PASS *****\n%u %s\n", user, reply->code, text);
  if (reply->code == LOGGED_IN)
    out->result = AK_ATTEMPT_GRANTED;
  else if (reply->code == NOT_AVAILABLE)
    out->result = out->says_locked ? AK_ATTEMPT_LOCKED : AK_ATTEMPT_BROKEN;
  else if (reply->code >= 400 && reply->code <= 599)
    out->result = AK_ATTEMPT_REFUSED;
  else
    out->result = AK_ATTEMPT_BROKEN;
  if (out->result == AK_ATTEMPT_BROKEN)
    out->reason = g_strdup_printf("it answers with code %u", reply->code);
}

static bool attempt(const AkLoginTarget *target, const char *user, const char *password,
                    AkAttempt *out, GError **error) {
  g_auto(AkFtpReply) reply = {0};
  GError *failure = NULL;
  if (!ak_sink_spend(target->peer->sink, AK_SPEND_ATTEMPTS, 1, error))
    return false;
  g_autoptr(AkFtpSession) session = open_session(target, &reply, &failure);
  gint64 begin_us = g_get_monotonic_time();
  bool ok = session != NULL && ak_ftp_session_ask(session, "USER", user, &reply, &failure);
  bool asked = ok && reply.code == NEEDS_PASSWORD;
  if (!ok || (asked && !ak_ftp_session_ask(session, "PASS", password, &reply, &failure)))
    return ak_attempt_break(out, target->peer, failure, error);
  out->took_us = g_get_monotonic_time() - begin_us;
  judge(out, &reply, user, password, !asked);
  return true;
}

static gint64 control_us(const AkLoginTarget *target) {
  g_auto(AkFtpReply) reply = {0};
  gint64 begin_us = g_get_monotonic_time();
  g_autoptr(AkFtpSession) session = open_session(target, &reply, NULL);
  return session != NULL && reply.code < 400 ? g_get_monotonic_time() - begin_us : -1;
}

const AkLoginProtocol ak_login_ftp = {.protocol = "ftp|ftps",
                                      .user = "admin",
                                      .transport = "tcp",
                                      .look = look,
                                      .attempt = attempt,
                                      .control_us = control_us};
