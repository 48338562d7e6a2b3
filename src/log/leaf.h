/* From a record to its leaf: which run it belongs to, its salt, its commitment. Any thread. */
#pragma once

#include "log/journal.h"
#include "log/run-keys.h"
#include "util/json.h"

/* The run that a record belongs to: its member "run", "" without one. Borrowed. */
const char *ak_leaf_run(const json_t *record);

/* Can record `index` be one of `run`? Told by its bytes without parsing them: false is certain. */
bool ak_leaf_may_be_of(AkJournal *journal, guint64 index, const char *run, bool *may_be,
                       GError **error);

/* Record `index`: NULL in `record` and zeros in `salt` where its text was deleted. */
bool ak_leaf_read(AkJournal *journal, AkRunKeys *keys, guint64 index, json_t **record,
                  guint8 salt[static AK_SALT_SIZE], GError **error);
/* The leaf data of record `index`, also of a deleted one. */
bool ak_leaf_commitment(AkJournal *journal, AkRunKeys *keys, guint64 index, AkDigest *out,
                        GError **error);
