/* Findings: what a client pays for. One a key and place, however many cases it decides. */
#pragma once

#include "verify/verdict/evaluate.h"

typedef struct _AkFindings AkFindings;

AkFindings *ak_findings_new(void);
void ak_findings_free(AkFindings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkFindings, ak_findings_free)

/* A trigger that holds, at the places of `evaluation`. `kind` is "fail" (it decides `case_id` of
 * `requirement`), "note" (it decides none, both NULL) or "contradiction". Many places of one
 * address or image become one finding with a count. */
void ak_findings_add_trigger(AkFindings *self, const char *kind, const char *finding,
                             const char *severity, const AkEvaluation *evaluation,
                             const char *requirement, const char *case_id);

/* One of the product as a whole, with `detail` in nobody's language but its author's. */
void ak_findings_add(AkFindings *self, const char *kind, const char *finding, const char *severity,
                     const char *detail, const char *requirement, const char *case_id);

/* The claim `name` ("feature e"), contradicted by what `evaluation` rests on. */
void ak_findings_add_contradiction(AkFindings *self, const char *name,
                                   const AkEvaluation *evaluation);

/* Each loss of availability that was observed. */
void ak_findings_add_availability(AkFindings *self, const AkFacts *facts);

/* Array, by severity, key and place. */
json_t *ak_findings_to_json(const AkFindings *self);
