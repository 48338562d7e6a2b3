/* Labels of what was grounded (chain/graph/labels.h), made of its values: of the place of a value
 * that is a name, of the text of any other (the first 64 bits of its SHA-256), mixed.
 *
 * Two places never have one label. Names change places at most, and there are only so many: nobody
 * makes two atoms alike by a choice of names. That two atoms of several values have one label is a
 * collision of 64 bits: one in two million for five million atoms. Who chooses the structure of a
 * chain with that in mind may make some, of steps that are drawn together then, in that chain.
 * Searches do not rely on labels: what has one is compared (chain/graph/order.c). */
#pragma once

#include "chain/graph/labels.h"
#include "chain/rule/ground.h"

/* `places`: [types] → [values] the place of a value among the names of a type, and 1; 0: no name.
 * NULL for a type without names, or altogether. Never NULL; the caller's. */
AkChainLabels *ak_chain_ground_label(const AkChainGround *self, const guint32 *const *places);
