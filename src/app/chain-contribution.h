/* What each open risk source, and each element, contributes to what can be reached. */
#pragma once

#include "app/chain-figures.h"

/* A risk source on an element is treated alone when all measures that treat it hold there, and nothing else changes; an element,
 * when that is done for all risk sources that are not treated on it. What then can no longer be reached, and what takes more effort,
 * is what it contributes: {"risk_sources": [{"risk_source", "element", "unreached", "stated": [], "effort": []}], "elements":
 * [likewise]}, the most first (docs/formats/chain-analysis.md), and where chances are drawn, of the first ten of each by how much those of
 * the incidents fall; {"omitted": true} where that would take too long. `incidents` (of
 * AkChainFigure, with their chances where those are drawn): those whose impact is stated, in the world. The caller's. */
json_t *ak_app_chain_contributions(const AkAppChain *self, AkChainWorld world, const AkAccount *account,
                                   GArray *incidents);
