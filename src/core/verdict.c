#include "core/verdict.h"

static const char *const verdict_names[] = {
    [AK_VERDICT_NOT_RUN] = "not-run",           [AK_VERDICT_PASS] = "pass",
    [AK_VERDICT_FAIL] = "fail",                 [AK_VERDICT_INCONCLUSIVE] = "inconclusive",
    [AK_VERDICT_NOT_APPLICABLE] = "not-applicable",
};

const char *ak_verdict_name(AkVerdict verdict) { return verdict_names[verdict]; }

bool ak_verdict_from_name(const char *name, AkVerdict *out) {
  for (gsize i = 0; i < G_N_ELEMENTS(verdict_names); i++)
    if (g_strcmp0(name, verdict_names[i]) == 0) {
      *out = (AkVerdict)i;
      return true;
    }
  return false;
}
