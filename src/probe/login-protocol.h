/* Logging in, a row a protocol: how to see what is asked for, and one attempt at a time.
 * probe.login does the rest with each row alike: the list of credentials, the contrast with what
 * nobody has, the lock-out.
 *
 * A protocol is added by one file with its row and one line in the table of login.c. */
#pragma once

#include "probe/attempt.h"

typedef enum { AK_LOGIN_UNKNOWN, AK_LOGIN_YES, AK_LOGIN_NO } AkLoginTruth;

/* Where and how; a row's `look` notes for its `attempt` what it found out. */
typedef struct {
  const AkPeer *peer;
  const char *user; /* the declared one, or the row's usual one */
  bool tls;         /* inside TLS from the first byte */
  bool start_tls;   /* FTP: TLS must be asked for */
  bool interactive; /* SSH: "keyboard-interactive" alone */
  guint version;    /* MQTT: AkMqttVersion */
} AkLoginTarget;

/* What is seen without any credential. */
typedef struct {
  AkLoginTruth open;      /* YES: it can be read or controlled as it is */
  AkLoginTruth plain;     /* YES: credentials or control cross the network unencrypted */
  AkLoginTruth guessable; /* YES: it takes a user's name and a password */
  const char *mechanism;  /* static: "password", "none", "keys-only"; NULL: not known */
  char *banner;           /* what it says of itself, or NULL: nothing */
  bool heard;             /* was it heard to the end of what it says? */
  char *evidence;         /* masked, or NULL */
  char *reason;           /* of what is UNKNOWN */
} AkLoginLook;
void ak_login_look_clear(AkLoginLook *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkLoginLook, ak_login_look_clear)

typedef struct {
  const char *protocol; /* of service.protocol; '|'-separated */
  const char *user;     /* the usual account */
  const char *transport;
  /* False only with an error that ends the test; what could not be looked at is UNKNOWN with its
   * reason. */
  bool (*look)(AkLoginTarget *target, AkLoginLook *out, GError **error);
  /* One attempt, which spends one; NULL where the protocol has no credentials. */
  bool (*attempt)(const AkLoginTarget *target, const char *user, const char *password,
                  AkAttempt *out, GError **error);
  /* How long it takes to answer without a log-in, in µs; -1: it does not. */
  gint64 (*control_us)(const AkLoginTarget *target);
} AkLoginProtocol;

extern const AkLoginProtocol ak_login_ssh, ak_login_telnet, ak_login_ftp, ak_login_mqtt,
    ak_login_modbus;
