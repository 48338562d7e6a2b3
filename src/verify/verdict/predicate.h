/* What a predicate says about one subject. */
#pragma once

#include "verify/verdict/domain.h"

/* `node` is one of the kinds that stand inside any and all only. */
AkTruth ak_predicate_evaluate(AkEvaluation *self, const AkMember *member, const AkExpression *node);
