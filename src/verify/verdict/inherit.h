/* What a retest takes over from the run that it repeats in part: passes, never fails. */
#pragma once

#include "verify/verdict/case.h"

typedef struct _AkInherit AkInherit;

/* NULL where the input has no inheritance. Borrows the input. */
AkInherit *ak_inherit_new(const AkVerdictInput *input);
void ak_inherit_free(AkInherit *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkInherit, ak_inherit_free)

/* The result of a case: `own` (taken over), or, where that is open and the earlier run passed the
 * case, what both runs' observations give, if it is a pass. `self` may be NULL. The caller's. */
AkCaseResult *ak_inherit_case(AkInherit *self, const AkCaseInput *input, AkCaseResult *own);

/* The member "retest" of the result, the caller's; NULL for NULL. */
json_t *ak_inherit_to_json(const AkInherit *self);
