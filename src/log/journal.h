/* The file of records: one writer at a time among all processes, any number of readers.
 *
 * Files of the folder: `records` (a header, then frames), and `acknowledged` (the lock, and how
 * many records were ever acknowledged; a hint that is never ahead of the disk). What lies in
 * `records` beyond the acknowledged ones is the rest of a writer that died: it is kept as far as
 * its frames are whole, and cut there. Damage before that point is an error: acknowledged records
 * are never cut away.
 *
 * Thread rule: any thread; functions marked "locked" need ak_journal_lock. */
#pragma once

#include "log/frame.h"

#define AK_JOURNAL_MAX_GROUP (4 * 1024 * 1024) /* bytes of frames that one sync may cover */

typedef struct _AkJournal AkJournal;

/* Borrows `dir_fd`, which must live as long. Makes the lock file only; see ak_journal_start. */
AkJournal *ak_journal_new(int dir_fd, GError **error);
void ak_journal_free(AkJournal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkJournal, ak_journal_free)

/* Takes the folder's lock: against threads, and against other processes as long as it takes them
 * (they hold it for one group). */
bool ak_journal_lock(AkJournal *self, GError **error);
void ak_journal_unlock(AkJournal *self);

/* Locked. Opens the records, making them where nothing was ever acknowledged, and takes in all. */
bool ak_journal_start(AkJournal *self, GError **error);
/* Locked. Takes in what other processes appended or compacted since. */
bool ak_journal_refresh(AkJournal *self, GError **error);

/* Locked, after a refresh. Appends frames that lie back to back in `frames` (`count`, each of which
 * begins at starts[i]) and syncs; `first` gets the index of the first. After a failure none of them
 * is in the file: the lock is kept until they could be cut away. */
bool ak_journal_append(AkJournal *self, const GByteArray *frames, const guint32 *starts,
                       guint count, guint64 *first, GError **error);
/* Locked, after a refresh. Gives the file the content `write(fd, data)` makes of it, whole or not
 * at all: the same number of records, each where it was. `write` starts at offset 0. */
bool ak_journal_rewrite(AkJournal *self,
                        bool (*write)(AkJournal *self, int fd, gpointer data, GError **error),
                        gpointer data, GError **error);
/* The bytes with which the file begins. */
GBytes *ak_journal_header(void);

guint64 ak_journal_size(AkJournal *self);      /* durable records that are known here */
guint64 ak_journal_forgotten(AkJournal *self); /* of these, how many have no text any more */
/* Changes whenever the file was replaced, here or by another process: what was known about runs'
 * keys is old then. */
guint ak_journal_generation(AkJournal *self);
/* Has another process changed the file since the last refresh? */
bool ak_journal_is_stale(AkJournal *self);

/* The payload of record `index` and its type; NOT_FOUND beyond the end, INVALID_DATA where its
 * checksum does not fit. */
GBytes *ak_journal_read(AkJournal *self, guint64 index, AkLogFrameType *type, GError **error);
