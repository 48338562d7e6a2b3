/* Bytes that need not stay in memory: appended to a file without a name and read back as pages of
 * it. */
#pragma once

#include "util/pages.h"

typedef struct _AkSpool AkSpool;

/* `fd` (borrowed, open for reading and appending, empty) grows to at most `limit` bytes. NULL where
 * it cannot be mapped. `pages` (borrowed, may be NULL) gives its pages back. Free it after all
 * bytes that it gave. One spool may be used by many threads.
 */
AkSpool *ak_spool_new(int fd, guint64 limit, AkPages *pages);
void ak_spool_free(AkSpool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkSpool, ak_spool_free)

/* Takes `bytes` over and returns the same content in the file; where there is no room, or they are
 * in it already, `bytes` itself. Caller owns what comes back. */
GBytes *ak_spool_keep(AkSpool *self, GBytes *bytes);
/* One content that grows: what is appended until ak_spool_end becomes it. Only one at a time: false
 * while another one grows, or after a write has failed. What others keep meanwhile stays in memory.
 */
bool ak_spool_begin(AkSpool *self);
/* False where there is no room, or the write failed: nothing of it counts. */
bool ak_spool_append(AkSpool *self, const void *data, gsize size);
/* The content; caller owns it. */
GBytes *ak_spool_end(AkSpool *self);
/* `size` zero bytes (at least one) that may be written to in any order, by any threads, until the spool is freed; pages of its file
 * like all else. NULL where there is no room or another content grows. Borrowed. */
guint8 *ak_spool_reserve(AkSpool *self, gsize size);
/* True if `data` lies in it. */
bool ak_spool_holds(const AkSpool *self, const void *data);
guint64 ak_spool_used(AkSpool *self);
