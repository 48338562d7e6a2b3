/* Group commit: many threads append, one of them writes and syncs for all that came meanwhile.
 *
 * The first to come leads a group; who comes while a group is being synced forms the next one, led
 * by its first member. Thread rule: any thread. */
#pragma once

#include "log/journal.h"

typedef struct _AkCommit AkCommit;

AkCommit *ak_commit_new(AkJournal *journal); /* borrowed */
void ak_commit_free(AkCommit *self);         /* no thread may be inside */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkCommit, ak_commit_free)

typedef enum {
  AK_COMMIT_OK,
  AK_COMMIT_FAILED,
  AK_COMMIT_AGAIN, /* the file is of another generation than the caller believed; no error is set */
} AkCommitStatus;

/* Appends one frame, made for `generation` of the journal, and waits until it is durable; `index`
 * gets its number. */
AkCommitStatus ak_commit_append(AkCommit *self, const GByteArray *frame, guint generation,
                                guint64 *index, GError **error);

/* Groups synced so far by this object. */
guint64 ak_commit_syncs(AkCommit *self);
