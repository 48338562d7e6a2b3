/* The end of a log that something else writes: whole lines from a known offset on, as they come. */
#pragma once

#include "util/error.h"

typedef struct _AkLogTail AkLogTail;

/* From the end that `path` has now; a file that is not there yet is read from its beginning once it
 * is. A link at `path` is not followed. */
AkLogTail *ak_log_tail_new(const char *path);
void ak_log_tail_free(AkLogTail *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkLogTail, ak_log_tail_free)

/* Appends what was written since, up to the last whole line, to `out`, which grows to at most
 * `max_bytes`. Returns how many bytes came. A file that was replaced (another inode) or cut is read
 * to its end first, then the new one from its beginning. */
gsize ak_log_tail_read(AkLogTail *self, GByteArray *out, guint64 max_bytes);

/* Was more there than `max_bytes` let in? It stays unread. */
bool ak_log_tail_is_full(const AkLogTail *self);
/* Has a file been there? Does what was read of it end within a line? */
bool ak_log_tail_is_there(const AkLogTail *self);
bool ak_log_tail_ends_in_line(const AkLogTail *self);
/* Was the file cut below what had been read of it, or replaced within a line? Then lines may be lost. */
bool ak_log_tail_was_cut(const AkLogTail *self);
/* Could the last look not open it, though something is there, or not read it to its end? What is not seen may
 * stand in it. */
bool ak_log_tail_has_failed(const AkLogTail *self);
