/* How a value chain stands, in three numbers: what a page says at each change, without the rest of an analysis. */
#pragma once

#include "app/chain.h"

typedef struct {
  guint elements;
  guint reachable;  /* incidents, where only backed measures hold */
  guint64 open;     /* risk sources on elements */
} AkAppChainStanding;

AkAppChainStanding ak_app_chain_stand(const AkAppChain *self);
