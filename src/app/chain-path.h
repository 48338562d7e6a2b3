/* The steps of attacks on a chain, in words that reports use. */
#pragma once

#include "app/chain.h"
#include "chain/graph/effort.h"

/* The steps of a path (of AkChainStepTaken), premises first: [{"says", "from": [], "rule"?, "because"?, "origin"?, "element"?,
 * "risk_source"?}]; the caller's. "origin" is the rule's: steps of "model" define words and are no acts of anybody. "risk_source" is the one
 * that a step uses. `rows` (NULL: none), of ak_app_chain_steps_new, keeps the steps of all paths of one AkChainEffort: in
 * these an atom follows in one way alone, so that many paths hold the same step. */
json_t *ak_app_chain_path(const AkAppChain *self, const GArray *steps, GHashTable *rows);
GHashTable *ak_app_chain_steps_new(void);

/* An effort in days as JSON has it: sums that were cut at the end of their range are the most that it can say. */
json_int_t ak_app_chain_days(guint64 effort);

/* {"class", "days": [least, most], "origin"}; the caller's. */
json_t *ak_app_chain_effort(guint64 least, guint64 most);

/* The cheapest attacks on an atom that differ, at most self->attacks: {"cut", "rows": [{"effort", "path"}]}; the caller's. */
json_t *ak_app_chain_attacks(const AkAppChain *self, AkChainWorld world, guint32 atom);
