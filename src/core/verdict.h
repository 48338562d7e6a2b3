/* Verdicts and their names. Rules that reach one stand in catalogue data; verify/verdict applies
 * them. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_VERDICT_NOT_RUN, /* the start of every verdict */
  AK_VERDICT_PASS,
  AK_VERDICT_FAIL,
  AK_VERDICT_INCONCLUSIVE,
  AK_VERDICT_NOT_APPLICABLE,
} AkVerdict;

/* "not-run", "pass", "fail", "inconclusive", "not-applicable": the names in files and the API. */
const char *ak_verdict_name(AkVerdict verdict);
bool ak_verdict_from_name(const char *name, AkVerdict *out);
