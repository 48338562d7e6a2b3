/* Locks the calling process in: from here on it can compute, and use the descriptors it has. */
#pragma once

#include "util/crew.h"
#include "util/pages.h"

/* What must be loaded from files before that: OpenSSL's configuration and providers, the time zone,
 * iconv, the texts; with `has_network` what TLS fetches too. */
void ak_lock_preload(bool has_network);

typedef struct {
  guint64 memory_bytes; /* of its own */
  guint64 file_bytes;   /* that it may append to a file which it was given; 0: it writes no file */
  guint64 mapped_bytes; /* of files that it was given and will map */
  guint cpu_seconds;
  AkPages *pages; /* borrowed; its thread is started. NULL: none */
  guint threads; /* that shall help the calling one; where any do, processor time is for all of them */
} AkLockLimits;

/* No new privileges, no core, end with the parent, own namespaces, Landlock without any path,
 * resource limits, and a system-call filter on all threads that ends the process at anything else.
 * Returns what holds now ("seccomp, namespaces, landlock 3"; the caller's). PERMISSION if the
 * filter or a limit cannot be set, or neither namespaces nor Landlock work: then the process must
 * not go on. Call it with one thread.
 *
 * `crew` (may be NULL; the caller's, never to be freed in a process that is locked in) gets the threads
 * that were wanted: started when namespaces, privileges and Landlock hold, which they inherit, and before the
 * filter, which then holds for all of them and allows no other one; so is that of `limits->pages`. They wait, and
 * do nothing before this returns. */
char *ak_lock_in(const AkLockLimits *limits, AkCrew **crew, GError **error);

/* True in builds with the address sanitizer, whose profile is wider: forbidden calls return an
 * error instead of ending the process, and address space is not limited. */
bool ak_lock_is_sanitized(void);
