/* The same rules in a form that grounds in fewer steps; see the .c file for how. */
#pragma once

#include "chain/rule/rule.h"

/* The caller's. Predicates and constants keep their numbers; helpers come behind them, and their
 * rules carry the index of the rule that they were made for. */
AkChainRules *ak_chain_rules_simplify(const AkChainRules *rules);
