/* Talking with a Telnet server as a person would: wait for what it asks, answer, see what it asks
 * next.
 *
 * What a server asks is told by its last line alone, so that a greeting may say "incorrect" or
 * "password" without being taken for more than that. */
#pragma once

#include "probe/attempt.h"
#include "proto/telnet.h"

typedef enum {
  AK_TELNET_NOTHING,  /* it said nothing */
  AK_TELNET_USER,     /* it asks for a name */
  AK_TELNET_PASSWORD, /* it asks for a password */
  AK_TELNET_SHELL,    /* it waits for commands */
  AK_TELNET_OTHER,    /* it said something else */
} AkTelnetPrompt;
/* "nothing", "login", "password", "shell", "other" */
const char *ak_telnet_dialog_name(AkTelnetPrompt prompt);

/* What `text` ends with. */
AkTelnetPrompt ak_telnet_dialog_judge(const char *text);
/* Does it say that the credentials were wrong? */
bool ak_telnet_dialog_says_failure(const char *text);

typedef struct {
  AkStream *stream;
  AkTelnet *codec;
  bool closed;       /* by the server */
  gint64 said_us;    /* when it was last told something; 0 where it has answered since */
  gint64 slowest_us; /* of its first answers: how long a silence may be before it means something */
  char *text;        /* what it said since the last answer; NUL-terminated */
} AkTelnetDialog;

AkTelnetDialog *ak_telnet_dialog_open(const AkPeer *peer, GError **error);
void ak_telnet_dialog_free(AkTelnetDialog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkTelnetDialog, ak_telnet_dialog_free)

/* Waits until the server asks something and falls silent, closes, or `within_ms` have passed. False
 * with the stream's error, but for its time-out. */
bool ak_telnet_dialog_wait(AkTelnetDialog *self, guint within_ms, AkTelnetPrompt *out,
                           GError **error);
/* As above for the first question; a server that says nothing clear is sent an empty line, once. */
bool ak_telnet_dialog_first(AkTelnetDialog *self, guint within_ms, AkTelnetPrompt *out,
                            GError **error);
/* Sends a line and forgets what was said before. */
bool ak_telnet_dialog_say(AkTelnetDialog *self, const char *line, GError **error);
/* It seems to wait for commands: does it ask the same again after an empty line? */
bool ak_telnet_dialog_is_shell(AkTelnetDialog *self, guint within_ms, bool *out, GError **error);
