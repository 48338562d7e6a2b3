/* Which of very many incidents are told: the worst, and how many there are. */
#pragma once

#include "app/chain.h"
#include "chain/graph/effort.h"

typedef struct {
  guint32 incident, element, atom; /* incident: its place in the knowledge */
  gint impact;                     /* index into ak_chain_impact_classes; -1: the file states none */
  guint64 effort;                  /* the least, in days */
} AkChainPlace;

/* Of the incidents that can be reached the worst `most`: by impact, then by least effort, then by the incident's id and by the
 * element's number in `hashes` (chain/model/hashes.h); of those that are alike in all that, by the element's id. `totals` gets a row for
 * each incident that may happen anywhere: [{"id", "reachable", "unreachable"}]. Both the caller's; the list of AkChainPlace. */
GArray *ak_app_chain_worst(const AkAppChain *self, const AkChainEffort *least, const guint64 *hashes, guint most, json_t **totals);
