/* What adapters share. */
#pragma once

#include "effect/adapter/adapter.h"
#include "effect/log-tail.h"

/* --- while giving ------------------------------------------------------------------------------ */

gint64 ak_kit_now_ns(void); /* monotonic */

/* Appends bytes of an answer to the batch and notes where they stand. */
void ak_kit_keep_answer(AkEffectBatch *batch, AkEffectTurn *turn, const void *bytes, gsize size);

/* A folder beside the product's own, in which whoever the range starts can put nothing: "FOLDER.NAME".
 * `is_products`: the product writes there. Caller frees the path; NULL with IO. */
char *ak_kit_folder(const AkEffectPlace *place, const char *name, bool is_products, GError **error);

/* A new file for the product in the place of what is there, which whoever runs as nobody can read too, whatever the
 * umask. No link is followed, no pipe waited for; whoever has the old file open keeps it. IO. */
bool ak_kit_write_file(const char *path, const void *bytes, gsize size, GError **error);

/* Gives one turn. It stays NOT_GIVEN where the product did not come up. */
typedef bool (*AkKitGive)(gpointer data, AkEffectBatch *batch, guint index, GError **error);
/* Gives what is not given yet from `from` on, one by one, until the trial is cancelled or the batch is full, or the
 * product died or did not come up, which is counted as a death, be it over the last one: the trial tries again. */
bool ak_kit_give_each(const AkEffectPlace *place, AkEffectBatch *batch, guint from, AkKitGive give, gpointer data,
                      GError **error);

/* The product's log as its reading names it, from now on; NULL where it has none. */
AkLogTail *ak_kit_open_log(const AkEffectPlace *place);

/* Reads the log until `is_enough` says so, or nothing came for `log_ms`, or it is above its limit; sets
 * the batch's log_is_whole and log_is_flooded. Without a log it is whole at once. */
void ak_kit_await_log(const AkEffectPlace *place, AkEffectBatch *batch, AkLogTail *tail,
                      bool (*is_enough)(AkEffectBatch *batch, gpointer data), gpointer data);

/* Has the process ended, or does it within a moment? Others see that later than the close of its last
 * connection: it is waited for so long. */
bool ak_kit_ends(AkProcess *process);

/* The same of the product. False for one that the range did not start. */
bool ak_kit_has_died(const AkEffectPlace *place);

/* --- while judging ----------------------------------------------------------------------------- */

/* The error that the end of giving a case is by itself. */
AkEffectError ak_kit_error_of(AkEffectEnd end);

/* Every fact is unknown again, and no error known. */
void ak_kit_forget(AkEffectBatch *batch);

/* Finds the lines of the log that are a turn's (by its token) and, by `reading`, alerts: sets `logged`,
 * the line's place, and LOST or FLOODED where the log does not hold what must stand in it. Turns that
 * were not given or answered are left alone but for lines that are there all the same. */
void ak_kit_judge_log(AkEffectBatch *batch, const AkRangeReading *reading,
                      const AkRangeLimits *limits);

/* By the target's log: `happened`; and for each turn whether the target was reached (out: `reached`,
 * as many as turns; may be NULL). */
void ak_kit_judge_target(AkEffectBatch *batch, bool *reached);
