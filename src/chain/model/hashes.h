/* What a chain says of each element, as a number: hashing rounds over typed relations
 * (1-dimensional Weisfeiler-Leman refinement), for chains that are too large for places of their
 * own (chain/model/places.h).
 *
 * Neither ids and names nor the order of the file count. Elements that could be exchanged have one
 * number. So have elements that refinement takes for alike (of strongly regular structures, of a
 * ring of six and two rings of three) or that only relations further away than
 * AK_CHAIN_HASHES_ROUNDS_MAX tell apart, or an id that stands in a rule; and at worst those whose
 * 64 bits were made to be equal. Numbers are good for an order within one run of the program; they
 * are kept nowhere. */
#pragma once

#include "core/chain.h"

/* Each is one pass over elements and relations. They end before, when they tell no more apart. */
enum { AK_CHAIN_HASHES_ROUNDS_MAX = 8 };

/* [elements]; never NULL; the caller's. */
guint64 *ak_chain_hashes_new(const AkChain *chain);
