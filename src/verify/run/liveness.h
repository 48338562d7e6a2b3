/* Does the device still answer? Asked after each test, by one connection to a port that was open. */
#pragma once

#include "net/net.h"
#include "core/test.h"

/* The descriptor under which the framework itself observes (no run function: it is never planned). */
extern const AkTest ak_verify_liveness_test;

typedef struct {
  const char *address;
  guint16 port;        /* known to have been open */
  const char *last;    /* the tests that ran last, for the observation */
  guint recovery_ms;   /* how long to wait for it to come back */
} AkLivenessInput;

/* True if it answers (after at most 3 tries). Otherwise observes `availability.lost` and
 * `availability.recovery` through `sink` and returns false with `error` unset. */
bool ak_liveness_check(AkNet *net, const AkLivenessInput *input, AkSink *sink, GError **error);
