/* What adapters share that give files: one at a time, with times of its own, and a verdict that
 * stands in the answer. */
#pragma once

#include "effect/adapter/adapter.h"

/* Gives one file: sets the turn's end (none: it never came to it, and it is given again later) and
 * fills in the answer; false where the range itself fails. */
typedef bool (*AkFileGive)(gpointer data, AkEffectTurn *turn, GByteArray *answer, GError **error);

/* Gives all turns from `from` on that were not given. A product that died over a file has been
 * given the next one all the same where each is a run of its own. */
bool ak_file_turns_give(const AkEffectPlace *place, AkEffectBatch *batch, guint from,
                        AkFileGive give, gpointer data, GError **error);

/* Does an answer say that something was found? UNKNOWN: it cannot be read so. */
typedef AkEffectFact (*AkFileFound)(const char *answer, gsize size);
void ak_file_turns_judge(AkEffectBatch *batch, AkFileFound found);
