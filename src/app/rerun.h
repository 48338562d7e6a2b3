/* Whether a run looked again at what another run had seen: what it did not look at is neither gone
 * nor worse. Pure; reads the run's state alone. */
#pragma once

#include "verify/run/state.h"

typedef enum {
  AK_RERUN_LOOKED,    /* it looked there and could tell */
  AK_RERUN_NOT_ASKED, /* the test, or the port, is not in the run's plan */
  AK_RERUN_NOT_ENDED, /* the test did not end there, or the run was stopped before it */
  AK_RERUN_NOT_SEEN,  /* it looked and could not tell, or was cut short */
} AkRerun;

/* "looked", "not-asked", "not-ended", "could-not-look" */
const char *ak_rerun_name(AkRerun rerun);

/* Is the test in the plan of the run? A run whose plan lists no tests has those that it executed. */
bool ak_rerun_has_test(const AkRunState *state, const char *test);

/* `seen`: an observation as a verdict cites it, {"test", "property", "subject": {"kind", "locator"}}. */
AkRerun ak_rerun_of_observation(const AkRunState *state, const json_t *seen);

/* Of all observations that show the finding itself: those of its property, or, where it names none,
 * all that it cites. A finding without any rests on the product file, and that is always read. */
AkRerun ak_rerun_of_finding(const AkRunState *state, const json_t *finding);

/* Of a case of another run: NOT_ASKED where a test that it rests on is not in the plan. */
AkRerun ak_rerun_of_case(const AkRunState *state, const json_t *row);
