/* One attempt to log in, whatever the protocol: what it answered, and what attempts need. */
#pragma once

#include "probe/stream.h"

typedef enum {
  AK_ATTEMPT_REFUSED, /* wrong credentials */
  AK_ATTEMPT_GRANTED, /* it was let in; the caller must see that wrong credentials are refused */
  AK_ATTEMPT_LOCKED,  /* refused whatever the credentials */
  AK_ATTEMPT_BROKEN,  /* no answer, or one that fits nothing */
} AkAttemptResult;

typedef struct {
  AkAttemptResult result;
  guint status;          /* the protocol's code of the answer; 0: no answer */
  gint64 took_us;        /* of what carried the credentials */
  guint retry_after_s;   /* 0: not said */
  bool says_locked;      /* its text does */
  bool without_password; /* GRANTED: the user's name was enough */
  char *evidence;        /* masked; or NULL */
  char *reason;          /* BROKEN */
} AkAttempt;
void ak_attempt_clear(AkAttempt *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkAttempt, ak_attempt_clear)

/* Refused, and by its text for now whatever the credentials, or LOCKED. */
bool ak_attempt_is_locked(const AkAttempt *self);

/* Must the test end at this error (stopped, over a limit of the test, outside the authorization)?
 */
bool ak_attempt_is_final(const AkPeer *peer, const GError *error);

/* The attempt met `failure`, which is taken over: BROKEN with its reason, or false with `error`
 * where the test must end. */
bool ak_attempt_break(AkAttempt *self, const AkPeer *peer, GError *failure, GError **error);

/* A password that nobody has: 24 letters. Caller frees. */
char *ak_attempt_random_password(void);

/* `text` with each `secret` (NULL or short ones are left) as "*****" and foreign bytes escaped.
 * Caller frees. */
char *ak_attempt_mask(const char *text, const char *secret);

/* Sleeps in small steps; CANCELLED. */
bool ak_attempt_wait(AkSink *sink, guint wait_ms, GError **error);
