/* What a grounded chain is made of, for ground.c, ground-file.c and switched.c alone. */
#pragma once

#include "chain/rule/atoms.h"
#include "chain/rule/ground.h"

struct _AkChainGround {
  const AkChainFacts *facts;
  AkChainAtoms *atoms, *measures;
  AkChainGraph *graph;
};
