/* Places of a chain's elements among each other by what the chain says of them, and by their ids
 * only where nothing else tells them apart (chain/rule/colours.h): other ids, and another order of
 * the file, change no place but of elements that could be exchanged.
 *
 * What is said: relations and owners, kinds, functions and exposures; where that leaves elements
 * alike also their measures, impacts, acceptances, criticality, safety, product and version, so
 * that a measure more or less changes no place of elements that are told apart anyway. An id that
 * stands in a rule is no name: it tells its element apart. */
#pragma once

#include "chain/rule/ground.h"
#include "chain/rule/label.h"
#include "core/chain.h"

/* Behind so many rows ids decide alone. */
enum { AK_CHAIN_PLACES_ROWS_MAX = 4000000 };

/* [elements], each place once; the caller's. `facts` need no rows: they say which columns elements
 * stand in. */
guint32 *ak_chain_places_new(const AkChain *chain, const AkChainFacts *facts);

/* Labels of what was grounded on `facts`, by the places of elements and the texts of all other
 * values. Never NULL; the caller's. */
AkChainLabels *ak_chain_places_label(const guint32 *places, const AkChain *chain,
                                     const AkChainFacts *facts, const AkChainGround *ground);
