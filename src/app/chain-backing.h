/* What stands behind the measures of a chain: the run or the proof bundle that each names is looked up. */
#pragma once

#include "app/workspace.h"
#include "chain/knowledge/knowledge.h"
#include "core/chain.h"
#include "proof/note.h"

typedef struct {
  AkWorkspace *workspace; /* where runs are looked up; NULL: nowhere, and nothing is backed */
  const AkNoteKey *key;   /* whose bundles are believed, beside the workspace's own; may be NULL */
  const char *folder;     /* at which paths of bundles start; NULL: files are not read */
  gint64 now_utc_us;
} AkAppChainBackingSpec;

/* Looks up what every implemented measure that says more than "claimed" names, and sets is_backed and until_utc_us of
 * those that hold; all others count as claimed. A row a measure, the caller's:
 * [{"element", "requirement", "backing", "reference"?, "counts_as": "claimed" | "verified" | "proven", "reason"?: id of
 * the text chain.backing.ID, "run"?, "catalogue"?, "verdicts"?: [{"requirement", "verdict"}], "until"?}]
 *
 * A run backs a measure where its product and version are the element's, it came to its end, and its newest verdicts say
 * of each requirement that the knowledge links ("tests") that it passes by what was seen, or does not apply; where none
 * of them has expired; and where no later run of that version says that one fails. NULL with an error of the data folder. */
json_t *ak_app_chain_look_up(AkChain *chain, const AkChainKnowledge *knowledge,
                             const AkAppChainBackingSpec *spec, GError **error);
