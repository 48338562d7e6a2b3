/* The verdict of one requirement from its cases, its conditions and the ICS. */
#pragma once

#include "verify/verdict/inherit.h"

/* The requirement's row of the result; the caller's. `inherit` may be NULL. */
json_t *ak_requirement_judge(const AkVerdictInput *input, const AkFacts *facts,
                             AkFindings *findings, AkInherit *inherit,
                             const AkRequirement *requirement);
