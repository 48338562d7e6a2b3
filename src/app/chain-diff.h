/* What differs between two value chains: before and after, or two suppliers. */
#pragma once

#include "app/chain.h"

/* docs/formats/chain-diff.md; the caller's. `spec`: of the plans that are compared. Elements are the same by id. */
json_t *ak_app_chain_diff(const AkAppChain *before, const AkAppChain *after, const AkAppChainPlanSpec *spec,
                          GError **error);
