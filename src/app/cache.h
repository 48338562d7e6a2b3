/* What was found in an image, kept in the data folder (DIR/cache), so that nobody unpacks the same bytes a
 * second time. An entry is what the worker said, evidence and observations in their order; said once
 * more it is the same, and its evidence is kept as if it had just been found.
 *
 * Asked for again is what the same program (by its digest, with the signatures, rules and lists that are in
 * it) was asked of the same bytes (by their digest): tests, names, parameters. The clock is not part of
 * it: where a certificate has ended since, the image is looked at again. An entry is read only where
 * all of it agrees: its own digest, that of each piece of evidence, each observation. Else it is removed, and the
 * image looked at. Only what was looked at to its end is kept. Format: docs/formats/cache.md. */
#pragma once

#include "verify/run/execute.h"

typedef struct {
  const char *dir;  /* it need not be there; NULL: nothing is kept, nothing found */
  AkDigest program; /* of the program with all its data */
} AkCache;

/* DIR/cache of a data folder, for this program. False where the program cannot be read. The caller frees
 * `dir` (g_free). */
bool ak_cache_of(const char *data_dir, AkCache *out, GError **error);

/* The name of an entry: SHA-256 of all that decides what is found; caller frees. */
char *ak_cache_key(const AkCache *self, const char *job, const json_t *request,
                   const AkDigest *input);

/* What a worker says, on its way to somebody and into an entry. */
typedef struct _AkCacheDraft AkCacheDraft;
AkCacheDraft *ak_cache_draft_new(void);
void ak_cache_draft_free(AkCacheDraft *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkCacheDraft, ak_cache_draft_free)
void ak_cache_draft_blob(AkCacheDraft *self, const void *bytes, gsize size);
void ak_cache_draft_observation(AkCacheDraft *self, const AkObservation *observation);
/* Keeps it under `key`; `origin` says where it was found ("run r2026…"). That it cannot be kept (a full
 * disk, more than 256 MiB), or is not because time ran out, is no error. Entries beyond 1 GiB together go, the oldest first. */
void ak_cache_keep(const AkCache *self, const char *key, AkCacheDraft *draft, const char *origin,
                   gint64 now_utc_us);

/* Says again what is kept under `key`; `origin` (caller frees) gets where and when it was found. NULL
 * there, and nothing said: there is no entry that holds. False: the receiver failed. */
bool ak_cache_say(const AkCache *self, const char *key, gint64 now_utc_us,
                  const AkRunReceiver *receiver, gpointer data, char **origin, GError **error);

/* Removes all entries: what is deleted after its time must not stay here. */
void ak_cache_clear(const char *data_dir);

typedef struct {
  AkCache cache;
  const char *run_id;
  AkWorkerExecutor worker;
} AkCacheExecutor;

/* An AkRunExecute; `data` is the AkCacheExecutor. Only jobs on images are kept. */
bool ak_cache_execute(gpointer data, const AkRunJob *job, const AkRunReceiver *receiver,
                      gpointer receiver_data, const char **end, char **reason, GError **error);

/* Of the bytes of a file from its start. False where it cannot be read. */
bool ak_cache_digest(int fd, AkDigest *out);
