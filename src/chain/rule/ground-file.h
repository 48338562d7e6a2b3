/* A grounded chain as bytes, to be read instead of being grounded again. Format: docs/formats/chain-compiled.md, "The
 * grounding". Whoever wrote the bytes decides what follows from what, as whoever writes a chain does; but no bytes make a
 * graph of another shape than grounding makes. */
#pragma once

#include "chain/rule/ground.h"
#include "util/reader.h"
#include "util/writer.h"

/* Raise it with every change after which the same rules and facts give another grounding, or other bytes of it (simplify.c,
 * plan.c, ground.c, atoms.c, ground-file.c): bytes of another number are not to be read. ground-file-test.c notices. */
enum { AK_CHAIN_GROUNDING_VERSION = 3 };

/* Behind what is written already; what is too large is told by ak_writer_end. */
void ak_chain_ground_write(const AkChainGround *self, AkWriter *writer);

/* What ak_chain_ground_write wrote for the same rules. `facts` hold nothing yet and get the values, but no rows; they must
 * outlive the result, which is the caller's. NULL with INVALID_DATA or LIMIT, or with CONFIG where the rules are others. */
AkChainGround *ak_chain_ground_read(AkChainFacts *facts, AkReader *reader, GError **error);

/* Are the atoms that are switched on and off, and the measures, exactly those that `facts` have rows of (which hold no others
 * perhaps, and are of the same rules)? INVALID_DATA names one that is missing, or how many are too many; LIMIT. */
bool ak_chain_ground_check_switched(const AkChainGround *self, const AkChainFacts *facts, GError **error);

/* The fuzz target: true if the bytes are a grounding of a few rules. */
bool ak_chain_ground_fuzz(const guint8 *data, gsize size);
