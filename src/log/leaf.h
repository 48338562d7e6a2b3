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

/* The commitment that was asked for last. The store asks for that of the newest record before each answer, and a
 * verdict's takes milliseconds to parse. */
typedef struct {
  GMutex lock; /* zeroed is ready */
  guint64 index;
  AkLogFrameType type;
  GBytes *payload; /* NULL: none was asked for yet */
  AkDigest commitment;
} AkLeafLast;
void ak_leaf_last_clear(AkLeafLast *self);

/* The same as ak_leaf_commitment. `last` answers where it is of this record and the record's bytes still are those. */
bool ak_leaf_commitment_again(AkJournal *journal, AkRunKeys *keys, guint64 index, AkLeafLast *last, AkDigest *out,
                              GError **error);
