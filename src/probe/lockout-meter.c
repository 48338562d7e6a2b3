#include "probe/lockout-meter.h"

#define CONTROLS 3     /* looks without credentials, for the usual delay */
#define GROWTH_MS 1000 /* of the delay, twice in a row */
#define PAUSE_MS 50
#define MAX_LOCK_WAIT_S 60 /* for a lock that an earlier test left behind */
#define DEFAULT_LOCK_S 30
#define MAX_LOST 2

typedef struct {
  const AkLockoutPlan *plan;
  gint64 usual_us;  /* the slowest of the answers that are known to be undelayed */
  gint64 growth_us; /* of the last slow answer */
  guint slow_in_row;
  bool slow_server; /* it was slow for everyone: delays mean nothing */
  guint attempts, failed;
  guint lost;   /* attempts without an answer */
  bool waited;  /* for a lock that was there before */
  char *reason; /* UNKNOWN: why */
  GString *evidence;
} Meter;

static void meter_clear(Meter *self) {
  g_clear_pointer(&self->reason, g_free);
  if (self->evidence != NULL)
    g_string_free(self->evidence, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Meter, meter_clear)

void ak_lockout_meter_clear(AkLockoutResult *self) {
  g_clear_pointer(&self->reason, g_free);
  g_clear_pointer(&self->evidence, g_free);
}

static AkLockoutVerdict unknown(Meter *self, const char *reason) {
  g_free(self->reason);
  self->reason = g_strdup(reason);
  return AK_LOCKOUT_UNKNOWN;
}

/* --- delays -------------------------------------------------------------------------------------
 */

static gint64 control_us(Meter *self) {
  return self->plan->control_us(self->plan->data);
}

static bool measure_usual(Meter *self) {
  for (guint i = 0; i < CONTROLS; i++) {
    gint64 took_us = control_us(self);
    if (took_us < 0)
      return false;
    self->usual_us = MAX(self->usual_us, took_us);
  }
  return true;
}

/* Slow twice in a row, while the service without credentials is not: then it is meant. */
static AkLockoutVerdict judge_delay(Meter *self, gint64 took_us) {
  gint64 growth_us = took_us - self->usual_us;
  if (self->failed <= 2) {
    self->usual_us = MAX(self->usual_us, took_us); /* hashing a password takes its time */
    return AK_LOCKOUT_UNDECIDED;
  }
  if (growth_us < GROWTH_MS * 1000) {
    self->slow_in_row = 0;
    return AK_LOCKOUT_UNDECIDED;
  }
  gint64 control = control_us(self);
  if (control < 0 || control - self->usual_us >= GROWTH_MS * 1000 / 2) {
    self->slow_server = true;
    self->slow_in_row = 0;
    return AK_LOCKOUT_UNDECIDED;
  }
  self->growth_us = growth_us;
  return ++self->slow_in_row >= 2 ? AK_LOCKOUT_DELAYED : AK_LOCKOUT_UNDECIDED;
}

/* --- refusals
 * -------------------------------------------------------------------------------------- */

/* No answer after some attempts may be a block of our address, a crash or a restart, which look the
 * same from here: that is for a person to tell. One lost connection says nothing. */
static AkLockoutVerdict judge_silence(Meter *self, const AkAttempt *answer) {
  bool lost_once = answer->status == 0 && ++self->lost <= MAX_LOST && control_us(self) >= 0;
  if (lost_once)
    return AK_LOCKOUT_UNDECIDED;
  g_autofree char *reason = g_strdup_printf("after %u failed attempts: %s", self->failed,
                                            answer->reason != NULL ? answer->reason : "no answer");
  return unknown(self, reason);
}

/* A lock at the first attempt was left by an earlier test, or stands for everyone: wait once. */
static bool wait_for_unlock(Meter *self, guint retry_s, AkLockoutVerdict *verdict, GError **error) {
  guint wait_s = retry_s > 0 ? retry_s + 1 : DEFAULT_LOCK_S;
  *verdict = AK_LOCKOUT_UNDECIDED;
  if (self->waited || wait_s > MAX_LOCK_WAIT_S) {
    *verdict = unknown(self, "log-in is refused before the first attempt");
    return true;
  }
  self->waited = true;
  return ak_attempt_wait(self->plan->sink, wait_s * 1000, error);
}

static bool judge(Meter *self, const AkAttempt *answer, AkLockoutVerdict *verdict, GError **error) {
  *verdict = AK_LOCKOUT_UNDECIDED;
  if (ak_attempt_is_locked(answer)) {
    *verdict = AK_LOCKOUT_LOCKED;
    return self->failed > 0 || wait_for_unlock(self, answer->retry_after_s, verdict, error);
  }
  if (answer->result == AK_ATTEMPT_BROKEN) {
    *verdict = judge_silence(self, answer);
    return true;
  }
  if (answer->result == AK_ATTEMPT_GRANTED) {
    *verdict = unknown(self, "a random password logs in");
    return true;
  }
  self->failed++;
  *verdict = judge_delay(self, answer->took_us);
  return true;
}

/* --- the attempts
 * ------------------------------------------------------------------------------------- */

static void note(Meter *self, const AkAttempt *answer) {
  g_string_append_printf(self->evidence, "attempt %u: status %u, %" G_GINT64_FORMAT " ms%s\n",
                         self->attempts, answer->status, answer->took_us / 1000,
                         answer->says_locked ? ", says that it is locked" : "");
}

static bool attempt_all(Meter *self, AkLockoutVerdict *verdict, GError **error) {
  *verdict = AK_LOCKOUT_UNDECIDED;
  while (*verdict == AK_LOCKOUT_UNDECIDED && self->attempts < self->plan->limit) {
    g_auto(AkAttempt) answer = {0};
    ak_sink_progress(self->plan->sink, self->attempts, self->plan->limit);
    if (!self->plan->attempt(self->plan->data, &answer, error))
      return false;
    self->attempts++;
    note(self, &answer);
    if (!judge(self, &answer, verdict, error) ||
        !ak_attempt_wait(self->plan->sink, PAUSE_MS, error))
      return false;
  }
  if (*verdict == AK_LOCKOUT_UNDECIDED && (self->slow_server || self->failed == 0))
    *verdict = unknown(self, "the server was slow for everyone: delays could not be told apart");
  else if (*verdict == AK_LOCKOUT_UNDECIDED)
    *verdict = AK_LOCKOUT_NONE;
  return true;
}

bool ak_lockout_meter_run(const AkLockoutPlan *plan, AkLockoutResult *out, GError **error) {
  g_auto(Meter) self = {.plan = plan, .evidence = g_string_new(NULL)};
  AkLockoutVerdict verdict = AK_LOCKOUT_UNDECIDED;
  if (!measure_usual(&self))
    verdict = unknown(&self, "the service did not answer");
  else if (!attempt_all(&self, &verdict, error))
    return false;
  *out = (AkLockoutResult){
      .verdict = verdict,
      .attempts = self.attempts,
      .after = self.failed - (verdict == AK_LOCKOUT_DELAYED ? 2 : 0),
      .growth_us = self.growth_us,
      .reason = g_steal_pointer(&self.reason),
      .evidence = g_strdup(self.evidence->str),
  };
  return true;
}
