/* Which predicates have atoms that nobody needs to look up while a chain is grounded: each follows from one instance alone, which the
 * facts show, so that an instance makes a new atom without asking whether there is one. */
#pragma once

#include "chain/rule/plan.h"

/* Sets `is_single`, [predicates], for those whose atoms come once each, or again right behind themselves, and are not looked up by all
 * their values; and clears it for the others. */
void ak_chain_single_find(const AkChainPlans *plans, bool *is_single);
