#include <string.h>

#include "probe/form.h"
#include "probe/login-protocol.h"
#include "probe/telnet-dialog.h"

#define FIRST_MS 8000   /* for the first question */
#define ANSWER_MS 15000 /* for what follows: wrong passwords are answered late */
#define ANSWERED 1      /* Telnet has no codes */

/* --- without credentials
 * ------------------------------------------------------------------------------ */

static bool judge_first(AkTelnetDialog *dialog, AkTelnetPrompt prompt, AkLoginLook *out,
                        GError **error) {
  bool is_shell = false;
  if (prompt == AK_TELNET_USER || prompt == AK_TELNET_PASSWORD) {
    out->open = AK_LOGIN_NO;
    out->guessable = AK_LOGIN_YES;
    out->mechanism = "password";
    return true;
  }
  if (prompt == AK_TELNET_SHELL && !ak_telnet_dialog_is_shell(dialog, ANSWER_MS, &is_shell, error))
    return false;
  if (is_shell) {
    out->open = AK_LOGIN_YES;
    out->guessable = AK_LOGIN_NO;
    out->mechanism = "none";
    return true;
  }
  out->reason = g_strdup(dialog->closed                ? "it closed the connection"
                         : prompt == AK_TELNET_NOTHING ? "it says nothing"
                                                       : "what it asks is not understood");
  return true;
}

static bool look(AkLoginTarget *target, AkLoginLook *out, GError **error) {
  GError *failure = NULL;
  AkTelnetPrompt prompt = AK_TELNET_NOTHING;
  g_autoptr(AkTelnetDialog) dialog = ak_telnet_dialog_open(target->peer, &failure);
  bool ok = dialog != NULL && ak_telnet_dialog_first(dialog, FIRST_MS, &prompt, &failure);
  if (ok) {
    out->plain = AK_LOGIN_YES;
    out->heard = prompt != AK_TELNET_NOTHING;
    out->banner = g_strdup(dialog->text);
    out->evidence = ak_attempt_mask(dialog->text, NULL);
    ok = judge_first(dialog, prompt, out, &failure);
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
 * ------------------------------------------------------------------------------------------ */

static void grant(AkAttempt *out, const char *user, bool without_password) {
  out->result = AK_ATTEMPT_GRANTED;
  out->status = ANSWERED;
  out->without_password = without_password;
  out->evidence = g_strdup_printf("login: %s%s\n(it waits for commands, and again after an empty "
                                  "line)\n",
                                  user, without_password ? "" : "\npassword: *****");
}

static void refuse(AkAttempt *out, const AkTelnetDialog *dialog, const char *user,
                   const char *password) {
  g_autofree char *visible = ak_form_visible(dialog->text, strlen(dialog->text));
  g_autofree char *text = ak_attempt_mask(dialog->text, password);
  out->result = AK_ATTEMPT_REFUSED;
  out->status = ANSWERED;
  out->says_locked = ak_form_says_locked(visible);
  out->evidence = g_strdup_printf("login: %s\npassword: *****\n%s\n", user, text);
}

static void break_off(AkAttempt *out, const char *reason) {
  out->result = AK_ATTEMPT_BROKEN;
  out->reason = g_strdup(reason);
}

/* What it asks after all was given tells whether it let in; words alone never do. */
static bool judge_last(AkTelnetDialog *dialog, AkTelnetPrompt prompt, const char *user,
                       const char *password, bool without_password, AkAttempt *out,
                       GError **failure) {
  bool is_shell = false;
  if (prompt == AK_TELNET_SHELL) {
    if (!ak_telnet_dialog_is_shell(dialog, ANSWER_MS, &is_shell, failure))
      return false;
    if (is_shell)
      grant(out, user, without_password);
    else
      break_off(out, "it seemed to wait for commands, but not twice");
  } else if (prompt == AK_TELNET_USER || prompt == AK_TELNET_PASSWORD ||
             ak_telnet_dialog_says_failure(dialog->text)) {
    refuse(out, dialog, user, password);
  } else {
    g_autofree char *visible = ak_form_visible(dialog->text, strlen(dialog->text));
    if (ak_form_says_locked(visible))
      refuse(out, dialog, user, password);
    else
      break_off(out, dialog->closed ? "it closed the connection without an answer"
                                    : "what it answers is not understood");
  }
  return true;
}

/* Answers what is asked for; `begin_us` is when the last of it was sent. */
static bool give(AkTelnetDialog *dialog, const char *user, const char *password,
                 AkTelnetPrompt *prompt, bool *without_password, gint64 *begin_us,
                 GError **failure) {
  *without_password = true;
  if (!ak_telnet_dialog_first(dialog, FIRST_MS, prompt, failure))
    return false;
  if (*prompt == AK_TELNET_USER) {
    *begin_us = g_get_monotonic_time();
    if (!ak_telnet_dialog_say(dialog, user, failure) ||
        !ak_telnet_dialog_wait(dialog, ANSWER_MS, prompt, failure))
      return false;
  }
  if (*prompt != AK_TELNET_PASSWORD)
    return true;
  *without_password = false;
  *begin_us = g_get_monotonic_time();
  return ak_telnet_dialog_say(dialog, password, failure) &&
         ak_telnet_dialog_wait(dialog, ANSWER_MS, prompt, failure);
}

static bool attempt(const AkLoginTarget *target, const char *user, const char *password,
                    AkAttempt *out, GError **error) {
  GError *failure = NULL;
  AkTelnetPrompt prompt = AK_TELNET_NOTHING;
  bool without_password = false;
  gint64 begin_us = g_get_monotonic_time();
  if (!ak_sink_spend(target->peer->sink, AK_SPEND_ATTEMPTS, 1, error))
    return false;
  g_autoptr(AkTelnetDialog) dialog = ak_telnet_dialog_open(target->peer, &failure);
  if (dialog == NULL ||
      !give(dialog, user, password, &prompt, &without_password, &begin_us, &failure))
    return ak_attempt_break(out, target->peer, failure, error);
  out->took_us = g_get_monotonic_time() - begin_us;
  return judge_last(dialog, prompt, user, password, without_password, out, &failure) ||
         ak_attempt_break(out, target->peer, failure, error);
}

static gint64 control_us(const AkLoginTarget *target) {
  AkTelnetPrompt prompt = AK_TELNET_NOTHING;
  gint64 begin_us = g_get_monotonic_time();
  g_autoptr(AkTelnetDialog) dialog = ak_telnet_dialog_open(target->peer, NULL);
  bool answered = dialog != NULL && ak_telnet_dialog_wait(dialog, FIRST_MS, &prompt, NULL) &&
                  prompt != AK_TELNET_NOTHING;
  return answered ? g_get_monotonic_time() - begin_us : -1;
}

const AkLoginProtocol ak_login_telnet = {.protocol = "telnet",
                                         .user = "root",
                                         .transport = "tcp",
                                         .look = look,
                                         .attempt = attempt,
                                         .control_us = control_us};
