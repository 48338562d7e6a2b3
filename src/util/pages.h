/* Pages of mapped files are given back while they are read, so that a process has no more memory
 * for a large file than for a small one. The kernel does so by itself only when memory runs out;
 * until then the pages count as the process's. */
#pragma once

#include "util/error.h"

typedef struct _AkPages AkPages;

/* Allows `limit_bytes` of pages of files, those of the program with its libraries among them. Opens
 * /proc/self/statm (a process that will be locked in calls this before); NULL where there is none.
 */
AkPages *ak_pages_new(guint64 limit_bytes);
/* Starts a thread (64 KiB of stack) and returns when it has begun: from then on it looks 100 times
 * a second while anything is watched, by pread, madvise and waiting alone. False where the system
 * gives none: then nothing is given back. */
bool ak_pages_start(AkPages *self);
/* Ends the thread. Nothing may be watched any more, or it is given back no longer. NULL is let
 * pass. */
void ak_pages_free(AkPages *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkPages, ak_pages_free)

/* From here on pages of this mapping are given back: of a file, and never written to through it,
 * since what was written would be lost. At most 4 mappings; further ones are left alone. NULL as
 * `self`: nothing happens. Any thread. */
void ak_pages_watch(AkPages *self, const void *data, gsize size);
/* Before the mapping that begins at `data` ends: no more of that. NULL as `self`: nothing happens.
 * Any thread. */
void ak_pages_forget(AkPages *self, const void *data);

/* One look, as the thread does it. True if pages were given back: there were more than allowed. */
bool ak_pages_look(AkPages *self);
