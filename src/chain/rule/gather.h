/* What follows from facts alone comes in the order of the rules. Put in the order of its elements, what follows from that lies together
 * as well, and what is said of one element is found in few places of memory. */
#pragma once

#include "chain/rule/instances.h"

/* Gives the atoms from `first` on, all that there are, new numbers: by predicates, and of one predicate those of one value of its most
 * valued column behind one another, otherwise in the old order. No atom has been a premise yet. False where memory ends: they stay as they
 * are. */
bool ak_chain_gather(AkChainInstances *instances, guint32 first);
