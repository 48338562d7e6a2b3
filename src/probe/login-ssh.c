#include <string.h>

#include "probe/heard.h"
#include "probe/login-protocol.h"
#include "probe/ssh-session.h"
#include "proto/ssh.h"

#define MAX_HEARD (AK_SSH_MAX_LINES * AK_SSH_MAX_LINE)
#define USERAUTH_FAILURE 51 /* RFC 4252, 6 */
#define USERAUTH_SUCCESS 52

static AkParse parse(gpointer out, const void *data, gsize size, gsize *used, GError **error) {
  return ak_ssh_ident_parse(data, size, out, used, error);
}

static bool read_ident(const AkPeer *peer, AkSshIdent *out, GError **error) {
  g_autoptr(GByteArray) heard = g_byte_array_new();
  g_autoptr(AkStream) stream = ak_stream_open(peer, false, NULL, error);
  return stream != NULL && ak_heard_read(stream, heard, MAX_HEARD, parse, out, error);
}

static void judge_methods(AkLoginTarget *target, GStrv methods, AkLoginLook *out) {
  const char *const *names = (const char *const *)methods;
  bool password = g_strv_contains(names, "password");
  bool interactive = g_strv_contains(names, "keyboard-interactive");
  target->interactive = interactive && !password;
  out->open = AK_LOGIN_NO;
  out->guessable = password || interactive ? AK_LOGIN_YES : AK_LOGIN_NO;
  out->mechanism = password || interactive ? "password" : "keys-only";
  g_autofree char *joined = g_strjoinv(", ", methods);
  out->evidence =
      g_strdup_printf("user %s, method none: refused; methods: %s\n", target->user, joined);
}

/* SSH encrypts before anyone logs in, whatever the algorithms are worth: those are probe.ssh's to
 * tell. */
static bool look(AkLoginTarget *target, AkLoginLook *out, GError **error) {
  g_auto(AkSshIdent) ident = {0};
  g_auto(GStrv) methods = NULL;
  GError *failure = NULL;
  bool let_in = false;
  if (read_ident(target->peer, &ident, &failure)) {
    out->banner = g_strchomp(g_strdup_printf("%s %s", ident.software, ident.comments));
    out->heard = true;
    out->plain = AK_LOGIN_NO;
  }
  g_autoptr(AkSshSession) session =
      failure == NULL ? ak_ssh_session_open(target->peer, &failure) : NULL;
  if (session == NULL ||
      !ak_ssh_session_methods(session, target->user, &let_in, &methods, &failure)) {
    g_autoptr(GError) owned = failure;
    out->reason = g_strdup(owned->message);
    if (!ak_attempt_is_final(target->peer, owned))
      return true;
    g_propagate_error(error, g_steal_pointer(&owned));
    return false;
  }
  if (!let_in) {
    judge_methods(target, methods, out);
    return true;
  }
  out->open = AK_LOGIN_YES;
  out->guessable = AK_LOGIN_NO;
  out->mechanism = "none";
  out->evidence = g_strdup_printf("user %s, method none: let in\n", target->user);
  return true;
}

static bool attempt(const AkLoginTarget *target, const char *user, const char *password,
                    AkAttempt *out, GError **error) {
  GError *failure = NULL;
  bool let_in = false;
  if (!ak_sink_spend(target->peer->sink, AK_SPEND_ATTEMPTS, 1, error))
    return false;
  g_autoptr(AkSshSession) session = ak_ssh_session_open(target->peer, &failure);
  gint64 begin_us = g_get_monotonic_time();
  if (session == NULL ||
      !ak_ssh_session_password(session, user, password, target->interactive, &let_in, &failure))
    return ak_attempt_break(out, target->peer, failure, error);
  out->took_us = g_get_monotonic_time() - begin_us;
  out->result = let_in ? AK_ATTEMPT_GRANTED : AK_ATTEMPT_REFUSED;
  out->status = let_in ? USERAUTH_SUCCESS : USERAUTH_FAILURE;
  out->evidence =
      g_strdup_printf("user %s, password *****: %s\n", user, let_in ? "let in" : "refused");
  return true;
}

static gint64 control_us(const AkLoginTarget *target) {
  g_auto(AkSshIdent) ident = {0};
  gint64 begin_us = g_get_monotonic_time();
  return read_ident(target->peer, &ident, NULL) ? g_get_monotonic_time() - begin_us : -1;
}

const AkLoginProtocol ak_login_ssh = {.protocol = "ssh",
                                      .user = "root",
                                      .transport = "tcp",
                                      .look = look,
                                      .attempt = attempt,
                                      .control_us = control_us};
