/* The verdict of one test case: applies → fail → needs → pass → inconclusive. */
#pragma once

#include "verify/verdict/finding.h"

/* What the claims say on whether something applies. */
typedef struct {
  AkTruth truth;   /* with contradicted claims taken as what was seen */
  bool granted;    /* false by claims that each have a reason and no contradiction */
  json_t *missing; /* what stands against granting it */
} AkApplies;

void ak_applies_clear(AkApplies *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkApplies, ak_applies_clear)

/* `expression` may be NULL: applies. */
void ak_applies_judge(const AkVerdictInput *input, const AkFacts *facts,
                      const AkExpression *expression, AkApplies *out);

typedef struct {
  const AkVerdictInput *input;
  const AkFacts *facts;
  AkFindings *findings;
  const AkRequirement *requirement;
  const AkTestCase *test_case;
} AkCaseInput;

typedef struct {
  AkVerdict verdict;
  json_t *missing; /* owned */
  json_t *json;    /* owned: the case's row of the result */
} AkCaseResult;
void ak_case_result_free(AkCaseResult *self);

/* The caller's. */
AkCaseResult *ak_case_judge(const AkCaseInput *input);

/* A case of a requirement that does not apply. */
AkCaseResult *ak_case_not_applicable(const AkCaseInput *input);
