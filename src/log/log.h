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

#define AK_LOG_MAX_RECORD (1024 * 1024) /* bytes of canonical JSON; evidence belongs into blobs */

typedef struct _AkLog AkLog;

/* Opens DIR, making it and its keys if it is not there; cuts a torn last group. INVALID_DATA where
 * a record that was acknowledged is damaged or missing: nothing is cut then. CONFIG where the log's
 * key is missing, PERMISSION where the folder cannot be written or others may read the key. */
AkLog *ak_log_open(const char *dir, GError **error);
void ak_log_free(AkLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkLog, ak_log_free)

/* To ask before work starts: can DIR be written (a probe is) and has it `bytes` free? */
bool ak_log_check_room(AkLog *self, guint64 bytes, GError **error);

/* Keeps bytes in the content store: durable when it returns. */
bool ak_log_put_blob(AkLog *self, const void *bytes, gsize size, AkDigest *out, GError **error);
/* NULL with NOT_FOUND, or INVALID_DATA if the bytes no longer have that digest. */
GBytes *ak_log_get_blob(AkLog *self, const AkDigest *digest, GError **error);
bool ak_log_has_blob(AkLog *self, const AkDigest *digest);
/* Puts again what was put through this object, without its bytes, so that a record may cite it once
 * more. False where it was deleted meanwhile. */
bool ak_log_renew_blob(AkLog *self, const AkDigest *digest);

/* Appends one record (its member "run" chooses the run key of the salt) and waits until it is
 * durable; `index` gets its number. Many threads share one sync. */
bool ak_log_append(AkLog *self, const json_t *record, guint64 *index, GError **error);

/* Number of durable records, other processes' included. */
guint64 ak_log_size(AkLog *self);
/* How many of them have no text any more (ak_log_forget_run); it never falls. */
guint64 ak_log_forgotten(AkLog *self);
/* Groups that this object synced. */
guint64 ak_log_syncs(AkLog *self);

/* A record and its salt; the record is NULL (and found), and the salt zero, where its text was
 * deleted after retention. */
bool ak_log_read(AkLog *self, guint64 index, json_t **record, guint8 salt[static 32],
                 GError **error);

/* Calls `visit` for each record from index `first` on, in order; it returns false to stop.
 * Records whose text was deleted are passed over. */
bool ak_log_foreach(AkLog *self, guint64 first,
                    bool (*visit)(guint64 index, const json_t *record, gpointer data),
                    gpointer data, GError **error);

/* The same for the records of `run`; those of other runs are not parsed. */
bool ak_log_foreach_of(AkLog *self, const char *run, guint64 first,
                       bool (*visit)(guint64 index, const json_t *record, gpointer data),
                       gpointer data, GError **error);

/* The commitment of record `index` (what the leaf hash is made of), also of a deleted one. */
bool ak_log_commitment(AkLog *self, guint64 index, AkDigest *out, GError **error);

/* The signed checkpoint (C2SP tlog-checkpoint) of the current size; caller frees. Makes the tiles
 * first. INVALID_DATA if the records do not continue the checkpoint signed last: a log never signs
 * two histories. */
char *ak_log_checkpoint(AkLog *self, guint64 *size, GError **error);
/* Proofs against the tree of `size` leaves: GArray of AkDigest. */
GArray *ak_log_inclusion(AkLog *self, guint64 index, guint64 size, GError **error);
GArray *ak_log_consistency(AkLog *self, guint64 old_size, guint64 new_size, GError **error);

/* Deletes the text of a run's records (their commitments stay, so every proof holds), its key, and
 * the evidence that only they cite, but for evidence that was put in the last `spare_s` seconds,
 * which a run under way may be about to cite (3600 is sensible). Durable and, after a kill,
 * finished by whoever opens the log next. NOT_FOUND if the run has no text left. The caller sees to
 * it that the run writes no more. */
bool ak_log_forget_run(AkLog *self, const char *run, guint spare_s, GError **error);

/* The Ed25519 keys of this log. The verifier key is in C2SP signed-note form. */
const char *ak_log_verifier_key(AkLog *self);
const char *ak_log_origin(AkLog *self); /* such as "akashi.local/1a2b3c4d" */
/* Ed25519 signature of `size` bytes at `data` with the log's key: 64 bytes. */
bool ak_log_sign(AkLog *self, const void *data, gsize size, guint8 signature[static 64],
                 GError **error);
