/* The one interpreter of rule expressions: three-valued, without callbacks into engines. */
#pragma once

#include "verify/verdict/facts.h"

/* Strong Kleene logic: and is the minimum, or the maximum. */
typedef enum { AK_TRUTH_FALSE, AK_TRUTH_UNKNOWN, AK_TRUTH_TRUE } AkTruth;

/* A subject on which a trigger holds. */
typedef struct {
  const char *kind, *locator; /* borrowed from the facts or the product */
  const char *property;       /* the decisive one of the predicate, or NULL */
} AkPlace;

typedef struct {
  const AkVerdictInput *input;
  const AkFacts *facts;
  const char *case_id; /* for answer(…); NULL outside a case */
  GPtrArray *touched;  /* of const AkNote: what the result rests on */
  json_t *missing;     /* array: why the result is unknown (missing.h) */
  GArray *places;      /* of AkPlace: where any(…) or all(…) holds */
} AkEvaluation;

AkEvaluation *ak_evaluation_new(const AkVerdictInput *input, const AkFacts *facts,
                                const char *case_id);
void ak_evaluation_free(AkEvaluation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkEvaluation, ak_evaluation_free)

/* Adds to touched, missing and places. */
AkTruth ak_evaluate(AkEvaluation *self, const AkExpression *expression);

/* Is `need` complete? Adds what is missing. */
bool ak_evaluate_need(AkEvaluation *self, const AkNeed *need);
