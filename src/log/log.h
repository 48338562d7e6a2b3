/* The evidence log and the content store of a data folder: the journal of every run.
 *
 * Records are appended in groups, one fdatasync a group, and acknowledged only then. A record's
 * number is its index in the Merkle tree. Blobs are kept under their digest before any record cites
 * them. All durable input and output goes through util/io.h, so that faults can be played.
 *
 * Layout of DIR: docs/formats/log.md. Thread rule: any thread; writers take a lock a group, so a
 * command line and a server can share a folder. */
#pragma once

#include "util/digest.h"
#include "util/json.h"

typedef struct _AkLog AkLog;

/* Opens DIR, making it and its keys if it is not there; cuts a torn last group. */
AkLog *ak_log_open(const char *dir, GError **error);
void ak_log_free(AkLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkLog, ak_log_free)

/* Keeps bytes in the content store: durable when it returns. */
bool ak_log_put_blob(AkLog *self, const void *bytes, gsize size, AkDigest *out, GError **error);
/* NULL with NOT_FOUND, or INVALID_DATA if the bytes no longer have that digest. */
GBytes *ak_log_get_blob(AkLog *self, const AkDigest *digest, GError **error);
bool ak_log_has_blob(AkLog *self, const AkDigest *digest);

/* Appends one record (its member "run" chooses the run key of the salt) and waits until it is
 * durable; `index` gets its number. Many threads share one sync. */
bool ak_log_append(AkLog *self, const json_t *record, guint64 *index, GError **error);

guint64 ak_log_size(AkLog *self); /* number of durable records */

/* A record and its salt; the record is NULL (and found) where its text was deleted after retention. */
bool ak_log_read(AkLog *self, guint64 index, json_t **record, guint8 salt[static 32],
                 GError **error);

/* Calls `visit` for each record from index `first` on, in order; it returns false to stop. */
bool ak_log_foreach(AkLog *self, guint64 first,
                    bool (*visit)(guint64 index, const json_t *record, gpointer data),
                    gpointer data, GError **error);

/* The signed checkpoint (C2SP tlog-checkpoint) of the current size; caller frees. Makes complete
 * tiles first. */
char *ak_log_checkpoint(AkLog *self, guint64 *size, GError **error);
/* Proofs against the tree of `size` leaves: GArray of AkDigest. */
GArray *ak_log_inclusion(AkLog *self, guint64 index, guint64 size, GError **error);
GArray *ak_log_consistency(AkLog *self, guint64 old_size, guint64 new_size, GError **error);

/* The Ed25519 keys of this log. The verifier key is in C2SP signed-note form. */
const char *ak_log_verifier_key(AkLog *self);
/* Ed25519 signature of `size` bytes at `data` with the log's key: 64 bytes. */
bool ak_log_sign(AkLog *self, const void *data, gsize size, guint8 signature[static 64],
                 GError **error);
