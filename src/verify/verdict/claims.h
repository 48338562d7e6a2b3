/* What the product file claims and answers: features, conditions, ICS, IXIT, units, answers. */
#pragma once

#include "verify/verdict/evaluate.h"

/* `node` is one of the kinds that speak of the product file. */
AkTruth ak_claims_evaluate(AkEvaluation *self, const AkExpression *node);

/* True or unknown, with what the table lacks. */
AkTruth ak_claims_ixit(AkEvaluation *self, const char *table);

/* Are all units in `state`? */
AkTruth ak_claims_state(AkEvaluation *self, const char *state);

/* Has somebody answered the case, with reason and evidence? Adds what is missing. */
bool ak_claims_has_answer(AkEvaluation *self);

/* One claim that an expression rests on. */
typedef struct {
  const char *what; /* "feature" or "condition" */
  const char *key;  /* borrowed */
  AkTruth claimed;
  bool contradicted; /* claimed absent (or not claimed), but seen */
  bool reasoned;     /* a reason stands with it */
} AkClaim;

AkClaim ak_claims_find(const AkVerdictInput *input, const AkFacts *facts, const char *what,
                       const char *key);

/* "Y", "N", "N/A" or NULL of the ICS row; `detail` (may be NULL) gets its text or "". Borrowed. */
const char *ak_claims_support(const AkProduct *product, const char *requirement,
                              const char **detail);
