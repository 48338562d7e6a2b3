/* Are further attempts refused or delayed after wrong passwords? The judgement, whatever the
 * protocol. */
#pragma once

#include "probe/attempt.h"

#define AK_LOCKOUT_METER_MAX 20 /* attempts */

typedef struct {
  AkSink *sink;
  guint limit; /* attempts, 1 … AK_LOCKOUT_METER_MAX */
  /* One attempt with a password that nobody has; false only with an error that ends the test. */
  bool (*attempt)(gpointer data, AkAttempt *out, GError **error);
  /* How long the service takes to answer something that needs no log-in, in µs; -1: it does not. */
  gint64 (*control_us)(gpointer data);
  gpointer data;
} AkLockoutPlan;

typedef enum {
  AK_LOCKOUT_UNDECIDED,
  AK_LOCKOUT_LOCKED,  /* refused after `after` failed attempts */
  AK_LOCKOUT_DELAYED, /* the answer's delay grew by `growth_us` after `after` */
  AK_LOCKOUT_NONE,    /* the limit was reached without */
  AK_LOCKOUT_UNKNOWN, /* for `reason` */
} AkLockoutVerdict;

typedef struct {
  AkLockoutVerdict verdict;
  guint attempts, after;
  gint64 growth_us;
  char *reason;   /* UNKNOWN */
  char *evidence; /* a line an attempt; "" where none was made */
} AkLockoutResult;
void ak_lockout_meter_clear(AkLockoutResult *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkLockoutResult, ak_lockout_meter_clear)

/* A lock that an earlier test left behind is waited for once, at most a minute. Silence after some
 * attempts is UNKNOWN: a block of our address, a crash and a restart look the same from here. */
bool ak_lockout_meter_run(const AkLockoutPlan *plan, AkLockoutResult *out, GError **error);
