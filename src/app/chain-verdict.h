/* What the verdicts of a run say of a requirement of the chain's knowledge. Pure. */
#pragma once

#include "chain/knowledge/knowledge.h"

typedef struct {
  const AkChainKnowledge *knowledge;
  const char *requirement; /* "CPS.AC-4" */
  const char *version;     /* of the product: a pass taken over from another one does not count */
  gint64 now_utc_us;
} AkChainVerdictAsked;

/* NULL: the record (type "verdict"; NULL: there is none) shows that the requirement is met, and `until_utc_us` was brought
 * down to the day on which that ends. Else why not, the id of the text chain.backing.ID; static. `row` gets "catalogue",
 * "verdicts" and "until" as far as it came. */
const char *ak_chain_verdict_judge(const AkChainVerdictAsked *asked, const json_t *record, json_t *row,
                                   gint64 *until_utc_us);

/* Does the record say of a linked requirement that it fails? */
bool ak_chain_verdict_fails(const AkChainVerdictAsked *asked, const json_t *record);
