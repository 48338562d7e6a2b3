/* Where a chain crosses from one layer into another. */
#pragma once

#include "app/chain.h"

/* An element is in the layers of the functions that it performs. It is a crossing where these are several; a relation is one where both ends
 * are in layers and have none in common: {"elements": [{"element", "layers"}], "relations": [{"from", "kind", "to", "from_layers",
 * "to_layers"}], "relations_total"}, at most AK_APP_CHAIN_CROSSINGS of each; the caller's. */
json_t *ak_app_chain_crossings(const AkAppChain *self);

enum { AK_APP_CHAIN_CROSSINGS = 10000 };
