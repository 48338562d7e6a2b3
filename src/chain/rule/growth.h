/* How the number of a rule's instances grows with the chain, told from the rules alone, before
 * anything is grounded. */
#pragma once

#include "chain/rule/rule.h"

/* Tables of facts grow with the chain, but for columns of the types of `small` predicates (names,
 * ends with NULL), which have few values whatever the chain. A rule whose instances may grow faster
 * than the tables (two tables are joined in which a hub may have very many rows on both sides) is
 * refused: INVALID_DATA with "WHERE:LINE: …" and, where there are any, the rules that say the same
 * in linear steps. */
bool ak_chain_rules_check_growth(const AkChainRules *rules, const char *const *small,
                                 const char *where, GError **error);
