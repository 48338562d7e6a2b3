/* Labels of what was grounded (chain/graph/labels.h), made of the texts: the first 64 bits of the SHA-256 of each value, mixed. */
#pragma once

#include "chain/graph/labels.h"
#include "chain/rule/ground.h"

/* Never NULL; the caller's. */
AkChainLabels *ak_chain_ground_label(const AkChainGround *self);
